"""What is measured only when Prometheus asks: how far loops, subscriptions and logs are. The database is asked at most
once a second, and left out of the answer where it does not answer.
"""

import time
from collections.abc import Iterable, Iterator, Sequence

import pymongo
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector
from pymongo.errors import PyMongoError

from shared.runtime import metrics
from shared.runtime.mongo_store import MongoStore
from shared.runtime.subscription import Subscription
from shared.runtime.watchdog import Watchdog

KEEP_SECONDS, ASK_SECONDS = 1.0, 2.0
COUNTED = 10_000


class Gauges(Collector):
    """Of one process: ``numbered`` are the logs that it gives positions in."""

    def __init__(self, watchdog: Watchdog, numbered: Iterable[MongoStore] = ()) -> None:
        self._watchdog = watchdog
        self._numbered = list(numbered)
        self._subscriptions: list[Subscription] = []
        self._asked = 0.0
        self._answer: list[GaugeMetricFamily] = []
        REGISTRY.register(self)

    def follow(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions += subscriptions

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked while this is registered."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ages = GaugeMetricFamily(*metrics.LOOP_AGE, labels=("loop",))
        for loop, age in self._watchdog.ages().items():
            ages.add_metric((loop,), age)
        yield ages
        places = GaugeMetricFamily(*metrics.CHECKPOINT, labels=metrics.PLACE)
        for one in self._subscriptions:
            places.add_metric(_place(one), one.checkpoint)
        yield places
        yield from self._asked_of_the_database()

    def _asked_of_the_database(self) -> list[GaugeMetricFamily]:
        now = time.monotonic()
        if now - self._asked >= KEEP_SECONDS:
            self._asked = now
            try:
                with pymongo.timeout(ASK_SECONDS):
                    self._answer = [*self._lags(), self._parked(), self._unnumbered()]
            except PyMongoError:
                self._answer = []
        return self._answer

    def _lags(self) -> Iterator[GaugeMetricFamily]:
        lags = GaugeMetricFamily(*metrics.LAG, labels=metrics.PLACE)
        heads: dict[tuple[str, int], int] = {}
        for one in self._subscriptions:
            log = (one.source.service, one.partition)
            if log not in heads:
                heads[log] = one.source.head(one.partition)
            lags.add_metric(_place(one), max(0, heads[log] - one.checkpoint))
        yield lags

    def _parked(self) -> GaugeMetricFamily:
        """By owner one question, whatever the number of subscriptions; those with nothing parked show 0."""
        parked = GaugeMetricFamily(*metrics.PARKED, labels=metrics.PLACE)
        counts: dict[str, int] = {}
        for database in {one.database.name: one.database for one in self._subscriptions}.values():
            by_subscription = [{"$group": {"_id": "$subscription", "count": {"$sum": 1}}}]
            counts |= {found["_id"]: found["count"] for found in database.parked.aggregate(by_subscription)}
        for one in self._subscriptions:
            parked.add_metric(_place(one), counts.get(one.key, 0))
        return parked

    def _unnumbered(self) -> GaugeMetricFamily:
        waiting = GaugeMetricFamily(*metrics.UNNUMBERED, labels=("service",))
        for store in self._numbered:
            waiting.add_metric((store.service,), store.unnumbered(COUNTED))
        return waiting


def _place(subscription: Subscription) -> tuple[str, str, str]:
    return subscription.name, subscription.source.service, str(subscription.partition)
