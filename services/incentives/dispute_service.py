"""The part of the incentives service that is about disputes (rule I10)."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from services.incentives import dispute_schemas as schemas
from services.incentives import views
from services.incentives.dispute_events import Disputed
from services.incentives.domain.dispute import (
    DISPUTE,
    AddEvidence,
    DecideDispute,
    DisputeCommand,
    RaiseDispute,
    taken_back_on,
)
from services.incentives.projections import AWARDS, DISPUTES, LEDGER
from shared.core.errors import RuleBroken
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

PEOPLE = ("corporate", "retail", "branch")
DECIDERS = ("hr", "approver")
READERS = (*PEOPLE, *DECIDERS, "designer", "auditor")
BASE = "/api/incentives/disputes"
EVERY = 0
Json = dict[str, Any]


class Disputes:
    """Entrypoints for the nameko class; ``app`` is its own, and so is ``scope_of``: of whom a caller may read."""

    app: App
    scope_of: Callable[[Call], views.Scope]

    @api("POST", BASE, roles=PEOPLE, body=schemas.RaiseDispute, status=201)
    def raise_dispute(self, call: Call) -> Accepted:
        """By the person whose line it is, or by who leads their unit. A line is disputed once."""
        body = call.body
        line = self.app.document(LEDGER, body["line_id"], call)
        self.scope_of(call).require(line, f"line {body['line_id']}")
        for undone in self.app.documents(LEDGER, {"adjusts": line["line_id"], "entry": "adjusted"}, limit=1):
            message = f"It was corrected already, by {undone['line_id']}; look at what stands in its place."
            raise RuleBroken("corrected_already", message, rule="I10")
        command = RaiseDispute(
            line=msgspec.convert({name: line[name] for name in Disputed.__struct_fields__}, Disputed),
            reason=body["reason"],
            evidence=tuple(body["evidence"]),
            raised_by=call.principal.staff_id,
            on=_day(call),
        )
        return self.app.execute(DISPUTE, line["line_id"], command, call, creates=True)

    @api("POST", f"{BASE}/<dispute_id>/evidence", roles=(*PEOPLE, *DECIDERS), body=schemas.AddEvidence)
    def add_evidence(self, call: Call) -> Accepted:
        command = AddEvidence(tuple(call.body["evidence"]), call.principal.staff_id, _day(call))
        return self._of(call, command)

    @api("POST", f"{BASE}/<dispute_id>/decide", roles=DECIDERS, body=schemas.DecideDispute)
    def decide_dispute(self, call: Call) -> Accepted:
        body = call.body
        who = call.principal.staff_id
        line_id = self._seen(call)["line_id"]
        given = self.app.documents(AWARDS, {"line_id": line_id}, limit=1)
        involved = frozenset(str(award[name]) for award in given for name in ("proposed_by", "decided_by"))
        about = (body["outcome"], body["points_milli"], body["reason"], who, _day(call))
        return self._of(call, DecideDispute(*about, involved, self._reversed_on(line_id)))

    def _reversed_on(self, line_id: str) -> date | None:
        line = self.app.document(LEDGER, line_id)
        credit = {name: line[name] for name in ("lead_id", "opening_id", "indicator", "staff_id")}
        return taken_back_on(self.app.documents(LEDGER, credit, limit=EVERY))

    @api("GET", BASE, roles=READERS, query=schemas.DisputeQuery, view=schemas.DisputeList)
    def disputes(self, call: Call) -> Json:
        asked = {"status": call.query["status"]} if call.query["status"] else {}
        query = {"$and": [self.scope_of(call).query, asked]}
        found = self.app.documents(DISPUTES, query, call, sort="due_on", limit=call.query["limit"])
        today = call.today
        return {"disputes": [_shown(one, today) for one in found]}

    @api("GET", f"{BASE}/<dispute_id>", roles=READERS, view=schemas.DisputeView)
    def dispute(self, call: Call) -> Json:
        return _shown(self._seen(call), call.today)

    def _of(self, call: Call, command: DisputeCommand) -> Accepted:
        return self.app.execute(DISPUTE, self._seen(call)["dispute_id"], command, call)

    def _seen(self, call: Call) -> Json:
        """The dispute in the path, where the caller may see it."""
        dispute = self.app.document(DISPUTES, call.path["dispute_id"], call)
        self.scope_of(call).require(dispute, f"dispute {call.path['dispute_id']}")
        return dispute


def _day(call: Call) -> date:
    on: date = call.body["on"] or call.today
    return on


def _shown(dispute: Json, today: date) -> Json:
    return {**dispute, "overdue": dispute["status"] == "open" and dispute["due_on"] < today.isoformat()}
