"""R6: who is key, the share they really have, and tiers that follow month by month, whatever is delivered twice."""

import random
from datetime import date

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.registry.domain.tiers import CUSTOMER_TIER, UNIT_TIERS, AssignTier, ContinueTiers, NoteTiers, RequestTiers
from services.registry.events import (
    Rank,
    TierAssigned,
    TiersComputed,
    TiersContinued,
    TiersRequested,
)
from services.registry.figures import ShownFigures
from services.registry.projections import BALANCES, CUSTOMERS, TIERS, UNITS
from services.registry.reactions import TIER_BATCH, TIER_FACTS, follow_tiers, requests
from services.registry.rules.tiers import BPS, VERSIONS, TierRules, in_force, place, rank, tier_of
from shared.core.months import last_day
from shared.core.reaction import follow
from shared.core.recorded import Meta
from tests.kit import given
from tests.services.registry.shown import Shown
from tests.services.registry.test_people import wipe
from tests.services.registry.world import COMPANY, HOLDING, PERSON, Registry, dated, sample

RULES = in_force(date(2026, 8, 31))


def ranks(*contributions):
    return [Rank(f"P{n:02}", amount) for n, amount in enumerate(contributions, 1)]


def tiers(*contributions, rules=RULES):
    found = rank(ranks(*contributions), rules)
    return [tier_of(one, found.key_last, found.level_1_last) for one in ranks(*contributions)]


@pytest.mark.parametrize(
    ("contributions", "expected"),
    [
        ((), []),
        ((5,), ["key"]),
        ((0,), ["level_2"]),
        ((-7, 0), ["level_2", "level_2"]),
        ((80, 20), ["key", "level_1"]),
        ((79, 21), ["key", "key"]),
        ((60, 20, 15, 5), ["key", "key", "level_1", "level_2"]),
        ((5, 15, 20, 60), ["level_2", "level_1", "key", "key"]),
        ((10,) * 10, ["key"] * 8 + ["level_1"] * 2),
        ((100, -50, 0), ["key", "level_2", "level_2"]),
    ],
)
def test_r6_the_smallest_set_that_makes_up_80_per_cent_is_key(contributions, expected):
    assert tiers(*contributions) == expected


def test_r6_the_share_that_it_really_is_is_shown():
    assert rank(ranks(60, 20, 15, 5), RULES).key_share_bps == 8_000
    assert rank(ranks(79, 21), RULES).key_share_bps == 10_000
    assert rank(ranks(50, 35, 15), RULES).key_share_bps == 8_500
    assert rank(ranks(1, 1, 1), TierRules(2, date.min, 6_000, 9_000)).key_share_bps == 6_666
    assert rank(ranks(0, 0), RULES).key_share_bps == 0
    assert rank([], RULES).key_share_bps == 0


def test_r6_cut_points_are_data_of_a_rule_version():
    assert (VERSIONS[0].key_bps, VERSIONS[0].level_1_bps) == (8_000, 9_500)
    assert tiers(50, 30, 20, rules=TierRules(2, date.min, 5_000, 8_000)) == ["key", "level_1", "level_2"]
    assert tiers(50, 30, 20, rules=TierRules(2, date.min, 8_000, 8_000)) == ["key", "key", "level_2"]


customers = st.dictionaries(
    st.text("ABC123", min_size=1, max_size=3), st.integers(-(10**6), 10**13) | st.sampled_from([0, 1, 100]), max_size=12
)


@for_all(customers)
def test_r6_the_key_set_reaches_the_cut_and_none_with_one_customer_less_does(found):
    every = [Rank(one, worth) for one, worth in found.items()]
    ranking = rank(every, RULES)
    total = sum(max(0, one.contribution_minor) for one in every)
    assert ranking.contribution_minor == total
    if total == 0:
        assert (ranking.key_customers, ranking.key_last) == (0, None)
        return
    assert ranking.key_contribution_minor * BPS >= total * RULES.key_bps
    best = sorted((one.contribution_minor for one in every), reverse=True)[: ranking.key_customers - 1]
    assert sum(best) * BPS < total * RULES.key_bps


@for_all(customers, st.randoms(use_true_random=False))
def test_r6_order_does_not_matter_and_counts_agree_with_tiers(found, dice):
    every = [Rank(one, worth) for one, worth in found.items()]
    shuffled = dice.sample(every, len(every))
    ranking = rank(every, RULES)
    assert rank(shuffled, RULES) == ranking
    given_out = [tier_of(one, ranking.key_last, ranking.level_1_last) for one in every]
    assert given_out.count("key") == ranking.key_customers
    assert given_out.count("level_1") == ranking.level_1_customers
    rich_first = [tier_of(one, ranking.key_last, ranking.level_1_last) for one in sorted(every, key=place)]
    assert rich_first == sorted(rich_first, key=["key", "level_1", "level_2"].index)


