"""The linkage service: the chains over HTTP, and the events that it listens to."""

from typing import Any

from services.catalogue import EVENTS, UPCASTS
from services.linkage import reactions, schemas
from services.linkage.projections import BROUGHT, NOTHING, OPPORTUNITIES, PARTIES, PROJECTIONS, WINS
from shared.core.reaction import Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen

READERS = ("corporate", "retail", "branch", "product", "compliance", "ops", "auditor")
Json = dict[str, Any]


class LinkageService:
    name = "linkage"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)

    @api("GET", "/api/linkage/parties/<customer_id>", roles=READERS, query=schemas.Page, view=schemas.PartyView)
    def party(self, call: Call) -> Json:
        customer_id = call.path["customer_id"]
        party = self.app.document(PARTIES, customer_id, call)
        found = self._opportunities({"customer_id": customer_id}, call)
        return {**party, "customer_id": customer_id, "count": party["opportunities"], "opportunities": found}

    @api("GET", "/api/linkage/opportunities/<opportunity_id>", roles=READERS, view=schemas.OpportunityView)
    def opportunity(self, call: Call) -> Json:
        found = self.app.document(OPPORTUNITIES, call.path["opportunity_id"], call)
        return {**found, "chain": self._chain(found["parent_lead_id"])}

    @api("GET", "/api/linkage/leads/<lead_id>/brought", roles=READERS, query=schemas.Page, view=schemas.BroughtView)
    def brought(self, call: Call) -> Json:
        lead_id = call.path["lead_id"]
        win = self.app.document(WINS, lead_id, call)
        sums = next(iter(self.app.documents(BROUGHT, {"_id": lead_id}, call, limit=1)), NOTHING)
        return {
            **sums,
            "lead_id": lead_id,
            "customer_id": win["customer_id"],
            "count": sums["spawned"] - sums["withdrawn"],
            "opportunities": self._opportunities({"leads": lead_id, "status": {"$ne": "withdrawn"}}, call),
            "chain": self._chain(lead_id),
        }

    @listen("registry", "linkage.registry", reactions.REGISTRY_FACTS)
    def note_registry(self) -> Reaction:
        return reactions.note_registry

    @listen("leads", "linkage.wins", reactions.WIN_FACTS)
    def note_wins(self) -> Reaction:
        return reactions.note_wins

    @listen("linkage", "linkage.reach", reactions.REACH_FACTS)
    def carry_reach(self) -> Reaction:
        return reactions.carry_reach

    def _opportunities(self, where: Json, call: Call) -> list[Json]:
        return self.app.documents(OPPORTUNITIES, where, call, limit=call.query["limit"])

    def _chain(self, lead_id: str | None) -> list[Json]:
        """The wins from the first of the chain to this one, as far as they are visible yet."""
        chain: list[Json] = []
        while lead_id is not None and (found := self.app.documents(WINS, {"_id": lead_id}, limit=1)):
            chain.insert(0, found[0])
            lead_id = found[0]["parent_lead_id"]
        return chain
