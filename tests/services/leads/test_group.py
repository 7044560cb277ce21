"""Further lines on a lead, each with its own share, and the marketing group with its leader: rule L2."""

from datetime import date

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.incentives.events import Share as CreditShare
from services.incentives.rules import shared_out
from services.leads import rules
from services.leads.domain.commands import (
    AbsorbLead,
    AcceptSplit,
    ClaimSide,
    HandOver,
    ProposeSplit,
    ReturnSide,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.group_commands import JoinLine, LeaveLine, NameLeader, Post
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.domain.routing import Why, group_routed, owner, routed, waiting
from services.leads.events import (
    Holder,
    LeadActivated,
    LeadLost,
    LeadMerged,
    LeadWon,
    SplitAccepted,
    SplitProposed,
    SplitVoided,
    StandingSplit,
)
from services.leads.group_events import LineLeft
from services.leads.projections import LEADS, VISITS_DUE
from services.leads.schemas import LeadView
from shared.core.errors import RuleBroken
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    POST,
    QUALIFIED,
    WANG,
    WON,
    ZHANG,
    activated,
    proposed,
    recorded,
    shares,
)

CHEN, WU, GAO, SUN = "S0009", "S0008", "S0001", "S0022"
"""Specialists of cards and of settlement at head office; the heads of branch B01 and of outlet O01."""
HEAD = "HO"
SINCE = date(2019, 4, 1)
CARDS = Post("product", HEAD, SINCE, None, "cards")
SETTLEMENT = Post("product", HEAD, SINCE, None, "settlement")
MANAGEMENT = Post("branch", "B01", SINCE, None, "management")
BELOW = frozenset({"B01", OUTLET})
JOIN = JoinLine(ZHANG, CHEN, CARDS, NEXT)
LEAVE = LeaveLine(CHEN, "cards", "no cards wanted", NEXT)
NAME = NameLeader(ZHANG, GAO, None, MANAGEMENT, NEXT)
THREE = (("corporate", 5_000), ("retail", 3_000), ("cards", 2_000))


def joined(line="cards", staff=CHEN, by=ZHANG):
    return routed(LEAD, line, owner(staff, HEAD), Why(f"Joined for {line}, asked by {by}.", rules.JOINED, NEXT))


def led(by=ZHANG):
    return group_routed(LEAD, owner(GAO, "B01"), Why(f"Named by {by}.", rules.NAMED_LEADER, NEXT))


def change(command, **changes):
    return msgspec.structs.replace(command, **changes)


def play(history, *commands):
    """The history, and what came of each wish after it."""
    events = list(history)
    for command in commands:
        events += DECIDER.decide(DECIDER.fold(events), command)
    return events


WITH_CARDS = (*JOINT, joined())
AGREED = play(WITH_CARDS, ProposeSplit(ZHANG, THREE), *(AcceptSplit(who, None, 1, NEXT) for who in (ZHANG, LI, CHEN)))


def test_l2_a_further_line_joins_with_its_specialist():
    given(DECIDER, *JOINT).when(JOIN).then(joined())
    given(DECIDER, *WITH_CARDS).when(JOIN).nothing()
    given(DECIDER, *JOINT).when(change(JOIN, by=LI)).then(joined(by=LI))


@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"by": WANG}, "not_an_owner", "L2"),
        ({"post": None}, "unknown_staff", "L2"),
        ({"post": change(CARDS, valid_to=SINCE)}, "not_in_post", "L2"),
        ({"staff_id": WANG, "post": POST}, "not_a_joining_line", "L2"),
        ({"post": change(CARDS, role="ops")}, "not_a_joining_line", "L2"),
        ({"post": change(CARDS, of_line="retail")}, "not_a_joining_line", "L2"),
        ({"post": MANAGEMENT}, "not_a_joining_line", "L2"),
        ({"staff_id": LI}, "two_owners_needed", "L2"),
    ],
)
def test_l2_who_cannot_join(changes, code, rule):
    given(DECIDER, *JOINT).when(change(JOIN, **changes)).refused(code, rule=rule)


