"""Rule I10: a dispute is about one line, holds only that, has a due date, and its outcome is an event."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from services.incentives.dispute_events import Disputed, DisputeDecided, DisputeEvidenceAdded, DisputeRaised
from services.incentives.domain.dispute import (
    DISPUTE,
    AddEvidence,
    DecideDispute,
    RaiseDispute,
    line_of,
    lines_held,
    lines_settled,
    taken_back_on,
)
from services.incentives.events import DormancyWithdrawn, PlanActivated
from services.incentives.explain import explain_given
from services.incentives.projections import DISPUTES, LEDGER
from services.incentives.reactions import note_disputes
from services.incentives.reference import differences, recompute
from services.incentives.verify import given_explain_themselves
from tests.kit import given
from tests.services.bundling.examples import recorded
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    OPENING,
    PLANS,
    RETAIL,
    active,
    alert,
    day,
    dispute,
    dormant,
    led,
    plan,
    refused,
    use,
    vested,
)
from tests.services.incentives.test_deal import balance, history, lines

VESTED = next(one for one in lines(history(*vested())) if (one.staff_id, one.entry) == (RETAIL, "vested"))
LINE = Disputed(**{name: getattr(VESTED, name) for name in Disputed.__struct_fields__})
D1 = VESTED.line_id
DAY, LATER = day(20), day(29)
RAISED = DisputeRaised(D1, LINE, "the split was 7,000", ("minutes",), RETAIL, DAY + timedelta(days=15), DAY)
ACCEPTED = DisputeDecided(D1, LINE, "accepted", 150, "the minutes say so", "HR1", LATER)
PENALTY = replace(LINE, entry="penalised", points_milli=-200)
PENALTY_RAISED, ABOUT_PENALTY = replace(RAISED, line=PENALTY, holds=True), replace(ACCEPTED, line=PENALTY)
(HELD,) = lines_held(PENALTY_RAISED)
(RELEASED, ADJUSTED) = lines_settled(PENALTY_RAISED, ABOUT_PENALTY)
TOTAL = ("lead_id", "staff_id", "of_period", "points_milli")
WHOLE = (PENALTY_RAISED, HELD, ABOUT_PENALTY, RELEASED, ADJUSTED)
REFUSED = replace(ACCEPTED, outcome="refused", points_milli=0, reason="the lead says 6,000")


def decide(outcome="accepted", points=150, by="HR1", reason="the minutes say so"):
    return DecideDispute(outcome, points, reason, by, LATER)


def test_i10_a_dispute_has_a_due_date_and_takes_evidence_while_it_is_open():
    raise_it = RaiseDispute(LINE, "the split was 7,000", ("minutes",), RETAIL, DAY)
    given(DISPUTE).when(raise_it).then(RAISED)
    given(DISPUTE, RAISED).when(raise_it).nothing()
    given(DISPUTE, RAISED).when(replace(raise_it, raised_by="S0090")).refused("in_dispute", rule="I10")
    given(DISPUTE, RAISED, REFUSED).when(raise_it).refused("already_refused", rule="I10")
    more = AddEvidence(("minutes", "a letter"), "S0090", LATER)
    given(DISPUTE, RAISED).when(more).then(DisputeEvidenceAdded(D1, ("a letter",), "S0090", LATER))
    given(DISPUTE, RAISED, ACCEPTED).when(more).refused("already_accepted", rule="I10")


def test_i10_an_accepted_one_about_earned_credit_is_told_to_its_deal():
    given(DISPUTE, RAISED).when(decide()).then(ACCEPTED)
    given(DISPUTE, RAISED, ACCEPTED).when(decide()).nothing()


def test_i10_an_accepted_one_about_a_penalty_adjusts_it_in_its_period():
    given(DISPUTE, PENALTY_RAISED, HELD).when(decide()).then(ABOUT_PENALTY, RELEASED, ADJUSTED)
    given(DISPUTE, *WHOLE).when(decide()).nothing()
    assert (ADJUSTED.entry, ADJUSTED.adjusts, ADJUSTED.points_milli) == ("adjusted", D1, 150)
    assert (ADJUSTED.of_period, ADJUSTED.staff_id, ADJUSTED.indicator) == (VESTED.of_period, RETAIL, VESTED.indicator)
    given(DISPUTE, PENALTY_RAISED, HELD).when(decide(points=201)).refused("below_nothing", rule="I10")


@pytest.mark.parametrize(("entry", "points"), [("awarded", 400), ("penalised", -200)])
def test_i10_an_award_or_a_penalty_does_not_count_while_it_is_in_dispute(entry, points):
    line = replace(LINE, entry=entry, points_milli=points)
    raised, held = given(DISPUTE).when(RaiseDispute(line, "no", (), RETAIL, DAY)).decide()
    assert (held.entry, held.points_milli, held.adjusts, held.of_period) == ("held", -points, D1, LINE.of_period)
    _, released = given(DISPUTE, raised, held).when(decide("refused", 0)).decide()
    assert (released.entry, released.points_milli, released.adjusts) == ("released", points, D1)
    assert len({held.line_id, released.line_id, line.line_id, ADJUSTED.line_id}) == 4


def test_i10_what_was_raised_before_lines_were_held_is_settled_without_a_release():
    earlier = replace(PENALTY_RAISED, holds=False)
    given(DISPUTE, earlier).when(decide()).then(ABOUT_PENALTY, ADJUSTED)
    assert differences(recompute([earlier, ABOUT_PENALTY, ADJUSTED]), documents(LEDGER, ADJUSTED).values()) == ()
    assert list(given_explain_themselves({f"dispute-{D1}": [earlier, ABOUT_PENALTY, ADJUSTED]})) == []


@pytest.mark.parametrize("entry", ["pending", "held", "released", "reversed", "adjusted"])
def test_i10_what_a_credit_became_is_in_dispute_with_its_vesting(entry):
    wish = RaiseDispute(replace(LINE, entry=entry, adjusts=D1), "no", (), RETAIL, DAY)
    given(DISPUTE).when(wish).refused("not_disputable", rule="I10")


def test_i10_what_an_accepted_dispute_gave_is_reversed_and_held_with_the_credit():
    given_more = history(*vested(), dispute("open", 20), dispute("closed", 29, points=150))
    assert balance(given_more) == {CORPORATE: 600, RETAIL: 1_050}
    (more,) = (line for line in lines(given_more) if line.entry == "awarded")
    assert (more.points_milli, more.of_period, more.adjusts) == (150, VESTED.of_period, D1)
    assert balance(history(alert("open", 40), start=given_more)) == {CORPORATE: 0, RETAIL: 0}
    assert balance(history(refused(50), start=given_more)) == {CORPORATE: 0, RETAIL: 0}
    taken = history(*vested(), dispute("open", 20), dispute("closed", 29, points=-900))
    assert balance(taken) == {CORPORATE: 600, RETAIL: 0}
    assert balance(history(refused(50), start=taken)) == {CORPORATE: 0, RETAIL: 0}


@pytest.mark.parametrize("points", [150, -150])
def test_i10_what_an_accepted_dispute_gave_or_took_is_not_disputed_as_if_people_had_given_it(points):
    """It would be paid beside its credit, and stand when that is reversed."""
    settled = history(*vested(), dispute("open", 20), dispute("closed", 29, points=points))
    (line,) = (one for one in lines(settled) if one.entry in {"awarded", "penalised"})
    about = Disputed(**{name: getattr(line, name) for name in Disputed.__struct_fields__})
    wish = RaiseDispute(about, "agreed 900", (), RETAIL, day(40))
    broken = given(DISPUTE).when(wish).refused("not_disputable", rule="I10")
    assert f"dispute {D1}, which it changes" in broken.message
    raised = DisputeRaised(line.line_id, about, "agreed 900", (), RETAIL, day(55), day(40), holds=True)
    given(DISPUTE, raised, *lines_held(raised)).when(decide()).refused("not_disputable", rule="I10")
    _, released = given(DISPUTE, raised, *lines_held(raised)).when(decide("refused", 0)).decide()
    assert released.points_milli == points


def test_i10_i12_a_dispute_about_what_rolls_up_is_worth_nothing_once_that_is_nothing():
    """The hierarchy is corrected: who led one of them stands a level higher, for which the plan has no rate."""
    rolling = active(plan(roll_up_bps=(1_000,)))
    said = ("M1", "d1", OPENING, 60, "mobile_active.team")
    settled = [*vested(), led(RETAIL, "M1"), led("M1", None), dispute("open", 20, *said), dispute("closed", 25, *said)]
    later = [led(RETAIL, "M2", version=2), led("M2", "M1")]
    for facts, points in ((settled, 150), ([*settled, *later], 0)):
        told = history(*facts, plans=(rolling,))
        assert balance(told)["M1"] == points
        ledger = [{name: getattr(one, name) for name in TOTAL} for one in lines(told)]
        assert differences(recompute([PlanActivated(rolling.plan, rolling.plan_hash), *told]), ledger) == ()


def test_i10_a_split_that_corrects_the_same_grievance_is_no_second_payment():
    """The shares that come late are those of the deal; what the dispute gave stands on top, and goes with it."""
    fixed = history(*vested(), dispute("open", 20), dispute("closed", 29, points=900))
    assert balance(history(refused(60), start=fixed)) == {CORPORATE: 0, RETAIL: 0}


def test_i10_a_refused_one_changes_nothing():
    given(DISPUTE, RAISED).when(decide("refused", 0, reason=REFUSED.reason)).then(REFUSED)
    given(DISPUTE, RAISED, REFUSED).when(decide()).refused("already_refused", rule="I10")


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (decide(by=RETAIL), "second_person"),
        (replace(decide(), involved=frozenset({"HR1", "M1"})), "second_person"),
        (decide(points=0), "outcome_without_points"),
        (decide("refused", 5), "outcome_without_points"),
        (decide(points=-VESTED.points_milli - 1), "below_nothing"),
    ],
)
def test_i10_nobody_decides_for_themselves_and_no_line_is_taken_below_nothing(wish, code):
    given(DISPUTE, RAISED).when(wish).refused(code, rule="I10")


def test_i10_only_the_line_in_dispute_is_held_and_a_decision_releases_it():
    held = history(*vested(), dispute("open", 20))
    assert balance(held) == {CORPORATE: 600, RETAIL: 0}
    (hold,) = (line for line in lines(held) if line.entry == "held")
    assert (hold.staff_id, hold.points_milli, hold.on, hold.of_period) == (RETAIL, -900, day(20), VESTED.of_period)
    assert "incentives/dispute-d1@1" in hold.evidence
    assert balance(history(dispute("closed", 29), start=held)) == {CORPORATE: 600, RETAIL: 900}


def test_i10_c4_a_dispute_and_an_alert_hold_once_and_both_must_end():
    both = history(*vested(), dispute("open", 20), alert("open", 22), dispute("closed", 25))
    assert balance(both) == {CORPORATE: 0, RETAIL: 0}
    assert balance(history(alert("dismissed", 30), start=both)) == {CORPORATE: 600, RETAIL: 900}
    assert balance(history(refused(30), dispute("closed", 40), start=history(*vested(), dispute("open", 20)))) == {
        CORPORATE: 0,
        RETAIL: 0,
    }


def test_i10_what_has_not_vested_is_not_held():
    early = history(*vested(), dispute("open", 5), dispute("closed", 12))
    assert balance(early) == {CORPORATE: 600, RETAIL: 900}


def test_i10_what_people_say_is_told_to_the_deal():
    react = note_disputes(PLANS)
    (raised,) = react(recorded(RAISED, f"dispute-{D1}", 1, "incentives"))
    assert (raised.key, raised.command.facts) == (LEAD, (dispute("open", 20, dispute_id=D1),))
    (decided,) = react(recorded(ACCEPTED, f"dispute-{D1}", 2, "incentives"))
    assert decided.command.facts == (dispute("closed", 29, dispute_id=D1, points=150),)
    pending = replace(RAISED, line=replace(LINE, entry="pending"))
    assert react(recorded(pending, f"dispute-{D1}", 1, "incentives")) == []
    assert react(recorded(line_of(ACCEPTED), f"dispute-{D1}", 3, "incentives")) == []


def documents(projection, *events):
    found = {}
    for version, event in enumerate(events, 1):
        projection.fold(found, [recorded(event, f"dispute-{D1}", version, "incentives", version)])
    return found


def test_i10_it_is_shown_with_its_line_and_what_came_of_it():
    more = DisputeEvidenceAdded(D1, ("a letter",), "S0090", LATER)
    waiting = documents(DISPUTES, RAISED, more)[D1]
    assert (waiting["status"], waiting["said_milli"], waiting["evidence"]) == ("open", 900, ["minutes", "a letter"])
    done = documents(DISPUTES, RAISED, ACCEPTED)[D1]
    assert (done["status"], done["points_milli"], done["adjusted_by"]) == ("accepted", 150, None)
    assert documents(DISPUTES, PENALTY_RAISED, HELD)[D1]["status"] == "open"
    assert documents(DISPUTES, *WHOLE)[D1]["adjusted_by"] == ADJUSTED.line_id
    assert documents(DISPUTES, RAISED, REFUSED)[D1]["adjusted_by"] is None


def test_i12_i7_the_second_opinion_counts_it_and_it_explains_itself():
    for upto in (2, 5):
        ledger = documents(LEDGER, *WHOLE[:upto]).values()
        assert differences(recompute(WHOLE[:upto]), ledger) == ()
        assert differences(recompute(WHOLE[: 7 - upto]), ledger) != ()
    stream = f"dispute-{D1}"
    assert list(given_explain_themselves({stream: WHOLE})) == []
    assert list(given_explain_themselves({stream: WHOLE[:2]})) == []
    for wrong in (
        [PENALTY_RAISED],
        [PENALTY_RAISED, HELD, RELEASED, ADJUSTED],
        [PENALTY_RAISED, HELD, ABOUT_PENALTY],
        [PENALTY_RAISED, HELD, ABOUT_PENALTY, RELEASED],
        [PENALTY_RAISED, HELD, replace(REFUSED, line=PENALTY), RELEASED, ADJUSTED],
        [*WHOLE, ADJUSTED],
        [RAISED, ACCEPTED, ADJUSTED],
    ):
        assert len(list(given_explain_themselves({stream: wrong}))) == 1
    told = [recorded(one, stream, n, "incentives") for n, one in enumerate(WHOLE, 1)]
    for line in (HELD, RELEASED, ADJUSTED):
        tree = explain_given(line, told)
        assert (tree["agrees"], tree["adjusts"]) == (True, D1)
        assert [one["what"] for one in tree["because"]] == ["dispute", "decision"]


def test_i10_credit_that_was_taken_back_for_ever_is_not_adjusted():
    gone = replace(decide(), reversed_on=DAY)
    given(DISPUTE, RAISED).when(gone).refused("taken_back", rule="I10")
    given(DISPUTE, RAISED).when(replace(gone, outcome="refused", points_milli=0)).decide()


def test_i10_credit_that_vested_anew_since_and_was_taken_back_then_is_so_too():
    """The bank corrects a day of use, so that another line stands in the place of the one in dispute."""
    reckoned = history(*vested(), use(12, 0, 2), use(13))
    gone = history(refused(60), start=reckoned)

    def mine(told):
        found = documents(LEDGER, *told).values()
        return [one for one in found if (one["staff_id"], one["indicator"]) == (RETAIL, "mobile_active")]

    assert taken_back_on(mine(gone)) == day(60)
    assert {one["adjusts"] for one in mine(gone) if one["entry"] == "reversed"} != {D1}
    assert taken_back_on(mine(reckoned)) is None
    sooner = history(dormant(40), DormancyWithdrawn(OPENING, day(40), "bundling/offer-1@10"), start=reckoned)
    assert any(one["entry"] == "reversed" for one in mine(sooner))
    assert taken_back_on(mine(sooner)) is None
