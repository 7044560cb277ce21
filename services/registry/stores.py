"""Where registry keeps what is no event: customers' wrapped keys, rejects reports, how far long loads have come."""

from collections.abc import Iterator, Mapping, Sequence
from secrets import token_hex
from typing import Any

import msgspec
from pymongo import ASCENDING, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from services.registry.places import Place
from services.registry.rejects import Reject

KEPT = WriteConcern(w="majority", j=True)
DUPLICATE = 11000
ALIAS_BYTES = 8
Documents = Database[dict[str, Any]]


class MongoKeys:
    """Collection ``keys``: ``{_id: customer id, wrapped, marks}``; for who was erased, an empty key and no marks. A key
    is on disk before anything is sealed with it. Collection ``aliases``: ``{_id: mark, alias}``.
    """

    def __init__(self, database: Documents) -> None:
        self._keys = database.get_collection("keys", write_concern=KEPT)
        self._aliases = database.get_collection("aliases", write_concern=KEPT)

    def find(self, customer_ids: Sequence[str]) -> dict[str, bytes]:
        found = self._keys.find({"_id": {"$in": list(customer_ids)}})
        return {document["_id"]: document["wrapped"] for document in found}

    def add(self, keys: Mapping[str, bytes]) -> None:
        try:
            self._keys.insert_many(
                [{"_id": customer_id, "wrapped": wrapped} for customer_id, wrapped in keys.items()], ordered=False
            )
        except BulkWriteError as error:
            if any(one["code"] != DUPLICATE for one in error.details["writeErrors"]):
                raise

    def mark(self, marks: Mapping[str, Sequence[str]]) -> None:
        wishes = [
            UpdateOne({"_id": customer_id, "wrapped": {"$ne": b""}}, {"$addToSet": {"marks": {"$each": list(some)}}})
            for customer_id, some in marks.items()
        ]
        if wishes:
            self._keys.bulk_write(wishes, ordered=False)

    def holders(self, mark: str) -> list[str]:
        return [document["_id"] for document in self._keys.find({"marks": mark}, {"_id": 1}).sort("_id")]

    def shared(self, fewest: int, most: int) -> Iterator[tuple[str, list[str]]]:
        steps: list[dict[str, Any]] = [
            {"$unwind": "$marks"},
            {"$group": {"_id": "$marks", "many": {"$sum": 1}, "first": {"$minN": {"input": "$_id", "n": most}}}},
            {"$match": {"many": {"$gte": fewest}}},
        ]
        for group in self._keys.aggregate(steps, allowDiskUse=True):
            yield group["_id"], group["first"]

    def alias(self, mark: str) -> str:
        drawn = {"$setOnInsert": {"alias": token_hex(ALIAS_BYTES)}}
        self._aliases.update_one({"_id": mark}, drawn, upsert=True)
        return str(self._aliases.distinct("alias", {"_id": mark})[0])

    def aliases(self) -> dict[str, str]:
        return {document["_id"]: document["alias"] for document in self._aliases.find({})}

    def destroy(self, customer_id: str) -> bool:
        had = self._keys.find_one_and_replace({"_id": customer_id}, {"wrapped": b""}, upsert=True) or {"wrapped": b""}
        for mark in had.get("marks", ()):
            if not self.holders(mark):
                self._aliases.delete_one({"_id": mark})
        return bool(had["wrapped"])

    def empty(self) -> bool:
        return self._keys.find_one({}, {"_id": 1}) is None

    def unmarked(self) -> bool:
        return self._keys.find_one({"marks": {"$exists": True}}, {"_id": 1}) is None

    def prepare(self) -> None:
        self._keys.create_index([("marks", ASCENDING)], name="marks", sparse=True)


class MongoBlocks:
    """Collection ``alike``, only while customers are compared: ``{_id: customer id, marks}``."""

    def __init__(self, database: Documents) -> None:
        self._alike = database.get_collection("alike")

    def clear(self) -> None:
        self._alike.drop()

    def add(self, marks: Mapping[str, Sequence[str]]) -> None:
        if marks:
            self._alike.insert_many([{"_id": one, "marks": list(some)} for one, some in marks.items()], ordered=False)

    def shared(self, most: int) -> Iterator[list[str]]:
        steps: list[dict[str, Any]] = [
            {"$unwind": "$marks"},
            {"$group": {"_id": "$marks", "customers": {"$firstN": {"input": "$_id", "n": most}}}},
            {"$match": {"customers.1": {"$exists": True}}},
        ]
        for group in self._alike.aggregate(steps, allowDiskUse=True):
            yield sorted(group["customers"])


class MongoRejects:
    """Collection ``rejects``, a document for each; ``reports`` says which run is a feed's report."""

    def __init__(self, database: Documents) -> None:
        self._rejects = database.get_collection("rejects", write_concern=KEPT)
        self._reports = database.get_collection("reports", write_concern=KEPT)

    def prepare(self) -> None:
        self._rejects.create_index([("run", ASCENDING), ("line", ASCENDING)], name="run_line")

    def add(self, run: str, rejects: Sequence[Reject]) -> None:
        if rejects:
            self._rejects.insert_many([msgspec.to_builtins(reject) | {"run": run} for reject in rejects])

    def cut(self, run: str, line: int) -> None:
        self._rejects.delete_many({"run": run, "line": {"$gt": line}})

    def publish(self, feed_id: str, run: str) -> None:
        self._reports.replace_one({"_id": feed_id}, {"run": run}, upsert=True)
        self._rejects.delete_many({"run": {"$gte": f"{feed_id}/", "$lt": run}})

    def of(self, feed_id: str, from_line: int = 1, limit: int = 0) -> Iterator[Reject]:
        report = self._reports.find_one({"_id": feed_id})
        if report is not None:
            wanted = {"run": report["run"], "line": {"$gte": from_line}}
            found = self._rejects.find(wanted, {"_id": 0, "run": 0}).sort([("line", 1), ("_id", 1)]).limit(limit)
            yield from (msgspec.convert(document, Reject) for document in found)


class MongoPlaces:
    """Collection ``loads``: a document for each feed that is being loaded, or whose load was killed."""

    def __init__(self, database: Documents) -> None:
        self._loads = database.get_collection("loads", write_concern=KEPT)

    def find(self, feed_id: str) -> Place | None:
        found = self._loads.find_one({"_id": feed_id})
        return msgspec.convert(found, Place) if found else None

    def keep(self, feed_id: str, place: Place) -> None:
        self._loads.replace_one({"_id": feed_id}, msgspec.to_builtins(place), upsert=True)

    def forget(self, feed_id: str) -> None:
        self._loads.delete_one({"_id": feed_id})
