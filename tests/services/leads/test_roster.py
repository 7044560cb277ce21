"""Where staff serve, and whose turn it is at an outlet: rule L3, for the spawned leads of rule K1."""

from datetime import date

from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.domain.post import POST, NoteDeparture, PostStaff
from services.leads.domain.roster import ROSTER, DealLead, DealWaiting, JoinRoster, LeaveRoster
from services.leads.events import (
    DealingPaused,
    LeadDealt,
    LeadWaited,
    ManagerJoined,
    ManagerLeft,
    PostAnnounced,
    StaffPosted,
)
from tests.kit import given
from tests.services.leads.examples import DAY, LI, NEXT, OUTLET, WANG

QUEUE = f"retail:{OUTLET}"
SINCE = date(2019, 4, 1)


def posting(unit=OUTLET, role="retail", seq=1, since=SINCE):
    return PostStaff(LI, "李娜", unit, "retail", role, since, None, seq, DAY)


def posted(unit=OUTLET, role="retail", left=None, seq=1):
    return StaffPosted(LI, "李娜", unit, "retail", role, SINCE, None, left, seq)


def joining(staff=LI, since=SINCE, until=None, seq=1):
    return JoinRoster(QUEUE, staff, OUTLET, since, until, seq)


def joined(staff=LI, since=SINCE, until=None, seq=1):
    return ManagerJoined(QUEUE, staff, OUTLET, since, until, seq)


def deal(lead="l1", on=DAY):
    return DealLead(QUEUE, lead, "retail", on)


def dealt(lead="l1", staff=LI, of=1, before=0, on=DAY):
    reason = f"Next of {of} at {QUEUE}: {before} dealt before."
    return LeadDealt(QUEUE, lead, "retail", staff, OUTLET, reason, "L3.dealt", rules.ROUTING_VERSION, on)


def waited(lead="l1", on=DAY):
    return LeadWaited(QUEUE, lead, "retail", f"No retail manager is known there for {on}.", on)


def test_l3_a_post_is_what_registry_says():
    given(POST).when(posting()).then(posted())
    given(POST, posted()).when(posting()).nothing()
    given(POST, posted(seq=2)).when(posting(unit="O09", seq=1)).nothing()


def test_l3_who_moves_or_changes_their_role_leaves_the_roster():
    given(POST, posted()).when(posting(unit="O02", seq=2)).then(posted("O02", left=QUEUE, seq=2))
    given(POST, posted()).when(posting(role="product", seq=2)).then(posted(role="product", left=QUEUE, seq=2))
    given(POST, posted()).when(posting(seq=2)).then(posted(seq=2))
    given(POST, posted(role="ops")).when(posting(seq=2)).then(posted(seq=2))


def test_r4_l3_a_post_to_come_is_announced_until_it_begins():
    def begins(unit, month, seq=2):
        return posting(unit, seq=seq, since=date(2026, month, 1))

    def announced(unit, month, seq=2):
        return PostAnnounced(LI, "李娜", unit, "retail", "retail", date(2026, month, 1), None, seq)

    def goes(unit, to, month, seq):
        return NoteDeparture(
            LI, unit, "retail", "retail", "moved", date(2026, month, 1), seq, DAY, (to, "retail", "retail")
        )

    def arrives(unit, month, left, seq):
        return StaffPosted(LI, "李娜", unit, "retail", "retail", date(2026, month, 1), None, left, seq)

    there = announced("O02", 10)
    given(POST, posted()).when(begins("O02", 10)).then(there)
    given(POST, posted(), there).when(posting(seq=3)).then(posted(seq=3))
    assert POST.fold([posted(), there, posted(seq=3)]).announced == (), "called off"
    given(POST, posted(), there).when(begins("O03", 10, 3)).then(announced("O03", 10, 3))
    assert POST.fold([posted(), there, announced("O03", 10, 3)]).announced == (announced("O03", 10, 3),)
    both = (posted(), there, announced(OUTLET, 11, 3))
    given(POST, posted(), there).when(begins(OUTLET, 11, 3)).then(both[-1])
    first, due = given(POST, *both).when(goes(OUTLET, "O02", 10, 4)).decide()
    assert first == arrives("O02", 10, QUEUE, 4)
    back, _ = given(POST, *both, first, due).when(goes("O02", OUTLET, 11, 5)).decide()
    assert back == arrives(OUTLET, 11, "retail:O02", 5)
    given(POST).when(begins("O02", 10)).then(arrives("O02", 10, None, 2))


