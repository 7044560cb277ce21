"""B4: the composite account. Golden sums at each border, fees once, corrections as adjustments, nothing rewritten."""

import random
from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.bundling.composite_events import (
    BalanceCounted,
    Counted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunStarted,
)
from services.bundling.composite_schemas import CompositeView
from services.bundling.composite_service import _shown
from services.bundling.domain.composite import (
    COMPOSITE,
    FEE_RUN,
    AdvanceFeeRun,
    ChargeFees,
    NoteBalance,
    StartFeeRun,
)
from services.bundling.projections import COMPOSITES, FEE_RUNS, to_charge
from services.bundling.reactions import ROUND, charge_fees, note_bank_facts
from services.bundling.rules.composite import RULE_SETS, in_force, standing
from services.registry.events import BalanceRecorded, DayClosed
from shared.core.months import month_over
from tests.kit import given
from tests.services.bundling.examples import PERSON, recorded

MONTH, NEXT = "2026-08", "2026-09"
CLOSE, LATER = date(2026, 8, 31), date(2026, 9, 12)
RULES = RULE_SETS[0]


def noting(minor, holding="H1", product="now", month=MONTH, on=CLOSE, currency="CNY"):
    return NoteBalance(PERSON, holding, product, month, minor, currency, on)


def counted(minor, holding="H1", product="now", month=MONTH, on=CLOSE):
    return BalanceCounted(PERSON, holding, product, month, minor, on)


def of(*parts):
    """Holdings' parts of the counted balance: ``("H1", "now", 100)``."""
    return tuple(Counted(*part) for part in parts)


def charged(minor, tier, fee, month=MONTH, on=CLOSE, parts=None):
    return FeeCharged(PERSON, month, parts or of(("H1", "now", minor)), minor, tier, fee, 1, on)


def adjusted(minor, tier, fee, difference, number=1, on=LATER):
    return FeeAdjusted(PERSON, MONTH, number, of(("H1", "now", minor)), minor, tier, fee, difference, 1, on)


def stands(minor, product="now"):
    return standing({"H1": Counted("H1", product, minor)}, RULES)


@pytest.mark.parametrize(
    ("minor", "tier", "fee", "to_next"),
    [
        (999_999, "basic", 2_000, 1),
        (1_000_000, "middle", 750, 1_500_001),
        (2_500_000, "middle", 750, 1),
        (2_500_001, "top", 0, None),
        (0, "basic", 2_000, 1_000_000),
        (-500, "basic", 2_000, 1_000_500),
    ],
)
def test_b4_exactly_10000_and_25000_are_the_middle_tier(minor, tier, fee, to_next):
    found = stands(minor)
    assert (found.rule.tier, found.rule.fee_minor, found.to_next_minor) == (tier, fee, to_next)


def test_b4_what_each_tier_brings():
    top, middle, basic = (stands(minor).rule.perks for minor in (3_000_000, 1_500_000, 0))
    assert all((top.no_minimum, top.better_rate, top.no_card_fee, top.no_atm_fee))
    assert (middle.better_rate, middle.no_card_fee) == (False, True)
    assert not any((basic.no_minimum, basic.better_rate, basic.no_card_fee, basic.no_atm_fee))


def test_b4_mortgages_education_loans_and_other_currencies_do_not_count():
    for product in ("mortgage", "education_loan", "settlement", "debit_card"):
        given(COMPOSITE).when(noting(5_000_000, product=product)).nothing()
    given(COMPOSITE).when(noting(5_000_000, currency="USD")).nothing()
    for product in ("now", "mmda", "term_deposit", "personal_loan", "investment_trust"):
        given(COMPOSITE).when(noting(5, product=product)).then(counted(5, product=product))


def test_b4_who_has_neither_now_nor_mmda_has_no_composite_account():
    assert stands(9_000_000, "term_deposit") is None
    given(COMPOSITE, counted(9_000_000, product="term_deposit")).when(ChargeFees(MONTH, CLOSE)).nothing()


def test_b4_the_counted_balance_is_of_all_that_counts():
    history = (counted(600_000), counted(400_000, "H2", "personal_loan"))
    parts = of(("H1", "now", 600_000), ("H2", "personal_loan", 400_000))
    given(COMPOSITE, *history).when(ChargeFees(MONTH, CLOSE)).then(charged(1_000_000, "middle", 750, parts=parts))


