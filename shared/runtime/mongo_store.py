"""The commit store on MongoDB: one document is one commit, kept once the majority has journalled it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson.codec_options import CodecOptions
from pymongo import ASCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.core.errors import AlreadyDone, NotFound, VersionConflict
from shared.core.recorded import Commit, Recorded
from shared.runtime import metrics
from shared.runtime.codec import Codec, Envelope
from shared.runtime.config import BadSettings
from shared.runtime.crash_points import crash_point

JsonDocument = dict[str, Any]
UNNUMBERED = {"position": {"$type": "null"}}
PLACE = {"partition": 1, "position": 1, "count": {"$size": "$events"}}
KEPT = WriteConcern(w="majority", j=True)
CONFIRM_MS = 5_000
"""How long a member may take to learn that it is the primary still. One that is not answers never."""


class MongoStore:
    """The log of one service, in ``<service>.commits``."""

    def __init__(self, database: Database[JsonDocument], codec: Codec, partitions: int = 1) -> None:
        self.service = codec.service
        self.codec = codec
        self.partitions = partitions
        self.database = database
        self.commits = database.get_collection(
            "commits",
            codec_options=CodecOptions(tz_aware=True),
            write_concern=KEPT,
            read_concern=ReadConcern("majority"),
        )
        self._linearizable = database.get_collection("sequence", read_concern=ReadConcern("linearizable"))

    def prepare(self) -> None:
        """Make the indexes, where they are missing. Unique ones are what concurrency and idempotence stand on.

        Raises ``BadSettings`` where the store was made with another number of partitions: it never changes.
        """
        sequence = self.database.get_collection("sequence", write_concern=KEPT)
        sequence.update_one({"_id": "partitions"}, {"$setOnInsert": {"count": self.partitions}}, upsert=True)
        made = (sequence.find_one({"_id": "partitions"}) or {})["count"]
        if made != self.partitions:
            raise BadSettings(f"LIANDONG_PARTITIONS is {self.partitions}; {self.service} was made with {made}.")
        self.commits.create_indexes(
            [
                IndexModel([("stream", ASCENDING), ("version", ASCENDING)], unique=True, name="stream_version"),
                IndexModel([("meta.command_id", ASCENDING), ("stream", ASCENDING)], unique=True, name="command"),
                IndexModel(
                    [("partition", ASCENDING), ("position", ASCENDING)],
                    unique=True,
                    name="position",
                    partialFilterExpression={"position": {"$gt": 0}},
                ),
                IndexModel(
                    [("stream", ASCENDING), ("version", ASCENDING), ("position", ASCENDING)],
                    name="unnumbered",
                    partialFilterExpression=UNNUMBERED,
                ),
            ]
        )

    def append(self, commits: Sequence[Commit]) -> None:
        documents = [self.codec.to_document(commit) for commit in commits]
        crash_point("append.decided")
        try:
            if len(documents) == 1:
                self.commits.insert_one(documents[0])
            else:
                self.commits.insert_many(documents, ordered=True)
        except DuplicateKeyError as error:
            raise _refusal(error.details or {}) from None
        except BulkWriteError as error:
            self._count(commits[: error.details.get("nInserted", 0)])
            # From None: its text holds whole documents, and a log shows causes, too.
            raise _refusal(error.details["writeErrors"][0] if error.details.get("writeErrors") else {}) from None
        self._count(commits)
        crash_point("append.written")

    def _count(self, kept: Sequence[Commit]) -> None:
        metrics.COMMITS.labels(self.service).inc(len(kept))
        metrics.EVENTS.labels(self.service).inc(sum(len(commit.events) for commit in kept))

    def load(self, stream: str, after: int = 0) -> list[Commit]:
        found = self.commits.find({"stream": stream, "version": {"$gt": after}}).sort("version")
        return [self.codec.from_document(document) for document in found]

    def load_many(self, streams: Sequence[str]) -> dict[str, list[Commit]]:
        return self.load_since(dict.fromkeys(streams, 0))

    def load_since(self, after: Mapping[str, int]) -> dict[str, list[Commit]]:
        loaded: dict[str, list[Commit]] = {stream: [] for stream in after}
        whole: JsonDocument = {"stream": {"$in": [stream for stream, version in after.items() if not version]}}
        tails = [{"stream": stream, "version": {"$gt": version}} for stream, version in after.items() if version]
        found = self.commits.find({"$or": [whole, *tails]} if tails else whole)
        for document in found.sort([("stream", 1), ("version", 1)]):
            loaded[document["stream"]].append(self.codec.from_document(document))
        return loaded

    def is_newest(self, versions: Mapping[str, int]) -> bool:
        """Whether each stream stands at its version, as the majority has it."""
        newest: list[JsonDocument] = [
            {"$match": {"stream": {"$in": list(versions)}}},
            {"$sort": {"stream": -1, "version": -1}},
            {"$group": {"_id": "$stream", "version": {"$first": "$version"}}},
        ]
        with self.database.client.start_session(causal_consistency=True) as session:
            self._confirm(session)
            found = {one["_id"]: one["version"] for one in self.commits.aggregate(newest, session=session)}
        return all(found.get(stream, 0) == version for stream, version in versions.items())

    def _confirm(self, session: ClientSession) -> None:
        """A linearizable read: once it is answered, this member is primary and knows what the majority has. It is the
        session's first; what is read in that session then is no older, whichever member answers.
        """
        self._linearizable.find_one({"_id": "partitions"}, max_time_ms=CONFIRM_MS, session=session)

    def load_with(self, stream: str, command_id: str, after: int = 0) -> tuple[list[Commit], list[Commit]]:
        mine = {"stream": stream, "version": {"$gt": after}} if after else {"stream": stream}
        found = self.commits.find({"$or": [mine, {"meta.command_id": command_id}]})
        commits = sorted(map(self.codec.from_document, found), key=lambda commit: commit.version)
        done = [commit for commit in commits if commit.meta.command_id == command_id]
        return [commit for commit in commits if commit.stream == stream and commit.version > after], done

    def made_by(self, command_ids: Collection[str], streams: Collection[str]) -> list[Commit]:
        query = {"meta.command_id": {"$in": list(command_ids)}, "stream": {"$in": list(streams)}}
        return [self.codec.from_document(document) for document in self.commits.find(query)]

    def by_command(self, command_id: str) -> Commit | None:
        document = self.commits.find_one({"meta.command_id": command_id})
        return None if document is None else self.codec.from_document(document)

    def documents(
        self,
        partition: int,
        after: int,
        upto: int | None = None,
        types: Collection[str] | None = None,
        session: ClientSession | None = None,
    ) -> Iterator[JsonDocument]:
        """The numbered commits that hold a position over ``after`` (and start no later than ``upto``), in order; with
        ``types``, those that hold an event of these types.
        """
        bounds = {"$gt": after} if upto is None else {"$gt": after, "$lte": upto}
        query: JsonDocument = {"partition": partition, "position": bounds}
        if types is not None:
            query["events.type"] = {"$in": sorted(types)}
        found = self.commits.find(query, session=session).sort("position")
        first = next(found, None)
        # Positions are dense: where the next commit does not begin right after `after`, that lies inside a commit.
        if first is None or first["position"] > after + 1:
            yield from self._holder(partition, after, session)
        if first is not None:
            yield first
            yield from found

    def _holder(self, partition: int, position: int, session: ClientSession | None) -> Iterator[JsonDocument]:
        """The commit that a position falls into, unless that is its last."""
        query = {"partition": partition, "position": {"$gt": 0, "$lte": position}}
        holder = self.commits.find_one(query, sort=[("position", -1)], session=session)
        if holder is not None and holder["position"] + len(holder["events"]) - 1 > position:
            yield holder

    def envelopes(self, partition: int, after: int, upto: int | None = None) -> Iterator[Envelope]:
        """The events after a position as they would be carried, unread."""
        for document in self.documents(partition, after, upto):
            for envelope in self.codec.envelopes(document):
                if envelope.position > after and (upto is None or envelope.position <= upto):
                    yield envelope

    def read(self, partition: int, after: int, limit: int) -> list[Recorded]:
        found: list[Recorded] = []
        for recorded in self.stream(partition, after):
            if len(found) >= limit and recorded.version != found[-1].version + 1:
                break
            found.append(recorded)
        return found

    def stream(self, partition: int, after: int = 0, upto: int | None = None) -> Iterator[Recorded]:
        return map(self.codec.open, self.envelopes(partition, after, upto))

    def head(self, partition: int, session: ClientSession | None = None) -> int:
        numbered = {"partition": partition, "position": {"$gt": 0}}
        last = self.commits.find_one(numbered, PLACE, sort=[("position", -1)], session=session)
        return 0 if last is None else int(last["position"]) + int(last["count"]) - 1

    def unnumbered(self, most: int) -> int:
        """How many commits wait for their number; counting ends at ``most``."""
        return self.commits.count_documents({"position": None}, limit=most, hint="unnumbered")

    def waiting(self, session: ClientSession) -> list[str]:
        """The commits that have no place yet, of all that anybody was ever told are kept; ``session`` is new."""
        self._confirm(session)
        found = self.commits.find({"position": None}, {"_id": 1}, hint="unnumbered", session=session)
        return [one["_id"] for one in found]

    def have_places(self, commit_ids: Sequence[str], session: ClientSession) -> bool:
        without = {"_id": {"$in": list(commit_ids)}, "position": None}
        return self.commits.find_one(without, {"_id": 1}, session=session) is None

    def numbered(self, upto: datetime) -> bool:
        """Whether every commit that was recorded by a moment has its place."""
        early = {"position": None, "recorded_at": {"$lte": upto}}
        return self.commits.find_one(early, {"_id": 1}, hint="unnumbered") is None

    def position_of(self, commit_id: str) -> tuple[int, int] | None:
        found = self.commits.find_one({"_id": commit_id}, PLACE)
        if found is None:
            raise NotFound("not_found", f"There is no commit {commit_id} in {self.service}.")
        if found["position"] is None:
            return None
        return found["partition"], found["position"] + found["count"] - 1


def _refusal(details: Mapping[str, Any]) -> Exception:
    """Which promise a duplicate key kept: ``details`` are the server's own."""
    pattern = details.get("keyPattern", {})
    if "meta.command_id" in pattern:
        return AlreadyDone(str(details.get("keyValue", {}).get("meta.command_id")))
    return VersionConflict(str(details.get("keyValue")))
