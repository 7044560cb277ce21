"""The second opinion: what everybody should stand at, computed again from the raw facts, day by day (rule I12).

Written apart from ``domain`` on purpose, and in another manner: it walks through the days of each opening and keeps a
till, where the ledger computes intervals and posts differences. A period closes only where both agree. Share no code
with ``domain`` here, or a mistake there would agree with itself.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from services.incentives.award_events import AwardApproved, AwardProposed
from services.incentives.claim_events import AccountClaimed, AccountReleased, ClaimDecided
from services.incentives.dispute_events import DisputeDecided, DisputeRaised
from services.incentives.events import (
    AccountNoted,
    AccountWithdrawn,
    AlertNoted,
    CheckNoted,
    DisputeNoted,
    DormancyNoted,
    DormancyWithdrawn,
    ManagerNoted,
    OpeningNoted,
    PeriodCompleted,
    Plan,
    PlanActivated,
    SplitNoted,
    UseNoted,
    WorkNoted,
)
from shared.core.event import Event

Total = tuple[str, str, str]
"""Lead, award or score, person, month."""
FOREVER = date.max
HALF_YEAR = 180


class Dossier:
    """The newest word about each thing of one opening."""

    def __init__(self) -> None:
        self.words: dict[str, Any] = {}

    def take(self, about: str, fact: Any) -> None:
        known = self.words.get(about)
        if known is None or _versions(fact) > _versions(known):
            self.words[about] = fact

    def of(self, kind: type[Any]) -> list[Any]:
        return [fact for fact in self.words.values() if isinstance(fact, kind)]


def _after(day: date, days: int) -> date:
    """A bank's file may name the last day that there is."""
    return min(FOREVER - day, timedelta(days=days)) + day


def _versions(fact: Any) -> list[int]:
    return [_version(source) for source in (fact.source, *getattr(fact, "through", ()))]


def _version(source: str) -> int:
    tail = source.rpartition("@")[2]
    return int(tail) if tail.isdigit() else 0


