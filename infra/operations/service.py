"""The operations service: how everything stands, over HTTP, and what operators decide about parked events."""

import os
from pathlib import Path
from typing import Any

import structlog
from pymongo import MongoClient

from infra import load_report
from infra.connected import Connected
from infra.operations import parked, schemas
from infra.operations.watch import EVERY_SECONDS, View, Watch
from services.catalogue import EVENTS, UPCASTS
from shared.core.errors import NotFound
from shared.runtime.api import Call, Raw, api
from shared.runtime.config import Settings
from shared.runtime.every import every
from shared.runtime.kernel import Built
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs

WATCHERS = ("ops", "auditor")
DECIDERS = ("ops",)
PLACE = "/api/operations/parked/<subscription>/<stream>"
HTML = "text/html"
Json = dict[str, Any]
log = structlog.get_logger()


class Operations:
    """What the entrypoints work with. ``run_dir`` is that of the stack on this machine, where one runs."""

    def __init__(self, settings: Settings, client: MongoClient[JsonDocument]) -> None:
        given = os.environ.get("LIANDONG_RUN")
        self.run_dir = Path(given) if given else None
        self.client = client
        logs = Logs(client, EVENTS, UPCASTS, settings.partitions)
        self.watch = Watch(Connected(settings, client, logs), self.run_dir)

    def close(self) -> None:
        self.watch.close()

    def load_test(self) -> Json | None:
        """The last load test of this run directory, and how it went from second to second."""
        report = load_report.last_report(self.run_dir) if self.run_dir else None
        if report is None or self.run_dir is None:
            return None
        facts = {name: getattr(report, name) for name in schemas.LoadTestView().fields if name != "seconds"}
        return facts | {"seconds": list(load_report.seconds(self.run_dir))}


class OperationsService:
    name = "operations"
    operations: Operations = Built(Operations)

    @every(EVERY_SECONDS)
    def keep_sample(self) -> None:
        self.operations.watch.keep_sample()

    @api("GET", "/api/operations/standing", roles=WATCHERS, view=schemas.StandingView)
    def standing(self, _call: Call) -> View:
        return self.operations.watch.view()

    @api("GET", "/api/operations/history", roles=WATCHERS, view=schemas.HistoryView)
    def history(self, _call: Call) -> Json:
        return {"every_seconds": EVERY_SECONDS, "samples": list(self.operations.watch.samples)}

    @api("GET", "/api/operations/parked", roles=WATCHERS, query=schemas.ParkedQuery, view=schemas.ParkedList)
    def parked(self, call: Call) -> Json:
        """What is parked, a line a stream, the last one first. What is in the events, which may be personal, is not."""
        found = parked.discarded if call.query["discarded"] else parked.waiting
        return {"parked": found(self.operations.client, call.query["limit"])}

    @api("POST", f"{PLACE}/redrive", roles=DECIDERS, view=schemas.Released)
    def redrive(self, call: Call) -> Json:
        """Let a subscription try a stream's parked events again, in their order, within a second or two."""
        subscription, stream = call.path["subscription"], call.path["stream"]
        released = parked.parking_of(self.operations.client, subscription).release(subscription, stream)
        log.info("parked_released", subscription=subscription, stream=stream, staff_id=call.principal.staff_id)
        return {"released": released}

    @api("POST", f"{PLACE}/discard", roles=DECIDERS, body=schemas.Discard, view=schemas.Decided)
    def discard(self, call: Call) -> Json:
        """Propose to leave out the event that a stream waits for. Somebody else must confirm it."""
        subscription, stream = call.path["subscription"], call.path["stream"]
        parking, who = parked.parking_of(self.operations.client, subscription), call.principal.staff_id
        first = parking.propose_discard(subscription, stream, who=who, at=call.now, **call.body)
        return {"event_id": first["event_id"]}

    @api("POST", f"{PLACE}/discard/confirm", roles=DECIDERS, body=schemas.Confirm, view=schemas.Decided)
    def confirm_discard(self, call: Call) -> Json:
        """Agree to what somebody else proposed: the event is left out for ever, and what waits behind it goes on."""
        subscription, stream = call.path["subscription"], call.path["stream"]
        parking = parked.parking_of(self.operations.client, subscription)
        first = parking.confirm_discard(subscription, stream, who=call.principal.staff_id, at=call.now, **call.body)
        return {"event_id": first["event_id"]}

    @api("GET", "/api/operations/load-test", roles=WATCHERS, view=schemas.LoadTestView)
    def load_test(self, _call: Call) -> Json:
        """The last load test that ran to its end beside this stack (`make load`)."""
        found = self.operations.load_test()
        if found is None:
            raise NotFound("no_load_test", "No load test ran to its end here: `make load` makes one.")
        return found

    @api("GET", "/api/operations/load-test/report", roles=WATCHERS, produces=(HTML,))
    def load_test_report(self, _call: Call) -> Raw:
        """Locust's own report of it."""
        page = load_report.page(self.operations.run_dir) if self.operations.run_dir else None
        if page is None:
            raise NotFound("no_load_test", "No load test ran here: `make load` makes one.")
        return Raw(page, HTML, {"Content-Disposition": 'attachment; filename="load-test.html"'})