def test_l2_a_line_stands_on_a_lead_once_and_none_joins_what_ended():
    given(DECIDER, *WITH_CARDS).when(change(JOIN, staff_id=WU)).refused("side_taken", rule="L3")
    given(DECIDER, *ACTIVE, LeadLost(LEAD, "price", "", LI, NEXT)).when(JOIN).refused("lead_ended", rule="L11")


def test_l2_every_lines_owner_must_accept_the_split():
    events = play(WITH_CARDS, ProposeSplit(CHEN, THREE))
    assert [(one.line, one.staff_id, one.bps) for one in events[-1].shares] == [
        ("corporate", ZHANG, 5_000),
        ("retail", LI, 3_000),
        ("cards", CHEN, 2_000),
    ]
    for who in (CHEN, LI):
        events = play(events, AcceptSplit(who, None, 1, NEXT))
        assert DECIDER.fold(events).status == "proposed"
    said = given(DECIDER, *events).when(WinLead(LI, ("payroll",), None, NEXT)).refused("lead_not_active", rule="L2")
    assert "corporate" in said.message
    events = play(events, AcceptSplit(ZHANG, None, 1, NEXT))
    assert isinstance(events[-1], LeadActivated)
    assert DECIDER.fold(events).status == "active"


@pytest.mark.parametrize(
    "split",
    [
        (("corporate", 6_000), ("retail", 4_000)),
        (("corporate", 6_000), ("retail", 4_000), ("settlement", 0)),
        (*THREE, ("settlement", 0)),
    ],
)
def test_l2_a_split_names_each_line_of_the_lead(split):
    said = given(DECIDER, *WITH_CARDS).when(ProposeSplit(ZHANG, split)).refused("split_needs_both_lines", rule="L2")
    assert "cards" in said.message
    short = (("corporate", 5_000), ("retail", 3_000), ("cards", 1_999))
    given(DECIDER, *WITH_CARDS).when(ProposeSplit(ZHANG, short)).refused("split_not_whole", rule="L2")


def test_l2_who_joins_an_active_lead_has_no_share_until_all_accept_one():
    events = play(QUALIFIED, JOIN)
    state = DECIDER.fold(events)
    assert (state.status, state.shares) == ("qualified", shares())
    won = play(events, WinLead(ZHANG, ("payroll",), None, date(2026, 9, 3)))[-1]
    assert won == WON, "the agreed split stands until another is"
    events = play(events, ProposeSplit(CHEN, THREE))
    assert DECIDER.fold(events).status == "proposed"
    given(DECIDER, *events).when(WithdrawSplit(CHEN)).then(
        SplitVoided(LEAD, 2, StandingSplit(1, shares(), ZHANG), "withdrawn", CHEN)
    )


def test_l2_a_line_leaves_again_and_what_was_agreed_without_it_stands():
    given(DECIDER, *WITH_CARDS).when(LEAVE).then(LineLeft(LEAD, "cards", CHEN, "no cards wanted", CHEN, NEXT))
    events = play(play(ACTIVE, JOIN), ProposeSplit(CHEN, THREE), LEAVE)
    assert events[-2] == SplitVoided(LEAD, 2, StandingSplit(1, shares(), ZHANG), "line_left", CHEN)
    state = DECIDER.fold(events)
    assert (set(state.sides), state.status, state.shares) == (set(rules.OWNER_LINES), "active", shares())
    given(DECIDER, *events).when(LEAVE).refused("not_an_owner", rule="L2")


