"""The part of the bundling service that is about the ledger of what is held and used (rule B7)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from services.bundling import ledger_schemas as schemas
from services.bundling.projections import HOLDINGS, holdings_of
from services.bundling.rules import ledger
from services.bundling.rules.ledger import LEDGER, Line
from shared.runtime.api import Call, api
from shared.runtime.app import App

LEDGER_READERS = ("corporate", "retail", "branch", "product", "ops", "auditor")
EVERY = 0
Json = dict[str, Any]


class Ledger:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api(
        "GET",
        "/api/bundling/customers/<customer_id>/ledger",
        roles=LEDGER_READERS,
        query=schemas.LedgerQuery,
        view=schemas.CustomerLedgerView,
    )
    def customer_ledger(self, call: Call) -> Json:
        on = _day(call)
        document = self.app.document(HOLDINGS, call.path["customer_id"], call)
        lines = [ledger.line(one, on) for one in holdings_of(document) if one.opened_on <= on]
        found = ledger.counts(lines)
        return {
            "customer_id": document["customer_id"],
            "on": on,
            "counts": found,
            "warning": LEDGER.warns(found.opened, found.activated),
            "rules_version": LEDGER.version,
            "holdings": lines,
        }

    @api(
        "GET",
        "/api/bundling/units/<unit_id>/ledger",
        roles=LEDGER_READERS,
        query=schemas.LedgerQuery,
        view=schemas.UnitLedgerView,
    )
    def unit_ledger(self, call: Call) -> Json:
        unit_id, on = call.path["unit_id"], _day(call)
        each = [lines for _, lines in self._of_unit(unit_id, on, call)]
        every = [line for lines in each for line in lines]
        found, per = ledger.counts(every), ledger.per_customer
        warned = [LEDGER.warns(one.opened, one.activated) for one in map(ledger.counts, each)]
        return {
            "unit_id": unit_id,
            "on": on,
            "customers": len(each),
            "counts": found,
            "opened_per_customer": per(found.opened, len(each)),
            "activated_per_customer": per(found.activated, len(each)),
            "active_per_customer": per(found.active, len(each)),
            "warnings": sum(warned),
            "rules_version": LEDGER.version,
            "products": [
                {"product": product, **msgspec.structs.asdict(one)} for product, one in ledger.by_product(every).items()
            ],
        }

    @api(
        "GET",
        "/api/bundling/units/<unit_id>/dormant",
        roles=LEDGER_READERS,
        query=schemas.DormantQuery,
        view=schemas.DormantList,
    )
    def dormant(self, call: Call) -> Json:
        unit_id, on = call.path["unit_id"], _day(call)
        owner: dict[str, str] = {}
        lines: list[Line] = []
        for customer_id, theirs in self._of_unit(unit_id, on, call):
            owner |= dict.fromkeys((one.holding_id for one in theirs), customer_id)
            lines += theirs
        found = ledger.dormant(lines)[: call.query["limit"]]
        shown = [{"customer_id": owner[one.holding_id], **msgspec.structs.asdict(one)} for one in found]
        return {"unit_id": unit_id, "on": on, "dormant": shown}

    def _of_unit(self, unit_id: str, on: date, call: Call) -> Iterator[tuple[str, list[Line]]]:
        """Each customer who holds something at the unit on the day, with those holdings."""
        for document in self.app.documents(HOLDINGS, {"units": unit_id}, call, limit=EVERY):
            theirs = (one for one in holdings_of(document) if one.unit_id == unit_id and one.opened_on <= on)
            lines = [ledger.line(one, on) for one in theirs]
            if any(one.standing != "closed" for one in lines):
                yield document["customer_id"], lines


def _day(call: Call) -> date:
    on: date = call.query["on"] or call.today
    return on
