"""Those who left or moved: what is to be handed over, until when, and what goes back by itself. Rules L9 and R4."""

import random
from datetime import date

import pytest

from services.leads import rules
from services.leads.calendar import working_day_after
from services.leads.departure_events import HandoverDue
from services.leads.departures import command_id, given_back
from services.leads.domain.commands import ReturnSide
from services.leads.domain.handover import Served
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.domain.post import POST, NoteDeparture
from services.leads.domain.roster import ROSTER
from services.leads.domain.routing import Why, group_routed, owner, routed, waiting
from services.leads.events import LeadLost, SplitVoided
from services.leads.projections import LEADS, STAFF, any_left_behind, left_behind, served
from services.leads.reactions import post_staff, run_rosters
from services.registry.events import StaffLeft, StaffMoved, StaffRecorded
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    WON,
    ZHANG,
    Running,
    proposed,
    recorded,
)
from tests.services.leads.test_group import AGREED, CHEN, GAO, HEAD, led

SINCE, LAST, GONE = date(2019, 4, 1), date(2026, 9, 29), date(2026, 9, 30)
CLOSED = date(2026, 9, 30)
DUE = date(2026, 10, 13)
"""Five working days after 30 September: the National Day holiday lies between, Saturday the 10th is made up."""
AFTER = date(2026, 10, 14)
QUEUES = [f"retail:{OUTLET}", "retail:O02"]
WHY = f"{LI} left on {GONE}, and nobody was named by {DUE}."
BACK = ReturnSide(LI, "retail", None, WHY, AFTER)


def posted(unit=OUTLET, role="retail", until=None, version=1, staff=LI, line=None, since=SINCE):
    event = StaffRecorded(staff, "李娜", unit, line or role, role, None, since, until, CLOSED)
    return recorded(event, f"staff-{staff}", version, "registry")


def left(version=2, staff=LI, role="retail", unit=OUTLET, line=None):
    event = StaffLeft(staff, unit, line or role, role, None, LAST, CLOSED)
    return recorded(event, f"staff-{staff}", version, "registry")


def moved(version=2, to_unit="O02", to_role="retail", to_line="retail", since=GONE):
    event = StaffMoved(LI, OUTLET, "retail", "retail", to_unit, to_line, to_role, since, CLOSED)
    return recorded(event, f"staff-{LI}", version, "registry")


def due(why="left", unit=OUTLET, line="retail", role="retail", staff=LI, seq=2):
    return HandoverDue(staff, unit, line, role, why, GONE, DUE, rules.ROUTING_VERSION, seq, CLOSED)


def told(*facts):
    """What leads records of these facts, each delivered twice, and again in some order afterwards."""
    running = Running("leads")
    for fact in facts:
        running.deliver(post_staff, fact)
        running.deliver(post_staff, fact)
    for fact in random.Random(9).sample(facts, len(facts)):
        running.deliver(post_staff, fact)
    return running.events()


def person(*facts):
    documents = {}
    events = told(*facts)
    STAFF.fold(documents, events)
    return documents[events[0].event.staff_id]


def shown(*events):
    documents = {}
    LEADS.fold(documents, [recorded(one, f"lead-{LEAD}", n) for n, one in enumerate(events, 1)])
    return documents[LEAD]


def test_r4_l9_a_leaver_is_due_to_be_handed_over_within_working_days():
    assert working_day_after(CLOSED, rules.RETURN_WORKING_DAYS) == DUE
    assert [one.event for one in told(posted(), left())][1:] == [due()]
    (one,) = person(posted(until=LAST), left())["handovers"]
    assert (one["line"], one["why"], one["due_on"]) == ("retail", "left", DUE.isoformat())


def test_r4_l9_whoever_owns_nothing_leaves_nothing():
    assert told(left(role="ops", line="technology")) == []
    (one,) = told(left(staff=CHEN, role="product", unit=HEAD, line="cards"))
    assert one.event.line == "cards"
    (one,) = told(left(staff=GAO, role="branch", unit="B01", line="management"))
    assert one.event.line == rules.GROUP


