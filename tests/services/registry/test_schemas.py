"""R5: what is asked for personal data with, and what the views tell."""

import pytest
from marshmallow import ValidationError

from services.registry import schemas

ASKED = {"fields": ["phone"], "reason": "customer_contact", "note": "to agree on a visit"}


def test_r5_an_unmasking_names_fields_a_reason_and_a_note():
    assert schemas.Unmask().load(ASKED) == {"fields_": ["phone"]} | {
        name: value for name, value in ASKED.items() if name != "fields"
    }


@pytest.mark.parametrize(
    "changed",
    [{"fields": []}, {"fields": ["salary"]}, {"reason": "curious"}, {"note": " "}, {"note": None}, {"more": 1}],
)
def test_r5_an_unmasking_without_one_of_them_is_refused(changed):
    with pytest.raises(ValidationError):
        schemas.Unmask().load(ASKED | changed)


@pytest.mark.parametrize("asked", [{}, {"phone": "13812345678", "id_number": "330499198001010011"}, {"name": "王芳"}])
def test_r5_a_look_up_names_one_number(asked):
    with pytest.raises(ValidationError):
        schemas.LookUp().load(asked)


def test_r5_the_audit_view_tells_the_fields_and_no_more():
    shown = schemas.UnmaskingView().dump({"fields": ["phone"], "staff_id": "S1", "phone": "13812345678", "_id": "u1"})
    assert shown == {"fields": ["phone"], "staff_id": "S1"}


def test_r7_staffing_is_as_of_a_day_or_today():
    assert schemas.On().load({}) == {"on": None}
    with pytest.raises(ValidationError):
        schemas.On().load({"on": "2026-02-30"})
