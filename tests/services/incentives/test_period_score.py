"""I5: the score of a month: weighted completion up to its cap, piece rate, the work log's share; each term a line."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.incentives.dispute_events import Disputed
from services.incentives.domain.dispute import DISPUTE, RaiseDispute
from services.incentives.domain.facts import gathered
from services.incentives.domain.score import (
    SCORE,
    NoteWork,
    Paid,
    ReckonScore,
    is_term,
    key_of,
    terms,
)
from services.incentives.events import (
    CreditPosted,
    PeriodCompleted,
    PeriodScore,
    PlanActivated,
    ScoreReckoned,
    WorkNoted,
)
from services.incentives.explain import explain_term
from services.incentives.projections import LEDGER, WORK
from services.incentives.reactions import note_leads, reckon_scores
from services.incentives.reference import differences, recompute
from services.incentives.rules import plan_hash
from services.incentives.what_if import Months, what_if
from services.leads.events import WorkMonthCounted
from tests.kit import given
from tests.services.incentives.bank_events import recorded
from tests.services.incentives.examples import PLANS, RETAIL, active, plan, vested
from tests.services.incentives.strategies import deals
from tests.services.incentives.test_deal import history, lines
from tests.services.incentives.test_deal_properties import claims_of

MONTH, END = "2026-10", date(2026, 10, 31)
SCORING = active(plan(score=PeriodScore(whole_milli=100_000, work_log_milli=10_000)))
KEY = key_of(RETAIL, MONTH)


def work(bps=5_000, version=7):
    return WorkNoted(RETAIL, "B01-O2", MONTH, bps, END, f"leads/worklog-{KEY}@{version}")


def paid(*points, indicator="mobile_active"):
    return tuple(Paid(indicator, one, f"incentives/deal-{n}@9") for n, one in enumerate(points))


def reckon(*points, known=SCORING):
    return ReckonScore(RETAIL, "B01-O2", MONTH, paid(*points), known)


def reckoned(counted, known=SCORING):
    content = known.plan
    about = (content.effective_from, content.plan_id, content.version, known.plan_hash)
    return ScoreReckoned(RETAIL, MONTH, counted, *about)


def said(events):
    return [(one.indicator, one.entry, one.points_milli) for one in events if isinstance(one, CreditPosted)]


@pytest.mark.parametrize(
    ("done", "points"),
    [
        (0, 0),
        (900, 3_600),  # 6.00 % of the target, of which 60 % weigh
        (15_000, 60_000),
        (22_500, 90_000),  # exactly the cap of 150 %
        (30_000, 90_000),
        (-600, 0),
    ],
)
def test_i5_a_term_is_weight_times_completion_up_to_the_cap(done, points):
    first, second, _ = terms(SCORING.plan, paid(done), None)
    assert (first.indicator, first.points_milli) == ("mobile_active.completion", points)
    assert (second.indicator, second.points_milli) == ("ebank_active.completion", 0)


def test_i5_each_term_shows_its_computation_and_what_it_rests_on():
    first, _, last = terms(SCORING.plan, paid(30_000, -100), work())
    assert first.computation == (
        "29,900 of 15,000 = 199.33 %, counted as 150.00 %; 100,000 × 6,000 bps × 150.00 % = 90,000"
    )
    assert first.evidence == ("incentives/deal-0@9", "incentives/deal-1@9")
    assert (last.indicator, last.points_milli) == ("work_log", 5_000)
    assert last.computation == "50.00 % of the norm of contacts; 10,000 × 5,000 bps = 5,000"
    assert last.evidence == (f"leads/worklog-{KEY}@7",)


def test_i5_more_contacts_than_the_norm_earn_no_more_than_the_norm():
    assert terms(SCORING.plan, (), work(12_000))[-1].points_milli == 10_000


def test_i5_a_plan_without_a_score_pays_the_piece_rate_alone_and_keeps_its_hash():
    assert terms(PLANS[0].plan, paid(900), work()) == ()
    assert plan_hash(plan()) == plan_hash(plan(score=None)) != SCORING.plan_hash


def test_i5_a_month_under_a_plan_without_a_score_leaves_no_trace():
    given(SCORE, work()).when(reckon(900, known=PLANS[0])).nothing()


def test_i5_a_plan_that_takes_the_score_away_takes_its_lines_back():
    events = SCORE.decide(SCORE.initial, reckon(900))
    without = active(plan(version=2))
    assert said(SCORE.decide(SCORE.fold(events), reckon(900, known=without))) == [
        ("mobile_active.completion", "adjusted", -3_600)
    ]


def test_i5_the_terms_are_lines_of_the_ledger_once_the_month_is_over():
    events = SCORE.decide(SCORE.fold([work()]), reckon(900))
    assert events[0] == reckoned(1)
    assert said(events) == [("mobile_active.completion", "vested", 3_600), ("work_log", "vested", 5_000)]
    line = events[1]
    assert (line.of_period, line.on, line.staff_id, line.unit_id) == (MONTH, END, RETAIL, "B01-O2")
    given(SCORE, work(), *events).when(reckon(900)).nothing()


def test_i5_what_comes_late_adjusts_the_term_and_no_other():
    events = SCORE.decide(SCORE.fold([work()]), reckon(900))
    late = SCORE.decide(SCORE.fold([work(), *events]), reckon(900, -900))
    assert said(late) == [("mobile_active.completion", "adjusted", -3_600)]
    assert late[1].adjusts == events[1].line_id
    more = SCORE.decide(SCORE.fold([work(), *events]), reckon(900, 600))
    assert said(more) == [
        ("mobile_active.completion", "adjusted", -3_600),
        ("mobile_active.completion", "vested", 6_000),
    ]


def test_i5_over_the_cap_more_changes_nothing():
    events = SCORE.decide(SCORE.initial, reckon(30_000))
    given(SCORE, *events).when(reckon(30_000, 500)).then(reckoned(2))


def test_i5_an_older_picture_that_comes_later_changes_nothing():
    events = SCORE.decide(SCORE.initial, reckon(900, 600))
    given(SCORE, *events).when(reckon(900)).nothing()
    newer = active(plan(version=2, score=PeriodScore(50_000, 0)))
    after = [*events, *SCORE.decide(SCORE.fold(events), reckon(900, 600, known=newer))]
    assert said(after)[-2:] == [
        ("mobile_active.completion", "adjusted", -6_000),
        ("mobile_active.completion", "vested", 3_000),
    ]
    given(SCORE, *after).when(reckon(900, 600, 300)).nothing()  # under the plan of before


def test_i5_work_is_noted_in_its_newest_word():
    given(SCORE).when(NoteWork(work())).then(work())
    given(SCORE, work()).when(NoteWork(work())).nothing()
    given(SCORE, work(version=9)).when(NoteWork(work(9_000, version=8))).nothing()
    given(SCORE, work(version=9)).when(NoteWork(work(9_000, version=10))).then(work(9_000, version=10))


def test_i5_a_term_is_not_disputed_by_itself():
    line = SCORE.decide(SCORE.initial, reckon(900))[1]
    about = Disputed(**{name: getattr(line, name) for name in Disputed.__struct_fields__})
    wish = RaiseDispute(about, "too little", (), RETAIL, END)
    given(DISPUTE).when(wish).refused("not_disputable", rule="I10")


PICTURES = st.lists(st.sampled_from([0, 500, 900, -900, 15_000]), max_size=8)


@settings(max_examples=200)
@over(PICTURES, st.randoms(), st.integers(0, 12_000))
def test_i5_whatever_order_the_pictures_come_in_the_last_one_stands(points, chance, bps):
    """Some are made and never come, some come twice, an older one after a newer."""
    wishes = [reckon(*points[:n]) for n in range(len(points))] + [NoteWork(work(bps))]
    chance.shuffle(wishes)
    events = []
    for wish in [*wishes, reckon(*points), *wishes[:2]]:
        events += SCORE.decide(SCORE.fold(events), wish)
    due = {t.indicator: t.points_milli for t in terms(SCORING.plan, paid(*points), work(bps)) if t.points_milli}
    events += SCORE.decide(SCORE.fold(events), reckon(*points))  # the work was noted, and so it is reckoned again
    total = Counter()
    for line in events:
        if isinstance(line, CreditPosted):
            total[line.indicator] += line.points_milli
    assert {indicator: many for indicator, many in total.items() if many} == due
    ids = [line.line_id for line in events if isinstance(line, CreditPosted)]
    assert len(set(ids)) == len(ids)


def ledger_of(told):
    """The documents of the ledger, as its projection makes them."""
    documents = {}
    LEDGER.fold(documents, told)
    return list(documents.values())


def scored(deal_events, plans):
    """The scores of all months, as the service would have them reckoned when each is over."""
    by_person = {}
    for version, line in enumerate(deal_events, 1):
        if isinstance(line, CreditPosted) and line.points_milli:
            key = (line.staff_id, line.of_period)
            by_person.setdefault(key, []).append(
                Paid(line.indicator, line.points_milli, f"incentives/deal-x@{version}")
            )
    made = []
    for (staff_id, period), what in sorted(by_person.items()):
        known = max(plans, key=lambda one: one.plan.version)
        made += SCORE.decide(SCORE.initial, ReckonScore(staff_id, "B01", period, tuple(what), known))
    return made


@settings(max_examples=100)
@over(deals())
def test_i5_i12_the_second_opinion_agrees_on_scores(deal):
    _, facts = deal
    events = history(*facts, plans=(SCORING,))
    made = scored(events, (SCORING,))
    all_lines = [*lines(events), *lines(made)]
    months = [PeriodCompleted(month, "registry/day@1") for month in {line.of_period for line in all_lines}]
    told = [PlanActivated(SCORING.plan, SCORING.plan_hash), *events, *months, *claims_of(facts)]
    ledger = [{k: getattr(one, k) for k in ("lead_id", "staff_id", "of_period", "points_milli")} for one in all_lines]
    assert differences(recompute(told), ledger) == ()


def test_i12_a_score_that_was_not_posted_or_posted_twice_is_found():
    told = [PlanActivated(SCORING.plan, SCORING.plan_hash), work(), PeriodCompleted(MONTH, "registry/day@1")]
    assert differences(recompute(told), []) == (
        f"lead {KEY}, {RETAIL}, {MONTH}: ledger 0, recomputed 5,000 thousandths",
    )


def test_i7_a_term_explains_itself():
    events = [work(), *SCORE.decide(SCORE.fold([work()]), reckon(900))]
    month = [{"event": "incentives/deal-0@9", "indicator": "mobile_active", "points_milli": 900, "entry": "vested",
              "on": "2026-10-13"}]  # fmt: skip
    completion, worked = (one for one in events if isinstance(one, CreditPosted))
    tree = explain_term(completion.line_id, events, month, SCORING, "incentives/plan-ebank-2026.1@4")
    assert (tree["agrees"], tree["recomputed_milli"]) == (True, 3_600)
    assert [node["event"] for node in tree["because"]] == ["incentives/plan-ebank-2026.1@4", "incentives/deal-0@9"]
    tree = explain_term(worked.line_id, events, month, SCORING, "incentives/plan-ebank-2026.1@4")
    assert (tree["agrees"], tree["because"][1]["said"]) == (True, f"50.00 % of the norm in {MONTH}")
    tampered = [month[0] | {"points_milli": 901}]
    assert not explain_term(completion.line_id, events, tampered, SCORING, "x")["agrees"]


def told(event, stream="deal-x", version=1):
    return recorded("incentives", stream, event, version)


def test_i5_who_is_reckoned_and_when():
    asked = []

    def reckonings(period, staff_id):
        asked.append((period, staff_id))
        return [reckon(900)]

    over_months = {MONTH, "2026-09"}
    react = reckon_scores(lambda: over_months, reckonings)
    line = next(one for one in lines(history(*vested())) if one.entry == "vested" and one.staff_id == RETAIL)
    (intent,) = react(told(PeriodCompleted(MONTH, "registry/day@1"), f"period-{MONTH}"))
    assert (intent.stream, intent.command) == (f"score-{KEY}", reckon(900))
    assert list(react(told(line))) == [intent]
    assert list(react(told(work(), f"score-{KEY}"))) == [intent]
    late = active(plan(version=2, effective_from=date(2026, 10, 1), score=PeriodScore(1, 1)))
    assert list(react(told(PlanActivated(late.plan, late.plan_hash), "plan-x.2"))) == [intent]
    assert asked == [(MONTH, None), (MONTH, RETAIL), (MONTH, RETAIL), (MONTH, None)]
    term = SCORE.decide(SCORE.initial, reckon(900))[1]
    assert is_term(term.indicator)
    assert list(react(told(term, f"score-{KEY}"))) == []
    over_months.clear()
    assert [list(react(told(one))) for one in (line, work())] == [[], []]


def test_l10_the_work_of_a_month_comes_from_leads():
    event = WorkMonthCounted(RETAIL, "B01-O2", MONTH, 17, 30, 40, 50, 5_000, 1, END)
    (intent,) = note_leads(PLANS)(recorded("leads", f"worklog-{KEY}", event, 7))
    assert (intent.stream, intent.command) == (f"score-{KEY}", NoteWork(work()))
    document = WORK.step(None, told(work(), f"score-{KEY}"))
    assert (document["staff_id"], document["fulfilment_bps"]) == (RETAIL, 5_000)


def test_i8_a_what_if_knows_the_scores_of_months_that_are_over():
    facts = gathered(vested())
    months = Months(
        {MONTH}, {(RETAIL, MONTH): work(), ("S0500", MONTH): WorkNoted("S0500", "B02", MONTH, 10_000, END, "x@1")}
    )
    found = what_if([facts], PLANS, SCORING.plan, months)
    changes = {one.staff_id: (one.old_milli, one.new_milli) for one in found.people}
    assert changes == {"S0007": (600, 600 + 2_400), RETAIL: (900, 900 + 3_600 + 5_000), "S0500": (0, 10_000)}
    assert what_if([facts], PLANS, SCORING.plan).cost_milli == 0
