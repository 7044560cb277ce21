"""C5: samples that can be drawn again, findings by independent officers, remedies with a day."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from msgspec.structs import replace

from services.compliance.domain.independence import Reporting
from services.compliance.domain.inspection import (
    INSPECTION,
    MOST,
    DrawSample,
    InspectOpening,
    NoteOverdue,
    ReportRemedy,
)
from services.compliance.events import OpeningCleared
from services.compliance.inspection_events import OpeningInspected, RemedyOverdue, RemedyReported, SampleDrawn
from services.compliance.inspection_projection import late, with_late
from services.compliance.inspection_schemas import SampleView
from services.compliance.projections import OPENINGS, SAMPLES
from services.compliance.reactions import draw_samples
from services.compliance.sampling import SAMPLING, Cleared, drawn
from services.registry.events import DayClosed
from shared.core.errors import Forbidden
from shared.core.months import month_over
from tests.kit import given
from tests.services.bundling.examples import recorded
from tests.services.compliance.examples import received

UNIT, MONTH, CLOSE, ON = "O01", "2026-08", date(2026, 8, 31), date(2026, 9, 3)
IDS = tuple(f"01jd{number:03}.mobile.1" for number in range(31))
SEED = "9f86d081884c7d659a2feaa0c55ad015"
PICKED = drawn(IDS, SEED, 500)
ONE = PICKED[0]
DUE = ON + timedelta(days=30)
SAMPLE = SampleDrawn("O01.2026-08", UNIT, MONTH, SEED, 500, IDS, PICKED, 1, CLOSE)
OFFICER = Reporting("K0001", known=True, superiors=("K0000",))
FOUND = OpeningInspected(SAMPLE.sample_id, UNIT, ONE, "no copy of the identity card", DUE, "K0001", ON)
REMEDIED = RemedyReported(SAMPLE.sample_id, UNIT, ONE, "copy taken and filed", "S0012", ON)
LATE = RemedyOverdue(SAMPLE.sample_id, UNIT, ONE, DUE, DUE + timedelta(days=1))


def inspecting(opening=ONE, finding=FOUND.finding, due=None, officer=OFFICER):
    return InspectOpening(opening, officer, ("C0003", "R0007"), ("S0101", "S0102"), finding, due, ON)


def test_c5_five_per_cent_rounded_up_and_at_least_one():
    assert [len(drawn(IDS[:n], SEED, 500)) for n in (0, 1, 20, 21, 31)] == [0, 1, 1, 2, 2]


@over(st.permutations(IDS), st.text(max_size=20))
def test_c5_whoever_draws_again_by_the_seed_gets_the_same(shuffled, seed):
    assert drawn(shuffled, seed, 500) == drawn(IDS, seed, 500)
    assert set(drawn(IDS, seed, 500)) <= set(IDS)


def test_c5_each_opening_has_the_same_chance():
    dice = random.Random(5)
    times = Counter(one for _ in range(4_000) for one in drawn(IDS[:20], f"{dice.random()}", 500))
    assert set(times) == set(IDS[:20])
    assert all(abs(count - 200) < 80 for count in times.values())


def test_c5_a_month_is_drawn_once_and_the_seed_is_kept():
    wish = DrawSample(UNIT, MONTH, IDS, SEED, CLOSE)
    given(INSPECTION).when(wish).then(SAMPLE)
    given(INSPECTION, SAMPLE).when(DrawSample(UNIT, MONTH, IDS, "another", CLOSE)).nothing()
    given(INSPECTION).when(DrawSample(UNIT, MONTH, (), SEED, CLOSE)).nothing()


def test_c5_a_finding_has_a_day_by_which_it_is_remedied():
    given(INSPECTION, SAMPLE).when(inspecting()).then(FOUND)
    given(INSPECTION, SAMPLE, FOUND).when(inspecting()).nothing()
    early = ON + timedelta(days=3)
    given(INSPECTION, SAMPLE).when(inspecting(due=early)).then(
        OpeningInspected(SAMPLE.sample_id, UNIT, ONE, FOUND.finding, early, "K0001", ON)
    )
    past = inspecting(due=ON - timedelta(days=1))
    given(INSPECTION, SAMPLE).when(past).refused("due_in_the_past", rule="C5")
    in_order = OpeningInspected(SAMPLE.sample_id, UNIT, ONE, None, None, "K0001", ON)
    given(INSPECTION, SAMPLE).when(inspecting(finding=None, due=DUE)).then(in_order)


def test_c5_only_what_is_in_the_sample_is_inspected():
    other = next(one for one in IDS if one not in PICKED)
    given(INSPECTION, SAMPLE).when(inspecting(other)).refused("not_in_sample", rule="C5")
    given(INSPECTION).when(inspecting()).refused("not_in_sample", rule="C5")


@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (Reporting("R0007", known=True), "officer_is_seller"),
        (Reporting("C0003", known=True), "officer_is_seller"),
        (Reporting("S0102", known=True), "officer_took_part"),
        (Reporting("K0002", known=True, superiors=("R0007",)), "officer_reports_to_seller"),
        (Reporting("K0002", known=True, superiors=("M1", "C0003")), "officer_reports_to_seller"),
        (Reporting("K0003", known=False), "officer_unknown"),
    ],
)
def test_c5_c2_nobody_inspects_what_they_took_part_in(officer, code):
    given(INSPECTION, SAMPLE).when(inspecting(officer=officer)).refused(code, rule="C2")


def test_c5_the_branch_reports_what_it_did_once():
    wish = ReportRemedy(ONE, REMEDIED.remedy, "S0012", "B01", (UNIT, "B01", "HQ"), ON)
    given(INSPECTION, SAMPLE, FOUND).when(wish).then(REMEDIED)
    given(INSPECTION, SAMPLE, FOUND, REMEDIED).when(wish).nothing()
    given(INSPECTION, SAMPLE).when(wish).refused("no_finding", rule="C5")


@pytest.mark.parametrize("unit", ["B02", "O02", None])
def test_c5_another_branch_does_not_report_for_this_one(unit):
    wish = ReportRemedy(ONE, REMEDIED.remedy, "S0099", unit, (UNIT, "B01", "HQ"), ON)
    with pytest.raises(Forbidden, match="who leads O01 or B01 or HQ"):
        INSPECTION.decide(INSPECTION.fold([SAMPLE, FOUND]), wish)


def test_c5_an_overdue_remedy_is_noticed_once_the_day_is_over():
    wish = NoteOverdue(ONE, DUE, LATE.on)
    given(INSPECTION, SAMPLE, FOUND).when(wish).then(LATE)
    given(INSPECTION, SAMPLE, FOUND, LATE).when(wish).nothing()
    given(INSPECTION, SAMPLE, FOUND, REMEDIED).when(wish).nothing()
    given(INSPECTION, SAMPLE, FOUND).when(NoteOverdue(ONE, DUE, DUE)).nothing()
    given(INSPECTION, SAMPLE, FOUND).when(NoteOverdue(ONE, ON, LATE.on)).nothing()


def test_c5_a_second_look_replaces_the_first_with_its_remedy():
    again = OpeningInspected(SAMPLE.sample_id, UNIT, ONE, "still no copy", DUE, "K0001", ON)
    given(INSPECTION, SAMPLE, FOUND, REMEDIED).when(inspecting(finding="still no copy")).then(again)
    given(INSPECTION, SAMPLE, FOUND, REMEDIED, again).when(NoteOverdue(ONE, DUE, LATE.on)).then(LATE)


def shown(*events):
    document = None
    for version, event in enumerate(events, 1):
        document = SAMPLES.step(document, recorded(event, f"inspection-{SAMPLE.sample_id}", version, "compliance"))
    return document


def test_c5_the_branch_manager_sees_what_is_overdue():
    waiting = shown(SAMPLE, FOUND)
    assert (waiting["next_due"], waiting["overdue"]) == (DUE.isoformat(), 0)
    late = shown(SAMPLE, FOUND, LATE)
    assert (late["next_due"], late["overdue"]) == (None, 1)
    done = shown(SAMPLE, FOUND, LATE, REMEDIED)
    assert (done["next_due"], done["overdue"], done["openings"][0]["status"]) == (None, 0, "remedied")
    view = SampleView().dump(done)
    assert (view["seed"], view["drawn_on"], view["openings"][1]["status"]) == (SEED, "2026-08-31", "to_inspect")


def test_c5_a_remedy_is_overdue_by_the_banks_day_not_that_of_greenwich():
    midnight = datetime(DUE.year, DUE.month, DUE.day, 16, tzinfo=UTC)
    waiting = [shown(SAMPLE, FOUND)]
    assert list(late(waiting, midnight - timedelta(minutes=1))) == []
    assert list(late(waiting, midnight)) == [(SAMPLE.sample_id, NoteOverdue(ONE, DUE, LATE.on))]
    assert with_late(midnight) == {"next_due": {"$lt": LATE.on.isoformat()}}
    assert list(late([shown(SAMPLE, FOUND, LATE), shown(SAMPLE, FOUND, REMEDIED)], midnight)) == []


def test_c5_the_close_of_a_month_draws_for_each_unit_that_cleared_openings():
    asked = []

    def cleared(month):
        asked.append(month)
        return [*(Cleared("O02", one, MONTH) for one in IDS[:3]), *(Cleared("O01", one, MONTH) for one in IDS)]

    react = draw_samples(cleared, lambda _unit, _month: None, lambda: SEED)
    intents = react(recorded(DayClosed(CLOSE)))
    assert [intent.key for intent in intents] == ["O01.2026-08", "O02.2026-08"]
    assert INSPECTION.decide(INSPECTION.initial, intents[0].command) == [SAMPLE]
    assert asked == [MONTH]


def draws(cleared, *days, drawn=()):
    """By month, what the samples were drawn from, where all days closed in one batch: the reaction is asked for all of
    them before anything is drawn.
    """
    before = {sample.month: sample.drawn_from for sample in drawn}
    react = draw_samples(
        lambda month: [one for one in cleared if one.month <= month], lambda _, month: before.get(month), lambda: SEED
    )
    intents = [intent for day in days for intent in react(recorded(DayClosed(day)))]
    streams = {f"inspection-{sample.sample_id}": [sample] for sample in drawn}
    for intent in intents:
        history = streams.setdefault(intent.stream, [])
        history += INSPECTION.decide(INSPECTION.fold(history), intent.command)
    return {sample.month: sample.drawn_from for (sample,) in streams.values()}


def test_c5_months_that_are_closed_at_once_draw_each_opening_once():
    cleared = [Cleared(UNIT, "a", "2026-01"), Cleared(UNIT, "b", "2026-02")]
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28))
    once = {"2026-01": ("a",), "2026-02": ("b",)}
    assert draws(cleared, *days) == draws(cleared, *reversed(days)) == draws(cleared, days[-1]) == once


def test_c5_an_opening_cleared_late_is_drawn_from_with_the_next_month_alone():
    first = SampleDrawn("O01.2026-01", UNIT, "2026-01", SEED, 500, ("a",), ("a",), 1, date(2026, 1, 31))
    late_one, *others = [Cleared(UNIT, "z", "2026-01"), Cleared(UNIT, "b", "2026-02"), Cleared(UNIT, "c", "2026-03")]
    days = (date(2026, 2, 28), date(2026, 3, 31))
    expected = {"2026-01": ("a",), "2026-02": ("b", "z"), "2026-03": ("c",)}
    assert draws([late_one, *others], *days, drawn=[first]) == expected
    behind = Cleared(UNIT, "a", "2026-01")  # the documents do not know of its draw yet, the log does
    assert draws([behind, late_one, *others], *days, drawn=[first]) == expected
    assert draws([late_one], date(2026, 2, 27), drawn=[first]) == {"2026-01": ("a",)}


def test_c5_an_opening_knows_its_draw_so_that_one_cleared_late_is_in_the_next():
    documents = {}
    cleared = OpeningCleared(IDS[1], "01jd001", "mobile", (), "K0001", CLOSE)
    asked = replace(received(), opening_id=IDS[1], lead_id="01jd001")
    for version, event in enumerate((asked, cleared), 1):
        OPENINGS.fold(documents, [recorded(event, f"opening-{IDS[1]}", version, "compliance", version)])
    assert documents[IDS[1]]["sample_id"] is None
    OPENINGS.fold(documents, [recorded(SAMPLE, f"inspection-{SAMPLE.sample_id}", 1, "compliance", 3)])
    assert (documents[IDS[1]]["sample_id"], documents[IDS[1]]["status"]) == (SAMPLE.sample_id, "cleared")
    other = {}
    OPENINGS.fold(other, [recorded(SAMPLE, f"inspection-{SAMPLE.sample_id}", 1, "compliance", 1)])
    for version, event in enumerate((asked, cleared), 1):
        OPENINGS.fold(other, [recorded(event, f"opening-{IDS[1]}", version, "compliance", version + 1)])
    assert other[IDS[1]] == documents[IDS[1]], "in another partition, the draw may be read first"


def test_c5_of_very_many_the_oldest_are_drawn_from_and_the_rest_waits():
    many = tuple(f"01jd{number:06}.mobile.1" for number in range(MOST + 5))
    (sample,) = INSPECTION.decide(INSPECTION.initial, DrawSample(UNIT, MONTH, many, SEED, CLOSE))
    assert sample.drawn_from == many[:MOST]
    assert len(sample.openings) == MOST * 5 // 100


def test_c5_the_month_that_is_over():
    assert [month_over(day) for day in (CLOSE, ON, date(2026, 12, 31))] == ["2026-08", "2026-08", "2026-12"]
    assert SAMPLING.share_bps == 500
