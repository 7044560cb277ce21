"""B4: the composite account. Golden sums at each border, fees once, corrections as adjustments, nothing rewritten."""

import random
from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.bundling.composite_events import (
    BalanceCounted,
    BalanceDropped,
    Counted,
    FeeAdjusted,
    FeeCharged,
    FeeRunAdvanced,
    FeeRunEnded,
    FeeRunQueued,
    FeeRunStarted,
    RunTotal,
)
from services.bundling.composite_schemas import CompositeView
from services.bundling.composite_service import _shown
from services.bundling.domain.composite import COMPOSITE, DropBalance, NoteBalance
from services.bundling.domain.fees import (
    BANK,
    FEE_RUN,
    FEES,
    ChargeRound,
    Charges,
    EndFeeRun,
    Month,
    StartFeeRun,
    due,
)
from services.bundling.projections import COMPOSITES, FEE_RUNS, charges_of, to_charge
from services.bundling.reactions import ROUND, charge_fees, note_bank_facts
from services.bundling.reactions.fees import MOST_COUNTED
from services.bundling.rules.composite import RULE_SETS, standing
from services.registry.events import BalanceMoved, BalanceRecorded, DayClosed
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


def dropping(holding="H1", month=MONTH, on=LATER):
    return DropBalance(PERSON, holding, month, on)


def of(*parts):
    """Holdings' parts of the counted balance: ``("H1", "now", 100)``."""
    return tuple(Counted(*part) for part in parts)


def charged(minor, tier, fee, month=MONTH, on=CLOSE, parts=None):
    return FeeCharged(PERSON, month, parts or of(("H1", "now", minor)), minor, tier, fee, 1, on)


def adjusted(minor, tier, fee, difference, number=1, on=LATER):
    return FeeAdjusted(PERSON, MONTH, number, of(("H1", "now", minor)), minor, tier, fee, difference, 1, on)


def given_back(difference, number=1):
    return FeeAdjusted(PERSON, MONTH, number, (), 0, None, 0, difference, 1, LATER)


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


class Books:
    """One account: its balances, and the list's document of it, from which the runs charge."""

    def __init__(self):
        self.history, self.document, self.charges = [], None, []

    def note(self, *wishes):
        for wish in wishes:
            for event in COMPOSITE.decide(COMPOSITE.fold(self.history), wish):
                self.history.append(event)
                self._show(event)
        return self

    def charge(self, upto, on):
        """What a run of the day posts, and the list then shows."""
        fees = list(due(charges_of(self.document), upto, on)) if self.document else []
        self.charges += fees
        for fee in fees:
            self._show(fee)
        return fees

    def _show(self, event):
        self.document = COMPOSITES.step(self.document, recorded(event, f"composite-{PERSON}", 1, "bundling"))


def test_b4_who_has_neither_now_nor_mmda_has_no_composite_account():
    assert stands(9_000_000, "term_deposit") is None
    assert Books().note(noting(9_000_000, product="term_deposit")).charge(MONTH, CLOSE) == []


def test_b4_the_counted_balance_is_of_all_that_counts():
    books = Books().note(noting(600_000), noting(400_000, "H2", "personal_loan"))
    parts = of(("H1", "now", 600_000), ("H2", "personal_loan", 400_000))
    assert books.charge(MONTH, CLOSE) == [charged(1_000_000, "middle", 750, parts=parts)]


def test_b4_a_month_is_charged_once_and_only_when_it_is_over():
    books = Books().note(noting(999_999), noting(3_000_000, month=NEXT, on=LATER))
    assert books.charge(MONTH, CLOSE) == [charged(999_999, "basic", 2_000)]
    assert books.charge(MONTH, LATER) == []
    end = date(2026, 9, 30)
    assert books.charge(NEXT, end) == [charged(3_000_000, "top", 0, NEXT, end)]


def test_b4_a_balance_that_comes_first_after_the_close_is_charged_at_the_next():
    assert Books().note(noting(1, on=LATER)).charge(MONTH, LATER) == [charged(1, "basic", 2_000, on=LATER)]