def test_l2_a_line_with_an_agreed_share_leaves_and_the_others_agree_anew():
    events = play(AGREED, LEAVE)
    assert events[-2] == SplitVoided(LEAD, 1, None, "line_left", CHEN)
    assert (DECIDER.fold(events).status, DECIDER.fold(events).standing) == ("opened", None)
    events = play(events, ProposeSplit(LI, (("corporate", 6_000), ("retail", 4_000))))
    assert events[-1] == proposed(2, by=LI)
    events = play(events, AcceptSplit(ZHANG, None, 2, NEXT), AcceptSplit(LI, None, 2, NEXT))
    assert events[-1] == activated(2)


def test_l2_who_may_take_a_line_off():
    given(DECIDER, *WITH_CARDS).when(change(LEAVE, by=ZHANG)).refused("not_your_side", rule="L2")
    given(DECIDER, *WITH_CARDS).when(change(LEAVE, by=WANG)).refused("not_an_owner", rule="L2")
    given(DECIDER, *WITH_CARDS).when(change(LEAVE, line="retail")).refused("side_stays", rule="L2")
    given(DECIDER, *JOINT).when(change(LEAVE, by=ZHANG)).nothing()
    lost = (*WITH_CARDS, LeadLost(LEAD, "price", "", LI, NEXT))
    given(DECIDER, *lost).when(LEAVE).refused("lead_ended", rule="L11")
    gone = routed(LEAD, "cards", waiting(f"cards:{HEAD}"), Why("S0009 left.", rules.UNHANDED, NEXT))
    given(DECIDER, *WITH_CARDS, gone).when(change(LEAVE, by=ZHANG)).then(
        LineLeft(LEAD, "cards", None, "no cards wanted", ZHANG, NEXT)
    )


def test_l2_l3_a_line_that_waits_is_claimed_by_its_own_people():
    gone = routed(LEAD, "cards", waiting(f"cards:{HEAD}"), Why("S0009 left.", rules.UNHANDED, NEXT))
    claim = ClaimSide(WU, "cards", HEAD, NEXT, "cards")
    why = Why(f"Claimed from cards:{HEAD}.", rules.CLAIMED, NEXT)
    given(DECIDER, *WITH_CARDS, gone).when(claim).then(routed(LEAD, "cards", owner(WU, HEAD), why))
    given(DECIDER, *WITH_CARDS, gone).when(change(claim, own="settlement")).refused("not_your_queue", rule="L3")
    given(DECIDER, *JOINT).when(claim).refused("no_such_side", rule="L2")
    split = ProposeSplit(ZHANG, THREE)
    given(DECIDER, *WITH_CARDS, gone).when(split).refused("side_unowned", rule="L2")


def test_l2_l9_a_line_without_a_share_leaves_and_what_the_others_agreed_stands():
    back = ReturnSide(CHEN, "cards", None, "left", NEXT)
    agreed = play(ACTIVE, JOIN)
    (route,) = given(DECIDER, *agreed).when(back).decide()
    assert DECIDER.fold([*agreed, route]).status == "active"
    void, route = given(DECIDER, *play(agreed, ProposeSplit(CHEN, THREE))).when(back).decide()
    assert (void.standing, route.line) == (StandingSplit(1, shares(), ZHANG), "cards")


def test_l2_l9_a_line_that_joined_changes_hands_with_its_share():
    events = play(AGREED, HandOver("h1", "cards", CHEN, WU, HEAD, NEXT))
    state = DECIDER.fold(events)
    assert (state.status, state.owner_of("cards")) == ("active", WU)
    assert [(one.staff_id, one.bps) for one in state.shares] == [(ZHANG, 5_000), (LI, 3_000), (WU, 2_000)]


