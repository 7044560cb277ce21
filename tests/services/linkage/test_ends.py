"""What hangs on an edge (rule K4): it ends, is not sure enough, or loses its consent; whom is erased; what was won."""

from datetime import date

import pytest

from services.leads.domain.lead import LEAD
from services.leads.events import LeadExpired, LeadReopened, LeadWon
from services.leads.reactions import follow_opportunities, lead_of
from services.linkage.events import (
    UPCASTS,
    LinksEnded,
    OpportunitySpawned,
    OpportunityWithdrawn,
    PartyReleased,
    RelationshipNoted,
)
from services.linkage.projections import BROUGHT, CALENDAR, OPPORTUNITIES, PARTIES
from services.linkage.reactions import note_registry
from services.linkage.rules import RELEASE_BATCH, VERSIONS
from shared.core.ids import derived
from tests.kit import given
from tests.services.linkage.world import (
    COMPANY,
    DAY,
    PERSON,
    World,
    closed,
    customer,
    day,
    edge,
    erased,
    holding,
    win,
    won_of,
)

KNOWN = (customer(COMPANY), customer(PERSON))
PAIR = (COMPANY, PERSON, "mobile")
OPPORTUNITY = derived(*PAIR)
SURE_FROM = (VERSIONS[1].effective_from - DAY).days


def reasons(world):
    return [one.event.reason for one in world.events(OpportunityWithdrawn)]


def status(world):
    return world.shown(OPPORTUNITIES)[OPPORTUNITY]["status"]


def test_k4_an_opportunity_expires_when_the_last_day_of_its_edge_is_over():
    world = World().settle(*KNOWN, edge(until=20), win(), closed(19))
    assert world.open() == {PAIR}
    world.settle(closed(20))
    assert (world.open(), reasons(world)) == (set(), ["link_ended"])
    (withdrawn,) = world.events(OpportunityWithdrawn)
    assert (withdrawn.event.on, withdrawn.event.parent_lead_id, withdrawn.event.hop) == (day(20), "l1", 1)


def test_k4_an_end_told_as_a_fact_ends_it_on_its_day_and_not_before():
    world = World().settle(*KNOWN, edge(), win(), closed(5)).settle(edge(until=9, version=2))
    assert world.open() == {PAIR}
    assert world.settle(closed(9)).open() == set()
    assert reasons(world) == ["link_ended"]


def test_k4_an_end_that_is_learned_after_its_day_ends_it_at_once():
    world = World().settle(*KNOWN, edge(), edge("P2", until=12), win(), closed(30)).settle(edge(until=9, version=2))
    assert (world.open(), reasons(world)) == (set(), ["link_ended"])


def test_k4_of_two_edges_the_longer_one_carries_on():
    world = World().settle(*KNOWN, edge(until=10), edge(kind="owner", until=40), win(), closed(30))
    assert (world.open(), world.events(PartyReleased)) == ({PAIR}, [])
    assert world.settle(closed(40)).open() == set()


def test_k4_an_end_that_is_taken_back_lets_the_opportunity_stand_again():
    world = World().settle(*KNOWN, edge(until=10), win(), closed(30)).settle(edge(until=None, version=2))
    assert world.open() == {PAIR}
    assert len(world.spawned()) == 2


def test_k4_a_new_edge_after_the_end_is_for_new_wins():
    """Who comes back to the company later did not belong to it on the day of the old win."""
    world = World().settle(*KNOWN, edge(until=10), win(), closed(30)).settle(edge(since=35, version=2))
    assert world.open() == set()
    world.settle(win("l2", on=36))
    assert world.open() == {PAIR}


def test_k4_whom_an_ended_edge_still_reached_on_the_day_of_a_win_learned_late_has_nothing():
    world = World().settle(*KNOWN, edge(until=10), closed(30), win(on=3))
    assert world.open() == set()


def test_k4_nothing_is_looked_for_where_nothing_was_won():
    world = World().settle(*KNOWN, edge(until=10), closed(30))
    assert world.events(LinksEnded) == []
    assert world.shown(PARTIES)[COMPANY]["ends"]["on"] == day(10).isoformat()


def test_k4_the_timer_does_it_once_and_waits_for_the_next_end():
    world = World().settle(*KNOWN, edge(until=10), edge("P2", until=60), win(), closed(30))
    assert not world.look()
    (ended,) = world.events(LinksEnded)
    assert (ended.event.through, ended.event.next_on) == (day(30), day(60))
    world.settle(closed(60), closed(61))
    assert [one.event.next_on for one in world.events(LinksEnded)] == [day(60), None]


def test_k4_days_end_in_their_order_whatever_order_they_are_told_in():
    world = World().settle(closed(30), closed(12), closed(30))
    assert world.shown(CALENDAR) == {"bank": {"closed": day(30).isoformat()}}
    assert len(world.events()) == 1


def test_k4_many_edges_that_end_on_one_day_are_released_in_bounded_batches():
    people = [f"P{number:05}" for number in range(RELEASE_BATCH + 30)]
    world = World().settle(customer(COMPANY), *(edge(one, until=10) for one in people), *map(customer, people))
    world.settle(win()).deliver(closed(10))
    assert len(world.open()) == len(people)
    assert world.look()
    assert len(world.events(PartyReleased)) == RELEASE_BATCH
    assert (world.settle().open(), len(world.events(OpportunityWithdrawn))) == (set(), len(people))


