"""What incentives shows: the ledger, standings by month, plans, periods, and the facts of each deal for what-if."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, cast, get_args

import msgspec

from services.incentives.award_events import AwardApproved, AwardEvent, AwardProposed, AwardRejected
from services.incentives.bulletin_events import BulletinPublished
from services.incentives.dispute_events import DisputeDecided, DisputeEvent, DisputeEvidenceAdded, DisputeRaised
from services.incentives.domain import dispute
from services.incentives.domain.facts import Fact, Facts, gathered, identity, newer
from services.incentives.domain.hierarchy import Post
from services.incentives.domain.score import key_of
from services.incentives.events import (
    CreditPosted,
    PeriodClosed,
    PeriodCompleted,
    PlanActivated,
    PlanApproved,
    PlanDrafted,
    PlanSubmitted,
    PlanTried,
    WorkNoted,
)
from services.registry.events import StaffRecorded, UnitRecorded
from shared.core.ids import derived
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded


def _ledger_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.line_id] if isinstance(recorded.event, CreditPosted) else []


def _ledger_line(_old: Document | None, recorded: Recorded) -> Document:
    """The line with its place in the log, by which statements take it."""
    line: dict[str, Any] = msgspec.to_builtins(recorded.event)
    line.pop("type")
    place = {"partition": recorded.partition, "position": recorded.position, "event": recorded.id}
    return line | place | {"known_at": moment(recorded.recorded_at)}


def moment(at: datetime) -> str:
    """As text that is in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _standing_keys(recorded: Recorded) -> Iterable[str]:
    line = recorded.event
    return [f"{line.of_period}.{line.staff_id}"] if isinstance(line, CreditPosted) and line.points_milli else []


def _standing(old: Document | None, recorded: Recorded) -> Document | None:
    """Sums by indicator; the unit is that of the line with the latest business date."""
    line = recorded.event
    if not isinstance(line, CreditPosted):
        return old
    known: Document = old or {"points": {}, "lines": 0, "unit_id": line.unit_id, "unit_as_of": ["", ""]}
    points = {**known["points"], line.indicator: known["points"].get(line.indicator, 0) + line.points_milli}
    as_of = [line.on.isoformat(), line.line_id]
    newest = as_of > known["unit_as_of"]
    return {
        "period": line.of_period,
        "staff_id": line.staff_id,
        "unit_id": line.unit_id if newest else known["unit_id"],
        "unit_as_of": as_of if newest else known["unit_as_of"],
        "points": dict(sorted(points.items())),
        "lines": known["lines"] + 1,
    }


def _plan_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.stream.removeprefix("plan-")]


def _plan(old: Document | None, recorded: Recorded) -> Document:
    known = dict(old or {})
    match recorded.event:
        case PlanDrafted() as drafted:
            plan = msgspec.to_builtins(drafted.plan)
            changed = {
                "status": "draft",
                "plan": plan,
                "plan_hash": drafted.plan_hash,
                "drafted_by": drafted.drafted_by,
                "what_if_hash": None,
                "tried_by": None,
            }
        case PlanSubmitted(submitted_by=by):
            changed = {"status": "submitted", "submitted_by": by}
        case PlanTried(what_if_hash=digest, tried_by=by):
            changed = {"what_if_hash": digest, "tried_by": by}
        case PlanApproved(approved_by=by):
            changed = {"status": "approved", "approved_by": by}
        case _:
            changed = {"status": "active", "activated_by": recorded.meta.actor, "event": recorded.id}
    return {**known, **changed, "version": recorded.version}


def _period_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.stream.removeprefix("period-")]


def _period(old: Document | None, recorded: Recorded) -> Document:
    known: dict[str, Any] = dict(old or {"completed": False, "seq": None, "closed_by": None})
    match recorded.event:
        case PeriodClosed(seq=seq, closed_by=by):
            known |= {"seq": seq, "closed_by": by}
        case _:
            known |= {"completed": True}
    return known | {"period": recorded.stream.removeprefix("period-")}


def _deal_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.stream.removeprefix("deal-")]


