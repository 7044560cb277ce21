"""The part of the bundling service that is about composite accounts (rule B4)."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from services.bundling import composite_schemas as schemas
from services.bundling.composite_events import Counted, FeeRunStarted
from services.bundling.domain.fees import Charges
from services.bundling.projections import COMPOSITES, FEE_RUNS, charges_of, to_charge
from services.bundling.reactions import FEE_RUN_FACTS, ROUND, charge_fees
from services.bundling.rules.composite import Standing, in_force, standing
from shared.core.reaction import Reaction
from shared.core.recorded import Recorded
from shared.runtime.api import Call, api
from shared.runtime.app import App
from shared.runtime.listen import listen
from shared.runtime.pace import GENTLE

ACCOUNT_READERS = ("corporate", "retail", "branch", "product", "ops", "compliance", "auditor")
RUN_READERS = ("product", "branch", "ops", "auditor")
Json = dict[str, Any]
NO_ACCOUNT: Json = {
    "counted": [],
    "counted_minor": 0,
    "tier": None,
    "fee_minor": 0,
    "perks": None,
    "to_next_minor": None,
}
"""Where an account was charged, and turned out to be none."""


class Composite:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/bundling/customers/<customer_id>/composite", roles=ACCOUNT_READERS, view=schemas.CompositeView)
    def composite(self, call: Call) -> Json:
        """Month by month: the tier, what it brings, what is missing to the next, what was charged and adjusted."""
        account = self.app.document(COMPOSITES, call.path["customer_id"], call)
        months = (_shown(month, one) for month, one in sorted(account["months"].items(), reverse=True))
        return {"customer_id": account["customer_id"], "months": [one for one in months if one]}

    @api("GET", "/api/bundling/fee-runs", roles=RUN_READERS, query=schemas.FeeRunQuery, view=schemas.FeeRunList)
    def fee_runs(self, call: Call) -> Json:
        return {"runs": self.app.documents(FEE_RUNS, {}, call, sort="-day", limit=call.query["limit"])}

    @listen("bundling", "bundling.charge_fees", FEE_RUN_FACTS, pace=GENTLE)
    def charge_fees(self) -> Reaction:
        return charge_fees(partial(next_accounts, self.app))


def next_accounts(app: App, cause: Recorded, upto: str, after: str) -> Sequence[Charges]:
    """A run begins once the accounts' list has seen all there is: each balance that was noted before the day closed,
    and whatever the run before it charged. After that no account comes up twice.
    """
    if isinstance(cause.event, FeeRunStarted):
        app.level(COMPOSITES)
    found = app.documents(COMPOSITES, to_charge(upto, after), limit=ROUND)
    return [charges_of(one) for one in found]


def _shown(month: str, one: Mapping[str, Any]) -> Json | None:
    """None for a month in which the customer had no composite account, nor was charged for one."""
    rules = in_force(month)
    balances = {each["holding_id"]: msgspec.convert(each, Counted) for each in one["balances"]}
    found = standing(balances, rules)
    if found is None and one["fee"] is None:
        return None
    adjusted = sum(each["adjustment_minor"] for each in one["adjustments"])
    return {
        "month": month,
        **(_standing(found) if found else NO_ACCOUNT),
        "rules_version": rules.version,
        "charged": one["fee"],
        "adjustments": one["adjustments"],
        "total_minor": (one["fee"]["fee_minor"] if one["fee"] else 0) + adjusted,
    }


def _standing(found: Standing) -> Json:
    rule: Json = msgspec.to_builtins(found.rule)
    return {
        "counted": msgspec.to_builtins(found.counted),
        "counted_minor": found.counted_minor,
        "tier": rule["tier"],
        "fee_minor": rule["fee_minor"],
        "perks": rule["perks"],
        "to_next_minor": found.to_next_minor,
    }
