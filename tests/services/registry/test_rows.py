"""R2: what is wrong with a row in itself is found, by column."""

from datetime import date

import pytest
from marshmallow import ValidationError

from services.registry.kinds import KINDS
from tests.services.registry.world import sample

BAD = [
    ("units", "kind", "kiosk"),
    ("units", "parent_id", "B 01"),
    ("units", "name", ""),
    ("units", "name", "x" * 201),
    ("units", "name", "a\nb"),
    ("units", "unit_id", "a.b"),
    ("units", "unit_id", "x" * 65),
    ("units", "unit_id", 7),
    ("staff", "line", "Retail"),
    ("staff", "role", "boss"),
    ("staff", "valid_to", "1999-12-31"),
    ("customers", "phone", "call me"),
    ("customers", "birth_date", "1980-02-30"),
    ("customers", "consent_marketing", "yes"),
    ("customers", "consent_marketing", None),
    ("customers", "consent_marketing", 1),
    ("holdings", "product", "Mobile!"),
    ("holdings", "closed_on", "2026-07-31"),
    ("balances", "balance_minor", "12.50"),
    ("balances", "balance_minor", 12.5),
    ("balances", "balance_minor", True),
    ("balances", "balance_minor", "1_000"),
    ("balances", "balance_minor", "１２"),
    ("balances", "balance_minor", 10**16),
    ("balances", "balance_minor", "9" * 5000),
    ("balances", "month", "2026-13"),
    ("balances", "month", "2026-8"),
    ("balances", "currency", "USD"),
    ("balances", "currency", "cny"),
    ("activity", "uses", -1),
    ("activity", "uses", "-1"),
    ("activity", "authenticated_uses", 4),
    ("activity", "business_date", "31.08.2026"),
    ("activity", "business_date", "20260831"),
    ("activity", "business_date", "2026-W35-1"),
    ("activity", "business_date", "0001-01-01"),
    ("activity", "business_date", None),
    ("relationships", "to_id", "C000001"),
    ("relationships", "confidence_bps", 10_001),
    ("relationships", "valid_to", "2020-01-01"),
    ("relationships", "kind", "friend"),
    ("transfers", "amount_minor", 0),
    ("transfers", "at", "2026-08-31T09:15:00"),
    ("transfers", "at", "09:15"),
    ("transfers", "at", "2126-08-31T09:15:00+08:00"),
    ("transfers", "at", "2026-08-28T23:59:59+08:00"),
    ("sign_ins", "at", "2026-09-03T00:00:00+08:00"),
    ("transfers", "direction", "up"),
    ("sign_ins", "device", "IMEI 356938035643809"),
    ("sign_ins", "kind", "logout"),
    ("days", "business_date", ""),
]


@pytest.mark.parametrize("kind", KINDS)
def test_r2_a_sound_row_loads(kind):
    row = KINDS[kind].schema().load(sample(kind))
    assert tuple(row) == KINDS[kind].schema.columns()


@pytest.mark.parametrize(("kind", "column", "value"), BAD)
def test_r2_a_bad_value_is_found_in_its_column(kind, column, value):
    row = sample(kind)
    with pytest.raises(ValidationError) as caught:
        KINDS[kind].schema().load(row | {column: value})
    assert list(caught.value.messages) == [column]
    assert len(caught.value.messages[column]) == 1


@pytest.mark.parametrize("at", ["2026-08-29T00:00:00+08:00", "2026-09-02T23:59:59+08:00"])
@pytest.mark.parametrize("kind", ["transfers", "sign_ins"])
def test_r2_a_moment_may_be_two_days_off_its_business_date(kind, at):
    assert KINDS[kind].schema().load(sample(kind, at=at))


@pytest.mark.parametrize("kind", KINDS)
def test_r2_a_business_date_after_the_latest_is_bad(kind):
    schema = KINDS[kind].schema(latest=date(2026, 8, 31))
    assert schema.load(sample(kind))
    later = {"business_date": "2026-09-01"}
    with pytest.raises(ValidationError) as caught:
        schema.load(sample(kind, **later))
    assert caught.value.messages == {
        "business_date": ["is after 2026-08-31, farther ahead than any row is; correct it"]
    }


def test_r2_an_unknown_and_a_missing_column_are_named():
    row = sample("activity", colour="red")
    del row["uses"]
    with pytest.raises(ValidationError) as caught:
        KINDS["activity"].schema().load(row)
    assert caught.value.messages == {"uses": ["is missing"], "colour": ["is no column of this feed"]}


def test_r2_the_currency_is_one_of_the_banks():
    assert KINDS["balances"].schema(("CZK", "CNY")).load(sample("balances", currency="CZK"))["currency"] == "CZK"
    with pytest.raises(ValidationError, match="CNY or CZK"):
        KINDS["balances"].schema(("CZK", "CNY")).load(sample("balances", currency="EUR"))


def test_names_keep_the_spaces_of_their_script():
    assert KINDS["units"].schema().load(sample("units", name="王\u3000小明"))["name"] == "王\u3000小明"
