"""From the facts of a deal and the plans to every step that its credit should have taken, dated by business date.

``entitlement`` is one pure function: the ledger posts the difference between what it says and what stands, explain and
what-if run it again. Nothing in it depends on the order in which the facts arrived.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from services.incentives.domain.facts import Fact, Facts
from services.incentives.domain.hierarchy import TEAM, leads, rolled_up
from services.incentives.domain.opening import (
    Hold,
    Opening,
    Settlement,
    disputed,
    ends,
    holds,
    merged,
    openings,
    settlements,
    split_for,
    vesting_day,
    window,
)
from services.incentives.events import Entry, Indicator, Plan, SplitNoted, UseNoted
from services.incentives.rules import (
    WHOLE_BPS,
    ActivePlan,
    Part,
    credited_as,
    indicators_for,
    period_of,
    running,
    shared_out,
)
from shared.core.days import later


class Moment(msgspec.Struct, frozen=True):
    """A turn in the life of an opening's credit. ``effect`` times a stake is what it changes in what is paid."""

    entry: Entry
    on: date
    effect: int
    reason: str


class Step(msgspec.Struct, frozen=True):
    """One person's part of a moment: what a line of the ledger must say (see ``CreditPosted``).

    ``follows`` says that it changes what has vested: it counts in the period of the vesting, and names that line.
    """

    opening_id: str
    product: str
    indicator: str
    staff_id: str
    unit_id: str
    entry: Entry
    points_milli: int
    stake_milli: int
    on: date
    of_period: str
    follows: bool
    reason: str
    computation: str
    evidence: tuple[str, ...]
    plan_id: str
    plan_version: int
    plan_hash: str


def entitlement(facts: Facts, plans: Sequence[ActivePlan]) -> tuple[Step, ...]:
    """Every step of every (opening, indicator, person) of a deal, under the plan in force when each was opened and the
    contests of that day.
    """
    steps: list[Step] = []
    for opening in openings(facts):
        for active in running(plans, opening.account.opened_on):
            steps += _steps(opening, active)
    return tuple(steps)


def _steps(opening: Opening, active: ActivePlan) -> Iterable[Step]:
    vested = vesting_day(opening, active.plan.vesting)
    turns = moments(opening, active.plan, vested, ())
    settled = vested or next((turn.on for turn in turns if turn.entry == "reversed"), None)
    split = split_for(opening, settled)
    used = window(opening, active.plan.vesting) if vested is not None else ()
    for indicator in indicators_for(active.plan, opening.request.product):
        for credit in _credits(opening, indicator, split, active.plan):
            part = credit.part
            about = (opening, credit.indicator, part.staff_id)
            in_dispute = disputed(*about, vested) if vested is not None else ()
            own = moments(opening, active.plan, vested, in_dispute) if in_dispute else turns
            changes = settlements(*about, vested) if vested is not None else ()
            for turn, points, stake in _paid(own, part.points_milli, changes):
                counted_uses = used if vested is not None and vested <= turn.on else ()
                evidence = _evidence(opening, split, counted_uses, turn.on, credit)
                step = _step(opening, active, credit, turn)
                follows = vested is not None and turn.on > vested
                counted = vested if vested is not None and follows else turn.on
                yield msgspec.structs.replace(
                    step,
                    points_milli=points,
                    stake_milli=stake,
                    computation=f"{step.computation}; {turn.entry} changes what is paid by {points:,}",
                    evidence=evidence,
                    of_period=period_of(counted),
                    follows=follows,
                )


class Credit(msgspec.Struct, frozen=True):
    """One person's part of what an opening earns, and how it was computed. ``through``: the people by whose hierarchy
    a manager has a part (rule I11).
    """

    indicator: str
    part: Part
    computation: str
    through: frozenset[str] = frozenset()


def _credits(opening: Opening, indicator: Indicator, split: SplitNoted, plan: Plan) -> Iterable[Credit]:
    """The parts of those in the split, and what rolls up to their managers."""
    for part in shared_out(indicator.points_milli, split.shares):
        yield Credit(credited_as(plan, indicator.indicator), part, _computation(indicator, part))
    for lead in leads(split.shares, opening.managers) if plan.roll_up_bps else ():
        rate = plan.roll_up_bps[lead.level - 1] if lead.level <= len(plan.roll_up_bps) else 0
        points = rolled_up(indicator.points_milli, lead.basis_bps, rate)
        if points:
            whole = f"{indicator.indicator} {indicator.points_milli:,} × {lead.basis_bps:,} bps of their people"
            computation = f"{whole} × {rate:,} bps at level {lead.level} = {points:,}"
            part = Part(lead.staff_id, lead.unit_id, rate, points)
            yield Credit(f"{credited_as(plan, indicator.indicator)}{TEAM}", part, computation, lead.through)


def _paid(turns: Sequence[Moment], stake: int, changes: Sequence[Settlement]) -> Iterable[tuple[Moment, int, int]]:
    """Each turn, with what it changes in what is paid, and what is at stake then. An accepted dispute changes the stake
    after all else of its day: at once where the credit stands, with its release where it is held, not where it is gone;
    and never below nothing.
    """
    paid, standing = 0, False
    both: list[Moment | Settlement] = [*turns, *changes]
    for one in sorted(both, key=lambda one: (one.on, isinstance(one, Settlement))):
        if isinstance(one, Settlement):
            after = max(0, stake + one.points_milli)
            if standing and after != stake:
                yield _settled(one, after - stake), after - stake, after
                paid = after
            stake = after
            continue
        standing = one.effect > 0 or (standing and one.entry not in {"held", "reversed"})
        due = stake if standing else 0
        yield one, due - paid, stake
        paid = due
        if one.entry == "reversed":
            return


