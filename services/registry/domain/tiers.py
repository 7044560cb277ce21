"""The tiers of a unit's customers, month by month, and the tier of each customer (rule R6)."""

from collections.abc import Mapping
from typing import assert_never

import msgspec

from services.registry.events import TierAssigned, TiersComputed, TiersContinued, TiersRequested
from shared.core.decider import Command, Decider


class RequestTiers(Command, frozen=True):
    unit_id: str
    month: str


class NoteTiers(Command, frozen=True):
    """The cut points of a month. Whether tiers follow from them is decided here."""

    computed: TiersComputed


class ContinueTiers(Command, frozen=True):
    """Go on with the customers whose ids come after ``after``."""

    month: str
    after: str


class AssignTier(Command, frozen=True):
    assigned: TierAssigned


UnitCommand = RequestTiers | NoteTiers | ContinueTiers
UnitEvent = TiersRequested | TiersComputed | TiersContinued


class UnitTiers(msgspec.Struct, frozen=True):
    """The newest computation of each month."""

    months: Mapping[str, TiersComputed] = {}

    @property
    def newest(self) -> TiersComputed | None:
        return self.months[max(self.months)] if self.months else None


class CustomerTier(msgspec.Struct, frozen=True):
    newest: TierAssigned | None = None


def decide_unit(state: UnitTiers, command: UnitCommand) -> list[UnitEvent]:
    """A month that is computed again, after late balances, is a fact only if something came out differently; an older
    month than the newest one corrects its own figures, and nobody's tier.
    """
    match command:
        case RequestTiers(unit_id=unit_id, month=month):
            return [TiersRequested(unit_id, month)]
        case NoteTiers(computed=computed):
            newest = state.newest
            assigns = newest is None or computed.month >= newest.month
            fact = msgspec.structs.replace(computed, assigns=assigns)
            return [] if state.months.get(fact.month) == fact else [fact]
        case ContinueTiers(month=month, after=after):
            last = state.newest
            if last is None or last.month != month:
                return []
            return [TiersContinued(last.unit_id, month, after, last.key_last, last.level_1_last, last.rules_version)]
        case _:
            assert_never(command)


def evolve_unit(state: UnitTiers, event: UnitEvent) -> UnitTiers:
    match event:
        case TiersComputed(month=month):
            return UnitTiers({**state.months, month: event})
        case TiersRequested() | TiersContinued():
            return state
        case _:
            assert_never(event)


def decide_customer(state: CustomerTier, command: AssignTier) -> list[TierAssigned]:
    """A fact only on change: of the tier, or of the unit that the customer belongs to."""
    match command, state.newest:
        case AssignTier(assigned=assigned), None:
            return [assigned]
        case AssignTier(assigned=assigned), newest if assigned.month < newest.month:
            return []
        case AssignTier(assigned=assigned), newest if (assigned.tier, assigned.unit_id) == (
            newest.tier,
            newest.unit_id,
        ):
            return []
        case AssignTier(assigned=assigned), _:
            return [assigned]
        case _:
            assert_never(command)


def evolve_customer(state: CustomerTier, event: TierAssigned) -> CustomerTier:
    match event:
        case TierAssigned():
            return msgspec.structs.replace(state, newest=event)
        case _:
            assert_never(event)


UNIT_TIERS: Decider[UnitTiers, UnitCommand] = Decider("tiers", UnitTiers(), decide_unit, evolve_unit)
CUSTOMER_TIER: Decider[CustomerTier, AssignTier] = Decider("tier", CustomerTier(), decide_customer, evolve_customer)
