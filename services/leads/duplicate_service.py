"""The part of the leads service that finds leads about the same, and makes one of two (rule L4)."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import msgspec

from services.leads import duplicate_reactions as reactions
from services.leads import duplicate_schemas as schemas
from services.leads import projections
from services.leads.asking import OWNERS, day_of, known_of
from services.leads.domain.commands import MergeLead, OpenLead, ReleaseLead
from services.leads.domain.demand import DEMAND, ClaimNeed, DismissDuplicate, Held, duplicate
from services.leads.domain.lead import LEAD
from services.leads.domain.state import LeadState
from services.leads.duplicate_events import Wish
from services.leads.duplicate_rules import needs_of
from services.leads.events import LeadMerged
from services.leads.projections import CUSTOMERS, DUPLICATES, LEADS
from shared.core.errors import NotFound, RuleBroken
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import commit_id
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App, command_id, meta_of
from shared.runtime.listen import listen

DECIDERS = (*OWNERS, "branch")
LOOKERS = ("branch", "compliance", "ops", "auditor")


class Duplicates:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", "/api/leads/<lead_id>/merge", roles=DECIDERS, body=schemas.Merge)
    def merge(self, call: Call) -> Accepted:
        lead_id, into_id = call.path["lead_id"], call.body["into"]
        one, into = state_of(self.app, lead_id), state_of(self.app, into_id)
        command = MergeLead(
            into_id=into_id,
            into=into,
            same_customer=_same_customer(self.app, one, into),
            reason=call.body["reason"],
            by=call.principal.staff_id,
            roles=frozenset(call.principal.roles),
            on=day_of(call),
        )
        return self.app.execute(LEAD, lead_id, command, call)

    @api("POST", "/api/leads/<lead_id>/unmerge", roles=DECIDERS, body=schemas.Unmerge)
    def unmerge(self, call: Call) -> Accepted:
        """Begins at the lead that it was merged into: the answer is of that one."""
        lead_id, caller = call.path["lead_id"], call.principal
        into_id = _merged_into(self.app, lead_id)
        command = ReleaseLead(lead_id, call.body["reason"], caller.staff_id, frozenset(caller.roles), day_of(call))
        return self.app.execute(LEAD, into_id, command, call)

    @api("GET", "/api/leads/duplicates", roles=LOOKERS, query=schemas.DuplicateQuery, view=schemas.DuplicateList)
    def duplicates(self, call: Call) -> dict[str, Any]:
        where = projections.undecided(call.query["customer_id"])
        pairs = self.app.documents(DUPLICATES, where, call, sort="-on", limit=call.query["limit"])
        ids = sorted({one for pair in pairs for one in (pair["lead_id"], pair["duplicate_of"])})
        found = self.app.documents(LEADS, {"_id": {"$in": ids}}, limit=len(ids) or 1, without=projections.HISTORY)
        leads = {one["lead_id"]: one for one in found}
        return {"duplicates": [_shown(pair, leads) for pair in pairs]}

    @api("POST", "/api/leads/duplicates/<pair_id>/dismiss", roles=("branch",), body=schemas.Dismiss)
    def dismiss(self, call: Call) -> Accepted:
        pair = self.app.document(DUPLICATES, call.path["pair_id"])
        if "lead_id" not in pair:
            raise NotFound("not_found", f"The pair {pair['_id']} was not found to be a duplicate.")
        command = DismissDuplicate(
            pair["lead_id"], pair["duplicate_of"], call.body["reason"], call.principal.staff_id, day_of(call)
        )
        return self.app.execute(DEMAND, pair["customer_id"], command, call)

    @listen("leads", "leads.claim_needs", reactions.NEED_FACTS)
    def claim_needs(self) -> Reaction:
        return reactions.claim_needs(partial(held_elsewhere, self.app), partial(known_of, self.app))

    @listen("registry", "leads.compare_customers", reactions.MATCH_FACTS)
    def compare_leads(self) -> Reaction:
        return reactions.compare_leads(partial(held_by, self.app))

    @listen("leads", "leads.follow_merges", reactions.MERGE_FACTS)
    def follow_merges(self) -> Reaction:
        return reactions.follow_merges

    def _open(self, call: Call, command: OpenLead, despite: str | None) -> Accepted:
        """The claim of the needs and the lead, in one write: of two who ask at the same moment, one gets the lead, the
        other its id. Killed between the two, the claim brings the lead.
        """
        meta = meta_of(call)
        if call.idempotency_key and self.app.store.by_command(command_id(call)):
            return self.app.execute(LEAD, command.lead_id, command, call, creates=True)
        claimed = msgspec.structs.replace(meta, command_id=f"{meta.command_id}/claim", fingerprint=None)
        claim = Intent(DEMAND, command.customer_id, _claim(self.app, command, despite))
        lead = Intent(LEAD, command.lead_id, command)
        try:
            _, made = self.app.executor.execute_many([(claim, claimed), (lead, meta)])
        except RuleBroken as refused:
            raise _where_it_goes_on(self.app, refused) from None
        if not made:
            return self.app.execute(LEAD, command.lead_id, command, call, creates=True)
        return Accepted(command.lead_id, made, f"{self.app.service}/{commit_id(lead.stream, 1)}")


def state_of(app: App, lead_id: str) -> LeadState:
    """A lead as its log tells it now."""
    return app.state(LEAD, lead_id)[0]


def held_elsewhere(app: App, customer_id: str) -> tuple[Held, ...]:
    """The needs that are held by leads of customers who are probably the same person or firm."""
    return tuple(held for twin in _twins(app, customer_id) for held in held_by(app, twin))


def held_by(app: App, customer_id: str) -> tuple[Held, ...]:
    """The needs that are held by a customer's leads."""
    return tuple(app.state(DEMAND, customer_id)[0].held.values())


