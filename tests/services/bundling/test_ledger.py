"""B7: what customers hold and use; opened beside activated, dormant with the reason."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from services.bundling.ledger_schemas import CustomerLedgerView, LineView
from services.bundling.projections import HOLDINGS, holdings_of
from services.bundling.rules.ledger import LEDGER, Counts, Holding, by_product, counts, dormant, line, per_customer
from services.registry.events import ActivityRecorded, HoldingMoved, HoldingRecorded
from tests.services.bundling.examples import PERSON, recorded

OPENED = date(2026, 3, 2)


def day(n):
    return OPENED + timedelta(days=n)


def held(*uses, closed=None, first=None, holding="H1", product="mobile"):
    """``uses`` are days of one use each."""
    days = {day(n): 1 for n in uses}
    activated = min(days, default=None) if first is None else day(first)
    return Holding(holding, product, "O01", OPENED, closed, activated, max(days, default=None), days)


@pytest.mark.parametrize(
    ("holding", "on", "standing"),
    [
        (held(), day(5), "opened"),
        (held(3), day(2), "opened"),
        (held(3), day(3), "activated"),
        (held(3, 4, 5), day(5), "active"),
        (held(3, 4, 5), day(62), "active"),
        (held(3, 4, 5), day(63), "dormant"),
        (held(3, 90, 180), day(200), "activated"),
        (held(3, 4, 5, closed=day(9)), day(8), "active"),
        (held(3, 4, 5, closed=day(9)), day(9), "closed"),
    ],
)
def test_b7_where_a_holding_stands_on_a_day(holding, on, standing):
    assert line(holding, on).standing == standing


def test_b7_a_dormant_holding_says_why():
    said = line(held(3, 4, 5), day(63)).reason
    assert said == "2 authenticated uses in the 60 days to 2026-05-04, 3 asked; last on 2026-03-07"
    assert line(held(3, 4, 5), day(62)).reason is None


def test_b7_opened_is_counted_beside_activated_and_active():
    lines = [line(one, day(5)) for one in (held(), held(3), held(3, 4, 5, product="online"), held(1, closed=day(2)))]
    assert counts(lines) == Counts(opened=3, activated=2, active=1, dormant=0)
    assert by_product(lines) == {"mobile": Counts(2, 1, 0, 0), "online": Counts(1, 1, 1, 0)}


@pytest.mark.parametrize(
    ("opened", "activated", "warns"), [(7, 2, True), (7, 4, False), (6, 3, False), (5, 2, True), (4, 0, False)]
)
def test_b7_many_opened_and_few_used_is_a_warning_not_a_success(opened, activated, warns):
    assert LEDGER.warns(opened, activated) is warns


@pytest.mark.parametrize(("of", "customers", "said"), [(7, 3, "2.33"), (1, 8, "0.12"), (3, 8, "0.38"), (0, 0, "0.00")])
def test_b7_products_per_customer_to_two_decimals(of, customers, said):
    assert per_customer(of, customers) == said


def test_b7_the_longest_quiet_come_first():
    lines = [line(held(*uses, holding=name), day(200)) for name, uses in
             {"H1": (3, 4, 90), "H2": (1, 2, 3), "H3": (198, 199, 200)}.items()]  # fmt: skip
    assert [one.holding_id for one in dormant(lines)] == ["H2"]
    lines += [line(held(1, 2, 3, 4, holding="H4"), day(200))]
    assert [one.holding_id for one in dormant(lines)] == ["H2", "H4"]


def opening(closed=None):
    return HoldingRecorded("H1", PERSON, "mobile", "O01", OPENED, closed, None, OPENED)


def activity(n, count=1):
    return ActivityRecorded("H1", PERSON, "mobile", None, count, count, day(n))


def known(*facts):
    document = None
    for version, fact in enumerate(facts, 1):
        document = HOLDINGS.step(document, recorded(fact, "any", version))
    return document


def test_b7_holdings_and_their_use_come_in_any_order_to_the_same():
    facts = [opening(), activity(-4), activity(3), activity(9, 2)]
    (first, *others) = [known(*order) for order in permutations(facts)]
    assert all(one == first for one in others)
    (holding,) = holdings_of(first)
    assert (holding.activated_on, holding.last_used_on, holding.uses[day(9)]) == (day(3), day(9), 2)
    assert first["units"] == ["O01"]


def test_r1_what_turns_out_to_be_somebody_elses_stands_in_nobody_elses_ledger():
    moved = HoldingMoved("H1", PERSON, "P-other", OPENED)
    document = known(opening(), activity(3), moved)
    assert (holdings_of(document), document["units"]) == ([], [])
    assert document == known(opening(), moved, activity(3))
    (holding,) = holdings_of(known(opening(), moved, opening()))
    assert holding.opened_on == OPENED


def test_b7_a_corrected_day_is_no_first_use():
    (holding,) = holdings_of(known(opening(), activity(3), activity(5), activity(3, 0)))
    assert (holding.activated_on, holding.uses) == (day(5), {day(5): 1})
    (holding,) = holdings_of(known(opening(), activity(3), activity(3, 0)))
    assert (holding.activated_on, holding.last_used_on) == (None, None)


def test_b7_use_alone_is_no_holding():
    assert holdings_of(known(activity(3))) == []


def test_b7_the_first_use_is_known_long_after_its_count_is_forgotten():
    document = known(opening(), *(activity(n) for n in range(3, 900, 7)))
    (holding,) = holdings_of(document)
    assert holding.activated_on == day(3)
    assert len(holding.uses) < 60, "bounded"


def test_b7_the_view_shows_each_line():
    lines = [line(held(3), day(5))]
    shown = CustomerLedgerView().dump(
        {"customer_id": PERSON, "on": day(5), "counts": counts(lines), "warning": False, "rules_version": 1,
         "holdings": lines}
    )  # fmt: skip
    assert shown["counts"] == {"opened": 1, "activated": 1, "active": 0, "dormant": 0}
    assert shown["holdings"] == [LineView().dump(lines[0])]
    assert (shown["holdings"][0]["opened_on"], shown["holdings"][0]["closed_on"]) == ("2026-03-02", None)
