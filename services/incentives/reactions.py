"""What other services have recorded becomes facts of a deal; what is sealed here closes its period.

Each factory is given what the service knows now, and answers a pure reaction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Literal, Protocol

from services.bundling import events as bundling
from services.compliance import events as compliance
from services.incentives.claim_events import AccountClaimed, AccountPlaced, AccountReleased, ClaimDecided
from services.incentives.dispute_events import DisputeDecided, DisputeRaised
from services.incentives.domain.claim import CLAIM, PLACED, ClaimAccount, PlaceAccount, ReleaseAccount, claim_of
from services.incentives.domain.deal import DEAL, Note, Reckon
from services.incentives.domain.facts import Fact, Facts
from services.incentives.domain.hierarchy import Posts, managers_noted
from services.incentives.domain.period import PERIOD, ClosePeriod, CompletePeriod
from services.incentives.domain.score import SCORE, NoteWork, ReckonScore, is_term, key_of
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
    PeriodCompleted,
    PlanActivated,
    Share,
    SplitNoted,
    StatementSealed,
    UseNoted,
    WorkNoted,
)
from services.incentives.rules import ActivePlan, lead_of, period_of, periods
from services.leads import events as leads
from services.registry import events as registry
from shared.core.event import Event
from shared.core.months import month_over
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

Plans = tuple[ActivePlan, ...]
FOLLOWED: Mapping[str, tuple[type[Event], ...]] = {
    "leads": (leads.LeadActivated, leads.WorkMonthCounted),
    "bundling": (bundling.OpeningRequested, bundling.ItemDormant, bundling.ItemActive),
    "compliance": (
        compliance.OpeningCleared,
        compliance.OpeningRefused,
        compliance.AlertOpened,
        compliance.AlertConfirmed,
        compliance.AlertDismissed,
    ),
    "registry": (registry.HoldingRecorded, registry.ActivityRecorded, registry.DayClosed),
}
"""The events of others that the reactions here follow, by service."""


def note(plans: Plans) -> Reaction:
    """Take what an event says of an opening or a split into its deal."""
    return lambda recorded: _noted(facts_of(recorded), plans)


def _noted(facts: Iterable[Fact], plans: Plans) -> list[Intent]:
    deals: dict[str, list[Fact]] = {}
    for fact in facts:
        if lead_id := _lead(fact):
            deals.setdefault(lead_id, []).append(fact)
    return [Intent(DEAL, lead_id, Note(facts=tuple(facts), plans=plans)) for lead_id, facts in deals.items()]


Uses = Callable[[str], Iterable[Recorded]]
"""By holding, what registry has recorded of its use so far."""


class Months(Protocol):
    """What is known of months."""

    def completed(self) -> Collection[str]:
        """Those that are over."""

    def before(self, month: str) -> Collection[str]:
        """Those before one of which anything is in the books."""


def note_registry(plans: Plans, uses: Uses, months: Months) -> Reaction:
    """Facts of the bank's own systems, and the end of a month: one place in registry's log, so that a month is
    complete only after the facts that came before its end.
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        told = [*facts_of(recorded), *earlier_uses(recorded, uses)]
        return complete_periods(recorded, months) or [*_noted(told, plans), *claim_account(recorded)]

    return react


def earlier_uses(recorded: Recorded, uses: Uses) -> Iterable[UseNoted]:
    """The row of an account was corrected → it may count for another opening now, and its uses until then with it."""
    match recorded.event:
        case registry.HoldingRecorded(opening_ref=str() as opening_id) as row if lead_of(opening_id):
            for told in uses(row.holding_id) if recorded.version > 1 else ():
                match told.event:
                    case registry.ActivityRecorded(holding_id=row.holding_id) as use:
                        about = (opening_id, use.holding_id, use.authenticated_uses, use.business_date)
                        yield UseNoted(*about, told.id)


def claim_account(recorded: Recorded) -> list[Intent]:
    """An account that an opening of ours led to → the claims on that product of that customer; and one of which a
    correction says that it was another, or none of ours.
    """
    match recorded.event:
        case registry.HoldingRecorded() as row:
            opening_id = row.opening_ref if row.opening_ref and lead_of(row.opening_ref) else None
            if opening_id is None and recorded.version == 1:
                return []
            place = PlaceAccount(row.holding_id, row.customer_id, row.product, opening_id, recorded.id)
            placed = Intent(PLACED, row.holding_id, place)
            if opening_id is None:
                return [placed]
            about = (row.customer_id, row.product, opening_id, row.holding_id)
            claimed = AccountClaimed(*about, row.opened_on, row.closed_on, recorded.id)
            return [placed, Intent(CLAIM, claim_of(row.customer_id, row.product), ClaimAccount(claimed))]
    return []


