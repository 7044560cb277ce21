"""The linkage service: the chains over HTTP, and the events that it listens to."""

from datetime import date
from typing import Any

from services.catalogue import EVENTS, UPCASTS
from services.linkage import chain, ended, reactions, schemas
from services.linkage.domain.party import PARTY
from services.linkage.projections import BROUGHT, CALENDAR, NOTHING, OPPORTUNITIES, PARTIES, PROJECTIONS, WINS
from services.linkage.shadow import MANAGERS, SHADOW, figures
from shared.core.errors import NotFound
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import App
from shared.runtime.every import apart, every
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from shared.runtime.pace import GENTLE

READERS = ("corporate", "retail", "branch", "product", "compliance", "ops", "auditor")
LOOK_SECONDS = 5
EVERY = 0
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
        return {**self._with_use([found])[0], "chain": self._chain(found["parent_lead_id"])}

    @api("GET", "/api/linkage/leads/<lead_id>/brought", roles=READERS, query=schemas.Page, view=schemas.BroughtView)
    def brought(self, call: Call) -> Json:
        lead_id = call.path["lead_id"]
        win = self._win(lead_id, call)
        sums = {**NOTHING, **next(iter(self.app.documents(BROUGHT, {"_id": lead_id}, call, limit=1)), {})}
        used = self.app.documents(WINS, {**chain.below(lead_id), "activated": {"$exists": True}}, limit=EVERY)
        return {
            **chain.brought(sums, win["hop"], used),
            "lead_id": lead_id,
            "customer_id": win["customer_id"],
            "reach": win.get("reach"),
            "opportunities": self._opportunities({"leads": lead_id, "status": {"$ne": "withdrawn"}}, call),
            "chain": self._chain(lead_id),
        }

    @api("GET", "/api/linkage/shadow/<period>", roles=MANAGERS, query=schemas.OfUnit, view=schemas.ShadowView)
    def shadow(self, call: Call) -> Json:
        period, unit = _month(call.path["period"]), call.query["unit_id"]
        entries = self.app.documents(SHADOW, {"period": period}, call, limit=EVERY)
        leads = sorted({lead for entry in entries for lead in entry["counted_for"]})
        wins = self.app.documents(WINS, {"_id": {"$in": leads}, "winner_id": {"$exists": True}}, call, limit=EVERY)
        found = [one for one in figures(entries, wins) if unit in {None, one["unit_id"]}]
        return {"shadow": True, "period": period, "figures": found}

    @listen("registry", "linkage.registry", reactions.REGISTRY_FACTS)
    def note_registry(self) -> Reaction:
        return reactions.note_registry

    @listen("leads", "linkage.wins", reactions.WIN_FACTS)
    def note_wins(self) -> Reaction:
        return reactions.note_wins

    @listen("linkage", "linkage.reach", reactions.REACH_FACTS, pace=GENTLE)
    def carry_reach(self) -> Reaction:
        return reactions.carry_reach

    @every(LOOK_SECONDS)
    def end_links(self) -> None:
        for calendar in self.app.documents(CALENDAR, {}, limit=1):
            day = calendar["closed"]
            for party in self.app.documents(PARTIES, ended.to_end(day), limit=ended.BATCH):
                with apart("end_links", party["_id"]):
                    intent = Intent(PARTY, party["_id"], ended.wish(day, party["_id"]))
                    self.app.carry_out(intent, ended.command_id(day, party["_id"], party), "K4")

    def _opportunities(self, where: Json, call: Call) -> list[Json]:
        return self._with_use(self.app.documents(OPPORTUNITIES, where, call, limit=call.query["limit"]))

    def _with_use(self, found: list[Json]) -> list[Json]:
        """Beside what was won: which of it the customer has activated."""
        leads = [one["won"]["lead_id"] for one in found if one["won"]]
        used = {win["_id"]: win.get("activated", []) for win in self.app.documents(WINS, {"_id": {"$in": leads}})}
        return [
            one | {"won": one["won"] and one["won"] | {"activated": used.get(one["won"]["lead_id"], [])}}
            for one in found
        ]

    def _win(self, lead_id: str, call: Call | None = None) -> Json:
        """Raises ``NotFound`` where the lead is not won, or not known to be yet."""
        for win in self.app.documents(WINS, {"_id": lead_id, "customer_id": {"$exists": True}}, call, limit=1):
            return win
        raise NotFound("not_found", f"There is no won lead {lead_id}, or linkage has not learned of it yet.")

    def _chain(self, lead_id: str | None) -> list[Json]:
        """The wins from the first of the chain to this one, as far as they are visible yet."""
        found: list[Json] = []
        while lead_id is not None:
            try:
                found.insert(0, self._win(lead_id))
            except NotFound:
                break
            lead_id = found[0]["parent_lead_id"]
        return found


def _month(period: str) -> str:
    """Raises ``NotFound`` where it is none."""
    try:
        date.fromisoformat(f"{period}-01")
    except ValueError:
        raise NotFound("not_found", f"{period} is no month; one reads like 2026-10.") from None
    return period
