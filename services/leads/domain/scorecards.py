"""The bank's scorecards: a card is submitted, and a second person puts it in force. Rule L5.

A card may replace the one in force once it ranks the leads that were held back from learning better than that one does.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.leads.score_events import (
    ScorecardEvent,
    ScorecardPutInForce,
    ScorecardRejected,
    ScorecardSubmitted,
    Trial,
)
from services.leads.scorecard.card import Card, card_hash, dump_card
from services.leads.scorecard.default import DEFAULT
from services.leads.scorecard.facts import ATTRIBUTES
from services.leads.scorecard.trial import TRIAL
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event

BANK = "bank"
OUTCOME, WON = "outcome", "won"
"""What a card of leads foretells."""


class SubmitScorecard(Command, frozen=True):
    card: Card
    trial: Trial
    by: str
    on: date


class ApproveScorecard(Command, frozen=True):
    """Names the card by its content: the approver gets what they looked at."""

    card_hash: str
    by: str
    on: date


class RejectScorecard(Command, frozen=True):
    card_hash: str
    reason: str
    by: str
    on: date


ScorecardCommand = SubmitScorecard | ApproveScorecard | RejectScorecard


class Scorecards(msgspec.Struct, frozen=True):
    """``submitted`` by hash, the latest of each; ``open`` are the hashes that nobody decided on."""

    count: int = 0
    submitted: Mapping[str, ScorecardSubmitted] = {}
    open: frozenset[str] = frozenset()
    in_force: ScorecardSubmitted | None = None

    @property
    def hash_in_force(self) -> str:
        return self.in_force.card_hash if self.in_force else card_hash(DEFAULT)


def decide(state: Scorecards, command: ScorecardCommand) -> Sequence[ScorecardEvent]:
    match command:
        case SubmitScorecard():
            return _submit(state, command)
        case ApproveScorecard():
            return _approve(state, command)
        case RejectScorecard(card_hash=digest, reason=reason, by=by, on=on):
            return [ScorecardRejected(_undecided(state, digest).number, digest, reason, by, on)]
        case _:
            assert_never(command)


def _submit(state: Scorecards, c: SubmitScorecard) -> Sequence[ScorecardEvent]:
    digest, name = card_hash(c.card), f"{c.card.name}@{c.card.version}"
    if digest == state.hash_in_force:
        raise _refused("in_force", f"{name} is the card in force.")
    if digest in state.open:
        return []
    _must_fit(c.card)
    _must_win(state, c.trial)
    return [
        ScorecardSubmitted(
            number=state.count + 1,
            card=name,
            card_hash=digest,
            content=dump_card(c.card).decode(),
            trial=c.trial,
            rules_version=TRIAL.version,
            by=c.by,
            on=c.on,
        )
    ]


def _must_fit(card: Card) -> None:
    if unknown := [name for name in card.attributes if name not in ATTRIBUTES]:
        message = (
            f"Leads record no {', '.join(unknown)}; they record {', '.join(ATTRIBUTES)}. Learn from their records."
        )
        raise _refused("unknown_attribute", message)
    if (card.target, card.positive) != (OUTCOME, WON):
        message = f"It foretells {card.target} = {card.positive}; a lead's score foretells {OUTCOME} = {WON}."
        raise _refused("other_target", message)


def _must_win(state: Scorecards, trial: Trial) -> None:
    if trial.rival_hash != state.hash_in_force:
        raise _refused(
            "rival_changed", "Another card came in force meanwhile. Submit again, to be compared with that one."
        )
    if min(trial.won, trial.leads - trial.won) < TRIAL.fewest:
        message = (
            f"Of the leads held back from learning {trial.won} were won and {trial.leads - trial.won} lost;"
            f" {TRIAL.fewest} of each are needed to judge. Wait for more leads to end."
        )
        raise _refused("too_few_leads", message)
    if trial.auc_bps <= trial.rival_auc_bps:
        message = (
            f"On {trial.leads} leads held back from learning its AUC is {trial.auc_bps / 10_000:.4f}; the card in force"
            f" has {trial.rival_auc_bps / 10_000:.4f}. Only a better one may replace it."
        )
        raise _refused("not_better", message)


def _approve(state: Scorecards, c: ApproveScorecard) -> Sequence[ScorecardEvent]:
    if state.in_force is not None and state.in_force.card_hash == c.card_hash:
        return []
    submitted = _undecided(state, c.card_hash)
    if c.by == submitted.by:
        raise _refused("two_persons", "You submitted it yourself. Somebody else must put it in force.")
    if submitted.trial.rival_hash != state.hash_in_force:
        message = "It was compared with a card that is no longer in force. Reject it and submit it again."
        raise _refused("rival_changed", message)
    return [ScorecardPutInForce(submitted.number, c.card_hash, state.hash_in_force, c.by, c.on)]


def _undecided(state: Scorecards, digest: str) -> ScorecardSubmitted:
    if digest not in state.submitted:
        raise _refused("no_such_card", f"No card {digest} was submitted.")
    if digest not in state.open:
        message = f"Card {state.submitted[digest].card} has been decided on already. It may be submitted again."
        raise _refused("decided", message)
    return state.submitted[digest]


def _refused(code: str, message: str) -> RuleBroken:
    return RuleBroken(code, message, rule="L5")


def evolve(state: Scorecards, event: Event) -> Scorecards:
    known = cast("ScorecardEvent", event)
    match known:
        case ScorecardSubmitted(number=count, card_hash=digest):
            return Scorecards(count, {**state.submitted, digest: known}, state.open | {digest}, state.in_force)
        case ScorecardPutInForce(card_hash=digest):
            return Scorecards(state.count, state.submitted, state.open - {digest}, state.submitted[digest])
        case ScorecardRejected(card_hash=digest):
            return Scorecards(state.count, state.submitted, state.open - {digest}, state.in_force)
        case _:
            assert_never(known)


SCORECARDS: Decider[Scorecards, ScorecardCommand] = Decider("scorecards", Scorecards(), decide, evolve)