def test_r4_l9_who_moves_leaves_what_they_had_at_the_old_unit():
    assert [one.event for one in told(posted(), moved())][1:] == [due("moved")]
    assert [one.event for one in told(posted(), moved(to_unit=OUTLET, to_role="branch"))][1:] == [due("moved")]
    assert len(told(posted(), moved(to_unit=OUTLET, to_line="credit"))) == 1, "the same side at the same unit"


def test_r4_l3_who_is_going_to_move_serves_where_they_are_until_they_have_moved():
    begins, running = date(2026, 12, 1), Running("leads")
    steps = posted(), posted("O02", version=2, since=begins), moved(version=3, since=begins)
    seen = []
    for fact in steps:
        running.deliver(post_staff, fact)
        running.settle(run_rosters)
        rosters = {queue: ROSTER.fold(one.event for one in running.events(f"roster-{queue}")) for queue in QUEUES}
        seen.append([queue for queue, roster in rosters.items() if LI in roster.managers and roster.managers[LI].post])
    assert seen == [QUEUES[:1], QUEUES[:1], QUEUES[1:]]
    assert person(*steps[:2]) == person(*steps[:1])
    after = person(*steps)
    assert (after["unit_id"], after["valid_from"]) == ("O02", begins.isoformat())
    assert [one["unit_id"] for one in after["handovers"]] == [OUTLET]
    line = posted(line="credit", version=2, since=begins), moved(3, OUTLET, to_line="credit", since=begins)
    assert person(posted(), line[0])["line"] == "retail"
    assert person(posted(), *line)["line"] == "credit"
    assert "handovers" not in person(posted(), *line), "the same side at the same unit"


def test_l9_who_comes_back_has_nothing_to_hand_over():
    assert "handovers" not in person(posted(), left(), posted(version=3))
    assert "handovers" in person(posted(), left(), posted(version=3, until=LAST)), "a correction of the last day"
    (one,) = person(posted(), left(), posted(version=3, until=DUE))["handovers"]
    assert (one["since"], one["due_on"]) == ("2026-10-14", "2026-10-20"), "they stay until another last day"
    (one,) = person(posted(), left(), posted("O05", version=3))["handovers"]
    assert (one["why"], one["unit_id"]) == ("moved", OUTLET), "what they get at the new unit stays theirs"


def test_r4_l9_what_somebody_left_is_handed_over_beside_what_they_serve_now():
    here, gone = Served("retail", OUTLET, left=False, anywhere=True), Served("retail", OUTLET, left=True, anywhere=True)
    behind = Served("retail", OUTLET, left=True, anywhere=False)
    assert served(person(posted())) == (here,)
    assert served(person(posted(), left())) == (gone,)
    assert served(person(left())) == (gone,), "where they served was never told"
    now = Served("retail", "O02", left=False, anywhere=False)
    assert served(person(posted(), posted("O02", version=2), moved(version=3))) == (behind, now)
    now = Served("corporate", OUTLET, left=False, anywhere=False)
    facts = posted(role="corporate", version=2), moved(3, OUTLET, "corporate", "corporate")
    assert served(person(posted(), *facts)) == (behind, now)
    facts = posted(role="branch", version=2, line="management"), moved(3, OUTLET, "branch", "management")
    assert served(person(posted(), *facts)) == (behind,), "nobody hands over the lead of a group"
    assert served(person(posted(role="ops", line="technology"))) == ()


def test_l9_what_nobody_was_named_for_goes_back_to_its_queue():
    back = routed(LEAD, "retail", waiting(f"retail:{OUTLET}"), Why(WHY, rules.UNHANDED, AFTER))
    given(DECIDER, *JOINT).when(BACK).then(back)
    given(DECIDER, *JOINT, back).when(BACK).nothing()
    given(DECIDER, *OPENED).when(BACK).nothing()
    given(DECIDER).when(BACK).nothing()
    void = SplitVoided(LEAD, 1, None, "owner_changed", None)
    given(DECIDER, *JOINT, proposed()).when(BACK).then(void, back)
    given(DECIDER, *ACTIVE).when(BACK).then(void, back)
    assert DECIDER.fold((*ACTIVE, void, back)).status == "opened"
    for ended in (WON, LeadLost(LEAD, "price", "", LI, NEXT)):
        given(DECIDER, *ACTIVE, ended).when(BACK).nothing()