def test_b4_a_backdated_correction_posts_the_difference_and_rewrites_nothing():
    books = Books().note(noting(999_999))
    books.charge(MONTH, CLOSE)
    books.note(noting(1_000_000, on=LATER), noting(1_000_000, on=LATER))
    assert books.charge(MONTH, LATER) == [adjusted(1_000_000, "middle", 750, -1_250)]
    assert books.charge(MONTH, LATER) == []
    books.note(noting(2_500_001, on=LATER))
    assert books.charge(MONTH, LATER) == [adjusted(2_500_001, "top", 0, -750, number=2)]
    books.note(noting(1, on=LATER))
    assert books.charge(MONTH, LATER) == [adjusted(1, "basic", 2_000, 2_000, number=3)]
    assert books.document["months"][MONTH]["fee"]["fee_minor"] == 2_000


def test_b4_a_correction_within_the_tier_adjusts_nothing():
    books = Books().note(noting(999_999))
    books.charge(MONTH, CLOSE)
    assert books.note(noting(5, on=LATER)).charge(MONTH, LATER) == []
    assert books.history[-1] == counted(5, on=LATER)


def test_b4_a_loan_that_proves_to_be_a_mortgage_counts_no_more():
    books = Books().note(noting(500_000), noting(30_000_000, "H2", "personal_loan"))
    parts = of(("H1", "now", 500_000), ("H2", "personal_loan", 30_000_000))
    assert books.charge(MONTH, CLOSE) == [charged(30_500_000, "top", 0, parts=parts)]
    books.note(noting(30_000_000, "H2", "mortgage", on=LATER))
    assert books.history[-1] == counted(30_000_000, "H2", "mortgage", on=LATER)
    assert books.charge(MONTH, LATER) == [adjusted(500_000, "basic", 2_000, 2_000)]


def test_b4_what_was_charged_for_an_account_that_proves_to_be_none_is_given_back():
    books = Books().note(noting(999_990), noting(5, "H2", "term_deposit"))
    books.charge(MONTH, CLOSE)
    books.note(noting(999_999, product="settlement", on=LATER))
    assert books.charge(MONTH, LATER) == [given_back(-2_000)]
    assert books.charge(MONTH, LATER) == []
    shown = _shown(MONTH, books.document["months"][MONTH])
    assert (shown["tier"], shown["perks"], shown["total_minor"]) == (None, None, 0)
    books.note(noting(1_000_000, on=LATER))
    (again,) = books.charge(MONTH, LATER)
    assert (again.number, again.fee_minor, again.adjustment_minor) == (2, 750, 750)


def test_b4_r1_a_balance_that_proves_to_be_somebody_elses_counts_no_more():
    books = Books().note(noting(600_000), noting(400_000, "H2", "personal_loan"))
    books.charge(MONTH, CLOSE)
    books.note(dropping("H2"), dropping("H2"), dropping("H9"))
    assert books.history[-1] == BalanceDropped(PERSON, "H2", MONTH, LATER)
    assert books.charge(MONTH, LATER) == [adjusted(600_000, "basic", 2_000, 1_250)]
    books.note(dropping())
    (fee,) = books.charge(MONTH, LATER)
    assert (fee.tier, fee.counted, fee.adjustment_minor) == (None, (), -2_000)
    assert books.note(noting(600_000, on=LATER)).history[-1] == counted(600_000, on=LATER), "it comes back"


def test_b4_a_balance_that_proves_to_be_in_another_currency_counts_no_more():
    given(COMPOSITE, counted(5)).when(noting(5, currency="USD", on=LATER)).then(
        BalanceDropped(PERSON, "H1", MONTH, LATER)
    )


def test_b4_r1_who_had_a_balance_until_it_was_corrected_drops_it():
    react = note_bank_facts(lambda _recorded, _day: {})
    moved = BalanceMoved("H1", MONTH, PERSON, "P2", LATER)
    (intent,) = react(recorded(moved, f"balance-H1.{MONTH}", 2))
    assert (intent.decider, intent.key, intent.command) == (COMPOSITE, PERSON, dropping())


