"""The nameko class: entrypoints, and no rule."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.bundling.events import OpeningRequested
from services.catalogue import EVENTS, UPCASTS
from services.compliance import reactions, schemas
from services.compliance.domain.independence import Reporting
from services.compliance.domain.opening import OPENING, ClearOpening, RefuseOpening
from services.compliance.domain.watch import WATCH, ConfirmAlert, DismissAlert, holding_of
from services.compliance.inspection_service import Inspections
from services.compliance.projections import ALERTS, OPENINGS, PROJECTIONS, STAFF, reporting
from services.registry.events import TransferRecorded
from shared.core.reaction import Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen

OFFICERS = ("compliance",)
READERS = (*OFFICERS, "auditor", "branch")
Json = dict[str, Any]


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
        checker = self._reporting(opening["evidence"]["checker_id"])
        command = ClearOpening(officer=self._officer(call), checker=checker, on=asked_day(call.body, call))
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
        return self._judge(call, ConfirmAlert)

    @api("POST", "/api/compliance/alerts/<alert_id>/dismiss", roles=OFFICERS, body=schemas.Judge)
    def dismiss(self, call: Call) -> Accepted:
        return self._judge(call, DismissAlert)

    @listen("bundling", "compliance.receive_openings", (OpeningRequested,))
    def receive_openings(self) -> Reaction:
        return reactions.receive_opening

    @listen("registry", "compliance.watch_transfers", (TransferRecorded,))
    def watch_transfers(self) -> Reaction:
        return reactions.watch_transfer

    def _judge(self, call: Call, decision: type[ConfirmAlert] | type[DismissAlert]) -> Accepted:
        alert = self.app.document(ALERTS, call.path["alert_id"], call)
        command = decision(
            alert_id=call.path["alert_id"],
            officer=self._officer(call),
            seller_id=self._seller(alert["opening_ref"]),
            reason=call.body["reason"],
            on=asked_day(call.body, call),
        )
        return self.app.execute(WATCH, holding_of(call.path["alert_id"]), command, call)

    def _officer(self, call: Call) -> Reporting:
        return self._reporting(call.principal.staff_id)

    def _reporting(self, staff_id: str) -> Reporting:
        return reporting(staff_id, lambda key: next(iter(self.app.documents(STAFF, {"_id": key})), None))

    def _seller(self, opening_ref: str | None) -> str | None:
        """Who sold the holding that an alert is about; None for a holding that came by no opening of ours."""
        found = self.app.documents(OPENINGS, {"_id": opening_ref})
        return found[0]["seller_id"] if found else None


def asked_day(given: Mapping[str, Any], call: Call) -> date:
    """The business date of a request: its own, or today."""
    return given["on"] or call.now.date()