def release_claims(plans: Plans) -> Reaction:
    """An account whose customer, product or opening was corrected → it is taken away from the claim and from the deal
    in which it stood.
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case AccountPlaced(before=(customer_id, product)) as placed:
                intents = []
                if placed.opening_id is None or (customer_id, product) != (placed.customer_id, placed.product):
                    released = AccountReleased(customer_id, product, placed.holding_id, placed.source)
                    intents = [Intent(CLAIM, claim_of(customer_id, product), ReleaseAccount(released))]
                gone = [AccountWithdrawn(placed.left, placed.holding_id, placed.source)] if placed.left else []
                return [*intents, *_noted(gone, plans)]
        return []

    return react


def note_claims(plans: Plans) -> Reaction:
    """What was decided about a claim → the deal of that opening."""

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case ClaimDecided() as decided if lead_id := lead_of(decided.opening_id):
                fact = ClaimNoted(decided.opening_id, decided.because_of, decided.on, recorded.id)
                return [Intent(DEAL, lead_id, Note((fact,), plans))]
        return []

    return react


def facts_of(recorded: Recorded) -> Sequence[Fact]:
    """What an event tells of deals: mostly one thing of one; an alert, of each opening that it touches."""
    event, source = recorded.event, recorded.id
    match event:
        case compliance.AlertOpened(openings=openings):
            return [AlertNoted(one, event.alert_id, "open", event.on, source) for one in openings]
        case compliance.AlertConfirmed(openings=openings):
            return [AlertNoted(one, event.alert_id, "confirmed", event.on, source) for one in openings]
        case compliance.AlertDismissed(openings=openings):
            return [AlertNoted(one, event.alert_id, "dismissed", event.on, source) for one in openings]
    fact = _fact_of(recorded)
    return [] if fact is None else [fact]


def note_disputes(plans: Plans) -> Reaction:
    """A dispute about credit that vested holds it in its deal until it is decided (rule I10)."""

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case DisputeRaised() as said:
                state: Literal["open", "closed"] = "open"
                points = 0
            case DisputeDecided() as said:
                state, points = "closed", said.points_milli
            case _:
                return []
        line = said.line
        if line.entry != "vested":
            return []
        about = (line.opening_id, line.indicator, line.staff_id, said.dispute_id)
        return [Intent(DEAL, line.lead_id, Note((DisputeNoted(*about, state, points, said.on, recorded.id),), plans))]

    return react


def _fact_of(recorded: Recorded) -> Fact | None:
    event, source = recorded.event, recorded.id
    match event:
        case leads.LeadActivated():
            shares = tuple(Share(s.line, s.staff_id, s.unit_id, s.bps) for s in event.shares)
            return SplitNoted(event.lead_id, event.proposal, shares, event.on, source)
        case registry.HoldingRecorded(opening_ref=str() as opening_id):
            return AccountNoted(opening_id, event.holding_id, event.opened_on, event.closed_on, source)
        case registry.ActivityRecorded(opening_ref=str() as opening_id):
            return UseNoted(opening_id, event.holding_id, event.authenticated_uses, event.business_date, source)
        case _:
            return _of_bundling(event, source) or _checked(event, source)


def _of_bundling(event: Event, source: str) -> Fact | None:
    match event:
        case bundling.OpeningRequested():
            return OpeningNoted(event.lead_id, event.opening_id, event.product, event.on, source)
        case bundling.ItemDormant():
            return DormancyNoted(event.opening_id, event.on, source)
        case bundling.ItemActive():  # on a day on which it had been told dormant: uses came late
            return DormancyWithdrawn(event.opening_id, event.on, source)
        case _:
            return None


def _checked(event: Event, source: str) -> CheckNoted | None:
    match event:
        case compliance.OpeningCleared():
            return CheckNoted(event.opening_id, cleared=True, rule=None, on=event.on, source=source)
        case compliance.OpeningRefused():
            return CheckNoted(event.opening_id, cleared=False, rule=event.rule, on=event.on, source=source)
        case _:
            return None


def _lead(fact: Fact) -> str | None:
    """The deal that a fact belongs to; None for a reference that the bank's systems made up themselves."""
    return fact.lead_id if isinstance(fact, SplitNoted) else lead_of(fact.opening_id)


