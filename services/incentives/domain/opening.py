"""One opening as the facts show it, and the day on which its credit vests (rule I2).

Chosen where the domain is silent: the window of uses begins within ``within_days`` of the opening; credit never vests
on or after the day on which the opening was refused, its alert confirmed or its account closed.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from services.incentives.domain.facts import Facts
from services.incentives.events import (
    AccountNoted,
    AlertNoted,
    CheckNoted,
    ClaimNoted,
    DisputeNoted,
    DormancyNoted,
    ManagerNoted,
    OpeningNoted,
    SplitNoted,
    UseNoted,
    Vesting,
)
from shared.core.days import later

CAUSES = ("refused", "confirmed", "closed", "dormant")
"""Of two causes on one day the earlier named is the reason that a line gives."""


class Hold(msgspec.Struct, frozen=True):
    """Days from ``start``, included, to ``end``, excluded, on which an alert holds the credit; None: still."""

    start: date
    end: date | None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


class End(msgspec.Struct, frozen=True):
    """What takes credit away on a day, and why."""

    on: date
    cause: Literal["refused", "confirmed", "closed", "dormant"]
    reason: str


class Opening(msgspec.Struct, frozen=True):
    """All that is known of one opening. ``splits`` are in the order of their proposals, ``used`` by day,
    ``managers``, of the day on which the account was opened, by whom they lead.
    """

    request: OpeningNoted
    account: AccountNoted
    splits: tuple[SplitNoted, ...]
    cleared: CheckNoted | None
    refused: CheckNoted | None
    used: tuple[UseNoted, ...]
    dormancies: tuple[DormancyNoted, ...]
    alerts: tuple[AlertNoted, ...]
    disputes: tuple[DisputeNoted, ...] = ()
    managers: Mapping[str, ManagerNoted] = {}


def openings(facts: Facts) -> list[Opening]:
    """The openings that have what credit needs, a split, a request and an account, and that may earn; by id."""
    noted = list(facts.values())
    splits = tuple(sorted((f for f in noted if isinstance(f, SplitNoted)), key=lambda f: f.proposal))
    requests = sorted((f for f in noted if isinstance(f, OpeningNoted)), key=lambda f: f.opening_id)
    accounts = {key: a for key in (r.opening_id for r in requests) if (a := _account(noted, key))}
    earning = [r for r in requests if splits and r.opening_id in accounts and not _denied(facts, r.opening_id)]
    return [_opening(facts, r, accounts[r.opening_id], splits) for r in earning]


def _denied(facts: Facts, opening_id: str) -> bool:
    claims = (fact for key, fact in facts.items() if key[:2] == ("claim", opening_id))
    return any(isinstance(claim, ClaimNoted) and claim.because_of is not None for claim in claims)


def _account(noted: Iterable[object], opening_id: str) -> AccountNoted | None:
    """The account behind an opening. Should the bank have opened several for it, the first counts."""
    found = [f for f in noted if isinstance(f, AccountNoted) and f.opening_id == opening_id]
    return min(found, key=lambda a: (a.opened_on, a.holding_id), default=None)


def _opening(facts: Facts, request: OpeningNoted, account: AccountNoted, splits: tuple[SplitNoted, ...]) -> Opening:
    mine = [f for f in facts.values() if not isinstance(f, SplitNoted) and f.opening_id == request.opening_id]
    checks = {f.cleared: f for f in mine if isinstance(f, CheckNoted)}
    uses = [f for f in mine if isinstance(f, UseNoted) and f.holding_id == account.holding_id]
    counted = [f for f in uses if f.authenticated_uses > 0 and f.on >= account.opened_on]
    return Opening(
        request=request,
        account=account,
        splits=splits,
        cleared=checks.get(True),
        refused=checks.get(False),
        used=tuple(sorted(counted, key=lambda f: f.on)),
        dormancies=tuple(sorted((f for f in mine if isinstance(f, DormancyNoted)), key=lambda f: f.on)),
        alerts=tuple(sorted((f for f in mine if isinstance(f, AlertNoted)), key=lambda f: (f.on, f.alert_id, f.state))),
        managers={f.staff_id: f for f in mine if isinstance(f, ManagerNoted) and f.on == account.opened_on},
        disputes=tuple(sorted((f for f in mine if isinstance(f, DisputeNoted)), key=lambda f: (f.on, f.source))),
    )


def holds(opening: Opening) -> tuple[Hold, ...]:
    """The days on which an open alert holds the credit; alerts that overlap or touch make one hold (rule C4)."""
    ends = {a.alert_id: max(a.on, _opened(opening, a)) for a in opening.alerts if a.state == "dismissed"}
    return merged(Hold(a.on, ends.get(a.alert_id)) for a in opening.alerts if a.state == "open")


def disputed(opening: Opening, indicator: str, staff_id: str, vested: date) -> tuple[Hold, ...]:
    """The days on which a dispute holds one person's credit: none before the day after it vested, since there was
    nothing to dispute about (rule I10).
    """
    mine = [d for d in opening.disputes if (d.indicator, d.staff_id) == (indicator, staff_id)]
    ends = {d.dispute_id: d.on for d in mine if d.state == "closed"}
    begins = {d.dispute_id: max(d.on, later(vested, 1)) for d in mine if d.state == "open"}
    spans = (Hold(begin, ends.get(one)) for one, begin in begins.items())
    return merged(span for span in spans if span.end is None or span.end > span.start)


class Settlement(NamedTuple):
    """What an accepted dispute adds to somebody's credit, or takes from it, from a day on."""

    on: date
    dispute_id: str
    points_milli: int


