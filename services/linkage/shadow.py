"""The shadow ledger (双计) for management (rule K6): what a win is worth counts in full for each win of its chain, and
so more than once. It is a ledger of its own, marked in every document, that nothing else reads: pay follows the
accepted split of each lead alone, in another service, which learns nothing from here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, cast

from services.linkage.events import WinNoted
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

MANAGERS = ("branch", "product", "auditor")
"""The roles that see it: management, of the whole bank as in a ranking, and who audits it; never HR."""


def _key(recorded: Recorded) -> Iterable[str]:
    return [cast("WinNoted", recorded.event).lead_id]


def _step(_old: Document | None, recorded: Recorded) -> Document:
    """An entry: the win of a lead, and the wins whose winners may all count it."""
    won = cast("WinNoted", recorded.event)
    counted_for = {won.lead_id, won.root_lead_id, won.parent_lead_id} - {None}
    return {
        "shadow": True,
        "lead_id": won.lead_id,
        "period": f"{won.on:%Y-%m}",
        "value_minor": won.value_minor,
        "counted_for": sorted(lead for lead in counted_for if lead is not None),
    }


SHADOW = Projection("shadow", {"linkage": (WinNoted,)}, _key, _step, indexes=(("period",),))


COUNTED = ("own_wins", "own_value_minor", "brought_wins", "brought_value_minor")


def figures(entries: Iterable[Mapping[str, Any]], wins: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Per winner, by staff id: what they won themselves, and what their wins brought others to win. Somebody who won
    two leads of a chain counts what came of them once. Value in minor units (分).
    """
    winners = {win["lead_id"]: (win["winner_id"], win["winner_unit_id"]) for win in wins}
    sums: dict[tuple[str, str], Counter[str]] = defaultdict(lambda: Counter(dict.fromkeys(COUNTED, 0)))
    for entry in entries:
        own = winners.get(entry["lead_id"])
        for who in {winners[lead] for lead in entry["counted_for"] if lead in winners}:
            kind = "own" if who == own else "brought"
            sums[who].update({f"{kind}_wins": 1, f"{kind}_value_minor": entry["value_minor"]})
    return [
        {"staff_id": staff, "unit_id": unit, **counts, "value_minor": _both(counts)}
        for (staff, unit), counts in sorted(sums.items())
    ]


def _both(counts: Mapping[str, int]) -> int:
    return counts["own_value_minor"] + counts["brought_value_minor"]
