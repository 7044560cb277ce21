"""How a lead goes on and ends: rule L11."""

from datetime import date

import msgspec
import pytest

from services.leads.domain.commands import ExpireLead, LoseLead, QualifyLead, ReopenLead, WinLead
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadExpired, LeadLost, LeadQualified, LeadReopened, LeadWon
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    DAY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    ORIGIN,
    OUTLET,
    PERSON,
    QUALIFIED,
    SPAWNED,
    WANG,
    WON,
    ZHANG,
    accepted,
    owned,
    proposed,
    shares,
)

WIN = WinLead(ZHANG, ("payroll",), None, date(2026, 9, 3))
LOSE = LoseLead(ZHANG, "competitor", "uses another bank's", NEXT)
LOST = LeadLost(LEAD, "competitor", "uses another bank's", ZHANG, NEXT)
EXPIRED = LeadExpired(LEAD, "held_before_win", NEXT)
REOPEN = ReopenLead(ZHANG, "asked again", NEXT)


def change(command, **changes):
    return msgspec.structs.replace(command, **changes)


@pytest.mark.parametrize(
    ("history", "status"),
    [
        ((), "new"),
        (OPENED, "opened"),
        ((*JOINT, proposed()), "proposed"),
        (ACTIVE, "active"),
        (QUALIFIED, "qualified"),
        ((*ACTIVE, WON), "won"),
        ((*JOINT, LOST), "lost"),
        ((*JOINT, EXPIRED), "expired"),
    ],
)
def test_l11_the_stages_of_a_lead(history, status):
    assert DECIDER.fold(history).status == status


def test_l11_a_company_makes_a_corporate_win_and_the_estimate_stands():
    given(DECIDER, *ACTIVE).when(WIN).then(WON)
    given(DECIDER, *QUALIFIED).when(change(WIN, value_minor=7)).then(change(WON, value_minor=7))


def test_l11_a_person_makes_a_retail_win_with_shares_and_origin():
    history = (
        *SPAWNED, owned("retail", LI), proposed(corporate=3_000, by="K1"), accepted("corporate"), accepted("retail"),
    )  # fmt: skip
    (won,) = given(DECIDER, *history).when(WinLead(LI, ("mobile", "mobile"), None, NEXT)).decide()
    expected = LeadWon(
        LEAD, PERSON, "person", "retail", ("mobile",), shares(3_000), LI, OUTLET, OUTLET, 0, NEXT, ORIGIN
    )
    assert won == expected


def test_l11_winning_again_changes_nothing_and_winning_otherwise_is_refused():
    given(DECIDER, *ACTIVE, WON).when(WIN).nothing()
    given(DECIDER, *ACTIVE, WON).when(change(WIN, products=("settlement",))).refused("lead_ended", rule="L11")


def test_l11_won_names_products():
    given(DECIDER, *ACTIVE).when(change(WIN, products=())).refused("no_products", rule="L11")


@pytest.mark.parametrize("history", [OPENED, JOINT, (*JOINT, proposed(), accepted("retail"))])
def test_l2_only_an_active_lead_is_won_or_qualified(history):
    said = given(DECIDER, *history).when(WIN).refused("lead_not_active", rule="L2")
    assert "corporate" in said.message
    given(DECIDER, *history).when(QualifyLead(ZHANG, NEXT)).refused("lead_not_active", rule="L2")


def test_l2_while_a_changed_split_waits_nothing_is_won():
    given(DECIDER, *ACTIVE, proposed(2, 5_000)).when(WIN).refused("lead_not_active", rule="L2")


def test_l11_qualify_once():
    qualified = LeadQualified(LEAD, LI, NEXT)
    given(DECIDER, *ACTIVE).when(QualifyLead(LI, NEXT)).then(qualified)
    given(DECIDER, *ACTIVE, qualified).when(QualifyLead(ZHANG, NEXT)).nothing()


def test_l11_lost_names_a_reason_from_the_list_with_free_text():
    given(DECIDER, *OPENED).when(LOSE).then(LOST)
    given(DECIDER, *OPENED, LOST).when(LOSE).nothing()
    said = given(DECIDER, *OPENED).when(change(LOSE, reason="fate")).refused("unknown_lost_reason", rule="L11")
    assert "competitor" in said.message
    given(DECIDER, *OPENED, LOST).when(change(LOSE, reason="price")).refused("lead_ended", rule="L11")


@pytest.mark.parametrize(
    "command", [WIN, LOSE, REOPEN, QualifyLead(ZHANG, NEXT)], ids=lambda command: type(command).__name__
)
def test_l2_only_owners_move_a_lead(command):
    given(DECIDER, *ACTIVE).when(change(command, by=WANG)).refused("not_an_owner", rule="L2")


@pytest.mark.parametrize("command", [WIN, LOSE], ids=lambda command: type(command).__name__)
def test_l11_nothing_ends_before_it_began(command):
    given(DECIDER, *ACTIVE).when(change(command, on=date(2026, 8, 31))).refused("before_opening", rule="L11")
    assert given(DECIDER, *ACTIVE).when(change(command, on=DAY)).decide()


def test_l11_only_what_is_open_expires():
    given(DECIDER, *JOINT).when(ExpireLead("held_before_win", NEXT)).then(EXPIRED)
    for ended in ((), (*JOINT, LOST), (*JOINT, EXPIRED), (*ACTIVE, WON)):
        given(DECIDER, *ended).when(ExpireLead("held_before_win", NEXT)).nothing()


def test_l11_what_has_ended_is_not_qualified():
    given(DECIDER, *ACTIVE, LOST).when(QualifyLead(ZHANG, NEXT)).refused("lead_ended", rule="L11")


def test_l11_reopened_keeps_history():
    reopened = LeadReopened(LEAD, "asked again", ZHANG, NEXT)
    for ended in (LOST, EXPIRED):
        given(DECIDER, *ACTIVE, ended).when(REOPEN).then(reopened)
        assert DECIDER.fold([*ACTIVE, ended, reopened]) == DECIDER.fold(ACTIVE)
    given(DECIDER, *ACTIVE).when(REOPEN).nothing()


def test_l11_what_is_won_stays_won():
    given(DECIDER, *ACTIVE, WON).when(REOPEN).refused("won_stays_won", rule="L11")