AUGUST = TiersComputed("O01", "2026-08", 2, 1, 1, 100, 80, 8_000, Rank("P1", 80), Rank("P2", 20), 1)
JULY = msgspec.structs.replace(AUGUST, month="2026-07")


def test_r6_a_month_is_computed_again_only_where_something_differs():
    given(UNIT_TIERS).when(RequestTiers("O01", "2026-08")).then(TiersRequested("O01", "2026-08"))
    given(UNIT_TIERS).when(NoteTiers(AUGUST)).then(AUGUST)
    given(UNIT_TIERS, AUGUST).when(NoteTiers(AUGUST)).nothing()
    late = msgspec.structs.replace(AUGUST, contribution_minor=101)
    given(UNIT_TIERS, AUGUST).when(NoteTiers(late)).then(late)


def test_r6_an_older_month_corrects_its_figures_and_nobodys_tier():
    stated = msgspec.structs.replace(JULY, assigns=False)
    given(UNIT_TIERS, AUGUST).when(NoteTiers(JULY)).then(stated)
    given(UNIT_TIERS, AUGUST, stated).when(NoteTiers(JULY)).nothing()
    given(UNIT_TIERS, AUGUST).when(ContinueTiers("2026-07", "P1")).nothing()
    given(UNIT_TIERS, AUGUST).when(ContinueTiers("2026-08", "P1")).then(
        TiersContinued("O01", "2026-08", "P1", Rank("P1", 80), Rank("P2", 20), 1)
    )


KEY = TierAssigned("P1", "O01", "2026-08", "key", 80, 1)


def test_r6_a_tier_is_a_fact_only_on_change():
    given(CUSTOMER_TIER).when(AssignTier(KEY)).then(KEY)
    next_month = msgspec.structs.replace(KEY, month="2026-09", contribution_minor=90)
    given(CUSTOMER_TIER, KEY).when(AssignTier(next_month)).nothing()
    lower = msgspec.structs.replace(next_month, tier="level_1")
    given(CUSTOMER_TIER, KEY).when(AssignTier(lower)).then(lower)
    elsewhere = msgspec.structs.replace(next_month, unit_id="O02")
    given(CUSTOMER_TIER, KEY).when(AssignTier(elsewhere)).then(elsewhere)
    given(CUSTOMER_TIER, lower).when(AssignTier(KEY)).nothing()


def test_r6_months_end():
    assert [last_day(month).day for month in ("2026-02", "2028-02", "2026-12", "2026-04")] == [28, 29, 31, 30]


def bank_of(balances, month="2026-08"):
    """A registry where P000, P001, … of outlet O01 hold these month-end balances."""
    registry = Registry().with_world()
    rows = [PERSON | {"customer_id": f"P{n:03}"} for n in range(len(balances))]
    for start in range(0, len(rows), 1_000):
        registry.load("customers", dated(rows[start : start + 1_000]), f"c{start}")
    held = [HOLDING | {"holding_id": f"B{n:03}", "customer_id": f"P{n:03}"} for n in range(len(balances))]
    registry.load("holdings", dated(held))
    registry.load(
        "balances",
        [sample("balances", holding_id=f"B{n:03}", balance_minor=m, month=month) for n, m in enumerate(balances)],
    )
    return registry


def settle(registry, *, twice=False, dice=None):
    """Deliver everything that tiers follow from until nothing more follows; twice, and the second time shuffled."""
    react = follow_tiers(ShownFigures(Shown(registry.store)))
    seen = 0
    while True:
        registry.store.number()
        fresh = [one for one in registry.store.stream(0, seen) if isinstance(one.event, TIER_FACTS)]
        if registry.store.head(0) == seen:
            return
        seen = registry.store.head(0)
        again = dice.sample(fresh, len(fresh)) if dice else fresh
        for recorded in [*fresh, *(again if twice else ())]:
            work = [(intent, follow(recorded, "registry.rank_customers", intent)) for intent in react(recorded)]
            registry.executor.execute_many(work)
        if not fresh:
            return


def close(registry, day):
    registry.load("days", [{"business_date": day}], day)


