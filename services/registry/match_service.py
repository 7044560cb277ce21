"""The part of the registry service that shows who is probably one person or firm, and takes what people say (L4)."""

from typing import Any

from services.registry import match_schemas as schemas
from services.registry.domain.matches import MATCH, JudgeMatch
from services.registry.projections import CUSTOMERS, MATCHES, matches_to_judge
from services.registry.rules.matching import in_force
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

LOOKERS = ("branch", "compliance", "ops", "auditor")
JUDGES = ("branch", "compliance")


class Matches:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/registry/matches", roles=LOOKERS, query=schemas.MatchQuery, view=schemas.MatchList)
    def matches(self, call: Call) -> dict[str, Any]:
        where = matches_to_judge(call.query["customer_id"], in_force(call.today).listed)
        pairs = self.app.documents(MATCHES, where, call, sort="-score", limit=call.query["limit"])
        ids = sorted({one for pair in pairs for one in (pair["one_id"], pair["other_id"])})
        known = {one["_id"]: one for one in self.app.documents(CUSTOMERS, {"_id": {"$in": ids}}, limit=len(ids) or 1)}
        customers = [[known[one] for one in (pair["one_id"], pair["other_id"]) if one in known] for pair in pairs]
        return {
            "matches": [
                {**pair, "match_id": pair["_id"], "customers": both}
                for pair, both in zip(pairs, customers, strict=True)
            ]
        }

    @api("POST", "/api/registry/matches/<match_id>/judge", roles=JUDGES, body=schemas.Judge)
    def judge(self, call: Call) -> Accepted:
        body, by = call.body, call.principal.staff_id
        command = JudgeMatch(body["same"], body["reason"], by, call.today)
        return self.app.execute(MATCH, call.path["match_id"], command, call)
