"""The first contact: by when it is due, what is noticed, who loses the lead. Rule L7."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from services.leads import rules
from services.leads.domain.commands import MissFirstContact, NoteContact, RerouteMissed
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import (
    FirstContactMade,
    FirstContactMissed,
    LeadAbsorbed,
    LeadExpired,
    LeadLost,
    LeadMerged,
    LeadReopened,
    LeadRouted,
    LeadUnmerged,
    SplitVoided,
)
from services.leads.overdue import command_id, due
from services.leads.projections import LEADS, to_notice
from services.leads.reactions import note_contacts
from services.leads.work_events import ContactLogged
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    COMPANY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    SPAWNED,
    WANG,
    ZHANG,
    owned,
    proposed,
    recorded,
)

DUE, LATE = date(2026, 9, 4), date(2026, 9, 7)
"""Three working days after the 1st of September, a Tuesday; the working day after."""
MADE = FirstContactMade(LEAD, "corporate", ZHANG, "k1", NEXT)
MISSED = FirstContactMissed(LEAD, "corporate", ZHANG, DUE, 1, LATE)
MISS, TAKE = MissFirstContact(ZHANG, DUE, LATE), RerouteMissed(ZHANG, date(2026, 9, 8))
TAKEN = LeadRouted(
    LEAD, "corporate", None, None, f"corporate:{OUTLET}", f"{ZHANG} did not contact the customer in time.",
    rules.MISSED, rules.ROUTING_VERSION, TAKE.on,
)  # fmt: skip
VOID = SplitVoided(LEAD, 1, None, "owner_changed", None)


def shown(*events):
    documents = {}
    LEADS.fold(documents, [recorded(event, f"lead-{LEAD}", version) for version, event in enumerate(events, 1)])
    return documents[LEAD]


def test_l7_the_first_contact_of_an_owner_stops_the_clock():
    made = NoteContact("k1", COMPANY, ZHANG, NEXT)
    given(DECIDER, *OPENED).when(made).then(MADE)
    given(DECIDER, *OPENED, MADE).when(NoteContact("k2", COMPANY, ZHANG, NEXT)).nothing()
    given(DECIDER, *JOINT).when(NoteContact("k1", COMPANY, LI, NEXT)).then(
        FirstContactMade(LEAD, "retail", LI, "k1", NEXT)
    )
    given(DECIDER, *OPENED).when(NoteContact("k1", COMPANY, WANG, NEXT)).nothing()
    given(DECIDER).when(made).nothing()


def test_l7_what_was_missed_is_noticed_once():
    given(DECIDER, *OPENED).when(MISS).then(MISSED)
    given(DECIDER, *OPENED, MISSED).when(MISS).nothing()
    given(DECIDER, *OPENED, MADE).when(MISS).nothing()
    given(DECIDER, *OPENED, LeadExpired(LEAD, "too old", NEXT)).when(MISS).nothing()
    given(DECIDER, *OPENED, TAKEN).when(MISS).nothing()
    given(DECIDER).when(MISS).nothing()


def test_l7_who_missed_it_loses_the_lead_to_the_outlets_queue():
    given(DECIDER, *OPENED, MISSED).when(TAKE).then(TAKEN)
    given(DECIDER, *OPENED).when(TAKE).nothing()
    given(DECIDER, *OPENED, MISSED, MADE).when(TAKE).nothing()
    given(DECIDER, *OPENED, MISSED, TAKEN).when(TAKE).nothing()


def test_l2_l7_a_split_that_names_who_lost_the_lead_is_void_and_an_agreed_one_keeps_it():
    given(DECIDER, *JOINT, proposed(), MISSED).when(TAKE).then(VOID, TAKEN)
    given(DECIDER, *ACTIVE, MISSED).when(TAKE).nothing()


def test_k1_l7_the_next_owner_of_a_spawned_lead_is_proposed_the_default_again():
    spawned = (*SPAWNED, owned("retail", LI, "L3.dealt", "Next."), proposed(1, 3_000, "K1"))
    missed = FirstContactMissed(LEAD, "retail", LI, DUE, 1, LATE)
    state = DECIDER.fold((*spawned, missed))
    taken = DECIDER.decide(state, RerouteMissed(LI, LATE))
    assert [type(event).__name__ for event in taken] == ["SplitVoided", "LeadRouted"]
    assert DECIDER.fold((*spawned, missed, *taken)).status == "opened"


def test_l7_it_is_due_working_days_after_the_customers_side_got_its_owner():
    assert (rules.FIRST_CONTACT.key_days, rules.FIRST_CONTACT.other_days) == (1, 3)
    assert shown(*OPENED)["first_contact"] == {"owner_id": ZHANG, "due_on": "2026-09-04", "missed": False, "made": None}
    assert shown(*SPAWNED)["first_contact"] is None, "a person's side waits for its owner"
    assert shown(*SPAWNED, owned("retail", LI))["first_contact"]["owner_id"] == LI
    assert shown(*OPENED, MISSED)["first_contact"]["missed"]
    assert shown(*OPENED, MISSED, TAKEN)["first_contact"] is None
    again = shown(*OPENED, MISSED, TAKEN, owned("corporate", WANG, "L3.claimed"))["first_contact"]
    assert (again["owner_id"], again["missed"]) == (WANG, False)
    made = shown(*OPENED, MADE, owned("corporate", WANG, "L3.claimed"))["first_contact"]["made"]
    assert made == {"by": ZHANG, "contact_id": "k1", "on": "2026-09-02"}


def test_l7_a_key_customer_is_contacted_within_one_working_day():
    key = replace(OPENED[0], tier="key")
    assert shown(key, *OPENED[1:])["first_contact"]["due_on"] == "2026-09-02"
    assert shown(replace(key, tier="level_1"), *OPENED[1:])["first_contact"]["due_on"] == "2026-09-04"


@pytest.mark.parametrize(
    ("at", "due_on"),
    [
        (datetime(2026, 9, 1, 15, 59, tzinfo=UTC), "2026-09-04"),  # before midnight in China
        (datetime(2026, 9, 1, 16, 1, tzinfo=UTC), "2026-09-07"),
        (datetime(2026, 9, 30, 1, tzinfo=UTC), "2026-10-10"),  # after the holiday, on a make-up Saturday
    ],
)
def test_l7_the_days_are_the_banks_and_working_ones(at, due_on):
    documents = {}
    story = [replace(recorded(event, f"lead-{LEAD}", n), recorded_at=at) for n, event in enumerate(OPENED, 1)]
    LEADS.fold(documents, story)
    assert documents[LEAD]["first_contact"]["due_on"] == due_on


def test_l7_the_timer_notices_then_takes_away():
    lead = {"lead_id": LEAD, **shown(*OPENED)}
    assert due(lead, DUE) is None
    assert due(lead, LATE) == MISS
    missed = {"lead_id": LEAD, **shown(*OPENED, MISSED)}
    assert due(missed, LATE) is None, "one more working day"
    assert due(missed, TAKE.on) == TAKE
    agreed = {"lead_id": LEAD, **shown(*ACTIVE, MISSED)}
    assert due(agreed, TAKE.on) is None
    assert command_id(lead, MISS) == f"L7/MissFirstContact/{LEAD}/{ZHANG}/2026-09-04"
    assert command_id(missed, TAKE) != command_id(lead, MISS)


@pytest.mark.parametrize("today", [date(2026, 9, 8), date(2026, 9, 12), date(2026, 9, 14), date(2026, 10, 9)])
def test_l7_what_the_timer_looks_for_is_what_it_acts_on(today):
    """The query's day and the rule's agree on every day around weekends and holidays."""
    (_, lost) = to_notice(today)["$or"]
    for day in range(1, 30):
        due_on = date(2026, 9, day)
        missed = {
            "lead_id": LEAD,
            "first_contact": {"owner_id": ZHANG, "due_on": f"{due_on}", "missed": True},
            "split": None,
        }
        assert (due(missed, today) is not None) == (f"{due_on}" < lost["first_contact.due_on"]["$lt"]), due_on


def test_l7_a_contact_with_somebody_else_or_from_before_the_lead_stops_no_clock():
    before = OPENED[0].on - timedelta(days=1)
    given(DECIDER, *OPENED).when(NoteContact("k1", COMPANY, ZHANG, before)).nothing()
    given(DECIDER, *OPENED).when(NoteContact("k1", "C9", ZHANG, NEXT)).nothing()
    twin = LeadAbsorbed(LEAD, "younger", 1, (), (), (), NEXT)
    assert given(DECIDER, *OPENED, twin).when(NoteContact("k1", "C9", ZHANG, NEXT)).decide()


@pytest.mark.parametrize(
    "resting",
    [
        (LeadLost(LEAD, "price", "", ZHANG, LATE), LeadReopened(LEAD, "asked again", ZHANG, LATE)),
        (
            LeadMerged(LEAD, COMPANY, "older", 1, (), (), "same", "M1", 1, LATE),
            LeadUnmerged(LEAD, "older", 1, "two", "M1", LATE),
        ),
    ],
)
def test_l7_who_gets_a_lead_back_has_their_days_again(resting):
    clock = shown(*OPENED, MISSED, *resting)["first_contact"]
    assert clock == {"owner_id": ZHANG, "due_on": f"{DUE}", "missed": False, "made": None}
    assert shown(*OPENED, MADE, *resting)["first_contact"]["made"]["by"] == ZHANG
    waiting = (OPENED[0], *(replace(one, owner_id=None, owner_unit_id=None) for one in OPENED[1:]))
    assert not shown(*waiting, *resting)["first_contact"]


def test_l7_a_lead_whose_split_is_void_is_taken_away_again():
    gone = shown(*ACTIVE, VOID, owned("corporate", ZHANG), MISSED)
    assert due(gone | {"lead_id": LEAD}, TAKE.on + timedelta(days=30)) is not None


def test_l7_a_logged_contact_reaches_its_lead():
    logged = ContactLogged("k1", ZHANG, OUTLET, COMPANY, "visit", "new", "e", "", LEAD, True, None, NEXT)
    (intent,) = note_contacts(recorded(logged, "worklog-x"))
    assert (intent.stream, intent.command) == (f"lead-{LEAD}", NoteContact("k1", COMPANY, ZHANG, NEXT))
    nowhere = ContactLogged("k1", ZHANG, OUTLET, COMPANY, "visit", "new", "e", "", None, True, None, NEXT)
    assert note_contacts(recorded(nowhere, "worklog-x")) == []
