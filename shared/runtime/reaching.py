"""Reaches for a queue beside the work: a broker that lets us in and then does not answer holds nobody up.

A node without its queues' leaders, as after a partition, may take seconds over each declaration before it gives up.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from pika import BlockingConnection
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, ConsumerCancelled

CLOSE_SECONDS = 2.0


class Reached(NamedTuple):
    """A queue that is being consumed. ``deliveries`` are as ``channel.consume`` gives them."""

    connection: BlockingConnection
    channel: BlockingChannel
    queue: str
    deliveries: Iterator[Any]


class Reaching:
    """One try, in a thread of its own. What is not wanted any more by the time that it comes is closed there."""

    def __init__(self, reach: Callable[[], Reached], name: str) -> None:
        self._reach = reach
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._left = False
        self._reached: Reached | None = None
        self._failure: Exception | None = None
        threading.Thread(target=self._run, name=f"reaching-{name}", daemon=True).start()

    def wait(self, seconds: float) -> bool:
        """Whether the try has ended by then, in one way or another."""
        return self._ended.wait(seconds)

    def reached(self) -> Reached:
        """What it came to. Raises what it failed with."""
        if self._failure is not None:
            raise self._failure
        if self._reached is None:
            raise RuntimeError("the try has not ended")
        return self._reached

    def leave(self) -> None:
        """Give the connection back, now or when it comes; a broker that does not answer is not waited for."""
        with self._lock:
            self._left = True
        if self._reached is not None:
            closing = threading.Thread(target=_close, args=(self._reached.connection,), daemon=True)
            closing.start()
            closing.join(CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            reached = self._reach()
            with self._lock:
                if not self._left:
                    self._reached = reached
            if self._reached is None:
                _close(reached.connection)
        except Exception as failure:  # noqa: BLE001 -- it is raised where the try is asked for
            self._failure = failure
        finally:
            self._ended.set()


def flowing(deliveries: Iterator[Any]) -> Iterator[Any]:
    """The same, once the broker was asked for them: ``channel.consume`` does so only then. Raises ``ConsumerCancelled``
    where they end at once, because somebody deleted the queue meanwhile.
    """
    first = next(deliveries, None)
    if first is None:
        raise ConsumerCancelled
    return chain((first,), deliveries)


def _close(connection: BlockingConnection) -> None:
    with contextlib.suppress(AMQPError, OSError):
        if connection.is_open:
            connection.close()