def settlements(opening: Opening, indicator: str, staff_id: str, vested: date) -> tuple[Settlement, ...]:
    """Those of one person, in order; none before the day after the credit vested."""
    return tuple(
        sorted(
            Settlement(max(d.on, later(vested, 1)), d.dispute_id, d.points_milli)
            for d in opening.disputes
            if (d.indicator, d.staff_id, d.state) == (indicator, staff_id, "closed") and d.points_milli
        )
    )


def merged(spans: Iterable[Hold]) -> tuple[Hold, ...]:
    """Spans that overlap or touch as one, in order."""
    merged: list[Hold] = []
    for span in sorted(spans, key=lambda hold: hold.start):
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < span.start):
            merged.append(span)
        else:
            merged[-1] = Hold(last.start, None if last.end is None or span.end is None else max(last.end, span.end))
    return tuple(merged)


def _opened(opening: Opening, resolved: AlertNoted) -> date:
    opened = [a.on for a in opening.alerts if a.alert_id == resolved.alert_id and a.state == "open"]
    return min(opened, default=resolved.on)


def ends(opening: Opening) -> list[End]:
    """All that can take the credit away, earliest first."""
    found = [End(a.on, "confirmed", f"alert {a.alert_id} confirmed") for a in opening.alerts if a.state == "confirmed"]
    if opening.refused is not None:
        rule = opening.refused.rule or "no rule named"
        found.append(End(opening.refused.on, "refused", f"compliance refused it: {rule}"))
    if opening.account.closed_on is not None:
        found.append(End(opening.account.closed_on, "closed", "the account was closed"))
    found += [End(d.on, "dormant", "it went dormant") for d in opening.dormancies]
    return sorted(found, key=lambda end: (end.on, CAUSES.index(end.cause), end.reason))


def window(opening: Opening, rule: Vesting) -> tuple[UseNoted, ...]:
    """The first days of use that fulfil the rule, exactly ``active_days`` of them; none where they do not yet."""
    latest_begin = later(opening.account.opened_on, rule.within_days)
    for last in range(rule.active_days, len(opening.used) + 1):
        days = opening.used[last - rule.active_days : last]
        if days[0].on <= latest_begin and (days[-1].on - days[0].on).days < rule.window_days:
            return days
    return ()


def vesting_day(opening: Opening, rule: Vesting) -> date | None:
    """The day on which everything that vesting needs stands and nothing holds it; None while there is none."""
    used = window(opening, rule)
    if not used or opening.cleared is None:
        return None
    day = max(used[-1].on, opening.cleared.on, opening.splits[0].on)
    for hold in holds(opening):
        if hold.covers(day):
            if hold.end is None:
                return None
            day = hold.end
    over = any(end.on <= day for end in ends(opening) if end.cause != "dormant")
    return None if over else day


def split_for(opening: Opening, settled: date | None) -> SplitNoted:
    """The split that credit settled on a day follows: the last agreed before that day, else the first (rule I3).

    What is not settled follows the newest split, so that a change moves only the unvested.
    """
    if settled is None:
        return opening.splits[-1]
    return next((split for split in reversed(opening.splits) if split.on < settled), opening.splits[0])
