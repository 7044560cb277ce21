"""How two owners come to one split: rule L2."""

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads.domain.commands import AcceptSplit, ProposeSplit, WithdrawSplit
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadActivated, LeadLost, SplitVoided, StandingSplit
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    ORIGIN,
    PERSON,
    QUALIFIED,
    SPAWNED,
    WANG,
    WON,
    ZHANG,
    accepted,
    activated,
    owned,
    proposed,
    shares,
)


def split(corporate=6_000, retail=None, by=ZHANG):
    return ProposeSplit(by, (("corporate", corporate), ("retail", 10_000 - corporate if retail is None else retail)))


def accept(line, number=1, by=None):
    return AcceptSplit(by or (ZHANG if line == "corporate" else LI), line, number, NEXT)


def test_l2_an_owner_proposes_a_split_for_both():
    given(DECIDER, *JOINT).when(split()).then(proposed())
    given(DECIDER, *JOINT).when(split(by=LI)).then(proposed(by=LI))


def test_l2_the_order_of_the_lines_does_not_matter():
    given(DECIDER, *JOINT).when(ProposeSplit(ZHANG, (("retail", 4_000), ("corporate", 6_000)))).then(proposed())


def test_l2_to_propose_is_not_yet_to_accept():
    assert DECIDER.fold([*JOINT, proposed()]).accepted == frozenset()


def test_l2_the_same_proposal_again_changes_nothing():
    given(DECIDER, *JOINT, proposed()).when(split(by=LI)).nothing()
    given(DECIDER, *ACTIVE).when(split()).nothing()


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (split(6_000, 3_999), "split_not_whole"),
        (split(6_000, 4_001), "split_not_whole"),
        (split(12_000, -2_000), "split_not_whole"),
        (ProposeSplit(ZHANG, (("corporate", 10_000),)), "split_needs_both_lines"),
        (ProposeSplit(ZHANG, (("corporate", 5_000), ("corporate", 5_000))), "split_needs_both_lines"),
        (ProposeSplit(ZHANG, (("corporate", 4_000), ("retail", 3_000), ("retail", 3_000))), "split_needs_both_lines"),
        (ProposeSplit(WANG, split().shares), "not_an_owner"),
    ],
)
def test_l2_what_cannot_be_proposed(wish, code):
    given(DECIDER, *JOINT).when(wish).refused(code, rule="L2")


def test_l2_a_split_needs_two_owners():
    said = given(DECIDER, *OPENED).when(split()).refused("side_unowned", rule="L2")
    assert "retail" in said.message


def test_l2_split_needs_both_sides():
    given(DECIDER, *JOINT, proposed()).when(accept("corporate")).then(accepted("corporate"))
    both = (*JOINT, proposed(), accepted("corporate"))
    given(DECIDER, *both).when(accept("retail")).then(accepted("retail"), activated())


def test_l2_a_spawned_lead_activates_with_its_origin():
    history = (*SPAWNED, owned("retail", LI), proposed(corporate=3_000, by="K1"), accepted("corporate"))
    _, active = given(DECIDER, *history).when(accept("retail")).decide()
    assert active == LeadActivated(LEAD, PERSON, 1, shares(3_000), NEXT, ORIGIN)


def test_l2_accepting_again_changes_nothing():
    given(DECIDER, *JOINT, proposed(), accepted("corporate")).when(accept("corporate")).nothing()
    given(DECIDER, *ACTIVE, WON).when(accept("corporate")).nothing()


@pytest.mark.parametrize("by", [LI, WANG])
def test_l2_only_the_owner_of_a_side_accepts_for_it(by):
    given(DECIDER, *JOINT, proposed()).when(accept("corporate", by=by)).refused("not_your_side", rule="L2")


@pytest.mark.parametrize("number", [0, 2])
def test_l2_only_the_newest_proposal_can_be_accepted(number):
    said = given(DECIDER, *JOINT, proposed()).when(accept("retail", number)).refused("not_the_proposal", rule="L2")
    assert "newest is 1" in said.message
    given(DECIDER, *JOINT).when(accept("retail")).refused("not_the_proposal", rule="L2")