def assigned(registry):
    registry.store.number()
    return [one.event for one in registry.store.stream(0) if isinstance(one.event, TierAssigned)]


def shown(registry, projection):
    registry.store.number()
    documents = {}
    projection.fold(documents, registry.store.stream(0))
    return documents


def test_r6_the_close_of_the_months_last_day_gives_every_customer_a_tier():
    registry = bank_of([60, 20, 15, 5])
    close(registry, "2026-08-30")
    settle(registry)
    assert assigned(registry) == []  # July's balances are not known, and August is not over
    close(registry, "2026-08-31")
    settle(registry)
    documents = shown(registry, CUSTOMERS)
    assert [documents[f"P{n:03}"]["tier"] for n in range(4)] == ["key", "key", "level_1", "level_2"]
    assert documents["P000"]["contribution_minor"] == 60
    month = shown(registry, TIERS)["O01.2026-08"]
    assert (month["key_share_bps"], month["key_customers"], month["customers"]) == (8_000, 2, 6)
    assert set(shown(registry, UNITS)) == {"HO", "B01", "O01"}
    assert shown(registry, BALANCES)["P001.2026-08"]["holdings"] == {"B001": 20}
    assert COMPANY["customer_id"] in documents


def test_r6_delivered_twice_and_shuffled_nothing_is_assigned_twice():
    plain, again = (bank_of([n * n for n in range(450)]) for _ in range(2))
    for registry, twice in ((plain, False), (again, True)):
        close(registry, "2026-08-31")
        settle(registry, twice=twice, dice=random.Random(6))
    assert len(assigned(plain)) == 452 > 2 * TIER_BATCH
    assert sorted(assigned(plain), key=str) == sorted(assigned(again), key=str)
    continued = [one for one in again.store.stream(0) if isinstance(one.event, TiersContinued)]
    assert len(continued) == 2


def test_r6_a_month_whose_last_day_never_closed_is_ranked_when_a_later_day_closes():
    registry = bank_of([60, 20, 15, 5])
    close(registry, "2026-09-02")
    settle(registry)
    assert {one.month for one in assigned(registry)} == {"2026-08"}
    close(registry, "2026-09-03")
    before = registry.store.head(0)
    settle(registry)
    assert registry.store.head(0) == before + 2  # the day and its feed alone


def test_r6_the_months_close_counts_what_came_after_an_earlier_request():
    registry = bank_of([60, 20, 15, 5])
    meta = Meta("asked", "tiers")
    registry.executor.execute_many([(intent, meta) for intent in requests(["O01"], "2026-08")])
    settle(registry)
    registry.load("balances", [sample("balances", holding_id="B003", balance_minor=900)], "late")
    close(registry, "2026-08-31")
    settle(registry)
    assert shown(registry, CUSTOMERS)["P003"]["tier"] == "key"
    assert shown(registry, TIERS)["O01.2026-08"]["contribution_minor"] == 995


def test_r6_a_month_without_any_balance_waits_for_them():
    registry = bank_of([60, 20, 15, 5], month="2026-07")
    close(registry, "2026-08-31")
    settle(registry)
    assert {one.month for one in assigned(registry)} == set()
    late = [sample("balances", holding_id="B003", balance_minor=5)]
    registry.load("balances", late)
    close(registry, "2026-09-01")
    settle(registry)
    assert {(one.month, one.tier) for one in assigned(registry) if one.customer_id == "P003"} == {("2026-08", "key")}


def test_r6_an_erased_customer_is_not_ranked():
    registry = bank_of([60, 20, 15, 5])
    wipe(registry, "P000")
    close(registry, "2026-08-31")
    settle(registry)
    assert "P000" not in {one.customer_id for one in assigned(registry)}
    assert shown(registry, TIERS)["O01.2026-08"]["contribution_minor"] == 40


def test_r6_only_changes_are_facts_in_the_next_month():
    registry = bank_of([60, 20, 15, 5])
    close(registry, "2026-08-31")
    settle(registry)
    first = len(assigned(registry))
    rows = [
        sample("balances", holding_id=f"B{n:03}", balance_minor=m, month="2026-09")
        for n, m in enumerate([60, 5, 15, 20])
    ]
    registry.load("balances", rows, "september")
    close(registry, "2026-09-30")
    settle(registry)
    changed = assigned(registry)[first:]
    assert {(one.customer_id, one.tier, one.month) for one in changed} == {
        ("P001", "level_2", "2026-09"),
        ("P003", "key", "2026-09"),
    }
