"""What of the standing needs a hand: pure, of what the API tells."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.desk.web.api_client import Json

BEHIND = 1_000
"""Events; less is caught up within a second or two."""
LATE_HOURS = 72.0
"""After which a statement that HR did not acknowledge is asked about."""


@dataclass(frozen=True)
class Trouble:
    """``kind`` is one of ``silent, down, parked, dead_lettered, alone, behind, late``; ``what`` names the thing."""

    kind: str
    what: str
    count: int = 0


def troubles(view: Json) -> list[Trouble]:
    """The worst first."""
    found = [Trouble("silent", name) for name in view["silent"]]
    found += [Trouble("down", one["process"], one["deaths"]) for one in view["processes"] if one["pid"] is None]
    return [*found, *_of(view["standing"])] if view["standing"] else found


def _of(standing: Json) -> Iterator[Trouble]:
    if standing["parked"]:
        yield Trouble("parked", "", standing["parked"])
    if standing["dead_lettered"]:
        yield Trouble("dead_lettered", "", standing["dead_lettered"])
    for queue in standing["queues"]:
        if queue["messages"] is not None and not queue["consumers"]:
            yield Trouble("alone", queue["name"], queue["messages"])
    for one in sorted(standing["subscriptions"], key=lambda one: -int(one["lag"])):
        if one["lag"] >= BEHIND:
            yield Trouble("behind", one["name"], one["lag"])
    oldest = standing["oldest_unacknowledged"]
    if oldest and oldest["hours"] >= LATE_HOURS:
        yield Trouble("late", oldest["period"], int(oldest["hours"]))
