"""R5: what every eye may see of a name and a number, and how a number is written before it is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.masks import masked_id, masked_name, masked_phone, normal_id, normal_phone


@pytest.mark.parametrize(
    ("name", "shown"), [("王芳", "王**"), ("欧阳小明", "欧**"), ("John Smith", "J**"), (" 李 ", "李**"), ("", "**")]
)
def test_r5_names_of_people_are_masked(name, shown):
    assert masked_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812348000", "138****8000"),
        ("+86 138 1234 8000", "138****8000"),
        ("0572-2345678", "057****5678"),
        ("95588", "***88"),
        ("110", "**0"),
    ],
)
def test_r5_telephones_are_masked(phone, shown):
    assert masked_phone(phone) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [("330499198001010011", "*" * 14 + "0011"), ("E1234567", "****4567"), ("AB1", "**1")]
)
def test_r5_identity_numbers_show_their_end(number, shown):
    assert masked_id(number) == shown


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("138 1234 5678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("+86 572 2345678", "05722345678"),
        ("0086 0572 2345678", "05722345678"),
        ("8655 1234", "86551234"),
        ("+1 212 555 0100", "12125550100"),
    ],
)
def test_r5_telephones_are_written_in_one_way(written, normal):
    assert normal_phone(written) == normal


def test_r5_identity_numbers_are_written_in_one_way():
    assert normal_id("３３０４９９ 19800101 001ｘ") == normal_id("33049919800101001X") == "33049919800101001X"


@given(st.text(alphabet="0123456789", min_size=2, max_size=20))
def test_r5_at_least_half_of_a_number_is_hidden_or_seven_digits_at_most_are_shown(number):
    for shown in (masked_phone(number), masked_id(number)):
        assert len(shown) - shown.count("*") <= max(7, len(number) // 2)
        assert "*" in shown
