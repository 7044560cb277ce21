"""A campaign's life, who is held out, the contact limit, and whose the leads are. Rule L12."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.campaign_events import (
    CampaignAdvanced,
    CampaignCancelled,
    CampaignFinished,
    CampaignPaused,
    CampaignResumed,
    CustomerDrawn,
    Group,
)
from services.leads.campaign_rules import CAMPAIGN as RULES
from services.leads.campaign_rules import arm_of
from services.leads.domain.campaign import CAMPAIGN as DECIDER
from services.leads.domain.campaign_commands import (
    AdvanceCampaign,
    CancelCampaign,
    FinishCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from services.leads.domain.commands import NamedManager
from services.leads.domain.lead import LEAD as LEADS
from services.leads.domain.reach import REACH, lead_of
from services.leads.domain.state import OPEN
from tests.kit import given
from tests.services.leads.campaigns import (
    BRANCH,
    CAMPAIGN,
    CHIEF,
    OTHER,
    drafted,
    drafting,
    drawing,
    started,
    starting,
)
from tests.services.leads.examples import DAY, LI, NEXT, OUTLET, PERSON, opened_by, opening, owned, queued

ADVANCED = CampaignAdvanced(CAMPAIGN, 1, PERSON, 200, done=False)
PAUSED = CampaignPaused(CAMPAIGN, "two days' rest", CHIEF, NEXT)
RESUMED = CampaignResumed(CAMPAIGN, 1, PERSON, False, CHIEF, NEXT)
PAUSE, RESUME = PauseCampaign(CHIEF, BRANCH, "two days' rest", NEXT), ResumeCampaign(CHIEF, BRANCH, NEXT)
FINISH = FinishCampaign(CHIEF, BRANCH, "target_reached", NEXT)
CANCEL = CancelCampaign(CHIEF, BRANCH, "wrong_group", "", NEXT)
FINISHED = CampaignFinished(CAMPAIGN, "target_reached", CHIEF, NEXT)
CANCELLED = CampaignCancelled(CAMPAIGN, "wrong_group", "", CHIEF, NEXT)


def test_l12_a_campaign_is_drafted_and_started_once():
    given(DECIDER).when(drafting()).then(drafted())
    given(DECIDER, drafted()).when(drafting()).nothing()
    given(DECIDER, drafted()).when(starting()).then(started())
    given(DECIDER, drafted(), started()).when(starting(seed="another")).nothing()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"until": DAY - timedelta(days=1)}, "ends_before_it_opens"),
        ({"group": Group(BRANCH, "person", (), ("mobile",), ("mobile",))}, "holds_and_lacks"),
        ({"known": False}, "unknown_unit"),
        ({"group": Group("B02", "person", (), (), ())}, "outside_your_unit"),
        ({"group": Group(None, "person", (), (), ())}, "outside_your_unit"),
    ],
)
def test_l12_a_draft_that_cannot_work_is_refused(changes, code):
    given(DECIDER).when(drafting(**changes)).refused(code, rule="L12")


def test_l12_a_product_manager_plans_for_the_whole_bank():
    wish = drafting(group=Group(None, "person", (), (), ()), within=None)
    assert given(DECIDER).when(wish).decide()


def test_l12_nobody_starts_a_campaign_without_customers_or_days_left():
    given(DECIDER, drafted()).when(starting(expected=0)).refused("empty_group", rule="L12")
    given(DECIDER, drafted()).when(starting(on=date(2026, 12, 1))).refused("plan_over", rule="L12")
    given(DECIDER).when(starting()).refused("not_drafted", rule="L12")


def test_l12_rounds_follow_each_other_until_nobody_is_left():
    running = (drafted(), started())
    first, last = AdvanceCampaign(1, PERSON, 200, done=False), AdvanceCampaign(2, "P000009", 3, done=True)
    given(DECIDER, *running).when(first).then(ADVANCED)
    given(DECIDER, *running, ADVANCED).when(first).nothing()
    given(DECIDER, *running, ADVANCED).when(last).then(CampaignAdvanced(CAMPAIGN, 2, "P000009", 3, done=True))


def test_l12_paused_it_stands_still_and_resumed_it_goes_on_where_it_stood():
    running = (drafted(), started(), ADVANCED)
    given(DECIDER, *running).when(PAUSE).then(PAUSED)
    given(DECIDER, *running, PAUSED).when(PAUSE).nothing()
    given(DECIDER, *running, PAUSED).when(AdvanceCampaign(2, "P000009", 3, done=True)).nothing()
    given(DECIDER, *running, PAUSED).when(RESUME).then(RESUMED)
    given(DECIDER, *running, PAUSED, RESUMED).when(RESUME).nothing()


def test_l12_it_is_finished_or_cancelled_with_a_reason_and_then_stands_still():
    running = (drafted(), started(), ADVANCED)
    given(DECIDER, *running).when(FINISH).then(FINISHED)
    given(DECIDER, *running, PAUSED).when(CANCEL).then(CANCELLED)
    given(DECIDER, drafted()).when(CANCEL).then(CANCELLED)
    for ended, again in ((FINISHED, FINISH), (CANCELLED, CANCEL)):
        given(DECIDER, *running, ended).when(again).nothing()
        given(DECIDER, *running, ended).when(AdvanceCampaign(2, "P000009", 3, done=True)).nothing()
        for wish in (PAUSE, RESUME, starting()):
            status = "finished" if ended is FINISHED else "cancelled"
            given(DECIDER, *running, ended).when(wish).refused(f"campaign_{status}", rule="L12")
    given(DECIDER, *running, FINISHED).when(CANCEL).refused("campaign_finished", rule="L12")
    given(DECIDER, drafted()).when(FINISH).refused("campaign_drafted", rule="L12")
    given(DECIDER, *running).when(FinishCampaign(CHIEF, BRANCH, "tired", NEXT)).refused("unknown_reason", rule="L12")
    given(DECIDER, *running).when(CancelCampaign(CHIEF, BRANCH, "tired", "", NEXT)).refused(
        "unknown_reason", rule="L12"
    )


def test_l12_another_branch_does_not_steer_it_and_a_product_manager_does():
    for wish in (PauseCampaign("S0091", "B02", "ours", NEXT), CancelCampaign("S0091", "B02", "other", "", NEXT)):
        given(DECIDER, drafted(), started()).when(wish).refused("other_units_campaign", rule="L12")
    given(DECIDER, drafted(), started()).when(PauseCampaign("S0001", None, "two days' rest", NEXT)).then(
        CampaignPaused(CAMPAIGN, "two days' rest", "S0001", NEXT)
    )


def drawn(arm, customer_id=PERSON, campaign_id=CAMPAIGN, blocked_by=None, on=DAY):
    lead_id = lead_of(campaign_id, customer_id) if arm == "contacted" else None
    return CustomerDrawn(campaign_id, customer_id, arm, lead_id, blocked_by, "person", OUTLET, None, None, 1, on)


def test_l12_a_tenth_is_held_out_by_default_and_no_lead_is_theirs():
    given(REACH).when(drawing(hold_out_bps=0)).then(drawn("contacted"))
    given(REACH).when(drawing(hold_out_bps=10_000)).then(drawn("held_out"))
    assert (RULES.version, RULES.hold_out_bps) == (1, 1_000)
    arms = [arm_of("seed", CAMPAIGN, f"P{number:06}", RULES.hold_out_bps) for number in range(20_000)]
    assert abs(arms.count("held_out") - 2_000) < 3 * 43, "within three standard deviations of a tenth"


def test_l12_who_is_held_out_can_be_computed_again_and_is_another_tenth_in_another_campaign():
    people = [f"P{number:06}" for number in range(2_000)]

    def held_out(seed, campaign_id):
        return {one for one in people if arm_of(seed, campaign_id, one, 1_000) == "held_out"}

    assert held_out("a", CAMPAIGN) == held_out("a", CAMPAIGN)
    for other in (held_out("b", CAMPAIGN), held_out("a", OTHER)):
        assert len(held_out("a", CAMPAIGN) & other) < 50, "about a tenth of a tenth"
    known = {one: arm_of("a", "b", one, 1_000) for one in ("P000010", "P000011")}
    assert known == {"P000010": "held_out", "P000011": "contacted"}, "as sha256 says, for ever"


def test_l12_the_same_turn_twice_is_one():
    given(REACH, drawn("contacted")).when(drawing()).nothing()
    given(REACH, drawn("held_out")).when(drawing(hold_out_bps=0)).nothing()


@pytest.mark.parametrize("arm", ["contacted", "held_out"])
@pytest.mark.parametrize("days", [0, 29, -29])
def test_l12_whoever_had_a_turn_within_the_limit_is_spared(arm, days):
    """The held-out too: were they another campaign's, the comparison would be spoilt."""
    on = DAY + timedelta(days=days)
    wish = drawing(campaign_id=OTHER, hold_out_bps=0, on=on)
    given(REACH, drawn(arm)).when(wish).then(drawn("spared", campaign_id=OTHER, blocked_by=CAMPAIGN, on=on))