def test_b4_a_month_is_charged_once_and_only_when_it_is_over():
    history = (counted(999_999), counted(3_000_000, month=NEXT, on=LATER))
    given(COMPOSITE, *history).when(ChargeFees(MONTH, CLOSE)).then(charged(999_999, "basic", 2_000))
    paid = (*history, charged(999_999, "basic", 2_000))
    given(COMPOSITE, *paid).when(ChargeFees(MONTH, LATER)).nothing()
    end = date(2026, 9, 30)
    given(COMPOSITE, *paid).when(ChargeFees(NEXT, end)).then(charged(3_000_000, "top", 0, NEXT, end))


def test_b4_a_balance_that_comes_first_after_the_close_is_charged_at_the_next():
    late = (counted(1, on=LATER),)
    given(COMPOSITE, *late).when(ChargeFees(MONTH, LATER)).then(charged(1, "basic", 2_000, on=LATER))


def test_b4_a_backdated_correction_posts_the_difference_and_rewrites_nothing():
    paid = (counted(999_999), charged(999_999, "basic", 2_000))
    up = noting(1_000_000, on=LATER)
    given(COMPOSITE, *paid).when(up).then(counted(1_000_000, on=LATER), adjusted(1_000_000, "middle", 750, -1_250))
    again = (*paid, counted(1_000_000, on=LATER), adjusted(1_000_000, "middle", 750, -1_250))
    given(COMPOSITE, *again).when(up).nothing()
    given(COMPOSITE, *again).when(noting(2_500_001, on=LATER)).then(
        counted(2_500_001, on=LATER), adjusted(2_500_001, "top", 0, -750, number=2)
    )
    given(COMPOSITE, *again).when(noting(1, on=LATER)).then(
        counted(1, on=LATER), adjusted(1, "basic", 2_000, 1_250, number=2)
    )


def test_b4_a_correction_within_the_tier_adjusts_nothing():
    paid = (counted(999_999), charged(999_999, "basic", 2_000))
    given(COMPOSITE, *paid).when(noting(5, on=LATER)).then(counted(5, on=LATER))


HOLDINGS = st.sampled_from([("H1", "now"), ("H2", "mmda"), ("H3", "term_deposit"), ("H4", "mortgage")])
WISHES = st.lists(
    st.one_of(
        st.builds(
            lambda holding, minor, month: noting(minor, *holding, month=month),
            HOLDINGS,
            st.sampled_from([0, 999_999, 1_000_000, 2_500_000, 2_500_001]),
            st.sampled_from([MONTH, NEXT]),
        ),
        st.sampled_from([ChargeFees(MONTH, CLOSE), ChargeFees(NEXT, date(2026, 9, 30))]),
    ),
    max_size=14,
)


@settings(max_examples=300)
@over(WISHES)
def test_b4_charges_and_adjustments_always_sum_to_the_fee_that_the_balances_ask_for(wishes):
    history = []
    for wish in wishes:
        history += COMPOSITE.decide(COMPOSITE.fold(history), wish)
    for month in (MONTH, NEXT):
        fees = [one for one in history if isinstance(one, FeeCharged) and one.month == month]
        differences = [one for one in history if isinstance(one, FeeAdjusted) and one.month == month]
        assert len(fees) <= 1
        if not fees:
            assert differences == []
            continue
        known = {one.holding_id: one for one in history if isinstance(one, BalanceCounted) and one.month == month}
        asked = standing({key: Counted(key, one.product, one.balance_minor) for key, one in known.items()}, RULES)
        total = fees[0].fee_minor + sum(one.adjustment_minor for one in differences)
        assert total == asked.rule.fee_minor
        assert [one.number for one in differences] == list(range(1, len(differences) + 1))


@settings(max_examples=100)
@over(WISHES, st.randoms())
def test_b4_the_list_shows_what_the_account_knows_in_whatever_order_it_comes(wishes, chance):
    history = []
    for wish in wishes:
        history += COMPOSITE.decide(COMPOSITE.fold(history), wish)
    document = None
    for version, event in enumerate(history, 1):
        document = COMPOSITES.step(document, recorded(event, f"composite-{PERSON}", version, "bundling"))
    if document is None:
        return
    state = COMPOSITE.fold(history)
    due = [m for m, one in state.months.items() if one.charged_minor is None and standing(one.balances, in_force(m))]
    assert document["open"] == min(due, default=None)
    shown = CompositeView().dump({"customer_id": PERSON, "months": [_shown(*one) for one in document["months"].items()
                                  if _shown(*one)]})  # fmt: skip
    for one in shown["months"]:
        assert one["total_minor"] == (state.months[one["month"]].charged_minor or 0)


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 8, 31), "2026-08"),
        (date(2026, 9, 1), "2026-08"),
        (date(2026, 9, 29), "2026-08"),
        (date(2026, 12, 31), "2026-12"),
        (date(2027, 1, 1), "2026-12"),
    ],
)
def test_b4_the_month_that_is_over_once_a_day_has_closed(day, month):
    assert month_over(day) == month
    given(FEE_RUN).when(StartFeeRun(day)).then(FeeRunStarted(day, month))
    given(FEE_RUN, FeeRunStarted(day, month)).when(StartFeeRun(day)).nothing()


