"""The facts of a deal, gathered in any order: of two about the same thing the newer source stands.

Nothing here depends on the order of arrival, so that any interleaving of the services ends in the same facts.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.incentives.events import (
    AccountNoted,
    AccountWithdrawn,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    DisputeNoted,
    DormancyNoted,
    DormancyWithdrawn,
    ManagerNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
)

Fact = (
    SplitNoted
    | OpeningNoted
    | CheckNoted
    | AccountNoted
    | AccountWithdrawn
    | UseNoted
    | DormancyNoted
    | DormancyWithdrawn
    | AlertNoted
    | DisputeNoted
    | ClaimNoted
    | ManagerNoted
)
Identity = tuple[str, ...]
Facts = Mapping[Identity, Fact]


def identity(fact: Fact) -> Identity:
    """What a fact is about: a later one with the same identity replaces it."""
    return _ABOUT[type(fact)](fact)


def origin(source: str) -> str:
    """The stream that an event id points into: ``leads/lead-1@7`` → ``leads/lead-1``."""
    return source.rpartition("@")[0]


def newer(fact: Fact, known: Fact | None) -> bool:
    """Whether ``fact`` tells more than the known one: the first of its identity, or a later version of its source."""
    return known is None or _order(fact) > _order(known)


def _order(fact: Fact) -> tuple[tuple[int, str], ...]:
    """A manager's word rests on several rows: on the first that differs, it is of the same person."""
    return (source_order(fact.source), *(map(source_order, fact.through) if isinstance(fact, ManagerNoted) else ()))


def source_order(source: str) -> tuple[int, str]:
    """Of two words about the same thing, the one of the later version stands."""
    stream, _, version = source.rpartition("@")
    return (int(version) if version.isdigit() else 0, stream)


def gather(facts: Facts, fact: Fact) -> Facts:
    """``facts`` with one more; unchanged (the same object) where it tells nothing new."""
    key = identity(fact)
    return {**facts, key: fact} if newer(fact, facts.get(key)) else facts


def withdraws_nothing(facts: Facts, fact: Fact) -> bool:
    """Whether it takes back what was never noted. Who notes and who withdraws do so in the order of one stream."""
    return isinstance(fact, AccountWithdrawn | DormancyWithdrawn) and identity(fact) not in facts


def gathered(facts: Iterable[Fact]) -> Facts:
    known: dict[Identity, Fact] = {}
    for fact in facts:
        if newer(fact, known.get(identity(fact))):
            known[identity(fact)] = fact
    return known


_ABOUT: Mapping[type[Fact], Callable[[Any], Identity]] = {
    SplitNoted: lambda f: ("split", f"{f.proposal:06}"),
    OpeningNoted: lambda f: ("opening", f.opening_id),
    CheckNoted: lambda f: ("check", f.opening_id, "cleared" if f.cleared else "refused"),
    AccountNoted: lambda f: ("account", f.opening_id, f.holding_id),
    AccountWithdrawn: lambda f: ("account", f.opening_id, f.holding_id),
    UseNoted: lambda f: ("use", f.opening_id, f.holding_id, f.on.isoformat()),
    DormancyNoted: lambda f: ("dormancy", f.opening_id, f.on.isoformat()),
    DormancyWithdrawn: lambda f: ("dormancy", f.opening_id, f.on.isoformat()),
    AlertNoted: lambda f: ("alert", f.opening_id, f.alert_id, "open" if f.state == "open" else "resolved"),
    DisputeNoted: lambda f: ("dispute", f.opening_id, f.dispute_id, f.state),
    ClaimNoted: lambda f: ("claim", f.opening_id, origin(f.source)),  # a corrected account may have had two
    ManagerNoted: lambda f: ("manager", f.opening_id, f.staff_id, f.on.isoformat()),
}
