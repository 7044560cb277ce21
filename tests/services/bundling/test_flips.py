"""Rule B3: for a no, the smallest set of changes that makes it a yes, checked against trying all of them."""

from itertools import combinations

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.bundling.rules import bundles, flips
from services.bundling.rules.conditions import Active, Holds, NewAccountWithin, NotActive, NotHolds, judge
from services.bundling.rules.facts import Facts, Held, Link
from services.bundling.rules.flips import Change
from services.bundling.rules.usage import Threshold
from tests.services.bundling.examples import PERSON, TODAY, company, day, held, person

BUNDLES = {bundle.code: bundle for bundle in bundles.in_force(TODAY).bundles}


def flip(code, facts):
    return flips.smallest(BUNDLES[code].conditions, facts, TODAY)


def holds(conditions, facts):
    return all(judge(one, facts, TODAY).holds for one in conditions)


def after(changes, facts):
    for change in changes:
        facts = flips.apply(change, facts, TODAY)
    return facts


def test_b3_a_yes_needs_no_change():
    assert flip("precise_mobile", person(held("online", d0=3))) == ()


def test_b3_too_few_uses_are_flipped_by_exactly_the_missing_ones():
    (change,) = flip("precise_mobile", person(held("online", d0=1)))
    assert change == Change("use", "online", 2)
    assert change.text == "2 more authenticated uses of online"
    assert change.can_be_done


def test_b3_without_the_product_it_is_opened_first_and_then_used():
    assert flip("precise_mobile", person()) == (Change("open", "online"), Change("use", "online", 3))


def test_b3_age_and_kind_are_told_and_marked_as_out_of_reach():
    (change,) = flip("precise_mobile", person(held("online", d0=3), born=1970))
    assert (change.what, change.amount, change.can_be_done) == ("age", 45, False)
    assert [one.can_be_done for one in flip("new_corporate_account", person(held("settlement", -1)))] == [False]


def test_b3_an_old_account_is_flipped_by_a_new_one():
    assert flip("new_corporate_account", company(held("settlement", -400))) == (Change("open", "settlement"),)


def test_b3_each_active_channel_has_to_rest_before_a_revival():
    changes = flip("dormant_revive", person(held("online", d0=3), held("mobile", d0=4)))
    assert len(changes) == 2
    assert {one.product for one in changes} == {"online", "mobile"}


def test_b3_a_missing_link_is_named():
    assert flip("payroll", person()) == (Change("link"),)


def test_b3_conditions_that_contradict_each_other_cannot_be_flipped():
    assert flips.smallest((Holds(("online",)), NotHolds("online")), person(), TODAY) is None


PRODUCTS = ("online", "mobile", "settlement", "now", "corporate_ebank", "online_reconciliation", "telephone")


@st.composite
def customers(draw):
    """A customer with a few holdings, used a little or not at all."""
    chosen = draw(st.lists(st.sampled_from(PRODUCTS), max_size=4))
    holdings = tuple(
        Held(
            f"H{n}",
            product,
            opened_on=draw(st.sampled_from([day(-400), day(-5)])),
            closed_on=draw(st.sampled_from([None, None, day(-1)])),
            uses=draw(st.sampled_from([{}, {TODAY: 1}, {TODAY: 4}, {day(-70): 4}])),
        )
        for n, product in enumerate(chosen)
    )
    links = draw(st.sampled_from([(), (Link("o1", "C1", "employee", TODAY),)]))
    kind = draw(st.sampled_from(["person", "company", None]))
    return Facts(PERSON, kind, draw(st.sampled_from([None, 1960, 1995])), TODAY, holdings, links)


def every_change(conditions):
    """All single changes that could matter to the conditions, in an order in which opening comes before use."""
    products = sorted({one for c in conditions for one in _products(c)})
    yield from (Change("kind", kind=kind) for kind in ("person", "company"))
    yield Change("age", amount=45)
    yield Change("link")
    for what in ("close", "rest", "open"):
        yield from (Change(what, product) for product in products)
    yield from (Change("use", product, 3) for product in products)


def _products(condition):
    match condition:
        case Holds(products) | Active(products, _) | NotActive(products, _) | NewAccountWithin(products, _):
            return products
        case NotHolds(product):
            return [product]
        case _:
            return getattr(condition, "products", ())


def fewest(conditions, facts, most):
    """By brute force: the size of the smallest set that flips, if it is at most ``most`` (2 where there are many)."""
    changes = list(every_change(conditions))
    for size in range(min(most, 4 if len(changes) < 15 else 2) + 1):
        if any(holds(conditions, after(some, facts)) for some in combinations(changes, size)):
            return size
    return None


@pytest.mark.parametrize("code", sorted(BUNDLES))
@over(facts=customers())
def test_b3_no_smaller_set_flips_and_the_one_named_does(code, facts):
    conditions = BUNDLES[code].conditions
    named = flips.smallest(conditions, facts, TODAY)
    assert named is not None
    assert holds(conditions, after(named, facts))
    assert fewest(conditions, facts, len(named) - 1) is None


def test_b3_of_two_ways_of_the_same_length_the_one_with_fewer_uses_is_named():
    either = (Active(("online", "mobile"), Threshold(3, 60)),)
    facts = person(held("online", d0=1), held("mobile", d0=2))
    assert flips.smallest(either, facts, TODAY) == (Change("use", "mobile", 1),)