def test_b4_a_run_goes_on_round_by_round_and_each_round_once():
    started = FeeRunStarted(CLOSE, MONTH)
    first = FeeRunAdvanced(CLOSE, MONTH, 1, "P9", ROUND, done=False)
    given(FEE_RUN, started).when(AdvanceFeeRun(1, "P9", ROUND, done=False)).then(first)
    given(FEE_RUN, started, first).when(AdvanceFeeRun(1, "P9", ROUND, done=False)).nothing()
    given(FEE_RUN).when(AdvanceFeeRun(1, "P9", ROUND, done=False)).nothing()


class Bank:
    """Accounts and runs in memory; each command is done once, however often its cause is delivered."""

    def __init__(self, customers):
        self.streams = {}
        self.done = set()
        self.customers = customers
        self.react = charge_fees(self.turn)

    def turn(self, _cause, upto, after):
        open_ = [
            one for one in self.customers
            if one > after and COMPOSITE.decide(COMPOSITE.fold(self.streams.get(f"composite-{one}", [])),
                                                ChargeFees(upto, CLOSE))
        ]  # fmt: skip
        return open_[:ROUND]

    def carry_out(self, cause, intents):
        for intent in intents:
            once = (cause, intent.stream, type(intent.command))
            if once not in self.done:
                events = self.streams.setdefault(intent.stream, [])
                events += intent.decider.decide(intent.decider.fold(events), intent.command)
                self.done.add(once)

    def settle(self, chance):
        """Each fact of the run twice, and a round may be cut off in the middle before it comes again."""
        seen = 0
        run = self.streams[f"fee_run-{CLOSE}"]
        while seen < len(run):
            fact = run[seen]
            intents = self.react(recorded(fact, f"fee_run-{CLOSE}", seen + 1, "bundling"))
            self.carry_out(seen, intents[: chance.randrange(len(intents) + 1)])
            self.carry_out(seen, self.react(recorded(fact, f"fee_run-{CLOSE}", seen + 1, "bundling")))
            self.carry_out(seen, intents)
            seen += 1


@pytest.mark.parametrize("seed", range(4))
def test_b4_a_run_charges_everybody_once_though_rounds_come_twice_and_are_cut_off(seed):
    customers = [f"P{number:05}" for number in range(ROUND * 2 + 37)]
    bank = Bank(customers)
    facts = note_bank_facts(lambda _recorded, _day: {})
    for number, customer in enumerate(customers):
        row = BalanceRecorded(f"H{customer}", customer, "now", MONTH, number * 10_000, "CNY", CLOSE)
        bank.carry_out(customer, facts(recorded(row)))
    bank.carry_out("close", facts(recorded(DayClosed(CLOSE))))
    bank.settle(random.Random(seed))
    fees = [one for stream in bank.streams.values() for one in stream if isinstance(one, FeeCharged)]
    assert sorted(one.customer_id for one in fees) == customers
    expected = {"basic": 100 * 2_000, "middle": 151 * 750, "top": 0}
    assert {tier: sum(one.fee_minor for one in fees if one.tier == tier) for tier in expected} == expected
    assert bank.streams[f"fee_run-{CLOSE}"][-1].done


def test_b4_who_is_to_be_charged_is_asked_by_month_and_id():
    assert to_charge(MONTH, "P5") == {"open": {"$lte": MONTH}, "_id": {"$gt": "P5"}}


def test_b4_how_far_a_run_is_can_be_seen():
    document = None
    for version, event in enumerate(
        (FeeRunStarted(CLOSE, MONTH), FeeRunAdvanced(CLOSE, MONTH, 1, "P9", 500, done=False),
         FeeRunAdvanced(CLOSE, MONTH, 2, "Q1", 7, done=True)), 1
    ):  # fmt: skip
        document = FEE_RUNS.step(document, recorded(event, f"fee_run-{CLOSE}", version, "bundling"))
    assert document == {"day": "2026-08-31", "upto": MONTH, "customers": 507, "rounds": 2, "done": True}
