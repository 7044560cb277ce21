"""Two customers who are probably one person or firm, and what somebody who looked at them says (rule L4)."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.registry.events import CustomersMatched, MatchJudged, MatchReason
from services.registry.rules.matching import MatchRules
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event

MatchEvent = CustomersMatched | MatchJudged


class NoteMatch(Command, frozen=True):
    """What a comparison of the two came to, by the ``rules`` that it followed."""

    one_id: str
    other_id: str
    score: int
    reasons: tuple[MatchReason, ...]
    rules: MatchRules
    on: date


class JudgeMatch(Command, frozen=True):
    """``same``: they are one; else they are not, and stay two. ``reason`` names nobody: it is kept."""

    same: bool
    reason: str
    by: str
    on: date


class Match(msgspec.Struct, frozen=True):
    found: CustomersMatched | None = None
    same: bool | None = None


def decide(state: Match, command: NoteMatch | JudgeMatch) -> Sequence[MatchEvent]:
    """A pair that is no longer alike is noted too, where it was before."""
    found = state.found
    match command:
        case NoteMatch(score=score, reasons=reasons, rules=rules):
            known = found is not None and (found.score, found.reasons) == (score, reasons)
            if known or (found is None and score < rules.listed):
                return []
            one, other = sorted((command.one_id, command.other_id))
            strong = score >= rules.strong
            return [CustomersMatched(one, other, score, reasons, strong, rules.version, command.on)]
        case JudgeMatch(same=same):
            if found is None:
                raise RuleBroken("no_match", "These two were not found to be alike. Check the pair.", rule="L4")
            if state.same == same:
                return []
            return [MatchJudged(found.one_id, found.other_id, same, command.reason, command.by, command.on)]
        case _:
            assert_never(command)


def evolve(state: Match, event: Event) -> Match:
    known = cast("MatchEvent", event)
    match known:
        case CustomersMatched():
            return msgspec.structs.replace(state, found=known)
        case MatchJudged(same=same):
            return msgspec.structs.replace(state, same=same)
        case _:
            assert_never(known)


def match_of(one_id: str, other_id: str) -> str:
    """The key of a pair, whichever is named first."""
    return ".".join(sorted((one_id, other_id)))


MATCH: Decider[Match, NoteMatch | JudgeMatch] = Decider("match", Match(), decide, evolve)
