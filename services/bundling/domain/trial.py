"""One customer's first offer by a rule, or their being held out of it, and what came of it (rule B8)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.bundling.rules.facts import Facts
from services.bundling.rules.trials import HORIZONS, use_of
from services.bundling.trial_events import PopularityCounted, TrialBegun, TrialMeasured
from shared.core.decider import Command, Decider
from shared.core.event import Event


class BeginTrial(Command, frozen=True):
    begun: TrialBegun


class MeasureTrial(Command, frozen=True):
    """``on`` has closed: whatever is due by then is measured, from what is known of the customer."""

    facts: Facts
    on: date


TrialCommand = BeginTrial | MeasureTrial


class Trial(msgspec.Struct, frozen=True):
    begun: TrialBegun | None = None
    measured: tuple[int, ...] = ()


def decide(state: Trial, command: TrialCommand) -> Sequence[TrialBegun | TrialMeasured]:
    """Only the first offer by a version of a rule counts: a customer asked twice is not two customers."""
    match command:
        case BeginTrial(begun=begun):
            return [] if state.begun else [begun]
        case MeasureTrial():
            return [_measured(state.begun, days, command) for days in _due(state, command.on)] if state.begun else []
        case _:
            assert_never(command)


def _due(state: Trial, on: date) -> list[int]:
    passed = (on - state.begun.on).days if state.begun else 0
    return [days for days in HORIZONS if days <= passed and days not in state.measured]


def _measured(begun: TrialBegun, days: int, c: MeasureTrial) -> TrialMeasured:
    rule, popular = (
        use_of(products, c.facts, begun.active, begun.on, days) for products in (begun.items, begun.popular)
    )
    return TrialMeasured(
        trial_id=begun.trial_id,
        days=days,
        used=rule.used,
        active=rule.active,
        popular_used=popular.used,
        popular_active=popular.active,
        on=c.on,
    )


def evolve(state: Trial, event: Event) -> Trial:
    known = cast("TrialBegun | TrialMeasured", event)
    match known:
        case TrialBegun():
            return Trial(known)
        case TrialMeasured(days=days):
            return replace(state, measured=(*state.measured, days))
        case _:
            assert_never(known)


TRIAL: Decider[Trial, TrialCommand] = Decider("trial", Trial(), decide, evolve)


class CountPopularity(Command, frozen=True):
    month: str
    company: Mapping[str, int]
    person: Mapping[str, int]
    on: date


def _count(counted: bool, c: CountPopularity) -> Sequence[PopularityCounted]:
    return [] if counted else [PopularityCounted(c.month, c.company, c.person, c.on)]


POPULARITY: Decider[bool, CountPopularity] = Decider(
    "popularity", initial=False, decide=_count, evolve=lambda _, __: True
)