def test_l9_a_line_that_joined_and_a_groups_lead_go_back_to_their_own_queues():
    cards = ReturnSide(CHEN, "cards", None, "left", AFTER)
    *_, back = given(DECIDER, *AGREED).when(cards).decide()
    assert back == routed(LEAD, "cards", waiting(f"cards:{HEAD}"), Why("left", rules.UNHANDED, AFTER))
    leader = ReturnSide(GAO, rules.GROUP, None, "left", AFTER)
    back = group_routed(LEAD, waiting("branch:B01"), Why("left", rules.UNHANDED, AFTER))
    given(DECIDER, *OPENED, led()).when(leader).then(back)
    given(DECIDER, *OPENED, led(), back).when(leader).nothing()
    given(DECIDER, *OPENED).when(leader).nothing()


def test_l9_of_one_who_moved_only_what_is_of_the_old_unit_goes_back():
    elsewhere = routed(LEAD, "retail", owner(LI, "O02"), Why("Claimed.", rules.CLAIMED, NEXT))
    wish = ReturnSide(LI, "retail", OUTLET, "moved", AFTER)
    given(DECIDER, *OPENED, elsewhere).when(wish).nothing()
    assert given(DECIDER, *JOINT).when(wish).decide()


@pytest.mark.parametrize("today", [GONE, DUE, AFTER])
def test_l9_nothing_goes_back_before_its_day_is_over(today):
    people = [person(posted(), left())]
    wishes = list(given_back(shown(*JOINT), people, today))
    assert wishes == ([BACK] if today == AFTER else [])
    assert any_left_behind(people, today) == ([left_behind(LI, people[0]["handovers"][0])] if today == AFTER else [])


def test_l9_a_timer_that_comes_twice_gives_a_lead_back_once():
    before, people = shown(*JOINT), [person(posted(), left())]
    (wish,) = given_back(before, people, AFTER)
    after = shown(*JOINT, *given(DECIDER, *JOINT).when(wish).decide())
    assert list(given_back(after, people, AFTER)) == []
    assert command_id(before, wish) == command_id(before, wish) != command_id({**before, "version": 9}, wish)


def test_l9_what_is_looked_for_is_what_is_given_back():
    """The condition for the database and the choice among what it finds say the same."""
    at_o02 = shown(*OPENED, routed(LEAD, "retail", owner(LI, "O02"), Why("Claimed.", rules.CLAIMED, NEXT)))
    for why, fact in (("left", left()), ("moved", moved())):
        someone = person(posted(), fact)
        where = left_behind(LI, someone["handovers"][0])
        for lead in (shown(*JOINT), shown(*OPENED), at_o02, shown(*JOINT, *ACTIVE[4:])):
            assert bool(list(given_back(lead, [someone], AFTER))) == _matches(where, lead), why
    assert left_behind(ZHANG, {**someone["handovers"][0], "line": rules.GROUP})["group.leader_id"] == ZHANG


def _matches(where, lead):
    for path, wanted in where.items():
        found = lead
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if path == "status":
            matches = found in wanted["$in"]
        else:
            matches = wanted in found if isinstance(found, list) else found == wanted
        if not matches:
            return False
    return True


def test_l9_a_departure_before_its_post_was_known_is_kept():
    running = Running("leads")
    running.deliver(post_staff, left(version=5))
    running.deliver(post_staff, posted(version=3))
    assert [one.event for one in running.events()] == [due(seq=5)]
    given(POST, due(seq=5)).when(NoteDeparture(LI, OUTLET, "retail", "retail", "left", GONE, 5, CLOSED)).nothing()
