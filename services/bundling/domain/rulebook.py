"""Sets of bundle rules: drafted by one person, published by another, from a day to come on (rules B1, B2)."""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import assert_never, cast

import msgspec
from msgspec.structs import replace

from services.bundling.rule_events import RuleEvent, RulesDrafted, RulesPublished, RulesRejected
from services.bundling.rules.bundles import RULE_SETS, RuleSet
from services.bundling.rules.drafts import faults
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event
from shared.core.places import place_text


class DraftRules(Command, frozen=True):
    rules: RuleSet
    by: str
    on: date


class PublishRules(Command, frozen=True):
    rules_hash: str
    by: str
    on: date


class RejectRules(Command, frozen=True):
    rules_hash: str
    reason: str
    by: str
    on: date


RuleCommand = DraftRules | PublishRules | RejectRules


class Rulebook(msgspec.Struct, frozen=True):
    """``open`` are the drafts that nobody has decided on; ``published`` all sets there are, oldest first."""

    open: Mapping[str, RulesDrafted] = {}
    published: tuple[RuleSet, ...] = RULE_SETS


def rules_hash(rules: RuleSet) -> str:
    return sha256(msgspec.json.encode(rules)).hexdigest()


def decide(state: Rulebook, command: RuleCommand) -> Sequence[RuleEvent]:
    match command:
        case DraftRules(rules=rules, by=by, on=on):
            digest = rules_hash(rules)
            _must_be_sound(state, rules)
            return [] if digest in state.open else [RulesDrafted(digest, rules, by, on)]
        case PublishRules():
            return _publish(state, command)
        case RejectRules(rules_hash=digest, reason=reason, by=by, on=on):
            _open(state, digest)
            return [RulesRejected(digest, reason, by, on)]
        case _:
            assert_never(command)


def _must_be_sound(state: Rulebook, rules: RuleSet) -> None:
    if found := [f"{place_text(place)} {says}" for place, says in faults(rules, state.published)]:
        raise _refused("rules_faulty", "; ".join(found))


def _publish(state: Rulebook, c: PublishRules) -> Sequence[RuleEvent]:
    if any(rules_hash(rules) == c.rules_hash for rules in state.published):
        return []
    drafted = _open(state, c.rules_hash)
    rules = drafted.rules
    if c.by == drafted.by:
        raise _refused("two_persons", "You drafted them yourself. Somebody else must publish them.")
    if rules.effective_from <= c.on:
        message = f"They would hold from {rules.effective_from} on, and it is {c.on}. Draft them for a day to come."
        raise _refused("backdated", message)
    _must_be_sound(state, rules)
    return [RulesPublished(c.rules_hash, rules.version, rules.effective_from, c.by, c.on)]


def _open(state: Rulebook, digest: str) -> RulesDrafted:
    if digest not in state.open:
        raise _refused("no_such_draft", f"No draft {digest} waits for a decision.")
    return state.open[digest]


def _refused(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, rule="B2")


def evolve(state: Rulebook, event: Event) -> Rulebook:
    known = cast("RuleEvent", event)
    match known:
        case RulesDrafted(rules_hash=digest):
            return replace(state, open={**state.open, digest: known})
        case RulesPublished(rules_hash=digest):
            sets = (*state.published, state.open[digest].rules)
            return Rulebook(_without(state.open, digest), sets)
        case RulesRejected(rules_hash=digest):
            return replace(state, open=_without(state.open, digest))
        case _:
            assert_never(known)


def _without(drafts: Mapping[str, RulesDrafted], digest: str) -> Mapping[str, RulesDrafted]:
    return {key: one for key, one in drafts.items() if key != digest}


RULEBOOK: Decider[Rulebook, RuleCommand] = Decider("rulebook", Rulebook(), decide, evolve)
