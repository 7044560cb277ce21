"""I1: drafted, submitted, approved by somebody else over a hash, active and then unchangeable."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from marshmallow import ValidationError
from msgspec.structs import replace

from services.incentives.domain.plan import PLAN, ActivatePlan, ApprovePlan, DraftPlan, SubmitPlan, TryPlan
from services.incentives.events import PlanActivated, PlanApproved, PlanDrafted, PlanSubmitted, PlanTried
from services.incentives.rules import plan_hash
from services.incentives.schemas import PlanBody
from tests.kit import given
from tests.services.incentives.examples import plan

HASH = plan_hash(plan())
DRAFTED = PlanDrafted(plan(), HASH, "D1")
SUBMITTED = PlanSubmitted("ebank-2026", 1, HASH, "D2")
APPROVED = PlanApproved("ebank-2026", 1, HASH, "A1", None)
ACTIVE = PlanActivated(plan(), HASH)


def test_i1_the_whole_way():
    given(PLAN).when(DraftPlan(plan(), "D1")).then(DRAFTED)
    given(PLAN, DRAFTED).when(SubmitPlan("D2")).then(SUBMITTED)
    given(PLAN, DRAFTED, SUBMITTED).when(ApprovePlan(HASH, "A1")).then(APPROVED)
    given(PLAN, DRAFTED, SUBMITTED, APPROVED).when(ActivatePlan(None, planned=False)).then(ACTIVE)


def test_i1_each_step_again_changes_nothing():
    history = (DRAFTED, SUBMITTED, APPROVED, ACTIVE)
    for wish in (DraftPlan(plan(), "D1"), SubmitPlan("D2"), ApprovePlan(HASH, "A1"), ActivatePlan(None, planned=False)):
        given(PLAN, *history).when(wish).nothing()


def test_i1_no_step_before_the_one_before():
    given(PLAN).when(SubmitPlan("D1")).refused("plan_unknown", rule="I1")
    given(PLAN, DRAFTED).when(ApprovePlan(HASH, "A1")).refused("plan_not_submitted", rule="I1")
    given(PLAN, DRAFTED, SUBMITTED).when(ActivatePlan(None, planned=False)).refused("plan_not_approved", rule="I1")


@pytest.mark.parametrize("editor", ["D1", "D2"])
def test_i1_the_approver_is_no_editor(editor):
    given(PLAN, DRAFTED, SUBMITTED).when(ApprovePlan(HASH, editor)).refused("approver_is_editor", rule="I1")


def test_i1_an_editor_of_an_earlier_draft_is_an_editor():
    first = PlanDrafted(plan(points=1), plan_hash(plan(points=1)), "A1")
    given(PLAN, first, DRAFTED, SUBMITTED).when(ApprovePlan(HASH, "A1")).refused("approver_is_editor", rule="I1")


def test_i1_approval_binds_the_hash():
    other = plan_hash(plan(points=1_501))
    given(PLAN, DRAFTED, SUBMITTED).when(ApprovePlan(other, "A1")).refused("plan_hash_mismatch", rule="I1")


def test_i1_a_draft_may_change_and_nothing_after_it():
    given(PLAN, DRAFTED).when(DraftPlan(plan(points=2), "D1")).then(
        PlanDrafted(plan(points=2), plan_hash(plan(points=2)), "D1")
    )
    for history in ((SUBMITTED,), (SUBMITTED, APPROVED), (SUBMITTED, APPROVED, ACTIVE)):
        given(PLAN, DRAFTED, *history).when(DraftPlan(plan(points=2), "D1")).refused("plan_not_editable", rule="I1")


def test_i1_weights_sum_to_the_whole():
    light = plan(indicators=plan().indicators[:1])
    given(PLAN).when(DraftPlan(light, "D1")).refused("weights_not_whole", rule="I1")


def test_i1_indicators_have_names_of_their_own():
    twice = tuple(type(i)(i.indicator, i.product, 1, 5_000, 1, 1) for i in plan().indicators[:1] * 2)
    given(PLAN).when(DraftPlan(plan(indicators=twice), "D1")).refused("indicator_twice", rule="I1")


@pytest.mark.parametrize("name", ["work_log", "award"])
def test_i1_no_indicator_is_called_as_other_lines_are(name):
    """It would be paid as a term of a score, or reach its target by awards: the second opinion knows better."""
    (first, second) = plan().indicators
    content = plan(indicators=(replace(first, indicator=name), second))
    given(PLAN).when(DraftPlan(content, "D1")).refused("indicator_name_taken", rule="I1")


def test_i1_a_plan_never_takes_effect_in_a_closed_period():
    late = plan(effective_from=date(2026, 10, 31))
    history = (PlanDrafted(late, plan_hash(late), "D1"), SUBMITTED, APPROVED)
    given(PLAN, *history).when(ActivatePlan("2026-10", planned=True)).refused("effective_in_closed_period", rule="I1")
    given(PLAN, *history).when(ActivatePlan("2026-09", planned=True)).then(PlanActivated(late, plan_hash(late)))


def default():
    path = Path(__file__).parents[3] / "services/incentives/plans/ebank-2026.yaml"
    return yaml.safe_load(path.read_text())


def test_i1_the_default_plan_is_a_right_plan():
    loaded = PlanBody().load(default())["plan"]
    (drafted,) = given(PLAN).when(DraftPlan(loaded, "D1")).decide()
    assert drafted.plan.vesting.active_days == 3
    assert (drafted.plan.vesting.window_days, drafted.plan.vesting.within_days) == (30, 90)
    assert drafted.plan.reversal_days == 180


def test_a_bad_plan_is_refused_with_every_field():
    body = default() | {"version": 0, "effective_from": "soon", "tie_policy": "dice", "colour": "red"}
    body["indicators"] = [body["indicators"][0] | {"points_milli": 1.5}]
    with pytest.raises(ValidationError) as caught:
        PlanBody().load(body)
    assert set(caught.value.messages_dict) == {"version", "effective_from", "tie_policy", "colour", "indicators"}


TRIED = PlanTried("ebank-2026", 1, HASH, "f" * 64, 12, 1_500, 3_000, 0, "D1")


def test_i8_what_a_run_over_the_history_found_is_signed_with_the_plan():
    given(PLAN, DRAFTED, SUBMITTED).when(TryPlan(TRIED)).then(TRIED)
    given(PLAN, DRAFTED, SUBMITTED, TRIED).when(TryPlan(TRIED)).nothing()
    signed = PlanApproved("ebank-2026", 1, HASH, "A1", "f" * 64)
    given(PLAN, DRAFTED, SUBMITTED, TRIED).when(ApprovePlan(HASH, "A1", "f" * 64)).then(signed)
    for wrong in (None, "0" * 64):
        given(PLAN, DRAFTED, SUBMITTED, TRIED).when(ApprovePlan(HASH, "A1", wrong)).refused(
            "what_if_mismatch", rule="I8"
        )
    given(PLAN, DRAFTED, SUBMITTED).when(ApprovePlan(HASH, "A1", "f" * 64)).refused("what_if_mismatch", rule="I8")


def test_i8_a_run_of_another_content_signs_nothing():
    other = replace(TRIED, plan_hash="0" * 64)
    given(PLAN, DRAFTED).when(TryPlan(other)).refused("plan_hash_mismatch", rule="I1")
    given(PLAN, DRAFTED, TRIED, PlanDrafted(plan(points=2_000), plan_hash(plan(points=2_000)), "D1")).when(
        TryPlan(TRIED)
    ).refused("plan_hash_mismatch", rule="I1")
