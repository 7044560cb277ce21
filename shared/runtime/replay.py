"""A projection as it was at a moment, folded from the log into a collection of its own."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from pymongo.collection import Collection
from pymongo.database import Database

from shared.core.projection import Projection
from shared.core.recorded import Recorded
from shared.runtime.mongo_store import JsonDocument, MongoStore
from shared.runtime.parking import left_out_of
from shared.runtime.projector import places_of
from shared.runtime.refold import Refold


def replay(
    database: Database[JsonDocument],
    projection: Projection,
    sources: Mapping[str, MongoStore],
    until: datetime,
    into: Collection[JsonDocument],
    key: str | None = None,
) -> Iterator[None]:
    """Fold into ``into`` what was recorded by ``until``; comes back after each chunk. With ``key``, only that document
    is whole. Raises ``Unfoldable``.
    """
    places = places_of(database, projection, sources)
    over: set[tuple[str, str]] = set()

    def wanted(recorded: Recorded) -> bool:
        # A stream ends with its first event after the moment, even where a clock that was set back made a later event
        # an earlier time.
        stream = (recorded.service, recorded.stream)
        if recorded.recorded_at > until or stream in over:
            over.add(stream)
            return False
        return key is None or key in projection.keys(recorded)

    refold = Refold(projection, places, into, left_out_of(database, places), wanted)
    yield from refold.read({place: store.head(partition) for place, (store, partition) in places.items()})
