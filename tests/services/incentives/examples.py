"""Canonical values of incentives: one plan, one deal, its facts by what they are about."""

from datetime import date, timedelta

from services.incentives.events import (
    AccountNoted,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    DisputeNoted,
    DormancyNoted,
    Indicator,
    ManagerNoted,
    OpeningNoted,
    Plan,
    Share,
    SplitNoted,
    UseNoted,
    Vesting,
)
from services.incentives.rules import ActivePlan, plan_hash

LEAD = "01j9lead"
OPENING = f"{LEAD}.mobile.1"
START = date(2026, 10, 1)
CORPORATE, RETAIL = "S0007", "S0042"


def day(offset: int) -> date:
    """Days after 1 October 2026, the day on which the example's account is opened."""
    return START + timedelta(days=offset)


def plan(version=1, points=1_500, effective_from=date(2026, 1, 1), **changes):
    indicators = (
        Indicator("mobile_active", "mobile", points, 6_000, 15_000, 15_000),
        Indicator("ebank_active", "corporate_ebank", 6_000, 4_000, 18_000, 15_000),
    )
    content = {
        "plan_id": "ebank-2026",
        "version": version,
        "effective_from": effective_from,
        "indicators": indicators,
        "vesting": Vesting(active_days=3, window_days=30, within_days=90),
        "reversal_days": 180,
        "tie_policy": "share_and_skip",
    }
    return Plan(**(content | changes))


def active(content=None):
    content = content or plan()
    return ActivePlan(content, plan_hash(content))


PLANS = (active(),)


def split(proposal=1, on=0, corporate=4_000, version=None, retail_id=RETAIL):
    shares = (
        Share("corporate", CORPORATE, "B01", corporate),
        Share("retail", retail_id, "B01-O2", 10_000 - corporate),
    )
    return SplitNoted(LEAD, proposal, shares, day(on), f"leads/lead-{LEAD}@{version or 4 + proposal}")


def opening(opening_id=OPENING, on=0):
    return OpeningNoted(LEAD, opening_id, opening_id.split(".")[1], day(on), "bundling/offer-1@3")


def account(opened=0, closed=None, version=1, opening_id=OPENING, holding="H1"):
    closed_on = None if closed is None else day(closed)
    return AccountNoted(opening_id, holding, day(opened), closed_on, f"registry/holding-{holding}@{version}")


def cleared(on=0, opening_id=OPENING):
    return CheckNoted(opening_id, True, None, day(on), f"compliance/opening-{opening_id}@2")


def refused(on, opening_id=OPENING, rule="C1.two_operators"):
    return CheckNoted(opening_id, False, rule, day(on), f"compliance/opening-{opening_id}@3")


def use(on, count=1, version=1, opening_id=OPENING, holding="H1"):
    return UseNoted(opening_id, holding, count, day(on), f"registry/activity-{holding}.{day(on)}@{version}")


def dormant(on, opening_id=OPENING, version=9):
    return DormancyNoted(opening_id, day(on), f"bundling/offer-1@{version}")


def alert(state, on, alert_id="a1", opening_id=OPENING):
    version = 1 if state == "open" else 2
    return AlertNoted(opening_id, alert_id, state, day(on), f"compliance/alert-{alert_id}@{version}")


def claim(because_of, version=1, opening_id=OPENING, on=0):
    return ClaimNoted(opening_id, because_of, day(on), f"incentives/claim-P1.mobile@{version}")


def dispute(state, on, staff_id=RETAIL, dispute_id="d1", opening_id=OPENING, points=0, indicator="mobile_active"):
    version = 1 if state == "open" else 2
    source = f"incentives/dispute-{dispute_id}@{version}"
    return DisputeNoted(opening_id, indicator, staff_id, dispute_id, state, points, day(on), source)


def led(staff_id, manager_id, on=0, unit_id="B01", opening_id=OPENING, version=1, through=()):
    source = f"registry/staff-{staff_id}@{version}"
    return ManagerNoted(opening_id, staff_id, unit_id, manager_id, day(on), source, through)


def opened(**changes):
    """The facts that any credit needs: split, request, account and clearance, all on the first day."""
    return [split(), opening(), account(**changes), cleared()]


def vested():
    """A deal that vests on day 12."""
    return [*opened(), use(2), use(5), use(12)]
