"""The facts of a deal, gathered in any order: of two about the same thing the newer source stands.

Nothing here depends on the order of arrival, so that any interleaving of the services ends in the same facts.
"""

from collections.abc import Iterable, Mapping
from typing import assert_never

from services.incentives.events import (
    AccountNoted,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    DisputeNoted,
    DormancyNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
)

Fact = (
    SplitNoted
    | OpeningNoted
    | CheckNoted
    | AccountNoted
    | UseNoted
    | DormancyNoted
    | AlertNoted
    | DisputeNoted
    | ClaimNoted
)
Identity = tuple[str, ...]
Facts = Mapping[Identity, Fact]


def identity(fact: Fact) -> Identity:
    """What a fact is about: a later one with the same identity replaces it."""
    key: Identity
    match fact:
        case SplitNoted():
            key = ("split", f"{fact.proposal:06}")
        case OpeningNoted():
            key = ("opening", fact.opening_id)
        case CheckNoted():
            key = ("check", fact.opening_id, "cleared" if fact.cleared else "refused")
        case AccountNoted():
            key = ("account", fact.opening_id, fact.holding_id)
        case UseNoted():
            key = ("use", fact.opening_id, fact.holding_id, fact.on.isoformat())
        case DormancyNoted():
            key = ("dormancy", fact.opening_id, fact.on.isoformat())
        case AlertNoted():
            key = ("alert", fact.opening_id, fact.alert_id, "open" if fact.state == "open" else "resolved")
        case DisputeNoted():
            key = ("dispute", fact.opening_id, fact.dispute_id, fact.state)
        case ClaimNoted():
            key = ("claim", fact.opening_id, origin(fact.source))  # a corrected account may have had two
        case _:
            assert_never(fact)
    return key


def origin(source: str) -> str:
    """The stream that an event id points into: ``leads/lead-1@7`` → ``leads/lead-1``."""
    return source.rpartition("@")[0]


def newer(fact: Fact, known: Fact | None) -> bool:
    """Whether ``fact`` tells more than the known one: the first of its identity, or a later version of its source."""
    return known is None or source_order(fact.source) > source_order(known.source)


def source_order(source: str) -> tuple[int, str]:
    """Of two words about the same thing, the one of the later version stands."""
    stream, _, version = source.rpartition("@")
    return (int(version) if version.isdigit() else 0, stream)


def gather(facts: Facts, fact: Fact) -> Facts:
    """``facts`` with one more; unchanged (the same object) where it tells nothing new."""
    key = identity(fact)
    return {**facts, key: fact} if newer(fact, facts.get(key)) else facts


def gathered(facts: Iterable[Fact]) -> Facts:
    known: dict[Identity, Fact] = {}
    for fact in facts:
        if newer(fact, known.get(identity(fact))):
            known[identity(fact)] = fact
    return known
