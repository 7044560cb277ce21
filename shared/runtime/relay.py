"""The relay of one service: numbers commits and publishes them, while it holds the epoch; else it stands by."""

import threading
import time

import structlog
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.core.errors import Contended
from shared.runtime import metrics
from shared.runtime.mongo_store import JsonDocument, MongoStore
from shared.runtime.publisher import Publisher
from shared.runtime.sequencer import BATCH, Fenced, Sequencer
from shared.runtime.watchdog import Pulse

LEASE_SECONDS = 3.0
RENEW_SECONDS = 1.0
RETRY_SECONDS = 1.0
RESEND_SECONDS = 8.0
"""The longest pause before what the broker refuses is sent again: each time, its other queues get it once more."""
GATHER_SECONDS = 0.015
"""After a batch, the next one gathers for this long: a commit that comes alone is numbered at once."""
log = structlog.get_logger()


class Relay:
    """Runs in threads of its own between ``start`` and ``stop``; any number of relays may run for one service."""

    def __init__(self, client: MongoClient[JsonDocument], store: MongoStore, amqp_uri: str) -> None:
        self._store = store
        self._sequencer = Sequencer(client, store)
        self._stopping = threading.Event()
        self._active = threading.Event()
        self._pulse = Pulse(f"{store.service}.sequencer")
        self._publishers = [
            Publisher(store, partition, amqp_uri, self._active) for partition in range(store.partitions)
        ]
        self.threads = [
            threading.Thread(target=self._number_for_ever, name=f"sequencer-{store.service}", daemon=True),
            *(
                threading.Thread(target=self._publish_for_ever, args=(publisher,), daemon=True)
                for publisher in self._publishers
            ),
        ]

    @property
    def pulses(self) -> list[Pulse]:
        return [self._pulse, *(publisher.pulse for publisher in self._publishers)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Ask the threads to end; they do so after what they have in hand."""
        self._stopping.set()

    def _number_for_ever(self) -> None:
        while not self._stopping.is_set():
            self._pulse.beat()
            try:
                self._stand_by()
                self._number()
            except (Fenced, Contended) as error:
                log.info("relay_fenced", service=self._store.service, reason=str(error))
            except PyMongoError as error:
                metrics.WAITS.labels(self._pulse.name).inc()
                log.warning("relay_database_trouble", service=self._store.service, error=str(error)[:200])
                self._stopping.wait(RETRY_SECONDS)
            finally:
                self._active.clear()
                metrics.RELAY_ACTIVE.labels(self._store.service).set(0)

    def _stand_by(self) -> None:
        """Wait while another relay shows that it lives. What stood still before we looked counts: who is started again
        after all relays died waits for nobody.
        """
        seen, still = self._sequencer.beat()
        since = time.monotonic() - still
        while not self._stopping.is_set() and seen != (0, 0) and seen[1] >= 0:
            self._pulse.beat()
            if time.monotonic() - since > LEASE_SECONDS:
                return
            self._stopping.wait(RETRY_SECONDS / 2)
            now, _ = self._sequencer.beat()
            if now != seen:
                seen, since = now, time.monotonic()

    def _number(self) -> None:
        if self._stopping.is_set():
            return
        self._sequencer.claim()
        self._active.set()
        metrics.RELAY_ACTIVE.labels(self._store.service).set(1)
        renewed = time.monotonic()
        for count in self._sequencer.follow():
            self._pulse.beat()
            if count:
                for publisher in self._publishers:
                    publisher.wake()
                if count < BATCH:
                    time.sleep(GATHER_SECONDS)
            elif time.monotonic() - renewed > RENEW_SECONDS:
                self._sequencer.renew()
                renewed = time.monotonic()
            if self._stopping.is_set():
                self._sequencer.release()
                return

    def _publish_for_ever(self, publisher: Publisher) -> None:
        pause = RETRY_SECONDS
        while not self._stopping.is_set():
            publisher.pulse.beat()
            if not self._active.wait(timeout=0.5):
                continue
            try:
                publisher.run()
            except Exception as error:  # noqa: BLE001 -- the log holds what was not confirmed; only a restart helps
                log.warning("publisher_failed", service=self._store.service, error=repr(error)[:200])
            pause = min(2 * pause, RESEND_SECONDS) if publisher.refused else RETRY_SECONDS
            self._stopping.wait(pause)
