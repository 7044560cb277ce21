"""A chain from a win to all that it brought: how much on each level, counted from the documents (rule K5)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from services.linkage.projections import COUNTS

Json = dict[str, Any]


def brought(sums: Mapping[str, Any], hop: int, activated: Iterable[Mapping[str, Any]]) -> Json:
    """Sums in all and by level, the level after a win being 1. ``hop`` is the win's own; ``activated`` are the wins of
    its chain whose customers use what they bought.
    """
    used = Counter(str(win["hop"]) for win in activated)
    levels = [
        {"level": int(at) - hop, **_counted(sums["hops"].get(at, COUNTS), used[at])}
        for at in sorted({*sums["hops"], *used}, key=int)
    ]
    return {**_counted(sums, used.total()), "levels": levels}


def _counted(sums: Mapping[str, Any], activated: int) -> Json:
    count = sums["spawned"] - sums["withdrawn"]
    return {**{name: sums[name] for name in COUNTS}, "count": count, "activated": activated}


def below(lead_id: str) -> Json:
    """Which wins a win brought, in this and the following hops."""
    return {"$or": [{"root_lead_id": lead_id, "hop": {"$gt": 0}}, {"parent_lead_id": lead_id}]}
