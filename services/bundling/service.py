"""The nameko class: entrypoints, and no rule."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial
from typing import Any, TypeVar

from services.bundling import domain, schemas, views
from services.bundling.composite_service import Composite
from services.bundling.contact_service import Approaches, declined_by, present
from services.bundling.domain import OFFER, Hand, OfferCommand
from services.bundling.events import Evidence
from services.bundling.ledger_service import Ledger
from services.bundling.projections import (
    CUSTOMER_FACTS,
    ITEMS_DUE,
    LEAD_TEAMS,
    OFFERS,
    PROJECTIONS,
    due_openings,
    facts_of,
)
from services.bundling.reactions import BANK_FACTS, measure_trials, note_bank_facts, note_check, offer_won_products
from services.bundling.rule_service import Rules, book_on, set_named
from services.bundling.rules import bundles
from services.bundling.rules.facts import Facts
from services.bundling.rules.trials import held_out
from services.bundling.trial_service import Trials, count_holders, due_trials
from services.catalogue import EVENTS, UPCASTS
from services.compliance.events import OpeningCleared, OpeningRefused
from services.leads.events import LeadWon
from services.registry.events import DayClosed
from shared.core.errors import NotFound, NotYetVisible
from shared.core.reaction import Reaction
from shared.core.recorded import Recorded
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen

SELLERS = ("corporate", "retail")
STAFF = (*SELLERS, "branch")
CHANNELS = (*STAFF, "ops")  # the bank's own channels call as machines of ops
READERS = (*CHANNELS, "product", "compliance", "auditor")
EVERY = 0
Json = dict[str, Any]
Wish = TypeVar("Wish", bound=OfferCommand)


class BundlingService(Approaches, Composite, Ledger, Rules, Trials):
    name = "bundling"
    app: App = Kernel(EVENTS, UPCASTS, PROJECTIONS)

    @api("GET", "/api/bundling/catalogue", roles=READERS, query=schemas.Asked, view=schemas.CatalogueView)
    def catalogue(self, call: Call) -> Json:
        on = asked_day(call.query, call)
        return views.catalogue(book_on(self.app, on), on)

    @api(
        "GET",
        "/api/bundling/customers/<customer_id>/answers",
        roles=READERS,
        query=schemas.AskedOfRules,
        view=schemas.AnswersView,
    )
    def answers(self, call: Call) -> Json:
        on, asked = asked_day(call.query, call), call.query["rules"]
        rules = set_named(self.app, asked) if asked else book_on(self.app, on).rules
        return views.answers(rules, self._facts(call.path["customer_id"], call), on)

    @api("POST", "/api/bundling/offers", roles=STAFF, body=schemas.Propose, status=201)
    def propose(self, call: Call) -> Accepted:
        lead_id, on = call.body["lead_id"], asked_day(call.body, call)
        lead = self.app.document(LEAD_TEAMS, lead_id, call)
        facts, book = self._facts(lead["customer_id"], call), book_on(self.app, on)
        command = domain.ProposeOffer(
            lead_id=lead_id,
            lead_customer_id=lead["customer_id"],
            customer_id=call.body["customer_id"],
            customer_kind=lead["customer_kind"],
            answer=answer(call.body["bundle"], book.rules, facts, on),
            active=book.rules.active,
            sold=book.sold,
            held=facts.products(on),
            hand=hand(lead, call),
            on=on,
            declined=declined_by(self.app, lead["customer_id"], on),
            held_out=held_out(book.rules, call.body["bundle"], lead["customer_id"]),
            asked_for=call.body["asked_for"],
        )
        return self.app.execute(OFFER, lead_id, command, call, creates=True)

    @api("GET", "/api/bundling/offers/<offer_id>", roles=READERS, view=schemas.OfferView)
    def show(self, call: Call) -> Json:
        return self.app.document(OFFERS, call.path["offer_id"], call)

    @api("GET", "/api/bundling/offers", roles=READERS, query=schemas.OfferQuery, view=schemas.OffersView)
    def find(self, call: Call) -> Json:
        return {"offers": self.app.documents(OFFERS, call.query, call)}

    @api("POST", "/api/bundling/offers/<offer_id>/present", roles=CHANNELS, body=schemas.PresentOffer)
    def present(self, call: Call) -> Accepted:
        said = {"channel": call.body["channel"], "asked_for": call.body["asked_for"]}
        return present(self.app, call.path["offer_id"], self._wish(call, domain.PresentOffer, **said), call)

    @api("POST", "/api/bundling/offers/<offer_id>/items/<product>/accept", roles=CHANNELS, body=schemas.Accept)
    def accept(self, call: Call) -> Accepted:
        return self._execute(call, domain.AcceptItem, product=call.path["product"], channel=call.body["channel"])

    @api("POST", "/api/bundling/offers/<offer_id>/items/<product>/decline", roles=CHANNELS, body=schemas.Decline)
    def decline(self, call: Call) -> Accepted:
        said = {"channel": call.body["channel"], "reason": call.body["reason"]}
        return self._execute(call, domain.DeclineItem, product=call.path["product"], **said)

    @api(
        "POST",
        "/api/bundling/offers/<offer_id>/items/<product>/opening",
        roles=SELLERS,
        body=schemas.RequestOpening,
    )
    def request_opening(self, call: Call) -> Accepted:
        given = {name: value for name, value in call.body.items() if name != "on"}
        evidence = Evidence(**given | {"papers": tuple(given["papers"])})
        on, product = asked_day(call.body, call), call.path["product"]
        known = {"sold": book_on(self.app, on).sold, "held": self._held(call, on)}
        return self._execute(call, domain.RequestOpening, product=product, evidence=evidence, **known)

    @listen("leads", "bundling.offer_won_products", (LeadWon,))
    def offer_won_products(self) -> Reaction:
        return offer_won_products(cache(partial(book_on, self.app)))

    @listen("compliance", "bundling.note_checks", (OpeningCleared, OpeningRefused))
    def note_checks(self) -> Reaction:
        return note_check

    @listen("registry", "bundling.note_bank_facts", BANK_FACTS)
    def note_bank_facts(self) -> Reaction:
        return note_bank_facts(self._due)

    @listen("registry", "bundling.measure_trials", (DayClosed,))
    def measure_trials(self) -> Reaction:
        return measure_trials(partial(due_trials, self.app), partial(count_holders, self.app))

    def _execute(self, call: Call, command: Callable[..., OfferCommand], **said: Any) -> Accepted:
        return self.app.execute(OFFER, call.path["offer_id"], self._wish(call, command, **said), call)

    def _wish(self, call: Call, command: Callable[..., Wish], **said: Any) -> Wish:
        """A command about the offer in the path, by whoever calls."""
        lead = self.app.document(LEAD_TEAMS, call.path["offer_id"], call)
        return command(hand=hand(lead, call), on=asked_day(call.body, call), **said)

    def _held(self, call: Call, on: date) -> tuple[str, ...]:
        """What the customer of the offer in the path has; who is nobody's customer yet has nothing."""
        customer_id = self.app.document(LEAD_TEAMS, call.path["offer_id"], call)["customer_id"]
        found = self.app.documents(CUSTOMER_FACTS, {"_id": customer_id}, call, limit=1)
        return facts_of(customer_id, found[0]).products(on) if found else ()

    def _facts(self, customer_id: str, call: Call) -> Facts:
        return facts_of(customer_id, self.app.document(CUSTOMER_FACTS, customer_id, call))

    def _due(self, closed: Recorded, day: date) -> Mapping[str, tuple[str, ...]]:
        """What a day's close wakes, once the list of it knows every fact that came before."""
        if not self.app.caught_up(ITEMS_DUE, closed):
            raise NotYetVisible("due_list_behind", f"The list of what is due has not seen {closed.id} yet.")
        on = day.isoformat()
        return due_openings(self.app.documents(ITEMS_DUE, {"wake": {"$lte": on}}, limit=EVERY), on)


def asked_day(given: Mapping[str, Any], call: Call) -> date:
    """The business date of a request: its own, or today."""
    return given["on"] or call.today


def hand(lead: Mapping[str, Any], call: Call) -> Hand:
    who = call.principal
    return Hand(who.staff_id, who.unit_id or "", tuple(sorted(who.roles)), tuple(lead["team"]))


def answer(bundle: str, rules: bundles.RuleSet, facts: Facts, on: date) -> bundles.Answer:
    found = next((one for one in rules.bundles if one.code == bundle), None)
    if found is None:
        known = ", ".join(one.code for one in rules.bundles)
        raise NotFound("unknown_bundle", f"There is no bundle {bundle}; the rules know {known}.")
    return bundles.answer(found, rules, facts, on)
