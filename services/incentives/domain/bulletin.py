"""A bulletin: published once, for a period that is closed (rule I13)."""

from collections.abc import Sequence
from typing import assert_never

from services.incentives.bulletin_events import BulletinPublished
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