def _deal(old: Document | None, recorded: Recorded) -> Document | None:
    """The newest word about each thing, by what it is about."""
    fact = recorded.event
    if not isinstance(fact, Fact):
        return old
    known: Mapping[str, Any] = old["facts"] if old else {}
    key = " ".join(identity(fact))
    before = msgspec.convert(known[key], Fact) if key in known else None
    if not newer(fact, before):
        return old
    facts = {**known, key: msgspec.to_builtins(fact)}
    return {"lead_id": recorded.stream.removeprefix("deal-"), "facts": dict(sorted(facts.items()))}


def facts_of(deal: Document) -> Facts:
    """The facts in a document of ``DEALS``, as rules read them."""
    return gathered(msgspec.convert(list(deal["facts"].values()), list[Fact]))


def _award(old: Document | None, recorded: Recorded) -> Document:
    match cast("AwardEvent", recorded.event):
        case AwardProposed() as proposed:
            told: Document = plain(proposed)
            undecided = dict.fromkeys(("decided_by", "decided_on", "why_not", "line_id"))
            return {
                **{name: value for name, value in told.items() if name != "type"},
                **undecided,
                "status": "proposed",
            }
        case AwardApproved(award_id=award_id, approved_by=by, on=on):
            decided = {"status": "approved", "line_id": derived(f"award-{award_id}", "line")}
        case AwardRejected(rejected_by=by, reason=reason, on=on):
            decided = {"status": "rejected", "why_not": reason}
    return {**(old or {}), **decided, "decided_by": by, "decided_on": on.isoformat()}


def _dispute(old: Document | None, recorded: Recorded) -> Document:
    known = old or {}
    match cast("DisputeEvent", recorded.event):
        case DisputeRaised() as raised:
            told: Document = plain(raised)
            shown = {name: told[name] for name in ("dispute_id", "reason", "evidence", "raised_by", "due_on", "on")}
            line = {name: told["line"][name] for name in ("line_id", "lead_id", "staff_id", "unit_id", "of_period")}
            stake = {"said_milli": raised.line.points_milli}
            undecided = dict.fromkeys(("outcome", "points_milli", "decided_by", "decided_on", "because", "adjusted_by"))
            return {**shown, **line, **stake, **undecided, "status": "open"}
        case DisputeEvidenceAdded(evidence=evidence):
            return {**known, "evidence": [*known["evidence"], *evidence]}
        case DisputeDecided() as decided:
            given = decided.outcome == "accepted" and decided.line.entry in dispute.GIVEN
            adjusted_by = dispute.line_of(decided).line_id if given else None
            return {
                **known,
                "status": decided.outcome,
                "outcome": decided.outcome,
                "points_milli": decided.points_milli,
                "decided_by": decided.decided_by,
                "decided_on": decided.on.isoformat(),
                "because": decided.reason,
                "adjusted_by": adjusted_by,
            }


def _bulletin(old: Document | None, recorded: Recorded) -> Document:
    told: Document = plain(recorded.event)
    return old or {name: value for name, value in told.items() if name != "type"}


def _work(_old: Document | None, recorded: Recorded) -> Document | None:
    work: Document = plain(recorded.event)
    return {name: value for name, value in work.items() if name != "type"}


def _unit_keys(recorded: Recorded) -> Iterable[str]:
    return [recorded.event.unit_id] if isinstance(recorded.event, UnitRecorded) else []


def _unit(old: Document | None, recorded: Recorded) -> Document | None:
    unit = recorded.event
    if not isinstance(unit, UnitRecorded):
        return old
    named = {"name": unit.name, "name_en": unit.name_en}
    return {"unit_id": unit.unit_id, "parent_id": unit.parent_id, "kind": unit.kind, **named}


def _staff(old: Document | None, recorded: Recorded) -> Document | None:
    """With all posts, in order of time. Where ``valid_from`` tells when the person came, ``business_date`` tells since
    when the row holds.
    """
    row = recorded.event
    if not isinstance(row, StaffRecorded):
        return old
    posts = [msgspec.convert(one, Post) for one in old["posts"]] if old else []
    new = not posts or row.valid_from > posts[-1].since or row.valid_from >= row.business_date
    since = row.valid_from if new else row.business_date
    before = [one for one in posts if one.since < since]
    since = since if before else row.valid_from
    post = Post(since, row.valid_to, row.unit_id, row.manager_id, recorded.id)
    return {"staff_id": row.staff_id, "unit_id": row.unit_id, "posts": plain([*before, post])}


