"""Rule C3: a month that ends in a rush; rule C4 on an alert that touches many openings."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from services.compliance.domain.alerts import Judge
from services.compliance.domain.independence import Reporting
from services.compliance.domain.sales import SALES, LookAtMonth
from services.compliance.events import AlertConfirmed, AlertOpened
from services.compliance.reactions import look_at_sales
from services.registry.events import DayClosed
from shared.core.months import last_day
from tests.kit import given
from tests.services.compliance.examples import OFFICER, recorded

END = date(2026, 3, 31)
ALERT = "S0031.period_end_spike.2026-03"


def sold(early, late):
    """So many openings in the month, the late ones in its last three days."""
    days = [*(date(2026, 3, 2 + n % 20) for n in range(early)), *(END - timedelta(days=n % 3) for n in range(late))]
    return tuple((f"lead{n:02}.mobile.1", day) for n, day in enumerate(days))


def look(early, late):
    return LookAtMonth("S0031", "2026-03", sold(early, late), END)


def alert(early, late):
    rush = tuple(f"lead{n:02}.mobile.1" for n in range(early, early + late))
    return AlertOpened(ALERT, "period_end_spike", "seller", "S0031", rush, rush, 1, END)


@pytest.mark.parametrize(
    ("early", "late", "rush"), [(3, 2, False), (5, 4, True), (6, 4, False), (0, 5, True), (0, 4, False)]
)
def test_c3_over_forty_per_cent_of_a_month_in_its_last_three_days_is_a_rush(early, late, rush):
    wish = given(SALES).when(look(early, late))
    wish.then(alert(early, late)) if rush else wish.nothing()


def test_c3_the_last_three_days_and_no_day_more():
    fourth = tuple((f"lead{n}.mobile.1", END - timedelta(days=3)) for n in range(9))
    given(SALES).when(LookAtMonth("S0031", "2026-03", fourth, END)).nothing()


def test_c3_a_month_is_looked_at_once():
    given(SALES, alert(5, 4)).when(look(5, 6)).nothing()


def test_c4_one_decision_ends_the_hold_on_all_that_an_alert_touches():
    wish = Judge(ALERT, "confirmed", OFFICER, ("S0031",), "nobody knew of their accounts", END)
    rush = alert(5, 4).openings
    given(SALES, alert(5, 4)).when(wish).then(
        AlertConfirmed(ALERT, rush, "K0001", "nobody knew of their accounts", END)
    )


def test_c4_the_seller_does_not_judge_the_own_rush():
    oneself = Judge(ALERT, "dismissed", Reporting("S0031", known=True), ("S0031",), "busy month", END)
    given(SALES, alert(5, 4)).when(oneself).refused("officer_is_seller", rule="C2")


def test_c3_sales_of_a_month_are_looked_at_from_its_close_on_day_after_day():
    asked = []

    def month(name):
        asked.append(name)
        return {"S0031": sold(5, 4), "S0032": sold(9, 0)}

    react = look_at_sales(month)
    for day in (END - timedelta(days=1), END, END + timedelta(days=2)):
        intents = react(recorded(DayClosed(day), f"day-{day}", 1, "registry"))
    assert asked == ["2026-02", "2026-03", "2026-03"]
    made = {one.key: list(one.decider.decide(one.decider.initial, one.command)) for one in intents}
    assert made == {"S0031": [replace(alert(5, 4), on=END + timedelta(days=2))], "S0032": []}


@pytest.mark.parametrize(("month", "day"), [("2026-02", 28), ("2028-02", 29), ("2026-12", 31), ("2026-04", 30)])
def test_the_last_day_of_a_month(month, day):
    assert last_day(month).isoformat() == f"{month}-{day}"
