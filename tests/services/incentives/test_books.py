"""The books over a log in memory: what the close of a month looks up, and how a month reads before and after it."""

from datetime import date

import msgspec
import pytest

from services.incentives.award_events import AwardApproved, AwardProposed
from services.incentives.books import Books
from services.incentives.domain.award import line_of
from services.incentives.domain.statements import KEY as ALL
from services.incentives.domain.statements import STATEMENTS
from services.incentives.events import PeriodCompleted, PeriodScore, PlanActivated
from services.incentives.scores import unit_line, unit_ranking
from services.incentives.scoring import Scoring
from services.incentives.sealing import LINE_FIELDS
from services.incentives.views import score_list
from shared.core.errors import NotYetVisible
from tests.services.incentives.books_example import KEY
from tests.services.incentives.examples import (
    CORPORATE,
    LEAD,
    PLANS,
    RETAIL,
    account,
    active,
    cleared,
    opening,
    plan,
    refused,
    use,
    vested,
)
from tests.services.incentives.shelf import AT, Log, Shelf
from tests.services.incentives.test_deal import history

MONTH = "2026-10"


def kept(*facts, log=Log):
    """A log with the plan of the year, a deal, and October over."""
    shelf = Shelf(log).keep("plan-ebank-2026.1", PlanActivated(PLANS[0].plan, PLANS[0].plan_hash))
    shelf.keep(f"deal-{LEAD}", *history(*vested(), *facts))
    return shelf.keep(f"period-{MONTH}", PeriodCompleted(MONTH, "registry/day-2026-10-31@1"))


def close(shelf, period=MONTH):
    """Close a month as the service does."""
    books = Books(shelf)
    command = books.close(period, AT, KEY)
    shelf.keep(f"statements-{ALL}", *STATEMENTS.decide(books.chain(), command))


def test_i1_i9_a_close_sees_the_plans_of_its_end():
    """One is activated while the close waits for the end of the log: its month would be closed under the old one."""
    newer = active(plan(version=2, effective_from=date(2026, 10, 1)))

    class Activating(Log):
        def numbered(self, upto):
            if not self.load("plan-ebank-2026.2"):
                shelf.keep("plan-ebank-2026.2", PlanActivated(newer.plan, newer.plan_hash))
            return super().numbered(upto)

    shelf = kept(log=Activating)
    with pytest.raises(NotYetVisible) as caught:
        close(shelf)
    assert caught.value.code == "plans_behind"
    assert Books(shelf).close(MONTH, AT, KEY).seal.plan_hash == newer.plan_hash


NOVEMBER = "2026-11"


def with_a_late_line():
    """October closed at 600 for the corporate manager; then an earlier split that gives more, and November of its own."""
    shelf = kept()
    close(shelf)
    other = f"{LEAD}.mobile.2"
    late = [opening(opening_id=other), account(opening_id=other, holding="H2"), cleared(opening_id=other)]
    late += [use(on, opening_id=other, holding="H2") for on in (2, 5, 12)]
    third = f"{LEAD}.mobile.3"
    own = [opening(third, 31), account(31, opening_id=third, holding="H3"), cleared(31, third)]
    own += [use(on, opening_id=third, holding="H3") for on in (32, 35, 42)]
    known = history(*vested())
    shelf.keep(f"deal-{LEAD}", *history(*late, *own, start=known)[len(known) :])
    return shelf.keep(f"period-{NOVEMBER}", PeriodCompleted(NOVEMBER, "registry/day-2026-11-30@1"))


def shown(shelf, period):
    """Points and completion of the corporate manager in a month, as the service shows them."""
    books = Books(shelf)
    found, seq = books.scores(period)
    told = score_list(period, found, seq, books.plan_of(period), books.late(period), date(2026, 12, 1), None)
    (score,) = (one for one in told["scores"] if one["staff_id"] == CORPORATE)
    first, *_ = score["indicators"]
    return score["points_milli"], first.points_milli, first.completion_bps


def test_i4_i9_what_is_paid_late_with_a_month_reaches_no_target_of_it_after_its_close_either():
    shelf = with_a_late_line()
    assert shown(shelf, MONTH) == (600, 600, 400)
    before = shown(shelf, NOVEMBER)
    assert before == (1_200, 600, 400)
    close(shelf, NOVEMBER)
    assert shown(shelf, NOVEMBER) == before
    assert {(one["of_period"], one["points_milli"]) for one in Books(shelf).late(NOVEMBER)} == {
        (MONTH, 600),
        (MONTH, 900),
    }
    assert shown(shelf, MONTH) == (600, 600, 400)
    assert Books(shelf).late(MONTH) == []
    statements, _ = Books(shelf).statements(0, 2)
    assert [set(line) for line in msgspec.json.decode(statements[1])["lines"]] == [set(LINE_FIELDS)] * 4


def given(shelf, award_id, unit_id, on):
    """An award of 100 to the corporate manager, in a unit and on a day."""
    about = ("won the contest", ("contest 2026-Q3",), "S0090", on)
    proposed = AwardProposed(award_id, "awarded", CORPORATE, unit_id, 100, *about)
    approved = AwardApproved(award_id, "A1", on)
    shelf.keep(f"award-{award_id}", proposed, approved, line_of(proposed, approved))


def units(books, period):
    """Of which unit the corporate manager is by all ways to read a month, and what the branches have."""
    found = books.scores(period)[0]
    as_of = books.scores_as(period, None, None)
    named = {one.unit_id for one in (*found, *as_of) if one.staff_id == CORPORATE}
    return named | {unit_line(books.paid(period, CORPORATE), period)["unit_id"]}, unit_ranking(found, BRANCHES)


BRANCHES = {"B01": "B01", "B02": "B02"}


def test_i6_of_which_unit_somebody_is_follows_the_business_day_before_and_after_the_close():
    """Neither what came to be known later, nor what is late of a month before, moves anybody back."""
    shelf = kept()
    close(shelf)
    given(shelf, "a1", "B02", date(2026, 11, 20))
    given(shelf, "a2", "B01", date(2026, 11, 5))
    known = history(*vested())
    shelf.keep(f"deal-{LEAD}", *history(refused(60), start=known)[len(known) :])  # a line of October, of B01
    shelf.keep(f"period-{NOVEMBER}", PeriodCompleted(NOVEMBER, "registry/day-2026-11-30@1"))
    books = Books(shelf)
    (named, branches) = before = units(books, NOVEMBER)
    assert (named, branches[0].unit_id, branches[0].points_milli) == ({"B02"}, "B02", 200 - 600)
    close(shelf, NOVEMBER)
    assert units(books, NOVEMBER) == before
    assert units(books, MONTH)[0] == {"B01"}
    assert [one.unit_id for one in books.scores(NOVEMBER)[0] if one.staff_id == RETAIL] == ["B01-O2"]


def test_i5_i6_the_terms_of_a_score_stand_in_the_same_unit():
    scoring = active(plan(score=PeriodScore(1_000, 0)))
    shelf = Shelf().keep("plan-ebank-2026.1", PlanActivated(scoring.plan, scoring.plan_hash))
    given(shelf, "a1", "B02", date(2026, 11, 20))
    given(shelf, "a2", "B01", date(2026, 11, 5))
    assert [one.unit_id for one in Scoring(shelf).reckonings(NOVEMBER, CORPORATE)] == ["B02"]