def test_l2_a_changed_split_needs_both_again():
    changed = proposed(2, 5_000, LI)
    given(DECIDER, *ACTIVE).when(split(5_000, by=LI)).then(changed)
    assert DECIDER.fold([*ACTIVE, changed]).status == "proposed"
    given(DECIDER, *ACTIVE, changed).when(accept("retail", 1)).refused("not_the_proposal", rule="L2")
    given(DECIDER, *ACTIVE, changed).when(accept("retail", 2)).then(accepted("retail", 2))
    half = (*ACTIVE, changed, accepted("retail", 2))
    given(DECIDER, *half).when(accept("corporate", 2)).then(accepted("corporate", 2), activated(2, 5_000))


def test_l2_a_qualified_lead_is_qualified_again_after_a_changed_split():
    history = (*QUALIFIED, proposed(2, 5_000), accepted("corporate", 2), accepted("retail", 2), activated(2, 5_000))
    assert DECIDER.fold(history).status == "qualified"


def test_l2_nothing_is_split_once_the_lead_has_ended():
    given(DECIDER, *ACTIVE, WON).when(split(5_000)).refused("lead_ended", rule="L11")
    lost = (*JOINT, proposed(), LeadLost(LEAD, "price", "", ZHANG, NEXT))
    given(DECIDER, *lost).when(accept("retail")).refused("lead_ended", rule="L11")


@over(corporate=st.integers(-200, 10_200), odd=st.sampled_from((0, 0, -1, 1, 10_000)))
def test_l2_what_is_proposed_sums_to_10000(corporate, odd):
    wish = given(DECIDER, *JOINT).when(split(corporate, 10_000 - corporate + odd))
    if odd or not 0 <= corporate <= 10_000:
        wish.refused("split_not_whole", rule="L2")
    else:
        (made,) = wish.decide()
        assert sum(share.bps for share in made.shares) == 10_000


def test_l2_who_proposed_a_split_may_withdraw_it():
    withdrawn = SplitVoided(LEAD, 1, None, "withdrawn", ZHANG)
    given(DECIDER, *JOINT, proposed()).when(WithdrawSplit(ZHANG)).then(withdrawn)
    given(DECIDER, *JOINT, proposed(), withdrawn).when(WithdrawSplit(ZHANG)).nothing()
    given(DECIDER, *JOINT).when(WithdrawSplit(ZHANG)).nothing()
    given(DECIDER, *JOINT, proposed(), withdrawn).when(AcceptSplit(LI, "retail", 1, NEXT)).refused(
        "not_the_proposal", rule="L2"
    )
    again = ProposeSplit(ZHANG, (("corporate", 6_000), ("retail", 4_000)))
    given(DECIDER, *JOINT, proposed(), withdrawn).when(again).then(proposed(2))


def test_l2_nobody_withdraws_what_another_proposed_or_both_hold():
    given(DECIDER, *JOINT, proposed()).when(WithdrawSplit(LI)).refused("not_your_proposal", rule="L2")
    given(DECIDER, *JOINT, proposed(), accepted("retail")).when(WithdrawSplit(ZHANG)).refused(
        "accepted_already", rule="L2"
    )
    given(DECIDER, *ACTIVE).when(WithdrawSplit(ZHANG)).nothing()
    given(DECIDER, *JOINT, proposed()).when(WithdrawSplit(WANG)).refused("not_an_owner", rule="L2")


def test_l2_what_both_had_accepted_stands_again_after_a_withdrawal():
    standing = StandingSplit(1, shares(), ZHANG)
    withdrawn = SplitVoided(LEAD, 2, standing, "withdrawn", ZHANG)
    changed = (*ACTIVE, proposed(2, 5_000))
    given(DECIDER, *changed).when(WithdrawSplit(ZHANG)).then(withdrawn)
    assert DECIDER.fold((*changed, withdrawn)).status == "active"
    given(DECIDER, *changed, withdrawn).when(AcceptSplit(LI, "retail", 1, NEXT)).nothing()
    given(DECIDER, *changed, withdrawn).when(AcceptSplit(LI, "retail", 2, NEXT)).refused("not_the_proposal", rule="L2")
    given(DECIDER, *changed, withdrawn).when(ProposeSplit(LI, (("corporate", 5_000), ("retail", 5_000)))).then(
        proposed(3, 5_000, LI)
    )
