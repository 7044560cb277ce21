"""The part of the incentives service that is about awards and penalties (rule I13)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from services.incentives import award_schemas as schemas
from services.incentives import views
from services.incentives.books import Books
from services.incentives.domain.award import AWARD, ApproveAward, AwardCommand, ProposeAward, RejectAward
from services.incentives.projections import AWARDS, STAFF
from services.incentives.rules import in_force
from shared.core.errors import Forbidden, RuleBroken
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

PROPOSERS = ("branch", "hr")
DECIDERS = ("approver",)
READERS = ("corporate", "retail", "branch", "hr", "approver", "designer", "auditor")
BASE = "/api/incentives/awards"
Json = dict[str, Any]
DAYS_AHEAD = 366
"""An award may be dated ahead of the calendar, as a bank's business day may be, but not by a slip of the year."""


class Awards:
    """Entrypoints for the nameko class; ``app`` is its own, and so is ``scope_of``: of whom a caller may read."""

    app: App
    scope_of: Callable[[Call], views.Scope]

    @api("POST", BASE, roles=PROPOSERS, body=schemas.ProposeAward, status=201)
    def propose_award(self, call: Call) -> Accepted:
        """Head office proposes for everybody, a branch manager for their own units."""
        body, award_id = call.body, call.new_id()
        self._must_serve_there(body["staff_id"], body["unit_id"])
        if "hr" not in call.principal.roles and body["unit_id"] not in self.scope_of(call).units:
            raise Forbidden("another_unit", f"{body['unit_id']} is not one of your units; who leads it proposes there.")
        command = ProposeAward(
            award_id=award_id,
            entry=body["entry"],
            staff_id=body["staff_id"],
            unit_id=body["unit_id"],
            points_milli=body["points_milli"],
            reason=body["reason"],
            evidence=tuple(body["evidence"]),
            proposed_by=call.principal.staff_id,
            on=body["on"] or call.today,
        )
        return self.app.execute(AWARD, award_id, command, call, creates=True)

    @api("POST", f"{BASE}/<award_id>/approve", roles=DECIDERS, body=schemas.DecideAward)
    def approve_award(self, call: Call) -> Accepted:
        on, books = call.body["on"] or call.today, Books(self.app)
        command = ApproveAward(
            approved_by=call.principal.staff_id,
            on=on,
            closed=books.chain().closed,
            planned=in_force(books.plans(), on) is not None,
            latest=call.today + timedelta(days=DAYS_AHEAD),
        )
        return self._decide(call, command)

    @api("POST", f"{BASE}/<award_id>/reject", roles=DECIDERS, body=schemas.RejectAward)
    def reject_award(self, call: Call) -> Accepted:
        on = call.body["on"] or call.today
        return self._decide(call, RejectAward(call.body["reason"], call.principal.staff_id, on))

    @api("GET", BASE, roles=READERS, query=schemas.AwardQuery, view=schemas.AwardList)
    def awards(self, call: Call) -> Json:
        asked = {name: call.query[name] for name in ("status", "staff_id") if call.query[name]}
        query = {"$and": [self.scope_of(call).query, asked]}
        return {"awards": self.app.documents(AWARDS, query, call, sort="-on", limit=call.query["limit"])}

    @api("GET", f"{BASE}/<award_id>", roles=READERS, view=schemas.AwardView)
    def award(self, call: Call) -> Json:
        award = self.app.document(AWARDS, call.path["award_id"], call)
        self.scope_of(call).require(award, f"award {call.path['award_id']}")
        return award

    def _must_serve_there(self, staff_id: str, unit_id: str) -> None:
        """A line says of which unit somebody is: it must be theirs."""
        found = self.app.documents(STAFF, {"_id": staff_id}, limit=1)
        if not found or found[0]["unit_id"] != unit_id:
            where = found[0]["unit_id"] if found else "nowhere that is known"
            raise RuleBroken("not_of_this_unit", f"{staff_id} serves in {where}, not in {unit_id}.", rule="I13")

    def _decide(self, call: Call, command: AwardCommand) -> Accepted:
        return self.app.execute(AWARD, call.path["award_id"], command, call)
