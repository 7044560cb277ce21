"""What colleagues do, told to open pages within a moment: one change stream of the desk's database, passed on as
server-sent events.

An event says only that something changed which the page shows; the page reads it anew, as its user may see it. It
listens a moment after it was read, and tells when that was: what changed in between it is told first.
"""

import threading
import time
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any

import structlog
from flask import Response, current_app, request
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.runtime.mongo_store import JsonDocument

MOST_LISTENERS = 200
"""Open pages that one process serves so; each holds a thread. Who comes later reads anew by the clock instead."""
HEARTBEAT_SECONDS = 5.0  # who has gone is noticed when something is written to them
GATHER_SECONDS = 0.15  # what changes in one go is told once
PACE_SECONDS = 0.6  # and a page is not read anew more often than so, however much changes
AWAIT_MS = 500
REMEMBERED = 2_000  # changes; a page that was read before them is told to read anew
PAUSE_SECONDS = 1.0
CHANGED = "event: change\ndata: 1\n\n"
STILL_HERE = ": still here\n\n"
WHOSE = ("owner_id", "queue", "taken_from", "customer_id")
"""Fields of a document that name who has it, or had it before, or whom it is about."""
ABOUT = "parties"
"""The same, several in one field."""
SHOWN = {"ns": 1, "documentKey": 1} | {f"fullDocument.{field}": 1 for field in (*WHOSE, ABOUT)}
log = structlog.get_logger()


class Live:
    """One per process. It begins to watch when the first page listens; ``names`` are those of the projections."""

    def __init__(self, database: Database[JsonDocument], names: Collection[str]) -> None:
        self._database = database
        self._pipeline: list[Mapping[str, Any]] = [
            {"$match": {"ns.coll": {"$regex": f"^({'|'.join(names)})(__v[0-9]+)?$"}}},
            {"$project": SHOWN},
        ]
        self._listeners: dict[SimpleQueue[bool], frozenset[str]] = {}
        self._recent: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)
        self._unbroken_from: int | None = None  # from then on every change is in ``_recent``
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def close(self) -> None:
        """All pages are let go; each asks again elsewhere."""
        self._closed.set()
        for listener in tuple(self._listeners):
            listener.put(False)

    def answer(self, topics: Collection[str], read_at: int | None = None) -> Response:
        """Events for one page, as long as it is open, beginning with the moment it was read at (milliseconds). A topic
        is ``<projection>`` for any change of it, ``<projection>/<key>`` of a document, or
        ``<projection>@<owner, queue or customer>``.
        """
        listener: SimpleQueue[bool] = SimpleQueue()
        with self._lock:
            if len(self._listeners) >= MOST_LISTENERS or self._closed.is_set():
                return Response("", 503, {"Retry-After": "30"})
            self._listeners[listener] = wanted = frozenset(topics)
            if read_at is not None and self._changed(wanted, read_at):
                listener.put(True)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="live", daemon=True)
                self._watcher.start()
        answer = Response(self._events(listener), content_type="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"
        answer.call_on_close(lambda: self._listeners.pop(listener, None))
        return answer

    def _changed(self, wanted: frozenset[str], since: int) -> bool:
        """Whether it did since then, or may have. Before the watch begins nobody knows: all are told when it does."""
        if self._unbroken_from is None:
            return False
        return since < self._unbroken_from or any(
            since <= at and not wanted.isdisjoint(topics) for at, topics in self._recent
        )

    def _events(self, listener: "SimpleQueue[bool]") -> Iterator[str]:
        yield STILL_HERE
        while not self._closed.is_set():
            try:
                going_on = listener.get(timeout=HEARTBEAT_SECONDS)
            except Empty:
                yield STILL_HERE
                continue
            if not going_on:
                return
            time.sleep(GATHER_SECONDS)
            while not listener.empty():
                listener.get()
            yield CHANGED
            time.sleep(PACE_SECONDS)

    def _watch(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
            except PyMongoError as error:
                log.warning("live_interrupted", error=type(error).__name__)
                with self._lock:
                    self._unbroken_from = None
                time.sleep(PAUSE_SECONDS)

    def _follow(self) -> None:
        with self._database.watch(self._pipeline, "updateLookup", max_await_time_ms=AWAIT_MS) as changes:
            with self._lock:  # whatever changed while nobody watched
                self._recent.clear()
                self._unbroken_from = milliseconds()
                for listener in tuple(self._listeners):
                    listener.put(True)
            while changes.alive and not self._closed.is_set():
                change = changes.try_next()
                if change is not None and "documentKey" in change:
                    self._tell(topics_of(change))

    def _tell(self, topics: frozenset[str]) -> None:
        with self._lock:
            if len(self._recent) == REMEMBERED:
                self._unbroken_from = self._recent[0][0] + 1
            self._recent.append((milliseconds(), topics))
            for listener, wanted in tuple(self._listeners.items()):
                if not wanted.isdisjoint(topics):
                    listener.put(True)


def topics_of(change: Mapping[str, Any]) -> frozenset[str]:
    """``{"ns": {"coll": "corporate_desk__v2"}, "documentKey": {"_id": "l1"}, …}`` → ``corporate_desk/l1``, and the
    topics of whose it is, and was.
    """
    projection = str(change["ns"]["coll"]).partition("__")[0]
    document = change.get("fullDocument") or {}
    whose = (*(document.get(field) for field in WHOSE), *document.get(ABOUT, ()))
    key = change["documentKey"]["_id"]
    return frozenset({projection, f"{projection}/{key}", *(f"{projection}@{one}" for one in whose if one)})


def listen(topics: Collection[str]) -> Response:
    live: Live = current_app.extensions["live"]
    return live.answer(topics, request.args.get("read_at", type=int))


def milliseconds() -> int:
    return time.time_ns() // 1_000_000