def test_l2_branch_management_leads_the_group():
    given(DECIDER, *OPENED).when(NAME).then(led())
    given(DECIDER, *OPENED, led()).when(NAME).nothing()
    given(DECIDER, *OPENED).when(change(NAME, by=GAO, by_post=MANAGEMENT, units=BELOW)).then(led(GAO))
    for changes, code in (
        ({"by": WANG, "by_post": POST}, "not_an_owner"),
        ({"staff_id": LI, "post": POST}, "not_a_leader"),
        ({"post": change(MANAGEMENT, of_line="ebanking")}, "not_a_leader"),
        ({"post": None}, "unknown_staff"),
        ({"post": change(MANAGEMENT, valid_from=date(2027, 1, 1))}, "not_in_post"),
    ):
        given(DECIDER, *OPENED).when(change(NAME, **changes)).refused(code, rule="L2")


def test_l2_branch_management_of_elsewhere_takes_over_no_group():
    wish = change(NAME, by=GAO, by_post=MANAGEMENT, units=frozenset({"B09", "O09"}))
    given(DECIDER, *OPENED).when(wish).forbidden("another_unit")
    given(DECIDER, *OPENED).when(change(wish, units=frozenset())).forbidden("another_unit")
    waits = group_routed(LEAD, waiting("branch:B09"), Why("left", rules.UNHANDED, NEXT))
    given(DECIDER, *OPENED, waits).when(wish).then(led(GAO))
    given(DECIDER, *OPENED, led()).when(change(wish, staff_id=SUN)).then(
        group_routed(LEAD, owner(SUN, "B01"), Why(f"Named by {GAO}.", rules.NAMED_LEADER, NEXT))
    )


def test_l2_the_leader_brings_lines_in_and_has_no_share():
    given(DECIDER, *JOINT, led()).when(change(JOIN, by=GAO)).then(joined(by=GAO))
    given(DECIDER, *JOINT, led()).when(ProposeSplit(GAO, THREE[:2])).refused("not_an_owner", rule="L2")
    given(DECIDER, *JOINT, led()).when(change(NAME, by=GAO, staff_id=SUN)).then(
        group_routed(LEAD, owner(SUN, "B01"), Why(f"Named by {GAO}.", rules.NAMED_LEADER, NEXT))
    )


def test_l2_i3_from_open_to_the_credit_of_four_lines():
    """Open, join, propose, accept, propose anew, withdraw, leave, win: what is won is what incentives share out."""
    four = (("settlement", 1_234), ("corporate", 4_321), ("cards", 1_112), ("retail", 3_333))
    events = play(
        play(JOINT, JOIN, JoinLine(LI, WU, SETTLEMENT, NEXT)),
        ProposeSplit(WU, four),
        *(AcceptSplit(who, None, 1, NEXT) for who in (WU, ZHANG, CHEN, LI)),
        ProposeSplit(ZHANG, tuple((line, 2_500) for line, _ in four)),
        AcceptSplit(ZHANG, None, 2, NEXT),
        WithdrawSplit(ZHANG),
        WinLead(LI, ("payroll",), None, NEXT),
    )
    won = events[-1]
    assert isinstance(won, LeadWon)
    assert [(one.line, one.bps) for one in won.shares] == [
        ("corporate", 4_321), ("retail", 3_333), ("cards", 1_112), ("settlement", 1_234),
    ]  # fmt: skip
    credit = [CreditShare(one.line, one.staff_id, one.unit_id, one.bps) for one in won.shares]
    parts = {part.staff_id: part.points_milli for part in shared_out(1_001, credit)}
    assert parts == {ZHANG: 433, LI: 334, CHEN: 111, WU: 123}
    assert sum(parts.values()) == 1_001
    documents = {}
    LEADS.fold(documents, [recorded(one, f"lead-{LEAD}", n) for n, one in enumerate(events, 1)])
    shown = LeadView().dump(documents[LEAD])
    assert shown["proposal"]["accepted"] == dict.fromkeys(("corporate", "retail", "cards", "settlement"), True)
    assert (shown["sides"]["cards"]["owner_id"], shown["status"]) == (CHEN, "won")
    assert documents[LEAD]["owner_ids"] == sorted((ZHANG, LI, CHEN, WU))