class Papers:
    """All that a log tells, sorted: by opening, by lead, by person and month."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.splits: dict[str, Dossier] = defaultdict(Dossier)
        self.openings: dict[str, Dossier] = defaultdict(Dossier)
        self.work: dict[tuple[str, str], Dossier] = defaultdict(Dossier)
        self.over: set[str] = set()
        self.given: Counter[Total] = Counter()
        self._aside: Counter[str] = Counter()
        self._proposals: dict[str, AwardProposed] = {}
        self._barred: set[tuple[str, str, str]] = set()

    def take(self, event: Event) -> None:
        _given(event, self._proposals, self._aside, self.given)
        if isinstance(event, PlanActivated):
            self.plans.append(event.plan)
        elif isinstance(event, ClaimDecided):
            word = (event.opening_id, event.customer_id, event.product)
            (self._barred.discard if event.because_of is None else self._barred.add)(word)
        elif isinstance(event, SplitNoted):
            self.splits[event.lead_id].take(str(event.proposal), event)
        elif isinstance(event, PeriodCompleted):
            self.over.add(event.period)
        elif isinstance(event, WorkNoted):
            self.work[event.staff_id, event.month].take("work", event)
        else:
            _file(self.openings, event)

    def cases(self) -> Iterator["Case"]:
        """The openings that may earn."""
        denied = {opening_id for opening_id, _, _ in self._barred}
        for opening_id, dossier in self.openings.items():
            lead = opening_id.rsplit(".", 2)[0]
            words = self.splits[lead].of(SplitNoted) if lead in self.splits else []
            agreed = sorted(words, key=lambda split: int(split.proposal))
            if agreed and opening_id not in denied and dossier.of(OpeningNoted) and dossier.of(AccountNoted):
                yield from _cases(lead, dossier, agreed, self.plans)


def recompute(events: Iterable[Event]) -> dict[Total, int]:
    """Points in thousandths by lead, person and month, from the facts and the active plans of a log."""
    papers = Papers()
    for event in events:
        papers.take(event)
    till, earned = papers.given, Counter[tuple[str, str, str]]()
    for case in papers.cases():
        _walk(case, till, earned)
    for month in papers.over:
        work = {who: one for (who, when), one in papers.work.items() if when == month}
        _score(month, papers.plans, earned, work, till)
    return {key: points for key, points in till.items() if points}


def _score(
    month: str,
    plans: Iterable[Plan],
    earned: Mapping[tuple[str, str, str], int],
    work: Mapping[str, Dossier],
    till: Counter[Total],
) -> None:
    """What a month that is over adds for targets reached and for contacts made, beside the piece rate."""
    begun = [plan for plan in plans if plan.until is None and plan.effective_from.isoformat()[:7] <= month]
    plan = max(begun, key=lambda p: (p.effective_from, p.version, p.plan_id), default=None)
    if plan is None or plan.score is None:
        return
    for person in {who for who, when, _ in earned if when == month} | set(work):
        added = 0
        for one in plan.indicators:
            done = max(0, earned.get((person, month, one.indicator), 0))
            hundredths = round(Fraction(done * 10_000, one.target_milli))
            part = Fraction(min(hundredths, one.cap_bps), 10_000) * Fraction(one.weight_bps, 10_000)
            added += round(plan.score.whole_milli * part)
        if person in work:
            met = Fraction(min(work[person].words["work"].fulfilment_bps, 10_000), 10_000)
            added += round(plan.score.work_log_milli * met)
        till[f"{person}.{month}", person, month] += added


def _given(event: Event, proposals: dict[str, AwardProposed], aside: Counter[str], till: Counter[Total]) -> None:
    """What people gave; it is put aside when it comes in dispute, and comes back changed when that is decided."""
    if isinstance(event, AwardProposed):
        proposals[event.award_id] = event
    elif isinstance(event, AwardApproved):
        given = proposals[event.award_id]
        points = given.points_milli if given.entry == "awarded" else -given.points_milli
        till[event.award_id, given.staff_id, event.on.isoformat()[:7]] += points
    elif isinstance(event, DisputeRaised) and event.holds:
        aside[event.dispute_id] = event.line.points_milli
        till[event.line.lead_id, event.line.staff_id, event.line.of_period] -= event.line.points_milli
    elif isinstance(event, DisputeDecided) and event.line.entry in ("awarded", "penalised"):
        back = aside.pop(event.dispute_id, 0) + event.points_milli
        till[event.line.lead_id, event.line.staff_id, event.line.of_period] += back


def _file(dossiers: Mapping[str, Dossier], event: Event) -> None:
    if isinstance(event, OpeningNoted):
        dossiers[event.opening_id].take("request", event)
    elif isinstance(event, CheckNoted):
        dossiers[event.opening_id].take(f"check {event.cleared}", event)
    elif isinstance(event, AccountNoted | AccountWithdrawn):
        dossiers[event.opening_id].take(f"account {event.holding_id}", event)
    elif isinstance(event, UseNoted):
        dossiers[event.opening_id].take(f"use {event.holding_id} {event.on}", event)
    elif isinstance(event, DormancyNoted | DormancyWithdrawn):
        dossiers[event.opening_id].take(f"dormant {event.on}", event)
    elif isinstance(event, ManagerNoted):
        dossiers[event.opening_id].take(f"manager of {event.staff_id} on {event.on}", event)
    elif isinstance(event, DisputeNoted):
        dossiers[event.opening_id].take(f"dispute {event.dispute_id} {event.state}", event)
    elif isinstance(event, AlertNoted):
        dossiers[event.opening_id].take(f"alert {event.alert_id} {event.state == 'open'}", event)


@dataclass(frozen=True)
class Case:
    """One opening under the plan that was in force when it was opened."""

    lead: str
    dossier: Dossier
    agreed: list[Any]
    account: Any
    plan: Plan

    def days(self) -> list[date]:
        """The days on which anything happened, and the ones after: a dispute holds from the day after vesting."""
        words = (*self.agreed, *self.dossier.words.values())
        dated = [word for word in words if not isinstance(word, AccountNoted | AccountWithdrawn)]
        closed = self.account.closed_on or self.account.opened_on
        happened = {fact.on for fact in dated} | {self.account.opened_on, closed}
        return sorted(happened | {_after(day, 1) for day in happened})


def _cases(lead: str, dossier: Dossier, agreed: list[Any], plans: Iterable[Plan]) -> Iterator[Case]:
    """One by the plan of the year, one by each contest of the day."""
    account = min(dossier.of(AccountNoted), key=lambda a: (a.opened_on, a.holding_id))
    newest: dict[str, Plan] = {}
    for plan in sorted(plans, key=lambda p: (p.effective_from, p.version, p.plan_id)):
        if plan.effective_from <= account.opened_on <= (plan.until or FOREVER):
            newest[plan.plan_id if plan.until else ""] = plan
    for plan in newest.values():
        yield Case(lead, dossier, agreed, account, plan)


def _walk(case: Case, till: Counter[Total], earned: Counter[tuple[str, str, str]]) -> None:
    """Go through the days and book what each of them changes in what is paid."""
    vested: date | None = None
    paid: Counter[tuple[str, str]] = Counter()
    for day in case.days():
        if vested is None:
            if _gone(case, day):
                return
            if not _earned(case, day):
                continue
            vested = day
        over = vested < day and _taken_back(case, vested, day)
        for (indicator, person), points in _stakes(case, vested).items():
            nothing = over or _held(case.dossier, day) or _disputed(case.dossier, indicator, person, vested, day)
            due = 0 if nothing else _settled(case.dossier, indicator, person, vested, day, points)
            till[case.lead, person, vested.isoformat()[:7]] += due - paid[indicator, person]
            earned[person, vested.isoformat()[:7], indicator] += due - paid[indicator, person]
            paid[indicator, person] = due
        if over:
            return


def _earned(case: Case, day: date) -> bool:
    """Whether by the end of ``day`` everything that vesting needs is there."""
    cleared = any(check.cleared and check.on <= day for check in case.dossier.of(CheckNoted))
    if not cleared or case.agreed[0].on > day or _held(case.dossier, day):
        return False
    uses = [use for use in case.dossier.of(UseNoted) if use.holding_id == case.account.holding_id]
    used = {use.on for use in uses if use.authenticated_uses and case.account.opened_on <= use.on <= day}
    latest = _after(case.account.opened_on, case.plan.vesting.within_days)
    for begin in used:
        inside = [one for one in used if begin <= one and (one - begin).days < case.plan.vesting.window_days]
        if begin <= latest and len(inside) >= case.plan.vesting.active_days:
            return True
    return False


def _held(dossier: Dossier, day: date) -> bool:
    alerts = dossier.of(AlertNoted)
    for alert in alerts:
        if alert.state == "open" and alert.on <= day:
            answers = [a.on for a in alerts if a.alert_id == alert.alert_id and a.state == "dismissed"]
            if day < max(answers, default=FOREVER):
                return True
    return False


def _gone(case: Case, day: date) -> bool:
    """Refused, confirmed or closed by ``day``: what has not vested by then never will."""
    refused = any(not check.cleared and check.on <= day for check in case.dossier.of(CheckNoted))
    confirmed = any(alert.state == "confirmed" and alert.on <= day for alert in case.dossier.of(AlertNoted))
    return refused or confirmed or (case.account.closed_on is not None and case.account.closed_on <= day)


def _taken_back(case: Case, vested: date, day: date) -> bool:
    """Whether something happened on ``day`` that reverses credit which vested before."""
    if any(not check.cleared and check.on == day for check in case.dossier.of(CheckNoted)):
        return True
    if any(alert.state == "confirmed" and alert.on == day for alert in case.dossier.of(AlertNoted)):
        return True
    if (day - vested).days > case.plan.reversal_days:
        return False
    return case.account.closed_on == day or any(dormant.on == day for dormant in case.dossier.of(DormancyNoted))


def _disputed(dossier: Dossier, indicator: str, person: str, vested: date, day: date) -> bool:
    """Whether somebody's part is in dispute: from the day after it vested, up to the day on which that was decided."""
    words = [d for d in dossier.of(DisputeNoted) if (d.indicator, d.staff_id) == (indicator, person)]
    ended = {word.dispute_id: word.on for word in words if word.state == "closed"}
    begun = {word.dispute_id for word in words if word.state == "open" and word.on <= day}
    return any(vested < day < ended.get(one, FOREVER) for one in begun)


