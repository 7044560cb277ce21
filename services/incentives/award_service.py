"""The part of the incentives service that is about awards and penalties (rule I13)."""

from typing import Any

from services.incentives import award_schemas as schemas
from services.incentives import views
from services.incentives.domain.award import AWARD, ApproveAward, AwardCommand, ProposeAward, RejectAward
from services.incentives.projections import AWARDS
from shared.core.errors import Forbidden, NotFound
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

PROPOSERS = ("branch", "hr")
DECIDERS = ("approver",)
READERS = ("corporate", "retail", "branch", "hr", "approver", "designer", "auditor")
BASE = "/api/incentives/awards"
Json = dict[str, Any]


class Awards:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    def scope_of(self, call: Call) -> views.Scope:
        """Of whom the caller may read: said by the class itself."""
        raise NotImplementedError

    @api("POST", BASE, roles=PROPOSERS, body=schemas.ProposeAward, status=201)
    def propose_award(self, call: Call) -> Accepted:
        """Head office proposes for everybody, a branch manager for their own units."""
        body, award_id = call.body, call.new_id()
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
            on=body["on"] or call.now.date(),
        )
        return self.app.execute(AWARD, award_id, command, call, creates=True)

    @api("POST", f"{BASE}/<award_id>/approve", roles=DECIDERS, body=schemas.DecideAward)
    def approve_award(self, call: Call) -> Accepted:
        on = call.body["on"] or call.now.date()
        return self._decide(call, ApproveAward(call.principal.staff_id, on))

    @api("POST", f"{BASE}/<award_id>/reject", roles=DECIDERS, body=schemas.RejectAward)
    def reject_award(self, call: Call) -> Accepted:
        on = call.body["on"] or call.now.date()
        return self._decide(call, RejectAward(call.body["reason"], call.principal.staff_id, on))

    @api("GET", BASE, roles=READERS, query=schemas.AwardQuery, view=schemas.AwardList)
    def awards(self, call: Call) -> Json:
        asked = {name: call.query[name] for name in ("status", "staff_id") if call.query[name]}
        query = {"$and": [self.scope_of(call).query, asked]}
        return {"awards": self.app.documents(AWARDS, query, call, sort="-on", limit=call.query["limit"])}

    @api("GET", f"{BASE}/<award_id>", roles=READERS, view=schemas.AwardView)
    def award(self, call: Call) -> Json:
        award = self.app.document(AWARDS, call.path["award_id"], call)
        if not self.scope_of(call).sees(award["staff_id"], award["unit_id"]):
            raise NotFound("not_found", f"There is no award {call.path['award_id']}.")
        return award

    def _decide(self, call: Call, command: AwardCommand) -> Accepted:
        return self.app.execute(AWARD, call.path["award_id"], command, call)