def test_l2_a_line_that_left_is_shown_nowhere_as_an_owner():
    events = play(AGREED, LEAVE)
    for projection in (LEADS, VISITS_DUE):
        documents = {}
        projection.fold(documents, [recorded(one, f"lead-{LEAD}", n) for n, one in enumerate(events, 1)])
        assert documents[LEAD]["owner_ids"] == [ZHANG, LI]


def _parts(edges):
    return [high - low for low, high in zip([0, *edges], [*edges, 10_000], strict=True)]


LINES = {"corporate": ZHANG, "retail": LI, "cards": CHEN, "settlement": WU}
people = st.sampled_from(sorted(LINES.values()))
cuts = st.lists(st.integers(0, 10_000), min_size=3, max_size=3).map(sorted)
splits = st.tuples(cuts, st.sets(st.sampled_from(sorted(LINES)), min_size=2)).map(
    lambda drawn: tuple(zip(sorted(drawn[1]), _parts(drawn[0][: len(drawn[1]) - 1]), strict=True))
)
wishes = st.one_of(
    st.sampled_from((JoinLine(ZHANG, CHEN, CARDS, NEXT), JoinLine(LI, WU, SETTLEMENT, NEXT))),
    st.builds(LeaveLine, people, st.sampled_from(("cards", "settlement")), st.just("enough"), st.just(NEXT)),
    st.builds(ProposeSplit, people, splits),
    st.builds(AcceptSplit, people, st.none(), st.integers(1, 4), st.just(NEXT)),
    st.builds(WithdrawSplit, people),
    st.builds(WinLead, people, st.just(("payroll",)), st.none(), st.just(NEXT)),
)


@over(st.lists(wishes, max_size=30))
def test_l2_credit_always_follows_a_whole_split_that_each_of_its_owners_accepted(commands):
    events = list(JOINT)
    for command in commands:
        state = DECIDER.fold(events)
        try:
            made = DECIDER.decide(state, command)
        except RuleBroken:
            continue
        for event in made:
            if isinstance(event, SplitProposed | LeadActivated | LeadWon):
                assert sum(share.bps for share in event.shares) == rules.FULL_BPS
            if isinstance(event, LeadActivated | LeadWon):
                who = {one.staff_id for one in _accepted(events + list(made))}
                assert who == {share.staff_id for share in event.shares}
        events += made
        assert set(DECIDER.fold(events).sides) >= set(rules.OWNER_LINES)


def _accepted(events):
    """Who accepted the newest split, by the log alone."""
    standing, accepted = [], []
    for event in events:
        match event:
            case SplitProposed():
                accepted = []
            case SplitAccepted():
                accepted.append(event)
            case LeadActivated():
                standing = accepted
            case SplitVoided(standing=None):
                standing = accepted = []
            case SplitVoided():
                accepted = standing
    return accepted


def test_l2_l4_a_line_of_the_merged_lead_stands_beside_and_does_not_join_by_itself():
    owners = (Holder("cards", CHEN, HEAD), Holder("retail", LI, "O01"))
    absorbed = play(OPENED, AbsorbLead("younger", 1, owners, (), NEXT))
    state = DECIDER.fold(absorbed)
    assert "cards" not in state.sides
    assert state.sides["retail"].owner_id == LI
    assert state.absorbed["younger"].event.owners == owners
    kept = play(WITH_CARDS, AbsorbLead("younger", 1, (Holder("cards", WU, HEAD),), (), NEXT))
    assert DECIDER.fold(kept).sides["cards"].owner_id == CHEN


@pytest.mark.parametrize("wish", [JOIN, LEAVE, NAME])
def test_l2_l4_no_line_joins_or_leaves_a_merged_lead(wish):
    merged = LeadMerged(LEAD, "C000001", "older", 1, (), (), "same plant", GAO, 1, NEXT)
    given(DECIDER, *WITH_CARDS, merged).when(wish).refused("lead_merged", rule="L4")
