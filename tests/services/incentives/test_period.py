"""I9: a month closes only when its last day has come."""

from services.incentives.domain.period import PERIOD, ClosePeriod, CompletePeriod
from services.incentives.events import PeriodClosed, PeriodCompleted
from tests.kit import given

COMPLETED = PeriodCompleted("2026-10", "registry/day-2026-10-31@1")
CLOSED = PeriodClosed("2026-10", 1, "H1")


def test_i9_complete_then_closed():
    given(PERIOD).when(CompletePeriod("2026-10", "registry/day-2026-10-31@1")).then(COMPLETED)
    given(PERIOD, COMPLETED).when(ClosePeriod("2026-10", 1, "H1")).then(CLOSED)


def test_i9_again_changes_nothing():
    given(PERIOD, COMPLETED).when(CompletePeriod("2026-10", "registry/day-2026-10-31@2")).nothing()
    given(PERIOD, COMPLETED, CLOSED).when(ClosePeriod("2026-10", 1, "H2")).nothing()


def test_i9_not_before_its_last_day():
    given(PERIOD).when(ClosePeriod("2026-10", 1, "H1")).refused("period_not_complete", rule="I9")
