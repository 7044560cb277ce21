"""A service small enough to see through: an account that is opened and takes money."""

from datetime import UTC, datetime

from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event
from shared.core.ids import partition_of
from shared.core.recorded import Commit, Meta

NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)


class AccountOpened(Event, frozen=True, tag="account_opened"):
    owner: str


class MoneyTaken(Event, frozen=True, tag="money_taken"):
    amount: int


class OpenAccount(Command, frozen=True):
    owner: str


class TakeMoney(Command, frozen=True):
    amount: int
    times: int = 1


EVENTS = (AccountOpened, MoneyTaken)


def decide(state, command):
    match command:
        case OpenAccount(owner=owner):
            return [] if state is not None else [AccountOpened(owner)]
        case TakeMoney(amount=amount, times=times):
            if amount <= 0:
                raise RuleBroken("bad_amount", "Take more than nothing.", rule="X1")
            return [MoneyTaken(amount)] * times


def evolve(state, event):
    match event:
        case AccountOpened():
            return state or 0
        case MoneyTaken(amount=amount):
            return (state or 0) + amount


ACCOUNT = Decider("account", None, decide, evolve)


def commit(stream, version, *events, command=None, partitions=1, service="bank"):
    return Commit(
        service=service,
        stream=stream,
        version=version,
        partition=partition_of(stream, partitions),
        events=events or (MoneyTaken(1),),
        meta=Meta(command_id=command or f"c-{stream}-{version}", actor="S0001"),
        recorded_at=NOON,
    )
