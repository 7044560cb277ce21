"""The books over a log in memory: what the close of a month looks up, and how a month reads before and after it."""

from datetime import date

import pytest

from services.incentives.books import Books
from services.incentives.domain.statements import KEY as ALL
from services.incentives.domain.statements import STATEMENTS
from services.incentives.events import PeriodCompleted, PlanActivated
from shared.core.errors import NotYetVisible
from tests.services.incentives.books_example import KEY
from tests.services.incentives.examples import LEAD, PLANS, active, plan, vested
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
