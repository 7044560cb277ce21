"""R5 on a log in memory: who may unmask, look-up by number, and what erasure leaves behind: nothing personal."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from services.bundling.projections.customers import CUSTOMER_FACTS
from services.desk.projections import CUSTOMERS as DESK_NAMES
from services.registry.domain.people import CUSTOMER, UNMASKING, EraseCustomer, UnmaskCustomer
from services.registry.domain.rows import RecordRow
from services.registry.erasing import erase
from services.registry.events import ERASED_NAME, CustomerErased, CustomerRecorded, CustomerUnmasked
from services.registry.projections import CUSTOMERS, UNMASKINGS
from services.registry.rules.unmasking import scopes_of
from shared.core.errors import NotFound, RuleBroken
from shared.core.recorded import Meta, Recorded
from tests.kit import given
from tests.services.registry.world import COMPANY, HOLDING, PERSON, RELATIONSHIP, Registry, dated, sample

AUGUST = date(2026, 8, 31)
ROW = CustomerRecorded("P1", "person", "王**", "sealed-text", 1980, "O01", "S0002", True, False, AUGUST)
ERASED = CustomerErased("P1", "asked for it")
ASK = UnmaskCustomer(
    unmasking_id="u1",
    customer_id="P1",
    fields=("phone",),
    reason="customer_contact",
    note="to agree on a visit",
    staff_id="S0002",
    roles=("corporate",),
    scopes=frozenset({"own", "bank"}),
    on=AUGUST,
)
SEEN = CustomerUnmasked(
    "u1", "P1", ("phone",), "customer_contact", "to agree on a visit", "S0002", ("corporate",), AUGUST, 1
)


@pytest.fixture
def registry():
    return Registry().with_world()


def wipe(registry, customer_id="P000001", reason="asked for it in writing"):
    meta = Meta(f"erase-{customer_id}", actor="OPS01", role="ops")
    erase(customer_id, reason, registry.people, registry.executor.execute, meta)


def folded(projection, *events):
    documents = {}
    at = datetime(2026, 9, 1, tzinfo=UTC)
    projection.fold(
        documents,
        [Recorded("registry", "customer-P1", n, 0, n, at, e, Meta("c", "s")) for n, e in enumerate(events, 1)],
    )
    return documents


def test_r5_an_unmasking_is_a_fact_once():
    given(UNMASKING).when(ASK).then(SEEN)
    given(UNMASKING, SEEN).when(ASK).nothing()


def test_r5_a_repeat_is_shown_only_what_may_be_seen_now_and_on_the_day_of_the_look():
    moved = msgspec.structs.replace(ASK, scopes=frozenset({"bank"}))
    given(UNMASKING, SEEN).when(moved).refused("may_not_unmask", rule="R5")
    later = msgspec.structs.replace(ASK, on=date(2026, 9, 1))
    assert "2026-08-31" in given(UNMASKING, SEEN).when(later).refused("look_is_over", rule="R5").message


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"roles": ("retail",), "scopes": frozenset({"bank"})}, "does not see the phone"),
        ({"roles": ("ops", "auditor", "hr")}, "does not see the phone"),
        ({"fields": ("id_number", "phone")}, "does not see the id_number"),
        ({"roles": ("branch",), "scopes": frozenset({"own", "bank"})}, "does not see the phone"),
        ({"reason": "curious"}, "is no reason; state one of customer_contact"),
    ],
)
def test_r5_who_may_not_see_it_is_refused(changed, told):
    refused = given(UNMASKING).when(msgspec.structs.replace(ASK, **changed)).refused("may_not_unmask", rule="R5")
    assert told in refused.message


@pytest.mark.parametrize(
    "changed",
    [
        {"roles": ("compliance",), "scopes": frozenset({"bank"}), "fields": ("birth_date", "id_number")},
        {"roles": ("branch",), "scopes": frozenset({"unit", "bank"}), "fields": ("id_number", "name")},
    ],
)
def test_r5_compliance_sees_every_customer_and_a_branch_manager_the_branchs(changed):
    (seen,) = given(UNMASKING).when(msgspec.structs.replace(ASK, **changed)).decide()
    assert seen.fields == changed["fields"]


def test_r5_how_near_somebody_stands():
    assert scopes_of("S1", "B01", "S1", ["O01", "B01", "HO"]) == {"own", "unit", "bank"}
    assert scopes_of("S1", "B02", "S2", ["O01", "B01", "HO"]) == {"bank"}
    assert scopes_of("S1", None, None, []) == {"bank"}


def test_r5_an_erased_customer_takes_no_row():
    given(CUSTOMER, ROW).when(EraseCustomer("P1", "asked for it")).then(ERASED)
    given(CUSTOMER, ROW, ERASED).when(EraseCustomer("P1", "again")).nothing()
    given(CUSTOMER, ROW, ERASED).when(RecordRow(ROW)).refused("customer_erased", rule="R5")
    company = msgspec.structs.replace(ROW, kind="company")
    given(CUSTOMER, company).when(EraseCustomer("P1", "x")).refused("not_a_person", rule="R5")


def test_r5_masked_numbers_are_opened_for_one_customer_alone(registry):
    assert registry.people.masked("P000001") == {"phone": "138****5678", "id_number": "*" * 14 + "0011"}


def test_r5_a_number_finds_whom_it_belongs_to_now(registry):
    assert registry.people.with_number("phone", "+86 138-1234-5678") == ["P000001"]
    assert registry.people.with_number("id_number", "３３０４９９１９８００１０１００１１") == ["P000001"]
    moved = PERSON | {"phone": "13900000000"}
    registry.load("customers", dated([moved], "2026-09-01"))
    assert registry.people.with_number("phone", "13812345678") == []
    assert registry.people.with_number("phone", "13900000000") == ["P000001"]
    registry.load("customers", dated([PERSON | {"phone": "13700000000"}]), "older")
    assert registry.people.with_number("phone", "13700000000") == []
    assert registry.people.with_number("phone", "13900000000") == ["P000001"]


def test_r5_after_erasure_nothing_opens_finds_or_comes_back(registry):
    sealed = registry.facts("customer-P000001")[-1].sealed
    wipe(registry)
    assert isinstance(registry.facts("customer-P000001")[-1], CustomerErased)
    assert registry.people.masked("P000001") == {"phone": None, "id_number": None}
    assert registry.people.with_number("phone", PERSON["phone"]) == []
    with pytest.raises(RuleBroken, match="was erased"):
        registry.people.opened("P000001")
    assert registry.report("customers", dated([PERSON | {"consent_marketing": "false"}], "2026-09-01")) == [
        (1, "customer_id", "customer_erased", None)
    ]
    assert registry.keys.keys["P000001"] == b""
    assert not registry.keys.marks["P000001"]
    assert sealed  # what was recorded stays, and no key opens it


def test_r5_rows_that_name_an_erased_customer_are_rejected_and_those_of_a_holding_still_count(registry):
    wipe(registry)
    assert registry.report("holdings", dated([HOLDING | {"holding_id": "H7"}])) == [
        (1, "customer_id", "unknown_reference", "P000001")
    ]
    assert registry.report("relationships", dated([RELATIONSHIP])) == [(1, "to_id", "unknown_reference", "P000001")]
    assert registry.load("activity", [sample("activity")]) == (1, 0, 0)


def test_r5_neighbours_of_an_erased_customers_row_load(registry):
    wipe(registry)
    rows = [PERSON | {"customer_id": f"P00001{n}"} for n in range(5)]
    rows.insert(2, PERSON | {"consent_marketing": "false"})
    assert registry.load("customers", dated(rows, "2026-09-01")) == (5, 0, 1)


def test_r5_erasing_says_what_is_wrong(registry):
    with pytest.raises(NotFound, match="no customer P9"):
        wipe(registry, "P9")
    with pytest.raises(RuleBroken, match="is a company"):
        wipe(registry, "C000001")
    with pytest.raises(RuleBroken, match="names the person"):
        wipe(registry, reason=f"{PERSON['name']} wrote")
    assert registry.people.opened("P000001")["name"] == PERSON["name"]
    assert registry.people.opened("C000001")["name"] == COMPANY["name"]
    wipe(registry)
    with pytest.raises(RuleBroken, match="was erased"):
        wipe(registry)


def test_r5_an_erasure_that_was_killed_half_way_is_finished_by_the_next(registry):
    with pytest.raises(KeyboardInterrupt):
        erase("P000001", "asked", Killed(registry.people), registry.executor.execute, Meta("e1", "OPS01"))
    assert registry.keys.keys["P000001"]
    wipe(registry)
    assert registry.keys.keys["P000001"] == b""


class Killed:
    """People whose process ends before the key is destroyed."""

    def __init__(self, people):
        self.mentioned = people.mentioned

    def destroy(self, _customer_id):
        raise KeyboardInterrupt


def test_r5_every_projection_that_shows_a_person_forgets_the_name():
    shown = folded(CUSTOMERS, ROW, ERASED)["P1"]
    assert (shown["display_name"], shown["birth_year"], shown["consent_marketing"]) == (ERASED_NAME, None, False)
    assert shown["erased_at"] == "2026-09-01T00:00:00+00:00"
    assert folded(DESK_NAMES, ROW, ERASED)["P1"]["display_name"] == ERASED_NAME
    assert folded(CUSTOMER_FACTS, ROW, ERASED)["P1"]["birth_year"] is None
    for projection in (CUSTOMERS, DESK_NAMES, CUSTOMER_FACTS):
        assert not [one for one in ("王", "1980") if one in str(folded(projection, ROW, ERASED))]


def test_r5_the_audit_view_says_who_and_why():
    assert folded(UNMASKINGS, SEEN)["u1"] | {"at": "x"} == {
        "unmasking_id": "u1",
        "customer_id": "P1",
        "fields": ["phone"],
        "reason": "customer_contact",
        "note": "to agree on a visit",
        "staff_id": "S0002",
        "roles": ["corporate"],
        "on": "2026-08-31",
        "rules_version": 1,
        "at": "x",
    }