def _settled(dossier: Dossier, indicator: str, person: str, vested: date, day: date, points: int) -> int:
    """What somebody's part is worth on a day, by the disputes that were decided by then."""
    words = [d for d in dossier.of(DisputeNoted) if (d.indicator, d.staff_id, d.state) == (indicator, person, "closed")]
    for word in sorted(words, key=lambda d: (max(d.on, _after(vested, 1)), d.dispute_id)):
        if max(word.on, _after(vested, 1)) <= day:
            points = max(0, points + word.points_milli)
    return points


def _stakes(case: Case, vested: date) -> dict[tuple[str, str], int]:
    """Points at stake by indicator and person; whatever becomes of them counts in the month in which they vested."""
    before = [split for split in case.agreed if split.on < vested]
    split = before[-1] if before else case.agreed[0]
    product = case.dossier.of(OpeningNoted)[0].product
    earning = [indicator for indicator in case.plan.indicators if indicator.product == product]
    prefix = f"{case.plan.plan_id}:" if case.plan.until else ""
    own = {
        (f"{prefix}{indicator.indicator}", person): points
        for indicator in earning
        for person, points in _parts(indicator.points_milli, split.shares).items()
    }
    over = {
        (f"{prefix}{indicator.indicator}.team", manager): round(indicator.points_milli * part)
        for indicator in earning
        for manager, part in _over(case, split.shares).items()
    }
    # Who is credited nothing has no part of which a dispute could make something; a share of nothing is one.
    return {**own, **{part: points for part, points in over.items() if points}}


