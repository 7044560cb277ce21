"""What tools look up: the newest fact of each key, whatever order the streams come in."""

from datetime import UTC, date, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.registry.events import CustomerRecorded, FeedLoaded, HoldingRecorded, StaffRecorded, UnitRecorded
from services.registry.projections import CUSTOMERS, FEEDS, HOLDINGS, PROJECTIONS, STAFF, UNITS
from shared.core.recorded import Meta, Recorded

AUGUST = date(2026, 8, 31)
PERSON = CustomerRecorded("P1", "person", "王**", "sealed-text", 1980, "O01", None, True, False, AUGUST)
HELD = HoldingRecorded("H1", "P1", "mobile", "O01", AUGUST, None, None, AUGUST)
FACTS = {
    "unit-O01": [UnitRecorded("O01", "织里", "Zhili", "outlet", "B01", AUGUST)],
    "staff-S1": [
        StaffRecorded("S1", "李娜", "O01", "retail", "retail", None, AUGUST, None, AUGUST),
        StaffRecorded("S1", "李娜", "O02", "retail", "retail", None, AUGUST, None, date(2026, 9, 1)),
    ],
    "customer-P1": [PERSON, msgspec.structs.replace(PERSON, consent_marketing=False)],
    "holding-H1": [HELD, msgspec.structs.replace(HELD, closed_on=date(2026, 9, 2))],
    "feed-f1": [FeedLoaded("f1", "units", "units.csv", "d", 1, 1, 0, 0)],
}


def recorded(stream, version):
    at = datetime(2026, 9, 1, tzinfo=UTC)
    return Recorded("registry", stream, version, 0, version, at, FACTS[stream][version - 1], Meta("c", "ops"))


def folded(events):
    documents = {projection.name: {} for projection in PROJECTIONS}
    for projection in PROJECTIONS:
        projection.fold(documents[projection.name], events)
    return documents


IN_ORDER = [recorded(stream, version) for stream, facts in FACTS.items() for version in range(1, len(facts) + 1)]


def test_the_newest_fact_is_the_document():
    documents = folded(IN_ORDER)
    assert documents[UNITS.name]["O01"]["name_en"] == "Zhili"
    assert documents[STAFF.name]["S1"]["unit_id"] == "O02"
    assert documents[HOLDINGS.name]["H1"]["closed_on"] == "2026-09-02"
    assert documents[FEEDS.name]["f1"]["loaded_at"] == "2026-09-01T00:00:00+00:00"


def test_r5_not_even_the_sealed_text_is_shown():
    person = folded(IN_ORDER)[CUSTOMERS.name]["P1"]
    assert person["consent_marketing"] is False
    assert person["display_name"] == "王**"
    assert "sealed" not in person


@given(st.permutations([stream for stream, facts in FACTS.items() for _ in facts]))
def test_any_order_of_the_streams_gives_the_same_documents(streams):
    seen = dict.fromkeys(FACTS, 0)
    events = []
    for stream in streams:
        seen[stream] += 1
        events.append(recorded(stream, seen[stream]))
    assert folded(events) == folded(IN_ORDER)