def under(unit_id: str, units: Iterable[Document]) -> frozenset[str]:
    """A unit with all units beneath it, from the documents of ``UNITS``."""
    children: dict[str | None, list[str]] = {}
    for unit in units:
        children.setdefault(unit["parent_id"], []).append(unit["unit_id"])
    found: set[str] = set()
    open_units = [unit_id]
    while open_units:
        here = open_units.pop()
        if here not in found:
            found.add(here)
            open_units += children.get(here, [])
    return frozenset(found)


def at_level(kind: str, units: Iterable[Document]) -> dict[str, str]:
    """By unit, the one of a kind that it is, or that is over it; not those over that kind."""
    known = {unit["unit_id"]: unit for unit in units}
    found: dict[str, str] = {}
    for unit_id in known:
        path: list[str] = []
        here: str | None = unit_id
        while here is not None and here in known and here not in path:
            path.append(here)
            here = known[here]["parent_id"]
        over = next((one for one in path if known[one]["kind"] == kind), None)
        if over is not None:
            found[unit_id] = over
    return found


FACTS = get_args(Fact)
LEDGER = Projection(
    name="ledger",
    sources={"incentives": (CreditPosted,)},
    keys=_ledger_keys,
    step=_ledger_line,
    indexes=(("of_period", "position"), ("staff_id", "of_period"), ("lead_id",), ("adjusts",)),
)
STANDINGS = Projection(
    name="standings",
    sources={"incentives": (CreditPosted,)},
    keys=_standing_keys,
    step=_standing,
    indexes=(("period",),),
)
PLANS = Projection(
    name="plans",
    sources={"incentives": (PlanDrafted, PlanSubmitted, PlanTried, PlanApproved, PlanActivated)},
    keys=_plan_keys,
    step=_plan,
)
PERIODS = Projection(
    name="periods",
    sources={"incentives": (PeriodCompleted, PeriodClosed)},
    keys=_period_keys,
    step=_period,
)
DEALS = Projection(name="deals", sources={"incentives": FACTS}, keys=_deal_keys, step=_deal)
UNITS = Projection(name="units", sources={"registry": (UnitRecorded,)}, keys=_unit_keys, step=_unit)
AWARDS = Projection(
    name="awards",
    sources={"incentives": (AwardProposed, AwardApproved, AwardRejected)},
    keys=lambda recorded: [cast("AwardEvent", recorded.event).award_id],
    step=_award,
    indexes=(("status", "on"), ("staff_id",)),
)
WORK = Projection(
    name="work",
    sources={"incentives": (WorkNoted,)},
    keys=lambda recorded: [key_of(work.staff_id, work.month) for work in (cast("WorkNoted", recorded.event),)],
    step=_work,
    indexes=(("month",),),
)
BULLETINS = Projection(
    name="bulletins",
    sources={"incentives": (BulletinPublished,)},
    keys=lambda recorded: [cast("BulletinPublished", recorded.event).period],
    step=_bulletin,
    indexes=(("period",),),
)
DISPUTES = Projection(
    name="disputes",
    sources={"incentives": get_args(DisputeEvent)},
    keys=lambda recorded: [cast("DisputeEvent", recorded.event).dispute_id],
    step=_dispute,
    indexes=(("status", "due_on"), ("staff_id",), ("line_id",)),
)
STAFF = Projection(
    name="staff",
    sources={"registry": (StaffRecorded,)},
    keys=lambda recorded: [cast("StaffRecorded", recorded.event).staff_id],
    step=_staff,
)
PROJECTIONS = (LEDGER, STANDINGS, PLANS, PERIODS, DEALS, WORK, AWARDS, DISPUTES, BULLETINS, UNITS, STAFF)
