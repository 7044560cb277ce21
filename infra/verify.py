"""Computes everything again from the log and compares. Each check yields its differences, none when all holds."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from pymongo import MongoClient

from shared.core.ids import partition_of
from shared.core.projection import Document, Projection
from shared.runtime.aliases import live
from shared.runtime.compare import Tally, canonical
from shared.runtime.mongo_store import JsonDocument, MongoStore
from shared.runtime.parking import Parking
from shared.runtime.projector import subscription_name
from shared.runtime.wiring import Logs

Check = Callable[[], Iterator[str]]


class Note(str):
    """Something to know that is no difference."""

    __slots__ = ()


def checks(
    client: MongoClient[JsonDocument], logs: Logs, projections: Mapping[str, tuple[Projection, ...]]
) -> dict[str, Check]:
    """What there is to check, by a name for people."""
    found: dict[str, Check] = {"left out by decision": partial(decided, client, (*logs.stores, "desk"))}
    for service, store in logs.stores.items():
        found[f"{service}: positions dense, streams gapless"] = partial(log_holds, store)
    for owner, owned in projections.items():
        for projection in owned:
            name = f"{owner}.{projection.name}: equals a refold"
            found[name] = partial(projection_holds, client, logs, owner, projection)
    return found


def log_holds(store: MongoStore) -> Iterator[str]:
    """Positions 1..n without a hole in each partition; versions 1..n in each stream; each in its own partition."""
    ends = dict.fromkeys(range(store.partitions), 0)
    versions: dict[str, int] = {}
    fields = {"stream": 1, "version": 1, "partition": 1, "position": 1, "count": {"$size": "$events"}}
    for commit in store.commits.find({"position": {"$gt": 0}}, fields).sort([("partition", 1), ("position", 1)]):
        partition, stream = commit["partition"], commit["stream"]
        if commit["position"] != ends[partition] + 1:
            yield f"{commit['_id']} has position {commit['position']}, after {ends[partition]} in partition {partition}"
        ends[partition] = commit["position"] + commit["count"] - 1
        if commit["version"] != versions.get(stream, 0) + 1:
            yield f"{commit['_id']} is numbered after version {versions.get(stream, 0)} of its stream"
        versions[stream] = commit["version"] + commit["count"] - 1
        if partition != partition_of(stream, store.partitions):
            yield f"{commit['_id']} lies in partition {partition}"
    waiting = store.commits.count_documents({"position": None})
    if waiting:
        yield f"{waiting} commits of {store.service} are not numbered: is the relay running?"


def decided(client: MongoClient[JsonDocument], owners: Iterable[str]) -> Iterator[Note]:
    """Events that two people decided to leave out: the refolds below do without them, too."""
    for owner in owners:
        for event in Parking(client[owner]).discarded():
            by, why = event["discard"], event["discard"]["reason"]
            people = f"proposed by {by['proposed_by']}, confirmed by {by['confirmed_by']}"
            yield Note(f"{event['subscription']} does without {event['event_id']} ({people}: {why})")


def projection_holds(
    client: MongoClient[JsonDocument], logs: Logs, owner: str, projection: Projection
) -> Iterator[str]:
    """The stored documents equal a refold of the log up to the stored checkpoints.

    The refold takes the sources one after another, the last first: another interleaving than any that was lived.
    """
    with client.start_session(snapshot=True) as session:
        stored = {d.pop("_id"): d for d in live(client[owner], projection, session).find(session=session)}
        places = {c["_id"]: c.get("position", 0) for c in client[owner].checkpoints.find(session=session)}
        skipped = {
            d["event_id"]
            for d in client[owner].discarded.find(
                {"subscription": {"$regex": f"^{re.escape(subscription_name(owner, projection))}/"}}, session=session
            )
        }
        parked = client[owner].parked.count_documents(
            {"subscription": {"$regex": f"^{re.escape(subscription_name(owner, projection))}/"}}, session=session
        )
    if parked:
        yield f"{parked} events are parked: `liandong parked list` shows them"
        return
    documents: dict[str, Document] = {}
    for source in reversed(list(projection.sources)):
        for partition in range(logs[source].partitions):
            upto = places.get(f"{subscription_name(owner, projection)}/{source}/{partition}", 0)
            wanted = (
                logs[source].codec.open(envelope)
                for envelope in logs[source].envelopes(partition, 0, upto)
                if envelope.type in projection.handles(source) and envelope.id not in skipped
            )
            projection.fold(documents, wanted)
    yield from differences(stored, documents)


def differences(stored: Mapping[str, Any], refolded: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(stored.keys() | refolded.keys()):
        if key not in stored:
            yield f"{key} is missing"
        elif key not in refolded:
            yield f"{key} has no events behind it"
        elif canonical(stored[key]) != canonical(refolded[key]):
            yield f"{key} is {stored[key]!r:.200}, from the log it is {refolded[key]!r:.200}"


def collection_hash(documents: Mapping[str, Any]) -> str:
    """One hash over a whole projection."""
    tally = Tally()
    for key in sorted(documents):
        tally.add(key, canonical(documents[key]))
    return tally.hash