@pytest.mark.parametrize("win_first", [True, False])
def test_k4_what_was_won_stays_won_whether_the_win_or_the_lost_consent_is_learned_first(win_first):
    facts = [won_of(PAIR, "l2", 5), edge(consent=False, version=2)]
    world = World().settle(*KNOWN, edge(), win())
    for fact in facts if win_first else reversed(facts):
        world.settle(fact)
    assert (world.open(), status(world)) == ({PAIR}, "won")
    sums = world.shown(BROUGHT)["l1"]
    assert (sums["spawned"] - sums["withdrawn"], sums["won"]) == (1, 1)


@pytest.mark.parametrize("fact", [closed(30), holding(opened=-5), erased()], ids=["ended", "held", "erased"])
def test_k4_what_was_won_stays_won_whatever_becomes_of_the_edge(fact):
    world = World().settle(*KNOWN, edge(until=20), win()).settle(won_of(PAIR, "l2", 5)).settle(fact)
    assert (world.open(), status(world)) == ({PAIR}, "won")


def test_k4_a_won_opportunity_of_an_older_log_that_was_taken_back_is_shown_as_won():
    """Before schema 3 it was withdrawn all the same."""
    world = World().settle(*KNOWN, edge(), win()).settle(won_of(PAIR, "l2", 5))
    back = next(one for one in world.events(OpportunitySpawned))
    old = OpportunityWithdrawn(OPPORTUNITY, PERSON, "l1", "l1", "link_released", DAY)
    documents = {}
    OPPORTUNITIES.fold(documents, world.events())
    shown = OPPORTUNITIES.step(documents[OPPORTUNITY], back.__class__(**{**_fields(back), "event": old}))
    assert (shown["status"], shown["reason"]) == ("won", None)


def _fields(recorded):
    return {name: getattr(recorded, name) for name in recorded.__struct_fields__}


@pytest.mark.parametrize(("sure", "on", "found"), [(4_999, SURE_FROM, 0), (5_000, SURE_FROM, 1), (0, SURE_FROM - 1, 1)])
def test_k4_an_edge_must_be_as_sure_as_the_rules_of_the_day_of_the_win_ask(sure, on, found):
    assert len(World().settle(*KNOWN, edge(sure=sure), win(on=on)).spawned()) == found


def test_k4_an_edge_that_turns_out_less_sure_carries_nothing_any_more_and_then_again():
    world = World().settle(*KNOWN, edge(), win(on=SURE_FROM)).settle(edge(sure=100, version=2))
    assert (world.open(), reasons(world)) == (set(), ["link_released"])
    assert world.settle(edge(sure=8_000, version=3)).open() == {PAIR}


def test_k4_an_edge_keeps_what_registry_says_of_it():
    (noted,) = World().settle(edge(until=9)).events(RelationshipNoted)
    assert (noted.event.kind, noted.event.valid_to, noted.event.consent) == ("employee", day(9), True)
    assert (noted.event.source, noted.event.confidence_bps) == ("payroll", 9_000)


def test_k4_an_edge_noted_before_its_confidence_counted_is_sure_until_it_is_told_again():
    """What ``liandong relearn`` brings: the same fact, which is then noted with its confidence, and once."""
    before = UPCASTS[("relationship_noted", 1)]({"from_id": COMPANY})
    assert (before["source"], before["confidence_bps"]) == (None, None)
    old = RelationshipNoted(COMPANY, PERSON, "employee", date(2020, 1, 1), None, None, None, True, 1, 1)
    (intent,) = note_registry(edge(sure=100))
    (noted,) = given(intent.decider, old).when(intent.command).decide()
    assert (noted.confidence_bps, noted.linked) == (100, 1)
    given(intent.decider, old, noted).when(intent.command).nothing()


def test_r5_k4_nothing_is_brought_to_somebody_erased_and_what_was_open_expires():
    world = World().settle(*KNOWN, edge(), win()).settle(erased())
    assert (world.open(), reasons(world)) == (set(), ["erased"])
    assert world.settle(edge(version=2), win("l2", on=3)).open() == set()
    world = World().settle(erased(), *KNOWN, edge(), win(), erased())
    assert world.spawned() == []


def test_k4_the_lead_of_an_opportunity_expires_with_it_and_is_open_again_when_the_edge_comes_back():
    def after(world):
        lead = LEAD.initial
        happened = []
        for one in world.events((OpportunitySpawned, OpportunityWithdrawn)):
            for intent in follow_opportunities(lambda _customer, _on: (None, None))(one):
                assert intent.key == lead_of(OPPORTUNITY)
                events = LEAD.decide(lead, intent.command)
                lead = LEAD.fold(events, lead)
                happened += events
        return lead, happened

    world = World().settle(*KNOWN, edge(until=20), win(), closed(20))
    lead, happened = after(world)
    assert lead.status == "expired"
    assert [(one.reason, one.on) for one in happened if isinstance(one, LeadExpired)] == [("link_ended", day(20))]
    lead, happened = after(world.settle(edge(until=90, version=2)))
    assert lead.status in {"opened", "proposed"}
    assert [type(one) for one in happened if isinstance(one, LeadReopened | LeadWon)] == [LeadReopened]