def test_l12_after_the_limit_or_beside_one_who_was_spared_it_is_their_turn_again():
    assert RULES.limit_days == 30
    later = DAY + timedelta(days=30)
    wish = drawing(campaign_id=OTHER, hold_out_bps=0, on=later)
    given(REACH, drawn("contacted")).when(wish).then(drawn("contacted", campaign_id=OTHER, on=later))
    spared = drawn("spared", campaign_id="c-third", blocked_by="c-fourth", on=later)
    given(REACH, spared).when(wish).then(drawn("contacted", campaign_id=OTHER, on=later))


@over(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 120)), max_size=12))
def test_l12_in_no_order_does_a_customer_get_two_leads_within_the_limit(turns):
    history = []
    for campaign_id, day in turns:
        wish = drawing(campaign_id=campaign_id, on=DAY + timedelta(days=day))
        history += REACH.decide(REACH.fold(history), wish)
    assert len(history) == len({campaign_id for campaign_id, _ in turns})
    taken = sorted(one.on for one in history if one.arm != "spared")
    assert all((later - one).days >= RULES.limit_days for one, later in pairwise(taken))


def campaigning(**changes):
    return opening(
        **{
            "customer_id": PERSON, "customer_kind": "person", "source": "campaign", "opened_by": CHIEF,
            "opened_by_line": "retail", "unit_id": BRANCH, "campaign_id": CAMPAIGN,
        } | changes
    )  # fmt: skip


