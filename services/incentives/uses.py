"""What registry has recorded of an account's use, read from its log: for an account that a correction moved."""

from collections.abc import Iterator

from services.incentives.shelf import Log
from shared.core.recorded import Recorded


def uses_of(log: Log, holding_id: str) -> Iterator[Recorded]:
    """Every day of it, and every correction of one."""
    of_holding = {"stream": {"$gte": f"activity-{holding_id}.", "$lt": f"activity-{holding_id}/"}}  # "/" follows "."
    for stream in sorted(log.commits.distinct("stream", of_holding)):
        for commit in log.load(stream):
            yield from commit.recorded()