def _over(case: Case, shares: Iterable[Any]) -> dict[str, Fraction]:
    """What part of an amount rolls up to each manager: climb from everybody in the split, rung by rung, together."""
    words = [word for word in case.dossier.of(ManagerNoted) if word.on == case.account.opened_on]
    above: dict[str, Any] = {word.staff_id: word.manager_id for word in words}
    held: Counter[str] = Counter()
    for share in shares:
        held[share.staff_id] += share.bps
    standing = {person: person for person in held}
    passed = {person: {person} for person in held}
    rate: dict[str, int] = {}
    basis: Counter[str] = Counter()
    rung = 0
    while standing:
        rung += 1
        stepped = {person: above.get(at) for person, at in standing.items()}
        standing = {person: at for person, at in stepped.items() if at in above and at not in passed[person]}
        for person, at in standing.items():
            passed[person].add(at)
            rate.setdefault(at, case.plan.roll_up_bps[rung - 1] if rung <= len(case.plan.roll_up_bps) else 0)
            basis[at] += held[person]
    return {manager: Fraction(basis[manager], 10_000) * Fraction(bps, 10_000) for manager, bps in rate.items()}


def _parts(points: int, shares: Iterable[Any]) -> dict[str, int]:
    """Give thousandths one at a time to whoever lacks most; of equals to the lower staff id."""
    exact: dict[str, Fraction] = defaultdict(Fraction)
    for share in shares:
        exact[share.staff_id] += Fraction(points * share.bps, 10_000)
    given = {person: int(part) for person, part in exact.items()}
    while sum(given.values()) < points:
        given[min(exact, key=lambda person: (given[person] - exact[person], person))] += 1
    return given


def claims(events: Iterable[Event]) -> tuple[str, ...]:
    """Where what was decided about claims is not what the accounts say, in words; empty where all agree.

    Day by day: whoever opens while somebody else's account of the same product of the same customer is open, or was
    within the last half year, earns nothing.
    """
    accounts: dict[tuple[str, str], dict[str, AccountClaimed]] = defaultdict(dict)
    said: dict[tuple[str, str, str], bool] = {}
    for event in events:
        if isinstance(event, AccountClaimed):
            accounts[event.customer_id, event.product][event.holding_id] = event
        elif isinstance(event, AccountReleased):
            accounts[event.customer_id, event.product].pop(event.holding_id, None)
        elif isinstance(event, ClaimDecided):
            said[event.customer_id, event.product, event.opening_id] = event.because_of is not None
    found = []
    for (customer, product), known in accounts.items():
        for opening_id, no in _may_not(known.values()).items():
            if no != said.pop((customer, product, opening_id), False):
                found.append(f"{opening_id}, {product} of {customer}: may {'not ' * no}earn, and is told otherwise")
    left = [
        f"{opening}, {product} of {customer}: is denied, and has no account"
        for (customer, product, opening), no in said.items()
        if no
    ]
    return tuple(sorted([*found, *left]))


def _may_not(known: Iterable[AccountClaimed]) -> dict[str, bool]:
    """By opening, whether another one of the same customer's product is in its way."""
    begun: dict[str, AccountClaimed] = {}
    for one in known:
        kept = begun.get(one.opening_id)
        if kept is None or (one.opened_on, one.holding_id) < (kept.opened_on, kept.holding_id):
            begun[one.opening_id] = one
    denied = dict.fromkeys(begun, False)
    for one in begun.values():
        for other in begun.values():
            before = (other.opened_on, other.opening_id) < (one.opened_on, one.opening_id)
            free = other.closed_on is not None and (one.opened_on - other.closed_on).days >= HALF_YEAR
            denied[one.opening_id] = denied[one.opening_id] or (before and not free)
    return denied


def differences(recomputed: Mapping[Total, int], ledger: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Where the ledger's lines do not sum to the recomputation, in words; empty where all agree."""
    booked: Counter[Total] = Counter()
    for line in ledger:
        booked[line["lead_id"], line["staff_id"], line["of_period"]] += line["points_milli"]
    keys = sorted(set(recomputed) | set(booked))
    return tuple(
        f"lead {lead}, {person}, {month}: ledger {booked[lead, person, month]:,}, "
        f"recomputed {recomputed.get((lead, person, month), 0):,} thousandths"
        for lead, person, month in keys
        if booked[lead, person, month] != recomputed.get((lead, person, month), 0)
    )