def _claim(app: App, c: OpenLead, despite: str | None) -> ClaimNeed:
    said = {name: getattr(c, name) for name in Wish.__struct_fields__}
    needs = needs_of(c.need, c.products)
    return ClaimNeed(c.customer_id, c.lead_id, needs, c.on, Wish(**said), despite, held_elsewhere(app, c.customer_id))


def _where_it_goes_on(app: App, refused: RuleBroken) -> RuleBroken:
    """The caller gets the existing lead, or the one that it was merged into."""
    if refused.code != "duplicate_lead":
        return refused
    named = refused.named
    lead_id = named["lead_id"]
    while (merged := state_of(app, lead_id).merged) is not None:
        lead_id = merged.into_id
    return duplicate(Held(named["customer_id"], named["lead_id"], (), date.fromisoformat(named["opened_on"])), lead_id)


def _same_customer(app: App, one: LeadState, other: LeadState) -> bool:
    if one.opened is None or other.opened is None:
        return False
    ids = one.opened.customer_id, other.opened.customer_id
    return ids[0] == ids[1] or ids[1] in _twins(app, ids[0])


def _twins(app: App, customer_id: str) -> tuple[str, ...]:
    """Those who are probably the same person or firm, as registry found."""
    found = app.documents(CUSTOMERS, {"_id": customer_id}, limit=1)
    return projections.twins_of(customer_id, found[0]) if found else ()


def _merged_into(app: App, lead_id: str) -> str:
    """The lead that one was merged into last: also when that was undone, so that to undo it again changes nothing."""
    events = [event for commit in app.store.load(LEAD.stream(lead_id)) for event in commit.events]
    if not events:
        raise NotFound("not_found", f"There is no lead {lead_id}.")
    for event in reversed(events):
        if isinstance(event, LeadMerged):
            return event.into_id
    raise RuleBroken("not_merged", f"{lead_id} was never merged into another.", rule="L4")


def _shown(pair: Mapping[str, Any], leads: Mapping[str, Any]) -> dict[str, Any]:
    both = (pair["lead_id"], pair["duplicate_of"])
    return {**pair, "pair_id": pair["_id"], "leads": [leads[one] for one in both if one in leads]}
