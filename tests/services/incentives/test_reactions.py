"""Each event of others becomes one fact of the right deal, once, in any order."""

from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.compliance import events as compliance
from services.incentives import reactions
from services.incentives.domain.deal import DEAL, Note, Reckon
from services.incentives.domain.period import CompletePeriod
from services.incentives.events import PlanActivated, StatementSealed
from shared.core.memory_store import MemoryStore
from shared.core.reaction import follow
from shared.runtime.execute import Executor
from tests.services.incentives import bank_events as bank
from tests.services.incentives.bank_events import AT, recorded, story
from tests.services.incentives.books_example import closed, line
from tests.services.incentives.examples import LEAD, PLANS, day
from tests.services.incentives.test_deal import balance, told


def no_uses(_holding):
    return ()


class Known(NamedTuple):
    """The months that are completed, and those of which the books know anything."""

    done: tuple = ()
    booked: tuple = ()

    def completed(self):
        return frozenset(self.done)

    def before(self, month):
        return {one for one in self.booked if one < month}


def run(events, plans=PLANS):
    """Everything recorded in incentives after the events have come, through the executor that services use."""
    store = MemoryStore("incentives")
    executor = Executor(store, lambda: AT)
    react = reactions.note_registry(plans, no_uses, Known())
    for event in events:
        executor.execute_many([(intent, follow(event, "incentives.note", intent)) for intent in react(event)])
    store.number()
    return [found.event for found in store.stream(0)]


def as_carried(order):
    """The same shuffle with each stream in its own order: between streams there is none, within one there always is."""
    waiting = {stream: iter(sorted((e for e in order if e.stream == stream), key=lambda e: e.version)) for stream in
               {e.stream for e in order}}  # fmt: skip
    return [next(waiting[event.stream]) for event in order]


def test_i2_the_story_from_split_to_reversal():
    told_so_far = told(run(story()))
    assert [entry for entry, _, _ in told_so_far] == ["pending", "vested", "held", "released", "reversed"]
    assert sum(points for _, points, _ in told_so_far) == 0
    assert balance(run(story()[:7])) == {"S0007": 600, "S0042": 900}


@given(st.permutations(story()), st.lists(st.sampled_from(story()), max_size=6))
@settings(max_examples=60)
def test_i2_delivered_twice_and_shuffled_the_end_is_the_same(order, again):
    once, twice = run(story()), run([*as_carried(order), *again, *as_carried(order)])
    assert balance(once) == balance(twice) == {"S0007": 0, "S0042": 0}
    assert {_what(one) for one in DEAL.fold(once).standing.values()} == {
        _what(one) for one in DEAL.fold(twice).standing.values()
    }


def _what(one):
    return (one.staff_id, one.entry, one.on, one.points_milli)


def test_each_source_becomes_its_fact():
    kinds = [
        type(fact).__name__
        for event in [*story(), bank.refused(), bank.alert("confirmed", 1)]
        for fact in reactions.facts_of(event)
    ]
    assert kinds == [
        "SplitNoted",
        "OpeningNoted",
        "CheckNoted",
        "AccountNoted",
        *["UseNoted"] * 3,
        *["AlertNoted"] * 2,
        "DormancyNoted",
        "CheckNoted",
        "AlertNoted",
    ]


def test_c4_an_alert_on_several_openings_holds_each_of_them_in_one_step_of_their_deal():
    other, elsewhere = f"{bank.LEAD}.online.1", "01jother.mobile.1"
    event = compliance.AlertOpened(
        "a1", "period_end_spike", "seller", "S1", (bank.OPENING, other, elsewhere), (), 1, bank.day(2)
    )
    intents = list(reactions.note(())(bank.recorded("compliance", "sales-S1", event, 1)))
    held = {one.key: [fact.opening_id for fact in one.command.facts] for one in intents}
    assert held == {bank.LEAD: [bank.OPENING, other], "01jother": [elsewhere]}


def test_facts_name_the_event_they_were_learned_from():
    assert reactions.facts_of(bank.activity(2, version=3))[0].source == "registry/activity-H1.2026-10-03@3"


@pytest.mark.parametrize(
    "event",
    [
        bank.holding(ref=None),
        bank.activity(2, ref=None),
        bank.alert("open", 2, ref=None),
        bank.holding(ref="KB-2026-000017"),
        bank.activity(2, ref="x.y.z"),
        bank.day_closed(date(2026, 10, 30)),
    ],
)
def test_what_is_no_business_of_a_lead_is_left_alone(event):
    assert list(reactions.note_registry(PLANS, no_uses, Known(done=("2026-09",)))(event)) == []


def test_a_fact_goes_to_the_deal_of_its_lead():
    (intent, _place, _claim) = reactions.note_registry(PLANS, no_uses, Known())(bank.holding())
    assert (intent.stream, type(intent.command)) == (f"deal-{LEAD}", Note)


@pytest.mark.parametrize("last", [date(2026, 10, 31), date(2026, 2, 28), date(2028, 2, 29)])
def test_i9_the_last_day_completes_its_month(last):
    assert completing(last) == [CompletePeriod(f"{last:%Y-%m}", f"registry/day-{last}@1")]


def completing(on, done=(), booked=()):
    intents = list(reactions.note_registry(PLANS, no_uses, Known(done, booked))(bank.day_closed(on)))
    assert [intent.stream for intent in intents] == [f"period-{intent.command.period}" for intent in intents]
    return [intent.command for intent in intents]


def test_i9_a_month_whose_last_day_never_closes_is_completed_when_a_later_one_does():
    friday, monday = date(2026, 10, 30), date(2026, 11, 2)
    assert completing(friday, done=("2026-09",)) == []
    assert completing(monday, done=("2026-09",)) == [CompletePeriod("2026-10", f"registry/day-{monday}@1")]
    assert completing(date(2026, 11, 3), done=("2026-09", "2026-10")) == []


def test_i9_months_that_were_passed_over_are_completed_with_the_next():
    def found(**known):
        return [one.period for one in completing(date(2026, 12, 1), **known)]

    assert found(done=("2026-08", "2026-10")) == ["2026-09", "2026-11"]
    assert found(booked=("2026-10", "2026-12")) == ["2026-10", "2026-11"]
    assert found() == ["2026-11"]


def test_i9_a_sealed_statement_closes_its_period_once():
    (sealed,) = closed(("2026-10", [line(3)], 10)).seals
    event = recorded("incentives", "statements-all", sealed, 2)
    (intent,) = reactions.close_period(event)
    assert isinstance(sealed, StatementSealed)
    assert (intent.stream, intent.command.seq, intent.command.closed_by) == ("period-2026-10", 1, "S0001")
    assert reactions.close_period(bank.cleared()) == []


def test_i1_a_new_plan_is_applied_to_the_deals_that_are_there():
    event = recorded("incentives", "plan-x.1", PlanActivated(PLANS[0].plan, PLANS[0].plan_hash))
    react = reactions.reckon(lambda: PLANS, lambda: ["a", "b"])
    assert [(i.key, i.command) for i in react(event)] == [("a", Reckon("a", PLANS)), ("b", Reckon("b", PLANS))]
    assert list(react(bank.cleared())) == []


def test_a_correction_of_the_bank_is_a_new_fact():
    events = run([*story()[:7], bank.activity(12, count=0, version=2)])
    assert balance(events) == {"S0007": 0, "S0042": 0}
    assert told(events)[-1] == ("adjusted", -600, f"{day(12):%Y-%m}")
