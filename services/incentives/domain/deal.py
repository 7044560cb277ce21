"""A deal: the facts about one lead's products, and the ledger of credit that follows from them (rules I2, I3).

After each fact ``entitlement`` says which steps the credit should have taken; what is missing in the ledger is posted,
what stands there and should not is taken back by a line that adjusts it. Lines are only ever added.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import assert_never

import msgspec

from services.incentives.domain.entitlement import Step, entitlement
from services.incentives.domain.facts import Fact, Facts, gather, origin, withdraws_nothing
from services.incentives.events import (
    AccountNoted,
    AccountWithdrawn,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    CreditPosted,
    DisputeNoted,
    DormancyNoted,
    DormancyWithdrawn,
    ManagerNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
)
from services.incentives.rules import WHOLE_BPS, ActivePlan, is_of_contest, lead_of, running
from shared.core.decider import Command, Decider
from shared.core.errors import NotYetVisible, RuleBroken
from shared.core.event import Event
from shared.core.ids import derived

Slot = tuple[str, ...]
"""What makes a step and a line the same: everything that pay or its date depends on."""

VESTING = "vesting"
"""Stands in a new line for the line that it changes, until that has its number."""


class Note(Command, frozen=True):
    """Take what one event tells into the deal, under the plans known by now."""

    facts: tuple[Fact, ...]
    plans: tuple[ActivePlan, ...]


class Reckon(Command, frozen=True):
    """Compute the deal again, under plans that have become known since its last fact, and with what was looked up
    anew.
    """

    lead_id: str
    plans: tuple[ActivePlan, ...]
    facts: tuple[Fact, ...] = ()


DealCommand = Note | Reckon
DealEvent = Fact | CreditPosted


class DealState(msgspec.Struct, frozen=True):
    """``standing`` are the lines that no line ``adjusted`` has taken back; ``posted`` counts by (opening, person);
    ``under`` are the hashes of all plans that lines have named.
    """

    facts: Facts = {}
    standing: Mapping[str, CreditPosted] = {}
    posted: Mapping[tuple[str, str], int] = {}
    under: frozenset[str] = frozenset()


def decide(state: DealState, command: DealCommand) -> Sequence[Event]:
    match command:
        case Note(facts=told):
            facts, new = _gathered(state.facts, told)
            if not new:
                return []
            _must_know(state.under, command.plans)
            return [*new, *_lines(state, facts, command.plans, f"after {new[0].source}")]
        case Reckon(facts=told):
            _must_know(state.under, command.plans)
            facts, new = _gathered(state.facts, told)
            return [*new, *_lines(state, facts, command.plans, "after a change of plans")]


def _must_know(under: frozenset[str], plans: Iterable[ActivePlan]) -> None:
    """An active plan is so for ever: where one is missing that lines here follow already, the plans were read before it
    was activated, and what it pays would be taken back. Whoever waits reads them again.
    """
    if not under <= {active.plan_hash for active in plans}:
        raise NotYetVisible("plans_behind", "A plan was activated since the plans were read; read them again.")


def _gathered(facts: Facts, told: Iterable[Fact]) -> tuple[Facts, list[Fact]]:
    """The facts with those that tell something new, and these."""
    new = []
    for fact in told:
        _must_be_whole(fact)
        if withdraws_nothing(facts, fact):
            continue
        after = gather(facts, fact)
        new += [fact] if after is not facts else []
        facts = after
    return facts, new


def _must_be_whole(fact: Fact) -> None:
    if isinstance(fact, SplitNoted) and sum(share.bps for share in fact.shares) != WHOLE_BPS:
        message = f"the shares of lead {fact.lead_id} do not sum to {WHOLE_BPS:,} bps; have the split proposed again"
        raise RuleBroken("split_not_whole", message, rule="I3")


def _lines(state: DealState, facts: Facts, plans: Sequence[ActivePlan], why: str) -> list[CreditPosted]:
    """The difference between what the facts say and what stands: first what is taken back, then what is new."""
    due = {slot(step): step for step in entitlement(facts, plans)}
    kept = _kept(state.standing, due)
    undone = [_undo(line, facts, due.values(), plans, why) for name, line in state.standing.items() if name not in kept]
    vestings = {_credit(line): name for name, line in kept.items() if line.entry == "vested"}
    taken = {slot(line) for line in kept.values()}
    numbered: list[CreditPosted] = []
    posted = dict(state.posted)
    for line in (*undone, *(_line(step) for key, step in due.items() if key not in taken)):
        key = (line.opening_id, line.staff_id)
        posted[key] = posted.get(key, 0) + 1
        line_id = derived(f"deal-{line.lead_id}", *key, str(posted[key]))
        adjusts = vestings[_credit(line)] if line.adjusts == VESTING else line.adjusts
        numbered.append(msgspec.structs.replace(line, line_id=line_id, adjusts=adjusts))
        if line.entry == "vested":
            vestings[_credit(line)] = line_id
    return numbered


def _kept(standing: Mapping[str, CreditPosted], due: Collection[Slot]) -> dict[str, CreditPosted]:
    """The lines that still hold: they are due, and so is the vesting that they change, if any."""
    kept = {name: line for name, line in standing.items() if slot(line) in due}
    return {name: line for name, line in kept.items() if line.adjusts is None or line.adjusts in kept}


def _credit(line: CreditPosted) -> Slot:
    return (line.opening_id, line.indicator, line.staff_id)


def slot(line: Step | CreditPosted) -> Slot:
    """Where a step or a line stands in the life of a person's credit."""
    return (
        line.opening_id,
        line.indicator,
        line.staff_id,
        line.unit_id,
        line.entry,
        str(line.points_milli),
        str(line.stake_milli),
        line.on.isoformat(),
        line.of_period,
        line.plan_hash,
    )


