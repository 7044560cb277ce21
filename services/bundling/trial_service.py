"""The part of the bundling service that judges its rules by use (rule B8)."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from services.bundling import trial_schemas as schemas
from services.bundling.domain.trial import POPULARITY
from services.bundling.events import OfferHeldOut, OfferProposed
from services.bundling.projections import (
    CUSTOMER_FACTS,
    OFFERS,
    POPULARITY_NOW,
    TRIALS,
    due,
    facts_of,
    holders,
)
from services.bundling.projections.trials import BANK
from services.bundling.reactions import Offered, begin_trials
from services.bundling.rule_service import book_on
from services.bundling.rules.facts import Facts
from services.bundling.rules.trials import popular
from services.bundling.trial_judged import METHOD, Trial, shown
from shared.core.errors import NotYetVisible
from shared.core.months import last_day
from shared.core.reaction import Reaction
from shared.core.recorded import Recorded
from shared.runtime.api import Call, api
from shared.runtime.app import App, Reader
from shared.runtime.listen import listen
from shared.runtime.wiring import now

READERS = ("product", "branch", "ops", "auditor")
EVERY = 0
FRESH_DAYS = 7
Json = dict[str, Any]


class Trials:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/bundling/results", roles=READERS, query=schemas.ResultsQuery, view=schemas.ResultsView)
    def results(self, call: Call) -> Json:
        """How each rule does, by what its customers came to use; a rule that does worse than popularity is marked."""
        self.app.wait(TRIALS, call)
        return {"results": results(self.app, call.query), "method": METHOD}

    @listen("bundling", "bundling.begin_trials", (OfferProposed, OfferHeldOut))
    def begin_trials(self) -> Reaction:
        """Asked for once a batch: what was popular is remembered for that long."""
        newest = cache(lambda: self.app.documents(POPULARITY_NOW, {"_id": BANK}))
        book = cache(lambda on: book_on(self.app, on))

        def find(offered: Offered, many: int) -> tuple[str, ...]:
            counts: Mapping[str, int] = newest()[0][offered.customer_kind] if newest() else {}
            held = _facts(self.app, offered.customer_id).products(offered.on)
            return popular(counts, held, book(offered.on).sold, many)

        return begin_trials(find, now() - timedelta(days=FRESH_DAYS))


def due_trials(app: App, day: date) -> Iterator[tuple[str, Facts]]:
    for trial in app.documents(TRIALS, due(day), limit=EVERY, only=("customer_id",)):
        yield trial["_id"], _facts(app, trial["customer_id"])


def count_holders(app: App, closed: Recorded, month: str) -> tuple[Mapping[str, int], Mapping[str, int]] | None:
    """Over all customers, but once a month only. Waits until every fact before the close is known of them."""
    if not app.caught_up(CUSTOMER_FACTS, closed):
        raise NotYetVisible("customers_behind", f"What is known of customers has not seen {closed.id} yet.")
    _, version = app.state(POPULARITY, month)
    if version:
        return None
    counts: dict[str, dict[str, int]] = {"company": {}, "person": {}}
    for one in app.live(CUSTOMER_FACTS).aggregate(holders(last_day(month))):
        counts[one["_id"]["kind"]][one["_id"]["product"]] = one["holders"]
    return counts["company"], counts["person"]


def _facts(app: App, customer_id: str) -> Facts:
    """A customer of whom nothing is known yet has no facts."""
    found = app.documents(CUSTOMER_FACTS, {"_id": customer_id}, limit=1)
    return facts_of(customer_id, found[0]) if found else Facts(customer_id, None)


def results(reader: Reader, query: Mapping[str, Any]) -> list[Json]:
    """Of each version of each bundle; ``query`` may name a ``bundle`` and a ``rules_version``."""
    trials: dict[tuple[str, int], list[Trial]] = defaultdict(list)
    for one in reader.documents(TRIALS, query, limit=EVERY):
        trials[one["bundle"], one["rules_version"]].append(one)
    choices = _choices(reader)
    return [shown(*of, trials[of], choices[of]) for of in sorted(trials)]


def _choices(reader: Reader) -> dict[tuple[str, int], Counter[str]]:
    """By rule, how many of the items that were offered by it stand where with their customers."""
    pipeline: list[Json] = [
        {"$unwind": "$items"},
        {
            "$group": {
                "_id": {"bundle": "$items.bundle", "version": "$items.rules_version", "choice": "$items.choice"},
                "items": {"$sum": 1},
            }
        },
    ]
    found: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for one in reader.live(OFFERS).aggregate(pipeline):
        of = one["_id"]
        found[of["bundle"], of["version"]][of["choice"]] += one["items"]
    return found