def test_l12_a_campaigns_lead_waits_at_the_outlet_and_its_opener_owns_nothing():
    wish = campaigning()
    given(LEADS).when(wish).then(opened_by(wish), queued("corporate"), queued("retail"))
    assert opened_by(wish).campaign_id == CAMPAIGN


def test_l6_l12_a_key_customers_own_manager_gets_a_campaigns_lead():
    wish = campaigning(tier="key", manager=NamedManager(LI, "retail", OUTLET))
    reason = "Key customer: goes to their own manager, face to face."
    given(LEADS).when(wish).then(opened_by(wish), queued("corporate"), owned("retail", LI, "L6.key", reason))


@over(
    st.sampled_from(("company", "person")),
    st.sampled_from(("key", "level_1", None)),
    st.one_of(st.none(), st.builds(NamedManager, st.just(LI), st.sampled_from(rules.OWNER_LINES), st.just(OUTLET))),
)
def test_l3_l12_whatever_is_known_of_the_customer_no_side_is_unowned(kind, tier, manager):
    line = rules.side_of(kind)
    state = LEADS.fold(
        LEADS.decide(LEADS.initial, campaigning(customer_kind=kind, opened_by_line=line, tier=tier, manager=manager))
    )
    assert state.status in OPEN
    assert all((side.owner_id is None) != (side.queue is None) for side in state.sides.values())
    assert set(state.sides) == set(rules.OWNER_LINES)
    assert all(side.owner_id != CHIEF for side in state.sides.values())
