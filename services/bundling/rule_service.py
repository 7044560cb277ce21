"""The part of the bundling service that keeps the sets of bundle rules (rule B2)."""

from datetime import date
from typing import Any

import msgspec

from services.bundling import rule_schemas as schemas
from services.bundling.domain.rulebook import RULEBOOK, DraftRules, PublishRules, RejectRules, RuleCommand, rules_hash
from services.bundling.projections import RULEBOOKS
from services.bundling.projections.rulebook import NOTHING_NEW, PUBLISHED, sets_of
from services.bundling.rules.bundles import Book, RuleSet, book_of
from shared.core.errors import RuleBroken
from shared.core.plain import plain
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App

BANK = "bank"
KEEPERS = ("product",)
READERS = ("product", "corporate", "retail", "branch", "compliance", "ops", "auditor")
EVERY = 0
Json = dict[str, Any]


class Rules:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/bundling/rules", roles=READERS, query=schemas.RulesQuery, view=schemas.RulesList)
    def rules(self, call: Call) -> Json:
        """Drafts, and what became of them. The sets that the program ships with are in the catalogue of a day."""
        return {"rules": self.app.documents(RULEBOOKS, call.query, call, sort="-version")}

    @api("GET", "/api/bundling/rules/in-force", roles=READERS, query=schemas.RulesOn, view=schemas.RuleSetView)
    def rules_in_force(self, call: Call) -> Json:
        """The set of a day, published or shipped: what a draft would take the place of, and is begun from."""
        self.app.wait(RULEBOOKS, call)
        return whole(book_on(self.app, call.query["on"] or call.today).rules)

    @api("GET", "/api/bundling/rules/<rules_hash>", roles=READERS, view=schemas.RulesView)
    def rules_of(self, call: Call) -> Json:
        return self.app.document(RULEBOOKS, call.path["rules_hash"], call)

    @api("POST", "/api/bundling/rules", roles=KEEPERS, body=schemas.DraftRules, status=201)
    def draft_rules(self, call: Call) -> Accepted:
        try:
            rules = msgspec.convert(call.body, RuleSet)
        except msgspec.ValidationError as error:
            raise RuleBroken("rules_faulty", f"{error}. See `liandong rules check`.", rule="B2") from None
        command = DraftRules(rules, call.principal.staff_id, call.today)
        return self._of_rules(call, rules_hash(rules), command, creates=True)

    @api("POST", "/api/bundling/rules/<rules_hash>/publish", roles=KEEPERS, body=schemas.PublishRules)
    def publish_rules(self, call: Call) -> Accepted:
        digest = call.path["rules_hash"]
        return self._of_rules(call, digest, PublishRules(digest, call.principal.staff_id, call.today))

    @api("POST", "/api/bundling/rules/<rules_hash>/reject", roles=KEEPERS, body=schemas.RejectRules)
    def reject_rules(self, call: Call) -> Accepted:
        digest, reason = call.path["rules_hash"], call.body["reason"]
        return self._of_rules(call, digest, RejectRules(digest, reason, call.principal.staff_id, call.today))

    def _of_rules(self, call: Call, digest: str, command: RuleCommand, *, creates: bool = False) -> Accepted:
        """All sets stand on one stream; the answer names the one that was asked about."""
        done = self.app.execute(RULEBOOK, BANK, command, call, creates=creates)
        return msgspec.structs.replace(done, id=digest)


def whole(rules: RuleSet) -> Json:
    """A set with its hash, as the list of sets shows one."""
    return {**NOTHING_NEW, **plain(rules), "rules_hash": rules_hash(rules)}


def set_named(app: App, digest: str) -> RuleSet:
    """A set by its hash: a draft, or what became of one. Raises ``NotFound``."""
    return msgspec.convert(app.document(RULEBOOKS, digest), RuleSet)


def book_on(app: App, on: date) -> Book:
    """The rules and the catalogue of a day."""
    return book_of(on, sets_of(app.documents(RULEBOOKS, PUBLISHED, limit=EVERY)))