def test_b4_a_correction_reaches_the_account_whatever_its_product():
    react = note_bank_facts(lambda _recorded, _day: {})
    row = BalanceRecorded("H2", PERSON, "mortgage", MONTH, 30_000_000, "CNY", LATER)
    assert react(recorded(row, f"balance-H2.{MONTH}", 1)) == []
    (intent,) = react(recorded(row, f"balance-H2.{MONTH}", 2))
    assert (intent.key, intent.command) == (PERSON, noting(30_000_000, "H2", "mortgage", on=LATER))


HOLDINGS = st.sampled_from(
    [
        ("H1", "now"),
        ("H1", "settlement"),
        ("H2", "mmda"),
        ("H3", "term_deposit"),
        ("H3", "mortgage"),
        ("H4", "mortgage"),
    ]
)
WISHES = st.lists(
    st.one_of(
        st.builds(
            lambda holding, minor, month: noting(minor, *holding, month=month),
            HOLDINGS,
            st.sampled_from([0, 999_999, 1_000_000, 2_500_000, 2_500_001]),
            st.sampled_from([MONTH, NEXT]),
        ),
        st.builds(dropping, st.sampled_from(["H1", "H2", "H3"]), st.sampled_from([MONTH, NEXT])),
        st.sampled_from([(MONTH, CLOSE), (NEXT, date(2026, 9, 30))]),
    ),
    max_size=14,
)


def lived(wishes):
    books = Books()
    for wish in wishes:
        books.note(wish) if isinstance(wish, NoteBalance | DropBalance) else books.charge(*wish)
    return books


@settings(max_examples=300)
@over(WISHES)
def test_b4_charges_and_adjustments_always_sum_to_the_fee_that_the_balances_ask_for(wishes):
    books = lived(wishes)
    books.charge(NEXT, date(2026, 10, 1))
    for month in (MONTH, NEXT):
        fees = [one for one in books.charges if isinstance(one, FeeCharged) and one.month == month]
        differences = [one for one in books.charges if isinstance(one, FeeAdjusted) and one.month == month]
        assert len(fees) <= 1
        newest = {one.holding_id: one for one in books.history if one.month == month}
        known = {key: one for key, one in newest.items() if isinstance(one, BalanceCounted)}
        asked = standing({key: Counted(key, one.product, one.balance_minor) for key, one in known.items()}, RULES)
        total = sum(one.fee_minor for one in fees) + sum(one.adjustment_minor for one in differences)
        assert total == (asked.rule.fee_minor if asked else 0)
        assert [one.number for one in differences] == list(range(1, len(differences) + 1))


@settings(max_examples=200)
@over(WISHES, st.randoms())
def test_b4_the_list_shows_the_same_in_whatever_order_balances_and_fees_come(wishes, chance):
    """Balances stand on the account's stream, fees on those of their rounds: the order between them is open."""
    books = lived(wishes)
    balances, fees = list(books.history), chance.sample(books.charges, len(books.charges))
    document = None
    while balances or fees:
        source = chance.choice([one for one in (balances, fees) if one])
        document = COMPOSITES.step(document, recorded(source.pop(0), "any", 1, "bundling"))
    assert document == books.document
    if document is None:
        return
    fee_due = [fee.month for fee in due(charges_of(document), NEXT, CLOSE)]
    assert document["open"] == min(fee_due, default=None)
    shown = CompositeView().dump({"customer_id": PERSON, "months": [_shown(*one) for one in document["months"].items()
                                  if _shown(*one)]})  # fmt: skip
    for one in shown["months"]:
        assert one["total_minor"] == (charges_of(document).months[one["month"]].charged_minor or 0)


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


TOTAL = RunTotal(customers=1, fees=1, charged_minor=2_000)


