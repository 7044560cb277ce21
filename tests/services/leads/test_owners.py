"""How a lead comes in and who owns its sides: rules L1 and L3."""

from datetime import date

import msgspec
import pytest

from services.leads import rules
from services.leads.domain.commands import AssignOwner, ClaimSide, ExpireLead, InvitePartner, NamedManager, ReopenLead
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadExpired, LeadLost, LeadReopened, Share, SplitProposed
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    DAY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    POST,
    SPAWNED,
    WANG,
    WON,
    ZHANG,
    invited,
    opened_by,
    opening,
    owned,
    queued,
    spawning,
)

INVITE = InvitePartner(by=ZHANG, staff_id=LI, post=POST, line="retail", unit_id=OUTLET, on=DAY)
CLAIM = ClaimSide(by=WANG, line="retail", unit_id=OUTLET, on=NEXT)
ASSIGN = AssignOwner("retail", LI, OUTLET, "Next of 2.", "L3.dealt", 1, NEXT)


def change(command, **changes):
    return msgspec.structs.replace(command, **changes)


def test_l1_an_opened_lead_keeps_all_that_was_said_and_routes_both_sides():
    given(DECIDER).when(opening()).then(opened_by(opening()), owned("corporate", ZHANG), queued("retail"))


def test_l1_opening_again_changes_nothing():
    given(DECIDER, *OPENED).when(opening(need="something else")).nothing()
    given(DECIDER, *OPENED, LeadExpired(LEAD, "too old", NEXT)).when(opening()).nothing()


def test_l1_a_lead_comes_from_a_known_source():
    said = given(DECIDER).when(opening(source="rumour")).refused("unknown_source", rule="L1")
    assert "branch" in said.message


def test_l3_the_opener_owns_their_own_line_and_no_rule_matched_is_stored_for_the_other():
    wish = opening(opened_by=LI, opened_by_line="retail", outlet_id="O09")
    given(DECIDER).when(wish).then(opened_by(wish), queued("corporate", outlet="O09"), owned("retail", LI))


def test_l3_a_spawned_lead_belongs_to_the_winner_and_waits_for_the_outlets_roster():
    given(DECIDER).when(spawning()).then(*SPAWNED)


def test_l3_each_side_always_has_an_owner_or_a_queue():
    for history in (OPENED, JOINT, SPAWNED, (*ACTIVE, WON), (*OPENED, LeadExpired(LEAD, "x", NEXT))):
        sides = DECIDER.fold(history).sides
        assert set(sides) == set(rules.OWNER_LINES)
        assert all((side.owner_id is None) != (side.queue is None) for side in sides.values())


def test_l3_an_owner_invites_a_partner_of_the_other_line():
    given(DECIDER, *OPENED).when(INVITE).then(invited())
    given(DECIDER, *OPENED).when(change(INVITE, line=None, unit_id=None)).then(invited())


def test_l3_the_same_invitation_again_changes_nothing():
    given(DECIDER, *JOINT).when(INVITE).nothing()


@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"by": WANG}, "not_an_owner", "L2"),
        ({"post": None}, "unknown_partner", "L3"),
        ({"post": change(POST, role="ops")}, "not_a_manager", "L2"),
        ({"post": change(POST, role="corporate"), "line": None}, "same_line", "L2"),
        ({"line": "corporate"}, "partner_serves_elsewhere", "L3"),
        ({"unit_id": "O02"}, "partner_serves_elsewhere", "L3"),
        ({"on": date(2019, 3, 31)}, "partner_not_in_post", "L3"),
        ({"post": change(POST, valid_to=date(2026, 8, 31))}, "partner_not_in_post", "L3"),
        ({"staff_id": ZHANG}, "two_owners_needed", "L2"),
    ],
)
def test_l3_who_cannot_be_invited(changes, code, rule):
    given(DECIDER, *OPENED).when(change(INVITE, **changes)).refused(code, rule=rule)


def test_l3_a_side_that_has_an_owner_is_not_given_away():
    given(DECIDER, *JOINT).when(change(INVITE, staff_id=WANG)).refused("side_taken", rule="L3")
    given(DECIDER, *JOINT).when(CLAIM).refused("side_taken", rule="L3")


def test_l3_staff_of_the_outlet_claim_from_its_queue():
    claimed = owned("retail", WANG, "L3.claimed", f"Claimed from retail:{OUTLET}.", NEXT)
    given(DECIDER, *OPENED).when(CLAIM).then(claimed)
    given(DECIDER, *OPENED, claimed).when(CLAIM).nothing()


def test_l3_a_claim_needs_ones_own_units_queue_and_ones_own_line():
    said = given(DECIDER, *OPENED).when(change(CLAIM, unit_id="O02")).refused("not_your_queue", rule="L3")
    assert f"retail:{OUTLET}" in said.message
    given(DECIDER, *OPENED).when(change(CLAIM, by=ZHANG)).refused("two_owners_needed", rule="L2")
    given(DECIDER, *OPENED).when(change(CLAIM, line="corporate")).refused("side_taken", rule="L3")


def test_l3_nobody_is_added_to_a_lead_that_ended():
    lost = LeadLost(LEAD, "price", "", ZHANG, NEXT)
    given(DECIDER, *OPENED, lost).when(INVITE).refused("lead_ended", rule="L11")
    given(DECIDER, *OPENED, lost).when(CLAIM).refused("lead_ended", rule="L11")


@pytest.mark.parametrize("command", [INVITE, CLAIM])
def test_l1_nothing_can_be_done_with_a_lead_that_was_never_opened(command):
    given(DECIDER).when(command).refused("not_opened", rule="L1")


