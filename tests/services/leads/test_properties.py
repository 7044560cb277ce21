"""Whatever is wished, in whatever order: the lead never breaks its own rules."""

from datetime import date

from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.domain.commands import (
    AcceptSplit,
    AssignOwner,
    ClaimSide,
    ExpireLead,
    HandOver,
    InvitePartner,
    LoseLead,
    MissFirstContact,
    NoteContact,
    ProposeSplit,
    QualifyLead,
    ReachStage,
    ReopenLead,
    RerouteMissed,
    WinLead,
    WithdrawSplit,
)
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.events import LeadActivated, LeadWon, SplitProposed
from services.leads.projections import LEADS
from shared.core.errors import RuleBroken
from tests.services.leads.examples import DAY, LEAD, LI, OUTLET, POST, WANG, ZHANG, opening, recorded, spawning

people = st.sampled_from((ZHANG, LI, WANG))
lines = st.sampled_from(rules.OWNER_LINES)
days = st.sampled_from((date(2026, 8, 31), DAY, date(2026, 9, 9)))
splits = st.integers(-1, 10_001).map(lambda bps: (("corporate", bps), ("retail", 10_000 - bps)))
wishes = st.one_of(
    st.sampled_from((opening(), spawning())),
    st.builds(AssignOwner, lines, people, st.just(OUTLET), st.just("turn"), st.just("L3.dealt"), st.just(1), days),
    st.builds(InvitePartner, people, people, st.sampled_from((POST, None)), st.none(), st.none(), days),
    st.builds(ClaimSide, people, lines, st.sampled_from((OUTLET, "O02")), days),
    st.builds(ProposeSplit, people, splits),
    st.builds(WithdrawSplit, people),
    st.builds(NoteContact, st.sampled_from(("k1", "k2")), people, days),
    st.builds(MissFirstContact, people, days, days),
    st.builds(RerouteMissed, people, days),
    st.builds(HandOver, st.just("h1"), lines, people, people, st.just(OUTLET), days),
    st.builds(AcceptSplit, people, lines, st.integers(1, 4), days),
    st.builds(ReachStage, people, st.sampled_from(rules.STAGES), st.sampled_from((None, date(2026, 9, 9))), days),
    st.builds(QualifyLead, people, days),
    st.builds(WinLead, people, st.sampled_from((("payroll",), ())), st.none(), days),
    st.builds(LoseLead, people, st.sampled_from(("price", "fate")), st.just(""), days),
    st.builds(ExpireLead, st.just("held_before_win"), days),
    st.builds(ReopenLead, people, st.just("again"), days),
)


def play(commands):
    """The events that come of it; a wish that was heard changes nothing when it is repeated at once."""
    events, rules_named = list(DECIDER.decide(DECIDER.initial, opening())), set()
    for command in commands:
        try:
            made = list(DECIDER.decide(DECIDER.fold(events), command))
        except RuleBroken as broken:
            rules_named.add(broken.rule)
            continue
        events += made
        if made:
            assert list(DECIDER.decide(DECIDER.fold(events), command)) == []
    assert rules_named <= {"L1", "L2", "L3", "L8", "L11"}
    return events


@over(st.lists(wishes, max_size=40))
def test_l2_l3_l11_hold_whatever_is_wished(commands):
    events = play(commands)
    for length, event in enumerate(events, 1):
        state = DECIDER.fold(events[:length])
        if isinstance(event, SplitProposed | LeadActivated | LeadWon):
            assert sum(share.bps for share in event.shares) == rules.FULL_BPS
            assert len({share.staff_id for share in event.shares}) == len(event.shares) == 2
        if isinstance(event, LeadWon):
            assert state.agreed
            assert event.shares == state.shares
        if length > 2:
            assert all((side.owner_id is None) != (side.queue is None) for side in state.sides.values())


@over(st.lists(wishes, max_size=40))
def test_l11_the_document_agrees_with_the_rules_whatever_happened(commands):
    events, documents = play(commands), {}
    LEADS.fold(documents, [recorded(event, f"lead-{LEAD}", version) for version, event in enumerate(events, 1)])
    assert documents[LEAD]["status"] == DECIDER.fold(events).status