def test_b4_one_run_ends_before_the_next_begins():
    first, third = FeeRunStarted(CLOSE, MONTH), date(2026, 9, 2)
    queued = FeeRunQueued(date(2026, 9, 1), MONTH), FeeRunQueued(third, MONTH)
    given(FEE_RUN, first).when(StartFeeRun(date(2026, 9, 1))).then(queued[0])
    given(FEE_RUN, first, queued[0]).when(StartFeeRun(third)).then(queued[1])
    ended = FeeRunEnded(CLOSE, MONTH, 1, TOTAL)
    given(FEE_RUN, first, *queued).when(EndFeeRun(CLOSE, 1, TOTAL)).then(ended, FeeRunStarted(third, MONTH))
    given(FEE_RUN, first, *queued, ended, FeeRunStarted(third, MONTH)).when(EndFeeRun(CLOSE, 1, TOTAL)).nothing()
    given(FEE_RUN, first).when(EndFeeRun(CLOSE, 1, TOTAL)).then(ended)
    given(FEE_RUN, first, ended).when(StartFeeRun(third)).then(FeeRunStarted(third, MONTH))
    given(FEE_RUN, first, ended).when(StartFeeRun(CLOSE)).nothing()


def test_b4_a_round_charges_all_its_accounts_in_one_commit_and_once():
    month = Month({"H1": Counted("H1", "now", 999_999)})
    accounts = Charges("P1", {MONTH: month}), Charges("P2", {MONTH: month, NEXT: month})
    command = ChargeRound(CLOSE, MONTH, 3, accounts, "P2", TOTAL, done=False)
    advanced = FeeRunAdvanced(CLOSE, MONTH, 3, "P2", 2, done=False, total=RunTotal(3, 3, 6_000))
    events = FEES.decide(False, command)
    assert [type(one).__name__ for one in events] == ["FeeCharged", "FeeCharged", "FeeRunAdvanced"]
    assert [one.customer_id for one in events[:2]] == ["P1", "P2"]
    assert events[-1] == advanced
    given(FEES, *events).when(command).nothing()


class Bank:
    """Accounts, their list and runs in memory; each command is done once, however often its cause is delivered."""

    def __init__(self):
        self.streams, self.done, self.list = {}, set(), {}
        self.react = charge_fees(self.turn)
        self.told = []

    def turn(self, _cause, upto, after):
        found = (one for key, one in sorted(self.list.items()) if key > after and one["open"] and one["open"] <= upto)
        return [charges_of(one) for one, _ in zip(found, range(ROUND), strict=False)]

    def carry_out(self, cause, intents):
        for intent in intents:
            once = (cause, intent.stream, type(intent.command))
            if once not in self.done:
                events = self.streams.setdefault(intent.stream, [])
                made = intent.decider.decide(intent.decider.fold(events), intent.command)
                events += made
                self.told += made
                self.done.add(once)

    def show(self, events):
        """What the list has seen."""
        for event in events:
            if isinstance(event, BalanceCounted | FeeCharged | FeeAdjusted):
                key = event.customer_id
                self.list[key] = COMPOSITES.step(self.list.get(key), recorded(event, "any", 1, "bundling"))

    def settle(self, chance):
        """Each fact twice, the first time perhaps for nothing; the list falls behind by as much as it likes during a
        run, and has caught up when one begins.
        """
        seen = shown = 0
        while seen < len(self.told):
            fact = self.told[seen]
            if isinstance(fact, FeeRunStarted):
                upto = len(self.told)
            elif isinstance(fact, FeeRunAdvanced):
                upto = chance.randint(shown, len(self.told))
            else:
                upto = shown
            self.show(self.told[shown:upto])
            shown = upto
            for _ in range(chance.randint(1, 2)):
                self.carry_out(seen, self.react(recorded(fact, "any", seen + 1, "bundling")))
            seen += 1
        self.show(self.told[shown:])

    def of(self, kind):
        return [one for one in self.told if isinstance(one, kind)]