def test_k1_once_a_spawned_lead_has_both_owners_7000_to_3000_is_proposed():
    parts = (Share("corporate", ZHANG, OUTLET, 3_000), Share("retail", LI, OUTLET, 7_000))
    dealt = owned("retail", LI, "L3.dealt", "Next of 2.", NEXT)
    given(DECIDER, *SPAWNED).when(ASSIGN).then(dealt, SplitProposed(LEAD, 1, parts, "K1"))


def test_k1_the_split_is_proposed_as_well_where_somebody_claims_or_is_invited():
    for command in (CLAIM, INVITE):
        _, split = given(DECIDER, *SPAWNED).when(command).decide()
        assert [share.bps for share in split.shares] == [3_000, 7_000]


def test_l3_the_rosters_choice_comes_too_late_for_a_claimed_side():
    claimed = owned("retail", WANG, "L3.claimed", "Claimed.")
    given(DECIDER, *SPAWNED, claimed).when(ASSIGN).nothing()
    given(DECIDER, *SPAWNED).when(change(ASSIGN, staff_id=ZHANG)).nothing()
    given(DECIDER).when(ASSIGN).nothing()


def test_l3_a_lead_that_expired_gets_its_owner_too_for_it_may_stand_again():
    expired = LeadExpired(LEAD, "held_before_win", NEXT)
    (routed,) = given(DECIDER, *SPAWNED, expired).when(ASSIGN).decide()
    assert routed.owner_id == LI
    assert DECIDER.fold([*SPAWNED, expired, routed]).status == "expired"
    for again in (spawning(), ReopenLead(ZHANG, "asked again", NEXT)):
        _, split = given(DECIDER, *SPAWNED, expired, routed).when(again).decide()
        assert (split.proposal, split.proposed_by) == (1, rules.SPAWNED_BY)


def test_k1_an_opportunity_that_stands_again_reopens_its_lead():
    expired = LeadExpired(LEAD, "held_before_win", NEXT)
    given(DECIDER, *SPAWNED).when(ExpireLead("held_before_win", NEXT)).then(expired)
    again = LeadReopened(LEAD, "opportunity_stands_again", None, DAY)
    given(DECIDER, *SPAWNED, expired).when(spawning()).then(again)
    given(DECIDER, *SPAWNED, expired, again).when(spawning()).nothing()
    given(DECIDER, *SPAWNED, LeadLost(LEAD, "price", "", ZHANG, NEXT)).when(spawning()).nothing()


def test_l3_the_routing_table_is_data_and_names_its_rule():
    assert rules.route(opener=True, spawned=True, named=False).rule == "L3.winner"
    assert rules.route(opener=False, spawned=False, named=False) is rules.NO_RULE
    assert [rule.rule for rule in rules.ROUTING if rules.goes_to_roster(rule.rule)] == ["L3.roster"]


MANAGER = NamedManager(WANG, "retail", "O09")
KEY = {"tier": "key", "manager": MANAGER}


def named(reason="Key customer: goes to their own manager, face to face."):
    return owned("retail", WANG, "L6.key", reason, unit="O09")


def test_l6_a_key_customers_own_manager_gets_the_side_they_serve():
    wish = opening(**KEY)
    given(DECIDER).when(wish).then(opened_by(wish), owned("corporate", ZHANG), named())


def test_l6_whose_customer_is_not_key_or_whose_manager_serves_the_openers_line_is_pooled():
    for changes in ({"tier": "level_1", "manager": MANAGER}, {"tier": "key", "manager": None}):
        wish = opening(**changes)
        given(DECIDER).when(wish).then(opened_by(wish), owned("corporate", ZHANG), queued("retail"))
    same_line = opening(tier="key", manager=NamedManager("S0022", "corporate", OUTLET))
    given(DECIDER).when(same_line).then(opened_by(same_line), owned("corporate", ZHANG), queued("retail"))


def test_l2_l6_it_takes_two_so_the_opener_does_not_get_both_sides():
    wish = opening(tier="key", manager=NamedManager(ZHANG, "retail", OUTLET))
    given(DECIDER).when(wish).then(opened_by(wish), owned("corporate", ZHANG), queued("retail"))


def test_k1_l6_a_spawned_lead_of_a_key_person_has_both_owners_at_once_and_the_default_split():
    wish = spawning(**KEY)
    winner = owned("corporate", ZHANG, "L3.winner", "Won the lead that this one follows from.")
    split = (Share("corporate", ZHANG, OUTLET, 3_000), Share("retail", WANG, "O09", 7_000))
    given(DECIDER).when(wish).then(opened_by(wish), winner, named(), SplitProposed(LEAD, 1, split, "K1"))


def test_l6_each_routing_rule_names_its_version_and_reason():
    assert rules.ROUTING_VERSION == 3
    assert [rule.rule for rule in rules.ROUTING] == ["L3.winner", "L3.opener", "L6.key", "L6.electronic", "L3.roster"]
    assert all(rule.reason for rule in (*rules.ROUTING, rules.NO_RULE))


def test_k3_the_side_that_does_the_work_is_proposed_the_larger_share():
    """A supplier is a company: the corporate winner works it, and the outlet's retail manager stands beside."""
    wish = spawning(customer_id="C000001", customer_kind="company")
    history = DECIDER.decide(DECIDER.initial, wish)
    *_, split = DECIDER.decide(DECIDER.fold(history), ASSIGN)
    assert [(share.line, share.bps) for share in split.shares] == [("corporate", 7_000), ("retail", 3_000)]