def note_leads(plans: Plans) -> Reaction:
    """Splits, and what the months of people's work came to."""
    note_fact = note(plans)

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case leads.WorkMonthCounted() as told:
                about = (told.staff_id, told.unit_id, told.month)
                work = WorkNoted(*about, told.fulfilment_bps, told.on, recorded.id)
                return [Intent(SCORE, key_of(told.staff_id, told.month), NoteWork(work))]
        return note_fact(recorded)

    return react


SCORE_FACTS = (PeriodCompleted, PlanActivated, CreditPosted, WorkNoted)


def reckon_scores(
    completed: Callable[[], Collection[str]],
    reckonings: Callable[[str, str | None], Sequence[ReckonScore]],
) -> Reaction:
    """A month is over → everybody's score of it (rule I5); and again, for whom what it rests on changes later.

    ``completed``: the months that are over. ``reckonings``: of a month, of one person or of everybody, from what the
    ledger knows by now. A plan that was activated while its first month was closed changes that one late (rule I9).
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case PeriodCompleted(period=period):
                found = reckonings(period, None)
            case PlanActivated(plan=plan):
                begins = period_of(plan.effective_from)
                found = [one for month in sorted(completed()) if month >= begins for one in reckonings(month, None)]
            case CreditPosted(of_period=period, staff_id=staff_id) as line if line.points_milli:
                late = not is_term(line.indicator) and period in completed()
                found = reckonings(period, staff_id) if late else ()
            case WorkNoted(month=period, staff_id=staff_id):
                found = reckonings(period, staff_id) if period in completed() else ()
            case _:
                found = ()
        return [Intent(SCORE, key_of(one.staff_id, one.period), one) for one in found]

    return react


def note_managers(state: Callable[[str], Facts], posts: Posts, plans: Plans) -> Reaction:
    """An account was opened, or a split agreed → who led those in the split on the day of the opening (rule I11).

    ``state``: a deal's facts by lead, as its log has them now.
    """

    def react(recorded: Recorded) -> Iterable[Intent]:
        match recorded.event:
            case AccountNoted(opening_id=opening_id):
                lead_id = lead_of(opening_id)
            case SplitNoted(lead_id=lead_id):
                pass
            case _:
                return []
        found = managers_of(state(lead_id), posts) if lead_id else ()
        return [Intent(DEAL, lead_id, Note(found, plans))] if lead_id and found else []

    return react


def managers_of(facts: Facts, posts: Posts) -> tuple[ManagerNoted, ...]:
    """Who led those in the splits of a deal, on the days on which its accounts were opened."""
    people = {share.staff_id for fact in facts.values() if isinstance(fact, SplitNoted) for share in fact.shares}
    opened = sorted({(f.opening_id, f.opened_on) for f in facts.values() if isinstance(f, AccountNoted)})
    return tuple(chain.from_iterable(managers_noted(opening_id, people, on, posts) for opening_id, on in opened))


def complete_periods(recorded: Recorded, months: Months) -> list[Intent]:
    """The close of a month's last day completes the month (rule I9); where that day never closes, as in a bank that
    closes working days only, a later one does, and with it those before that were passed over.
    """
    match recorded.event:
        case registry.DayClosed(business_date=day):
            over, done = month_over(day), months.completed()
            if over in done:
                return []
            first = min({over, *done})
            due = (one for one in periods(min({first, *months.before(first)}), over) if one not in done)
            return [Intent(PERIOD, period, CompletePeriod(period, recorded.id)) for period in due]
        case _:
            return []


def close_period(recorded: Recorded) -> list[Intent]:
    """A sealed statement is the close itself; the period's own stream follows (rule I9)."""
    match recorded.event:
        case StatementSealed(kind="period") as seal:
            return [Intent(PERIOD, seal.period, ClosePeriod(seal.period, seal.seq, recorded.meta.actor))]
        case _:
            return []


def reckon(plans: Callable[[], Plans], deals: Callable[[], Iterable[str]]) -> Reaction:
    """A plan that became active is applied to the deals that are there already (rule I1)."""

    def react(recorded: Recorded) -> Iterable[Intent]:
        if not isinstance(recorded.event, PlanActivated):
            return []
        known = plans()
        return [Intent(DEAL, lead_id, Reckon(lead_id, known)) for lead_id in deals()]

    return react