def balance_of(customer, minor, on=CLOSE):
    return recorded(BalanceRecorded(f"H{customer}", customer, "now", MONTH, minor, "CNY", on))


@pytest.mark.parametrize("seed", range(6))
def test_b4_runs_charge_everybody_once_though_rounds_come_twice_and_the_list_is_behind(seed):
    chance, bank = random.Random(seed), Bank()
    customers = [f"P{number:05}" for number in range(ROUND * 2 + 37)]
    facts = note_bank_facts(lambda _recorded, _day: {})
    for number, customer in enumerate(customers):
        bank.carry_out(customer, facts(balance_of(customer, number * 10_000)))
    for day in (CLOSE, date(2026, 9, 1), LATER):  # the later ones close while the first run goes on
        bank.carry_out(day, facts(recorded(DayClosed(day))))
    bank.settle(chance)
    fees = bank.of(FeeCharged)
    assert sorted(one.customer_id for one in fees) == customers
    basic, middle = 100, 151
    assert sum(one.fee_minor for one in fees) == basic * 2_000 + middle * 750
    assert [one.total for one in bank.of(FeeRunEnded)] == [
        RunTotal(len(customers), len(customers), basic * 2_000 + middle * 750),
        RunTotal(),
    ]
    for customer in customers[:50]:
        bank.carry_out(("late", customer), facts(balance_of(customer, 1_000_000, LATER)))
    bank.carry_out("end", facts(recorded(DayClosed(date(2026, 9, 13)))))
    bank.settle(chance)
    assert len(bank.of(FeeAdjusted)) == 50
    assert bank.of(FeeRunEnded)[-1].total == RunTotal(50, 50, -50 * 1_250)
    shown = sum(
        one["months"][MONTH]["fee"]["fee_minor"]
        + sum(each["adjustment_minor"] for each in one["months"][MONTH]["adjustments"])
        for one in bank.list.values()
    )
    assert shown == sum(one.total.charged_minor for one in bank.of(FeeRunEnded))
    assert {stream for stream in bank.streams if stream.startswith("fee_run")} == {f"fee_run-{BANK}"}


def test_b4_a_round_of_accounts_with_many_holdings_is_a_smaller_one():
    month = Month({f"H{n}": Counted(f"H{n}", "now", 1) for n in range(99)})
    many = [Charges(f"P{n:03}", {MONTH: month}) for n in range(ROUND)]
    react = charge_fees(lambda _cause, _upto, after: [one for one in many if one.customer_id > after])
    (intent,) = react(recorded(FeeRunStarted(CLOSE, MONTH)))
    assert len(intent.command.accounts) == MOST_COUNTED // 100
    assert (intent.command.after, intent.command.done) == ("P014", False)
    giant = [Charges("P0", {MONTH: Month({f"H{n}": Counted(f"H{n}", "now", 1) for n in range(2_000)})})]
    (intent,) = charge_fees(lambda *_: giant)(recorded(FeeRunStarted(CLOSE, MONTH)))
    assert (len(intent.command.accounts), intent.command.done) == (1, True)


def test_b4_who_is_to_be_charged_is_asked_by_month_and_id():
    assert to_charge(MONTH, "P5") == {"open": {"$lte": MONTH}, "_id": {"$gt": "P5"}}


def test_b4_how_far_a_run_is_can_be_seen():
    last = RunTotal(407, 410, 99)
    facts = (
        FeeRunStarted(CLOSE, MONTH),
        FeeRunAdvanced(CLOSE, MONTH, 1, "P9", 400, done=False, total=TOTAL),
        FeeRunAdvanced(CLOSE, MONTH, 2, "Q1", 7, done=True, total=last),
    )
    shown = {"day": "2026-08-31", "upto": MONTH, "rounds": 2, "done": True,
             "total": {"customers": 407, "fees": 410, "charged_minor": 99}}  # fmt: skip
    for order in (facts, facts[::-1]):
        document = None
        for event in order:
            document = FEE_RUNS.step(document, recorded(event, "any", 1, "bundling"))
        assert document == shown
