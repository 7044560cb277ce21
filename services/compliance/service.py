"""The nameko class: entrypoints, and no rule."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Literal

from services.bundling.events import OpeningRequested
from services.catalogue import EVENTS, UPCASTS
from services.compliance import reactions, schemas
from services.compliance.domain.alerts import Judge, subject_of
from services.compliance.domain.devices import DEVICE, DEVICES, NEW_DEVICE, SHARED
from services.compliance.domain.independence import Reporting
from services.compliance.domain.opening import OPENING, ClearOpening, RefuseOpening
from services.compliance.domain.sales import SALES, SPIKE
from services.compliance.domain.telephones import SHARED_PHONE, TELEPHONE
from services.compliance.domain.watch import WATCH
from services.compliance.events import OpeningReceived
from services.compliance.inspection_service import Inspections
from services.compliance.projections import ALERTS, OPENINGS, PROJECTIONS, STAFF, reporting, sellers_of
from services.compliance.telephone_watch import sharing
from shared.core.decider import Decider
from shared.core.reaction import Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen

OFFICERS = ("compliance",)
READERS = (*OFFICERS, "auditor", "branch")
EVERY = 0
Json = dict[str, Any]
WATCHES: Mapping[str, Decider[Any, Any]] = {SPIKE: SALES, SHARED: DEVICE, NEW_DEVICE: DEVICES, SHARED_PHONE: TELEPHONE}
"""By pattern, on whose stream an alert stands; on the holding's where none is named."""
Verdict = Literal["confirmed", "dismissed"]


class ComplianceService(Inspections):
    name = "compliance"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)

    @api("GET", "/api/compliance/openings", roles=READERS, query=schemas.OpeningQuery, view=schemas.OpeningsView)
    def openings(self, call: Call) -> Json:
        return {"openings": self.app.documents(OPENINGS, call.query, call, sort="on")}

    @api("GET", "/api/compliance/openings/<opening_id>", roles=READERS, view=schemas.OpeningView)
    def opening(self, call: Call) -> Json:
        return self.app.document(OPENINGS, call.path["opening_id"], call)

    @api("POST", "/api/compliance/openings/<opening_id>/clear", roles=OFFICERS, body=schemas.Decide)
    def clear(self, call: Call) -> Accepted:
        opening = self.app.document(OPENINGS, call.path["opening_id"], call)
        evidence = opening["evidence"]
        caller = evidence["call_back_by"]
        command = ClearOpening(
            officer=self._officer(call),
            maker=self._reporting(evidence["maker_id"]),
            checker=self._reporting(evidence["checker_id"]),
            caller=self._reporting(caller) if caller else None,
            on=asked_day(call.body, call),
        )
        return self.app.execute(OPENING, call.path["opening_id"], command, call)

    @api("POST", "/api/compliance/openings/<opening_id>/refuse", roles=OFFICERS, body=schemas.Refuse)
    def refuse(self, call: Call) -> Accepted:
        command = RefuseOpening(
            officer=self._officer(call),
            rule=call.body["rule"],
            reason=call.body["reason"],
            on=asked_day(call.body, call),
        )
        return self.app.execute(OPENING, call.path["opening_id"], command, call)

    @api("GET", "/api/compliance/alerts", roles=READERS, query=schemas.AlertQuery, view=schemas.AlertsView)
    def alerts(self, call: Call) -> Json:
        return {"alerts": self.app.documents(ALERTS, call.query, call, sort="-on")}

    @api("GET", "/api/compliance/alerts/<alert_id>", roles=READERS, view=schemas.AlertView)
    def alert(self, call: Call) -> Json:
        return self.app.document(ALERTS, call.path["alert_id"], call)

    @api("POST", "/api/compliance/alerts/<alert_id>/confirm", roles=OFFICERS, body=schemas.Judge)
    def confirm(self, call: Call) -> Accepted:
        return self._judge(call, "confirmed")

    @api("POST", "/api/compliance/alerts/<alert_id>/dismiss", roles=OFFICERS, body=schemas.Judge)
    def dismiss(self, call: Call) -> Accepted:
        return self._judge(call, "dismissed")

    @listen("bundling", "compliance.receive_openings", (OpeningRequested,))
    def receive_openings(self) -> Reaction:
        return reactions.receive_opening

    @listen("registry", "compliance.watch_transfers", reactions.TRANSFERS)
    def watch_transfers(self) -> Reaction:
        return reactions.watch_transfer

    @listen("registry", "compliance.watch_uses", reactions.USES)
    def watch_uses(self) -> Reaction:
        return reactions.watch_use

    @listen("registry", "compliance.watch_devices", reactions.SIGN_INS)
    def watch_devices(self) -> Reaction:
        return reactions.watch_device

    @listen("registry", "compliance.look_at_sales", reactions.CLOSES)
    def look_at_sales(self) -> Reaction:
        return reactions.look_at_sales(partial(_sold, self.app))

    @listen("registry", "compliance.watch_sharers", reactions.SHARERS)
    def watch_sharers(self) -> Reaction:
        return reactions.watch_telephones(partial(sharing, self.app))

    @listen("compliance", "compliance.watch_openings", (OpeningReceived,))
    def watch_openings(self) -> Reaction:
        return reactions.watch_telephones(partial(sharing, self.app))

    def _judge(self, call: Call, verdict: Verdict) -> Accepted:
        alert_id = call.path["alert_id"]
        alert = self.app.document(ALERTS, alert_id, call)
        command = Judge(
            alert_id=alert_id,
            verdict=verdict,
            officer=self._officer(call),
            sellers=self._sellers(alert["openings"]),
            reason=call.body["reason"],
            on=asked_day(call.body, call),
        )
        subject, pattern = subject_of(alert_id)
        return self.app.execute(WATCHES.get(pattern, WATCH), subject, command, call)

    def _officer(self, call: Call) -> Reporting:
        return self._reporting(call.principal.staff_id)

    def _reporting(self, staff_id: str) -> Reporting:
        return reporting(staff_id, lambda key: next(iter(self.app.documents(STAFF, {"_id": key})), None))

    def _sellers(self, openings: Sequence[str]) -> tuple[str, ...]:
        """Who sold what an alert touches."""
        only = ("seller_id", "sellers")
        found = self.app.documents(OPENINGS, {"_id": {"$in": list(openings)}}, limit=EVERY, only=only)
        return tuple(sorted({seller for one in found for seller in sellers_of(one)}))


def _sold(app: App, month: str) -> reactions.Sold:
    """The openings that were asked for in a month, by seller, but for those refused: of a rush, many wait still."""
    where = {"status": {"$ne": "refused"}, "on": {"$gte": f"{month}-01", "$lte": f"{month}-31"}}
    sold: dict[str, list[tuple[str, date]]] = defaultdict(list)
    for one in app.documents(OPENINGS, where, limit=EVERY, only=("seller_id", "opening_id", "on")):
        sold[one["seller_id"]].append((one["opening_id"], date.fromisoformat(one["on"])))
    return sold


def asked_day(given: Mapping[str, Any], call: Call) -> date:
    """The business date of a request: its own, or today."""
    return given["on"] or call.today
