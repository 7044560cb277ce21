"""A bulletin: published once, for a period that is closed (rule I13)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

import msgspec

from services.incentives.bulletin_events import BulletinPublished, Given
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken


class PublishBulletin(Command, frozen=True):
    """``closed``: whether a statement closed the period."""

    bulletin: BulletinPublished
    closed: bool


def _decide(published: bool, command: PublishBulletin) -> Sequence[BulletinPublished]:
    match command:
        case PublishBulletin(closed=False, bulletin=bulletin):
            message = f"{bulletin.period} is open; its places may still change. Close it, then publish."
            raise RuleBroken("period_open", message, rule="I13")
        case PublishBulletin(bulletin=bulletin):
            return [] if published else [bulletin]
        case _:
            assert_never(command)


BULLETIN: Decider[bool, PublishBulletin] = Decider("bulletin", initial=False, decide=_decide, evolve=lambda _, __: True)


def what_was_given(lines: Sequence[Mapping[str, Any]]) -> Iterator[Given]:
    """Awards and penalties as they stand, with what accepted disputes changed; not those that came to nothing."""
    changed: Counter[str] = Counter()
    for line in lines:
        if line["adjusts"]:
            changed[line["adjusts"]] += line["points_milli"]
    for line in lines:
        points = line["points_milli"] + changed[line["line_id"]]
        if not line["adjusts"] and points:
            said = {name: line[name] for name in Given.__struct_fields__}
            yield msgspec.convert({**said, "points_milli": points}, Given)