def _settled(change: Settlement, points_milli: int) -> Moment:
    more = points_milli > 0
    reason = f"dispute {change.dispute_id} was accepted"
    return Moment("awarded" if more else "penalised", change.on, 1 if more else -1, reason)


def moments(opening: Opening, plan: Plan, vested: date | None, in_dispute: Sequence[Hold]) -> tuple[Moment, ...]:
    """The life of an opening's credit: pending, held and released, vested, reversed; ``in_dispute``: the days on which
    somebody's part of it is held besides.
    """
    begun = Moment("pending", opening.account.opened_on, 0, "opened through the lead")
    if vested is None:
        return (begun, *_never_vested(opening))
    rule = plan.vesting
    reason = f"{rule.active_days} days of authenticated use within {rule.window_days} days, and cleared"
    early = [hold for hold in holds(opening) if hold.start <= vested]
    return (
        begun,
        *_held(opening, [(hold.start, hold.end) for hold in early], 0, None),
        Moment("vested", vested, 1, reason),
        *_after(opening, vested, later(vested, plan.reversal_days), in_dispute),
    )


def _never_vested(opening: Opening) -> Iterable[Moment]:
    """Credit that waits; refusal, a confirmed alert or closure ends the waiting, and nothing was paid."""
    end = next((end for end in ends(opening) if end.cause != "dormant"), None)
    spans = [(hold.start, hold.end) for hold in holds(opening)]
    yield from _held(opening, spans, 0, end.on if end else None)
    if end is not None:
        yield Moment("reversed", max(end.on, opening.account.opened_on), 0, f"{end.reason}; nothing was paid")


def _after(opening: Opening, vested: date, limit: date, in_dispute: Sequence[Hold]) -> Iterable[Moment]:
    """What happens to paid credit: held while an alert is open, reversed once and for ever (rule I2).

    Dormancy and closure take back what vested at most ``reversal_days`` before; refusal and a confirmed alert always.
    """
    later = (end for end in ends(opening) if end.on > vested)
    end = next((end for end in later if end.cause in {"refused", "confirmed"} or end.on <= limit), None)
    spans = merged((*(hold for hold in holds(opening) if hold.start > vested), *in_dispute))
    late = [(hold.start, hold.end) for hold in spans]
    turns = list(_held(opening, late, 1, end.on if end else None))
    yield from turns
    if end is not None:
        held = bool(turns) and turns[-1].entry == "held"
        yield Moment("reversed", end.on, 0 if held else -1, f"{end.reason}{'; nothing stood paid' if held else ''}")


def _held(
    opening: Opening, spans: Sequence[tuple[date, date | None]], paid: int, before: date | None
) -> Iterable[Moment]:
    """Holds and releases that fall before a day, and no earlier than the opening itself."""
    for start, end in spans:
        begin = max(start, opening.account.opened_on)
        if (end is not None and end < begin) or (before is not None and begin >= before):
            continue
        yield Moment("held", begin, -paid, "an alert or a dispute is open")
        if end is not None and (before is None or end < before):
            yield Moment("released", end, paid, "no alert and no dispute is open any more")


def _evidence(
    opening: Opening, split: SplitNoted, used: Sequence[UseNoted], on: date, credit: Credit
) -> tuple[str, ...]:
    """The sources from which a moment can be computed again: what it rests on, and what stood beside it by then."""
    managers = [opening.managers[staff_id] for staff_id in sorted(credit.through)]
    always: list[Fact] = [opening.splits[0], split, opening.request, opening.account, *used, *managers]
    mine = (dispute for dispute in opening.disputes if dispute.staff_id == credit.part.staff_id)
    dated = (opening.cleared, opening.refused, *opening.dormancies, *opening.alerts, *mine)
    told = [fact.source for fact in (*always, *(f for f in dated if f and f.on <= on))]
    return tuple(dict.fromkeys([*told, *(row for manager in managers for row in manager.through)]))


def _computation(indicator: Indicator, part: Part) -> str:
    whole = f"{indicator.indicator} {indicator.points_milli:,} × {part.bps:,} bps = {part.points_milli:,}"
    rounded = " (largest remainder)" if indicator.points_milli * part.bps % WHOLE_BPS else ""
    return f"{whole}{rounded}"


def _step(opening: Opening, active: ActivePlan, credit: Credit, turn: Moment) -> Step:
    """The step of one person; its points, evidence and period are set by the caller, who knows what came before."""
    return Step(
        opening_id=opening.request.opening_id,
        product=opening.request.product,
        indicator=credit.indicator,
        staff_id=credit.part.staff_id,
        unit_id=credit.part.unit_id,
        entry=turn.entry,
        points_milli=0,
        stake_milli=credit.part.points_milli,
        on=turn.on,
        of_period="",
        follows=False,
        reason=turn.reason,
        computation=credit.computation,
        evidence=(),
        plan_id=active.plan.plan_id,
        plan_version=active.plan.version,
        plan_hash=active.plan_hash,
    )
