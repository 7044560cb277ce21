"""``liandong relearn`` over a log that an older linkage wrote: before edges were turned round, and had a confidence."""

from datetime import UTC, date, datetime

from infra.commands import relearn
from services.linkage.domain.party import PARTY
from services.linkage.events import DayNoted, PartyErased, RelationshipNoted
from shared.core.memory_store import MemoryStore
from shared.core.recorded import Commit, Meta
from tests.services.linkage.world import COMPANY, PERSON, closed, customer, edge, erased, holding

NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def commit(service, stream, version, *events):
    return Commit(service, stream, version, 0, events, Meta(f"{stream}@{version}", "test"), NOON)


def laid(service, *commits):
    store = MemoryStore(service)
    store.append(list(commits))
    store.number()
    return store


def logs():
    """Registry knows an owner, a day that is over and somebody erased; linkage knows the edge as it was noted then."""
    facts = [customer(COMPANY), edge(kind="owner", sure=100), closed(3), holding(), erased("P9", 1)]
    noted = RelationshipNoted(COMPANY, PERSON, "owner", date(2024, 1, 1), None, None, None, True, 1, 1)
    registry = laid("registry", *(commit("registry", one.stream, one.version, one.event) for one in facts))
    return {"registry": registry, "linkage": laid("linkage", commit("linkage", f"party-{COMPANY}", 1, noted))}


def edges(here, customer_id):
    return [e for c in here["linkage"].load(PARTY.stream(customer_id)) for e in c.events if hasattr(e, "to_id")]


def test_k2_k4_an_edge_noted_long_ago_is_turned_round_and_gets_its_confidence():
    here = logs()
    assert sum(read for read, _ in relearn.relearn(here)) == 5
    assert [one.confidence_bps for one in edges(here, COMPANY)] == [None, 100]
    assert [(one.kind, one.to_id, one.confidence_bps) for one in edges(here, PERSON)] == [("owns", COMPANY, 100)]
    happened = [one.event for one in _all(here) if isinstance(one.event, PartyErased | DayNoted)]
    assert len(happened) == 2


def test_k4_what_is_known_changes_nothing_however_often_it_is_relearned():
    here = logs()
    assert sum(noted for _, noted in relearn.relearn(here)) > 0
    before = len(_all(here))
    assert sum(noted for _, noted in relearn.relearn(here)) == 0
    assert len(_all(here)) == before


def _all(here):
    here["linkage"].number()
    return list(here["linkage"].stream(0))
