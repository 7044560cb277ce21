"""Answers put together from what the books say, and who may read of whom."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import msgspec

from services.incentives import sealing
from services.incentives.domain.score import Paid, is_term, terms
from services.incentives.domain.statements import StatementsState
from services.incentives.events import Plan, WorkNoted
from services.incentives.keys import SigningKey, jwk
from services.incentives.rules import ActivePlan
from services.incentives.scores import Rank, Score, completions, elapsed_bps
from shared.core.errors import NotFound

Json = dict[str, Any]
OFFICE = frozenset({"hr", "auditor", "approver", "designer"})
"""Roles of head office, who read of everybody."""


class Reader(Protocol):
    """Who asks: a person with roles and a unit."""

    @property
    def staff_id(self) -> str: ...

    @property
    def roles(self) -> frozenset[str]: ...

    @property
    def unit_id(self) -> str | None: ...


class Scope(msgspec.Struct, frozen=True):
    """Of whom a reader may read: of everybody, of the people in some units, of oneself."""

    staff_id: str
    everybody: bool
    units: frozenset[str]

    def sees(self, staff_id: str, unit_id: str) -> bool:
        return self.everybody or unit_id in self.units or staff_id == self.staff_id

    def require(self, document: Mapping[str, Any], named: str) -> None:
        """``NotFound`` for what is of somebody else: that there is such a thing is their business, too."""
        if not self.sees(document["staff_id"], document["unit_id"]):
            raise NotFound("not_found", f"There is no {named}.")

    @property
    def query(self) -> Json:
        """The same as a query of lines."""
        if self.everybody:
            return {}
        return {"$or": [{"staff_id": self.staff_id}, {"unit_id": {"$in": sorted(self.units)}}]}


def scope(reader: Reader, units: Collection[str]) -> Scope:
    """``units`` are the reader's own with all beneath it; only a branch manager reads of those."""
    mine = frozenset(units) if "branch" in reader.roles else frozenset()
    return Scope(reader.staff_id, bool(reader.roles & OFFICE), mine)


def score_list(
    period: str,
    found: Iterable[Score],
    seq: int | None,
    active: ActivePlan | None,
    late: Sequence[Json],
    on: date,
    work: Mapping[str, WorkNoted] | None,
) -> Json:
    """As they stand at the end of the day ``on``; ``work`` is what people's contacts of the month came to, None where
    the month is over and the ledger has all terms.
    """
    plan, elapsed = active.plan if active else None, elapsed_bps(period, on)
    besides: dict[str, Counter[str]] = defaultdict(Counter)
    for line in late:
        besides[line["staff_id"]][line["indicator"]] += line["points_milli"]
    return {
        "period": period,
        "seq": seq,
        "elapsed_bps": elapsed,
        "plan_id": plan.plan_id if plan else None,
        "plan_version": plan.version if plan else None,
        "scores": [
            {
                "staff_id": score.staff_id,
                "unit_id": score.unit_id,
                "points_milli": score.total,
                "indicators": completions(_own(score, besides), plan, elapsed) if plan else [],
                "terms": _terms(_own(score, besides), plan, work) if plan else [],
            }
            for score in found
        ],
        "late": late,
    }


def _own(score: Score, late: Mapping[str, Counter[str]]) -> Score:
    """Without what came late of months before: it is paid with this one, and reaches no target of it."""
    points = Counter(score.points)
    points.subtract(late.get(score.staff_id, {}))
    return msgspec.structs.replace(score, points=dict(points))


def _terms(score: Score, plan: Plan, work: Mapping[str, WorkNoted] | None) -> list[Json]:
    """The terms of a score besides the piece rate (rule I5): as the ledger has them once the month is over, until then
    as they would be if it ended now.
    """
    if work is None:
        posted = ((name, points) for name, points in score.points.items() if is_term(name))
        return [{"indicator": name, "points_milli": points, "projected": False} for name, points in posted]
    paid = [Paid(indicator, points) for indicator, points in score.points.items()]
    return [
        {"indicator": term.indicator, "points_milli": term.points_milli, "projected": True}
        | {"computation": term.computation}
        for term in terms(plan, paid, work.get(score.staff_id))
    ]


def ranks(
    period: str, ranking: Sequence[Rank], seq: int | None, asked: Mapping[str, Any], active: ActivePlan | None
) -> Json:
    ties = active.plan.tie_policy if active else None
    about = {"indicator": asked["indicator"], "level": asked["level"]}
    return {"period": period, "seq": seq, **about, "ties": ties, "ranking": ranking}


def statement_list(statements: Sequence[bytes], head: int) -> bytes:
    """Canonical JSON, made of the statements' own bytes."""
    return b'{"head":%d,"statements":[%s]}' % (head, b",".join(statements))


def etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'


def key_set(state: StatementsState, current: SigningKey) -> bytes:
    """The public keys that ever signed, and the one that signs next (RFC 7517)."""
    known = {key.kid: key.x for key in state.keys} | {current.kid: current.public}
    return sealing.canonical({"keys": [jwk(kid, public) for kid, public in known.items()]})


def acknowledged(state: StatementsState) -> Json:
    last = state.acknowledged
    if last is None:
        return {"seq": 0, "hash": None, "acknowledged_by": None, "at": None}
    return {"seq": last.seq, "hash": last.hash, "acknowledged_by": last.acknowledged_by, "at": last.at}