def test_l3_a_lead_goes_to_who_was_given_the_fewest_then_to_the_lower_number():
    both = (joined(LI), joined(WANG))
    given(ROSTER, *both).when(deal("l1")).then(dealt("l1", LI, of=2))
    given(ROSTER, *both, dealt("l1", LI, of=2)).when(deal("l2")).then(dealt("l2", WANG, of=2))
    given(ROSTER, *both, dealt("l1", LI), dealt("l2", WANG)).when(deal("l3")).then(dealt("l3", LI, of=2, before=1))


def test_l3_a_lead_that_finds_nobody_waits_with_its_reason():
    given(ROSTER).when(deal()).then(waited())
    given(ROSTER, waited()).when(deal()).nothing()


def test_l3_staff_learned_after_the_lead_get_it():
    given(ROSTER, waited("l1"), waited("l2")).when(joining()).then(joined(), dealt("l1"), dealt("l2", before=1))


def test_l3_only_who_is_in_post_on_the_leads_day_gets_it():
    late, gone = joined(LI, since=NEXT), joined(WANG, until=date(2026, 8, 31))
    given(ROSTER, late, gone).when(deal()).then(waited())
    given(ROSTER, late, gone).when(deal(on=NEXT)).then(dealt(on=NEXT))
    given(ROSTER, joined(until=DAY)).when(deal()).then(dealt())


def test_l3_who_left_gets_none_and_an_older_fact_changes_nothing():
    left = ManagerLeft(QUEUE, LI, 2)
    given(ROSTER, joined()).when(LeaveRoster(QUEUE, LI, 2)).then(left)
    given(ROSTER, joined(), left).when(deal()).then(waited())
    given(ROSTER, joined(), left).when(joining()).nothing()
    given(ROSTER, joined(), left).when(LeaveRoster(QUEUE, LI, 2)).nothing()
    given(ROSTER, left).when(joining(seq=3)).then(joined(seq=3))


def test_l3_what_a_manager_was_dealt_counts_when_they_come_back():
    history = (joined(LI), dealt("l1", LI), ManagerLeft(QUEUE, LI, 2), joined(LI, seq=3), joined(WANG))
    given(ROSTER, *history).when(deal("l2")).then(dealt("l2", WANG, of=2))


def test_l3_a_long_queue_is_dealt_in_bounded_batches():
    leads = [f"l{number:04}" for number in range(2 * rules.DEAL_BATCH + 7)]
    events = [waited(lead) for lead in leads]
    batches = []
    command = joining()
    while made := given(ROSTER, *events).when(command).decide():
        batches.append(made)
        events += made
        command = DealWaiting(QUEUE)
    assert [type(batch[-1]) for batch in batches] == [DealingPaused, DealingPaused, LeadDealt]
    assert [batch[-1].waiting for batch in batches[:-1]] == [507, 7]
    assert [one.lead_id for batch in batches for one in batch if isinstance(one, LeadDealt)] == leads


STAFF = (LI, WANG, "S0033")
commands = st.one_of(
    st.builds(joining, st.sampled_from(STAFF), seq=st.integers(1, 9)),
    st.builds(LeaveRoster, st.just(QUEUE), st.sampled_from(STAFF), st.integers(1, 9)),
    st.builds(deal, st.integers(1, 12).map("l{}".format), st.sampled_from((DAY, NEXT))),
    st.just(DealWaiting(QUEUE)),
)


@over(st.lists(commands, max_size=30))
def test_l3_whatever_comes_no_lead_is_lost_and_nobody_is_far_ahead(wishes):
    events, asked = [], set()
    for wish in wishes:
        asked |= {wish.lead_id} if isinstance(wish, DealLead) else set()
        events += ROSTER.decide(ROSTER.fold(events), wish)
    state = ROSTER.fold(events)
    given_out = {event.lead_id for event in events if isinstance(event, LeadDealt)}
    assert asked == given_out | set(state.waiting)
    if any(one.serves(DAY) for one in state.managers.values()):
        assert not state.waiting
    for wish in wishes:
        if isinstance(wish, JoinRoster | LeaveRoster):
            assert ROSTER.decide(state, wish) == []


@over(st.integers(0, 40), st.permutations([0, 1, 2]))
def test_l3_leads_are_spread_evenly(count, order):
    events = [joined(STAFF[place]) for place in order]
    for number in range(count):
        events += ROSTER.decide(ROSTER.fold(events), deal(f"l{number}"))
    shares = [one.dealt for one in ROSTER.fold(events).managers.values()]
    assert sum(shares) == count
    assert max(shares) - min(shares) <= 1