def _line(step: Step) -> CreditPosted:
    """A new line, yet without its number and the number of the vesting that it changes."""
    said = msgspec.structs.asdict(step)
    adjusts = VESTING if said.pop("follows") else None
    return CreditPosted(line_id="", lead_id=lead_of(step.opening_id) or step.opening_id, adjusts=adjusts, **said)


def _undo(
    line: CreditPosted, facts: Facts, due: Collection[Step], plans: Sequence[ActivePlan], why: str
) -> CreditPosted:
    """The line that takes ``line`` back, in the period of that line."""
    undone = msgspec.structs.replace(
        line,
        line_id="",
        entry="adjusted",
        points_milli=-line.points_milli,
        adjusts=line.line_id,
        reason=f"corrected {why}",
        computation=f"{line.entry} of {line.on} no longer follows from the facts: {-line.points_milli:,}",
        evidence=_against(line, facts, due),
    )
    then = running(plans, min(_opened(facts, line.opening_id), default=line.on))
    same = [active for active in then if active.plan.plan_id == line.plan_id]
    # What a contest paid is taken back from it, whatever day the account turns out to be of.
    if not then or (not same and is_of_contest(line.indicator)):
        return undone
    active = (same or then)[0]
    plan = active.plan
    return msgspec.structs.replace(undone, plan_id=plan.plan_id, plan_version=plan.version, plan_hash=active.plan_hash)


def _opened(facts: Facts, opening_id: str) -> list[date]:
    return [f.opened_on for f in facts.values() if isinstance(f, AccountNoted) and f.opening_id == opening_id]


def _against(line: CreditPosted, facts: Facts, due: Collection[Step]) -> tuple[str, ...]:
    """The facts that show that a line is not due: those that stand now in the place of its evidence, what its opening
    rests on otherwise, and the days of use that count now.
    """
    replaced = {origin(source) for source in line.evidence}
    counted = {source for step in due if step.opening_id == line.opening_id for source in step.evidence}
    known = [fact for key, fact in facts.items() if key[0] == "split" or key[1] == line.opening_id]
    uses = {f.source for key, f in facts.items() if key[0] == "use"} - counted
    through = {row for fact in known if isinstance(fact, ManagerNoted) for row in fact.through}
    return tuple(sorted({f.source for f in known if f.source not in uses or origin(f.source) in replaced} | through))


def evolve(state: DealState, event: Event) -> DealState:
    return _evolve(state, event) if isinstance(event, DealEvent) else state


def _evolve(state: DealState, event: DealEvent) -> DealState:
    match event:
        case CreditPosted():
            key = (event.opening_id, event.staff_id)
            if event.entry == "adjusted":
                standing = {name: line for name, line in state.standing.items() if name != event.adjusts}
            else:
                standing = {**state.standing, event.line_id: event}
            posted = {**state.posted, key: state.posted.get(key, 0) + 1}
            return DealState(state.facts, standing, posted, state.under | {event.plan_hash})
        case (
            SplitNoted()
            | OpeningNoted()
            | CheckNoted()
            | AccountNoted()
            | AccountWithdrawn()
            | UseNoted()
            | DormancyNoted()
            | DormancyWithdrawn()
            | AlertNoted()
            | DisputeNoted()
            | ClaimNoted()
            | ManagerNoted()
        ):
            return DealState(gather(state.facts, event), state.standing, state.posted, state.under)
        case _:
            assert_never(event)


DEAL: Decider[DealState, DealCommand] = Decider("deal", DealState(), decide, evolve)
