"""The part of the leads service that is about scores and the scorecards that they are made with (rule L5)."""

import csv
import io
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import msgspec

from services.leads import projections
from services.leads import score_asking as asking
from services.leads import score_schemas as schemas
from services.leads.asking import MEMBERS, day_of
from services.leads.domain.score import SCORE
from services.leads.domain.scorecards import (
    BANK,
    OUTCOME,
    SCORECARDS,
    WON,
    ApproveScorecard,
    RejectScorecard,
    ScorecardCommand,
    SubmitScorecard,
)
from services.leads.projections import CUSTOMERS, LEADS
from services.leads.projections import SCORECARDS as CARDS
from services.leads.score_events import LeadScored
from services.leads.score_reactions import score_leads, scored_again
from services.leads.scorecard.card import card_hash
from services.leads.scorecard.facts import ATTRIBUTES
from services.leads.scorecard.loading import CardRefused, load_card
from services.leads.scorecard.trial import Ended, tried
from shared.core.days import bank_day
from shared.core.errors import NotFound, RuleBroken
from shared.core.reaction import Reaction
from shared.runtime.api import JSON, Call, Raw, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import apart, every
from shared.runtime.wiring import now

KEEPERS = ("product", "branch")
"""Who proposes scorecards and puts them in force: two of them, never one alone."""
JUDGES = (*KEEPERS, "ops", "auditor")
SEERS = (*MEMBERS, "branch", "compliance", "ops", "auditor")
CSV = "text/csv"
LOOK_SECONDS = 10
AT_ONCE = 500
"""How many leads are scored anew in one turn, after another card came in force."""
JUDGED_BY = 20_000
"""A card is tried on the newest of the leads held back, at most so many."""


class Scores:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/leads/<lead_id>/scores", roles=SEERS, view=schemas.ScoreHistory)
    def scores(self, call: Call) -> dict[str, Any]:
        """Every score that the lead ever had, each computed again from its card and its facts."""
        caller, lead_id = call.principal, call.path["lead_id"]
        scope = projections.visible_to(caller.staff_id, caller.unit_id, caller.roles)
        if not self.app.documents(LEADS, {"_id": lead_id, **scope}, call, limit=1, only=("lead_id",)):
            raise NotFound("not_found", f"There is no lead {lead_id}, or it is not of your unit.")
        card = cache(partial(asking.card_named, self.app))
        told = [
            {
                **msgspec.to_builtins(event),
                "at": commit.recorded_at.isoformat(),
                "reproduced": asking.reproduced(card(event.card_hash), event),
            }
            for commit in self.app.store.load(SCORE.stream(lead_id))
            for event in commit.events
            if isinstance(event, LeadScored)
        ]
        return {"lead_id": lead_id, "scores": told}

    @api("GET", "/api/leads/scorecards", roles=JUDGES, query=schemas.ScorecardQuery, view=schemas.ScorecardList)
    def scorecards(self, call: Call) -> dict[str, Any]:
        where = {"status": call.query["status"]} if call.query["status"] else {}
        found = self.app.documents(CARDS, where, call, sort="-number", limit=call.query["limit"])
        return {"in_force": asking.shown_in_force(self.app), "scorecards": found}

    @api(
        "GET",
        "/api/leads/scorecards/records",
        roles=JUDGES,
        query=schemas.RecordQuery,
        view=schemas.LearnRecords,
        produces=(JSON, CSV),
    )
    def records(self, call: Call) -> dict[str, Any] | Raw:
        """What cards may learn from: leads won or lost, as they were known when opened, without those held back."""
        found = asking.ended(self.app, projections.ended_to_learn(), call.query["limit"])
        records = [_record(one) for one in found]
        if CSV in call.accept:
            named = {"Content-Disposition": 'attachment; filename="leads.csv"'}
            return Raw(_as_csv(records), f"{CSV}; charset=utf-8", named)
        return {"records": records}

    @api("POST", "/api/leads/scorecards", roles=KEEPERS, body=schemas.SubmitScorecard, status=201)
    def submit_scorecard(self, call: Call) -> Accepted:
        try:
            card = load_card(msgspec.json.encode(call.body), "the scorecard")
        except CardRefused as refused:
            raise RuleBroken(refused.code, refused.message, rule="L5") from None
        judged_by = asking.ended(self.app, projections.ended_to_judge(), JUDGED_BY)
        trial = tried(card, asking.card_in_force(self.app), judged_by)
        command = SubmitScorecard(card, trial, call.principal.staff_id, call.today)
        return self._of_cards(call, card_hash(card), command, creates=True)

    @api("GET", "/api/leads/scorecards/<card_hash>", roles=JUDGES, view=schemas.ScorecardView)
    def scorecard(self, call: Call) -> dict[str, Any]:
        return self.app.document(CARDS, call.path["card_hash"], call)

    @api("POST", "/api/leads/scorecards/<card_hash>/approve", roles=KEEPERS, body=schemas.ApproveScorecard)
    def approve_scorecard(self, call: Call) -> Accepted:
        digest = call.path["card_hash"]
        return self._of_cards(call, digest, ApproveScorecard(digest, call.principal.staff_id, day_of(call)))

    @api("POST", "/api/leads/scorecards/<card_hash>/reject", roles=KEEPERS, body=schemas.RejectScorecard)
    def reject_scorecard(self, call: Call) -> Accepted:
        digest, reason = call.path["card_hash"], call.body["reason"]
        return self._of_cards(call, digest, RejectScorecard(digest, reason, call.principal.staff_id, day_of(call)))

    @every(LOOK_SECONDS)
    def score_anew(self) -> None:
        """Once another card is in force, the open leads are scored with it, so that lists compare like with like."""
        shown, today = asking.shown_in_force(self.app), bank_day(now())
        digest, number, card = shown["card_hash"], shown["number"], asking.card_of(shown["content"])
        left = self.app.documents(LEADS, projections.open_without(digest), limit=AT_ONCE, only=asking.WANTED)
        customers = self.app.documents(CUSTOMERS, {"_id": {"$in": [one["customer_id"] for one in left]}}, limit=AT_ONCE)
        by_id = {one["_id"]: one for one in customers}
        for lead in left:
            with apart("score_anew", lead["lead_id"]):
                intent = scored_again(lead, by_id.get(lead["customer_id"]), card, "card", today)
                self.app.carry_out(intent, f"L5/{lead['lead_id']}/{number or 'shipped'}/{digest}", "L5")

    def score_leads(self) -> Reaction:
        """Asked for once a batch: what it looked up is remembered for that long."""
        card, customer = cache(partial(asking.card_in_force, self.app)), partial(asking.customer_of, self.app)
        return score_leads(card, customer, partial(asking.lead_of, self.app))

    def _of_cards(self, call: Call, digest: str, command: ScorecardCommand, *, creates: bool = False) -> Accepted:
        """All cards stand on one stream; the answer names the one that was asked about."""
        done = self.app.execute(SCORECARDS, BANK, command, call, creates=creates)
        return msgspec.structs.replace(done, id=digest)


def _record(lead: Ended) -> dict[str, Any]:
    return {**{name: lead.facts.get(name) for name in ATTRIBUTES}, OUTCOME: WON if lead.won else "lost"}


def _as_csv(records: Sequence[dict[str, Any]]) -> bytes:
    """As `liandong scorecard learn` reads it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*ATTRIBUTES, OUTCOME))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()
