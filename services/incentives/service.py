"""The nameko class of incentives: plans, periods, scores, the feed for HR, and the facts of others."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import msgspec
from nameko.extensions import DependencyProvider

from services.catalogue import EVENTS, UPCASTS
from services.incentives import reactions, schemas, sealing, views
from services.incentives.award_service import Awards
from services.incentives.books import Books
from services.incentives.bulletin_service import Bulletins
from services.incentives.claim_events import AccountPlaced, ClaimDecided
from services.incentives.dispute_events import DisputeDecided, DisputeRaised
from services.incentives.dispute_service import Disputes
from services.incentives.domain.deal import DEAL, Reckon
from services.incentives.domain.facts import Facts
from services.incentives.domain.hierarchy import Post
from services.incentives.domain.plan import PLAN, ApprovePlan, DraftPlan, SubmitPlan, TryPlan
from services.incentives.domain.statements import KEY, STATEMENTS, AcknowledgeStatement
from services.incentives.events import AccountNoted, PlanActivated, PlanTried, SplitNoted, StatementSealed
from services.incentives.keys import SigningKey, signing_key
from services.incentives.projections import (
    LEDGER,
    PERIODS,
    PLANS,
    PROJECTIONS,
    STAFF,
    STANDINGS,
    UNITS,
    at_level,
    under,
)
from services.incentives.rules import credited_as, month_of
from services.incentives.scores import Rank, Score, ranking, unit_line, unit_ranking
from services.incentives.scoring import RECKON_SCORES, Scoring
from services.incentives.trees import Trees
from services.incentives.uses import uses_of
from shared.core.errors import NotFound, RuleBroken
from shared.core.reaction import Reaction
from shared.runtime.api import CSV, JSON, Call, Raw, api
from shared.runtime.app import Accepted, App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen

PEOPLE = ("corporate", "retail", "product", "branch", "designer", "approver", "hr", "auditor")
HR = ("hr", "auditor")
BASE = "/api/incentives"
EVERY = 0
MOST_DIGITS = 10
Json = dict[str, Any]


class Signing(DependencyProvider):  # type: ignore[misc] # nameko has no types
    """The key that statements are signed with, read once when the service starts."""

    def start(self) -> None:
        self.key = signing_key(self.container.config["SECRETS"])

    def get_dependency(self, worker_ctx: Any) -> SigningKey:  # noqa: ARG002 -- nameko's signature
        return self.key


class IncentivesService(Awards, Bulletins, Disputes):
    name = "incentives"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)
    key: SigningKey = Signing()

    @api("POST", f"{BASE}/plans", roles=("designer",), body=schemas.PlanBody, status=201)
    def draft(self, call: Call) -> Accepted:
        plan = call.body["plan"]
        command = DraftPlan(plan=plan, drafted_by=call.principal.staff_id)
        return self.app.execute(PLAN, f"{plan.plan_id}.{plan.version}", command, call, creates=True)

    @api("POST", f"{BASE}/plans/<plan_id>/<version>/submit", roles=("designer",))
    def submit(self, call: Call) -> Accepted:
        return self.app.execute(PLAN, _plan_key(call), SubmitPlan(call.principal.staff_id), call)

    @api("POST", f"{BASE}/plans/<plan_id>/<version>/approve", roles=("approver",), body=schemas.Approve)
    def approve(self, call: Call) -> Accepted:
        command = ApprovePlan(approved_by=call.principal.staff_id, **call.body)
        return self.app.execute(PLAN, _plan_key(call), command, call)

    @api("POST", f"{BASE}/plans/<plan_id>/<version>/activate", roles=("approver",))
    def activate(self, call: Call) -> Accepted:
        return self.app.execute(PLAN, _plan_key(call), self._books().activation(_plan_key(call)), call)

    @api("GET", f"{BASE}/plans", roles=PEOPLE, view=schemas.PlanList)
    def plans(self, call: Call) -> Json:
        return {"plans": self.app.documents(PLANS, {}, call, limit=EVERY)}

    @api("GET", f"{BASE}/plans/<plan_id>/<version>", roles=PEOPLE, view=schemas.PlanView)
    def plan(self, call: Call) -> Json:
        return self.app.document(PLANS, _plan_key(call), call)

    @api("POST", f"{BASE}/plans/<plan_id>/<version>/what-if", roles=("designer", "approver"), view=schemas.WhatIfView)
    def try_plan(self, call: Call) -> Any:
        """A drafted plan over the whole history; its approval has to name the hash of what came of it."""
        key = _plan_key(call)
        plan = self._books().drafted(key)
        found = self._books().what_if(plan)
        tried = PlanTried(
            plan_id=plan.plan_id,
            version=plan.version,
            plan_hash=found.plan_hash,
            what_if_hash=found.what_if_hash,
            deals=found.deals,
            old_milli=found.old_milli,
            new_milli=found.new_milli,
            newly_at_zero=found.newly_at_zero,
            tried_by=call.principal.staff_id,
        )
        self.app.execute(PLAN, key, TryPlan(tried), call)
        if self._books().signed_what_if(key) != found.what_if_hash:  # repeated under its key, and facts came meanwhile
            message = "the history has moved on since this run was recorded; run it again under a new Idempotency-Key"
            raise RuleBroken("what_if_overtaken", message, rule="I8")
        return found

    @api("POST", f"{BASE}/what-if", roles=("designer",), body=schemas.PlanBody, view=schemas.WhatIfView)
    def what_if(self, call: Call) -> Any:
        return self._books().what_if(call.body["plan"])

    @api("GET", f"{BASE}/rankings/<period>", roles=PEOPLE, query=schemas.RankingQuery, view=schemas.Ranking)
    def ranking(self, call: Call) -> Json:
        period, asked = _period(call), call.query
        found, seq = self._scores(call, period)
        ranked = self._ranked(found, asked["level"], asked["indicator"])
        return views.ranks(period, ranked, seq, asked, self._books().plan_of(period))

    @api("GET", f"{BASE}/contests/<plan_id>", roles=PEOPLE, query=schemas.RankingQuery, view=schemas.ContestView)
    def contest(self, call: Call) -> Json:
        """The places of a contest over all its months (rule I6)."""
        plan_id, asked = call.path["plan_id"], call.query
        self.app.wait(LEDGER, call)
        known = [active for active in self._books().plans() if active.plan.plan_id == plan_id and active.plan.until]
        if not known:
            raise NotFound("not_found", f"There is no contest {plan_id}.")
        found = self._books().contest_scores(plan_id, asked["as_of"], asked["as_known_at"])
        indicator = credited_as(known[-1].plan, asked["indicator"]) if asked["indicator"] else None
        ranked = self._ranked(found, asked["level"], indicator)
        about = {"indicator": asked["indicator"], "level": asked["level"], "ties": known[-1].plan.tie_policy}
        return {"contest": plan_id, **about, "ranking": ranked}

    @api("GET", f"{BASE}/scores/<period>", roles=PEOPLE, query=schemas.AsQuery, view=schemas.ScoreList)
    def scores(self, call: Call) -> Json:
        period, scope = _period(call), self.scope_of(call)
        found, seq = self._scores(call, period)
        seen = [score for score in found if scope.sees(score.staff_id, score.unit_id)]
        late = [] if _past(call) else self._books().late(period)
        on = call.query["as_of"] or call.today
        scoring = Scoring(self.app)
        work = None if period in scoring.completed() else scoring.worked(period)
        shown = views.score_list(period, seen, seq, self._books().plan_of(period), late, on, work)
        return {**shown, "late": [line for line in late if scope.sees(line["staff_id"], line["unit_id"])]}

    @api("GET", f"{BASE}/lines", roles=PEOPLE, query=schemas.LineQuery, view=schemas.LineList)
    def lines(self, call: Call) -> Json:
        asked = call.query
        wanted = {"lead_id": asked["lead_id"], "of_period": asked["period"], "staff_id": asked["staff_id"]}
        query = self.scope_of(call).query | {key: value for key, value in wanted.items() if value is not None}
        return {"lines": self.app.documents(LEDGER, query, call, sort="-position", limit=call.query["limit"])}

    @api("GET", f"{BASE}/lines/<line_id>/explain", roles=PEOPLE)
    def explain(self, call: Call) -> Json:
        line = self.app.document(LEDGER, call.path["line_id"], call)
        self.scope_of(call).require(line, f"line {call.path['line_id']}")
        return Trees(self.app).explain(line["line_id"])

    @api("GET", f"{BASE}/scores/<period>/<staff_id>/explain", roles=PEOPLE)
    def explain_total(self, call: Call) -> Json:
        period, staff_id = _period(call), call.path["staff_id"]
        self.app.wait(LEDGER, call)
        lines = self._books().paid(period, staff_id)
        if not lines:
            raise NotFound("not_found", f"There is nothing of {staff_id} in {period}.")
        self.scope_of(call).require(unit_line(lines, period), f"score of {staff_id} in {period}")
        return Trees(self.app).explain_total(period, staff_id, [line["line_id"] for line in lines])

    @api("POST", f"{BASE}/deals/<lead_id>/reckon", roles=("ops",))
    def reckon_again(self, call: Call) -> Accepted:
        """Under the plans and the hierarchy as they are known now."""
        lead_id = call.path["lead_id"]
        found = reactions.managers_of(self._facts(lead_id), cache(self._posts))
        return self.app.execute(DEAL, lead_id, Reckon(lead_id, self._books().plans(), found), call)

    @api("GET", f"{BASE}/periods", roles=PEOPLE, view=schemas.PeriodList)
    def periods(self, call: Call) -> Json:
        return {"periods": self.app.documents(PERIODS, {}, call, sort="-_id", limit=EVERY)}

    @api("POST", f"{BASE}/periods/<period>/close", roles=("approver", "hr"))
    def close(self, call: Call) -> Accepted:
        command = self._books().close(_period(call), call.now, self.key)
        return self.app.execute(STATEMENTS, KEY, command, call, creates=True)

    @api("GET", f"{BASE}/hr/statements", roles=HR, query=schemas.StatementQuery)
    def statements(self, call: Call) -> Raw:
        found, head = self._books().statements(call.query["after"], call.query["limit"])
        return _json(views.statement_list(found, head))

    @api("GET", f"{BASE}/hr/statements/<seq>", roles=HR, produces=(JSON, CSV))
    def statement(self, call: Call) -> Raw:
        asked = call.path["seq"]
        seq = int(asked) if asked.isdecimal() and len(asked) < MOST_DIGITS else 0
        found = self._books().statements(seq - 1, 1)[0] if seq else []
        if not found:
            raise NotFound("not_found", f"There is no statement {asked} yet.")
        return _csv(found[0], seq) if "text/csv" in call.accept else _json(found[0])

    @api("POST", f"{BASE}/hr/acks", roles=("hr",), body=schemas.Acknowledge)
    def acknowledge(self, call: Call) -> Accepted:
        command = AcknowledgeStatement(**call.body, acknowledged_by=call.principal.staff_id, at=call.now)
        return self.app.execute(STATEMENTS, KEY, command, call, creates=True)

    @api("GET", f"{BASE}/hr/acks", roles=HR, view=schemas.Acknowledged)
    def acks(self, _call: Call) -> Json:
        return views.acknowledged(self._books().chain())

    @api("GET", f"{BASE}/hr/keys", roles=HR)
    def keys(self, _call: Call) -> Raw:
        return _json(views.key_set(self._books().chain(), self.key))

    @api("GET", f"{BASE}/hr/lines/<line_id>/explain", roles=HR)
    def explain_to_hr(self, call: Call) -> Json:
        return Trees(self.app).explain(call.path["line_id"])

    @listen("leads", "incentives.note_leads", reactions.FOLLOWED["leads"])
    def note_leads(self) -> Reaction:
        return reactions.note_leads(self._books().plans())

    @listen("bundling", "incentives.note_bundling", reactions.FOLLOWED["bundling"])
    def note_bundling(self) -> Reaction:
        return reactions.note(self._books().plans())

    @listen("compliance", "incentives.note_compliance", reactions.FOLLOWED["compliance"])
    def note_compliance(self) -> Reaction:
        return reactions.note(self._books().plans())

    @listen("registry", "incentives.note_registry", reactions.FOLLOWED["registry"])
    def note_registry(self) -> Reaction:
        uses = partial(uses_of, self.app.logs["registry"])
        return reactions.note_registry(self._books().plans(), uses, Scoring(self.app))

    @listen("incentives", "incentives.reckon_deals", (PlanActivated,))
    def reckon_deals(self) -> Reaction:
        return reactions.reckon(self._books().plans, self._books().leads)

    @listen("incentives", "incentives.release_claims", (AccountPlaced,))
    def release_claims(self) -> Reaction:
        return reactions.release_claims(self._books().plans())

    @listen("incentives", "incentives.note_claims", (ClaimDecided,))
    def note_claims(self) -> Reaction:
        return reactions.note_claims(self._books().plans())

    @listen("incentives", "incentives.note_disputes", (DisputeRaised, DisputeDecided))
    def note_disputes(self) -> Reaction:
        return reactions.note_disputes(self._books().plans())

    @listen("incentives", RECKON_SCORES, reactions.SCORE_FACTS)
    def reckon_scores(self) -> Reaction:
        scoring = Scoring(self.app)
        over = cache(lambda: scoring.completed() if scoring.any() else frozenset())
        return reactions.reckon_scores(over, scoring.reckonings)

    @listen("incentives", "incentives.note_managers", (AccountNoted, SplitNoted))
    def note_managers(self) -> Reaction:
        self.app.level(STAFF)
        return reactions.note_managers(self._facts, cache(self._posts), self._books().plans())

    @listen("incentives", "incentives.close_period", (StatementSealed,))
    def close_period(self) -> Reaction:
        return reactions.close_period

    def _ranked(self, found: Sequence[Score], level: str, indicator: str | None) -> list[Rank]:
        if level == "staff":
            return ranking(found, indicator)
        above = at_level(level, self.app.documents(UNITS, {}, limit=EVERY))
        return unit_ranking(found, above, indicator)

    def _facts(self, lead_id: str) -> Facts:
        return self.app.state(DEAL, lead_id)[0].facts

    def _posts(self, staff_id: str) -> Sequence[Post]:
        found = self.app.documents(STAFF, {"_id": staff_id}, limit=1)
        return [msgspec.convert(one, Post) for one in found[0]["posts"]] if found else []

    def _books(self) -> Books:
        return Books(self.app)

    def _scores(self, call: Call, period: str) -> tuple[list[Score], int | None]:
        """As they stand, or as they stood at the moment that was asked for. They are read from both."""
        self.app.wait(LEDGER, call)
        self.app.wait(STANDINGS, call)
        if _past(call):
            return self._books().scores_as(period, call.query["as_of"], call.query["as_known_at"]), None
        return self._books().scores(period)

    def scope_of(self, call: Call) -> views.Scope:
        unit = call.principal.unit_id
        units = under(unit, self.app.documents(UNITS, {}, limit=EVERY)) if unit else frozenset()
        return views.scope(call.principal, units)


def _past(call: Call) -> bool:
    return bool(call.query["as_of"] or call.query["as_known_at"])


def _plan_key(call: Call) -> str:
    return f"{call.path['plan_id']}.{call.path['version']}"


def _period(call: Call) -> str:
    return month_of(call.path["period"])


def _json(body: bytes) -> Raw:
    return Raw(body, JSON, {"ETag": views.etag(body)})


def _csv(statement: bytes, seq: int) -> Raw:
    body = sealing.as_csv(msgspec.json.decode(statement))
    name = f'attachment; filename="statement-{seq}.csv"'
    return Raw(body, f"{CSV}; charset=utf-8", {"ETag": views.etag(body), "Content-Disposition": name})
