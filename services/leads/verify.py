"""What ``liandong verify`` checks of leads besides log and projections: every score can be computed again (rule L5)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from services.leads.score_asking import cards_told, reproduced
from services.leads.score_events import LeadScored, ScorecardSubmitted
from shared.core.event import Event
from shared.core.recorded import Recorded

Check = Callable[[], Iterator[str]]


class Log(Protocol):
    partitions: int

    def stream(self, partition: int) -> Iterator[Recorded]: ...


def checks(log: Log) -> dict[str, Check]:
    """The checks by a name for people, on the log of leads."""
    return {"leads: every score comes again from its card and facts": partial(scores_come_again, log)}


def scores_come_again(log: Log) -> Iterator[str]:
    """In two passes: a score may stand before its card, in another partition."""
    cards = cards_told([one for one in _told(log) if isinstance(one, ScorecardSubmitted)])
    for told in _told(log):
        if isinstance(told, LeadScored) and not reproduced(cards.get(told.card_hash), told):
            yield f"lead {told.lead_id}: {told.points} points of {told.card} on {told.on} do not come out again"


def _told(log: Log) -> Iterator[Event]:
    return (recorded.event for partition in range(log.partitions) for recorded in log.stream(partition))
