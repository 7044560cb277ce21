"""What somebody did in a month or a year, beside the norm and beside what they meant to do (rules L10 and L14)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from services.leads import rules
from services.leads.calendar import working_days
from services.leads.rules import WorkNorm

Document = Mapping[str, Any]


def of_day(staff_id: str, on: date, work: Document | None, *, working: bool) -> dict[str, Any]:
    """``work`` is the day's document, None where nothing was logged; on a holiday nothing is asked."""
    norm = _norm(1 if working else 0)
    done = dict(work["done"]) if work else dict.fromkeys(norm, 0)
    missing = {name: max(0, norm[name] - done[name]) for name in norm}
    contacts = list(work["contacts"]) if work else []
    return {
        "staff_id": staff_id,
        "on": on.isoformat(),
        "working_day": working,
        "done": done,
        "norm": norm,
        "missing": missing,
        "contacts": contacts,
    }


def of_period(
    staff_id: str, period: str, plan: Document | None, days: Iterable[Document], wins: Iterable[Document]
) -> dict[str, Any]:
    """``days`` are the work days and ``wins`` the won leads of the period that the person has a share in."""
    months = [period] if "-" in period else [f"{period}-{month:02d}" for month in range(1, 13)]
    count = sum(working_days(month) for month in months)
    done: Counter[str] = Counter()
    for day in days:
        done.update(day["done"])
    norm = _norm(count)
    return {
        "staff_id": staff_id,
        "period": period,
        "working_days": count,
        "done": {name: done[name] for name in norm},
        "norm": norm,
        "won": _won(staff_id, wins),
        "plan": plan,
    }


def _norm(days: int) -> dict[str, int]:
    return {name: getattr(rules.WORK_NORM, name) * days for name in WorkNorm.__struct_fields__}


def _won(staff_id: str, wins: Iterable[Document]) -> dict[str, Any]:
    """A deal counts for each who has a share in it, and its value by the share."""
    products: Counter[str] = Counter()
    count, value = 0, 0
    for lead in wins:
        count += 1
        value += parts_of(lead["won"]["value_minor"], lead["split"]["shares"])[staff_id]
        products.update(lead["won"]["products"])
    return {"leads": count, "value_minor": value, "products": dict(sorted(products.items()))}


def parts_of(value_minor: int, shares: Iterable[Document]) -> dict[str, int]:
    """Each owner's part in minor units (分), cut where the shares end: the parts sum to the whole."""
    parts: dict[str, int] = {}
    taken, upto = 0, 0
    for share in shares:
        upto += share["bps"]
        cut = value_minor * upto // rules.FULL_BPS
        parts[share["staff_id"]], taken = cut - taken, cut
    return parts
