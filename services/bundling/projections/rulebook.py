"""Sets of bundle rules as people read them, and the published ones as the service uses them (rule B2)."""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from services.bundling.rule_events import RuleEvent, RulesDrafted, RulesPublished, RulesRejected
from services.bundling.rules.bundles import RULE_SETS, RuleSet
from shared.core.plain import plain
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

NOTHING_NEW: Document = {"products": [], "hold_out_bps": 0}
UNDECIDED: Document = {"status": "draft", "decided_by": None, "decided_on": None, "reason": None}


def _step(document: Document | None, recorded: Recorded) -> Document:
    event = cast("RuleEvent", recorded.event)
    told: dict[str, Any] = plain(event)
    match event:
        case RulesDrafted():
            drafted = {"rules_hash": event.rules_hash, "drafted_by": event.by, "drafted_on": told["on"]}
            return {**NOTHING_NEW, **told["rules"], **drafted, **UNDECIDED}
        case RulesPublished():
            status, reason = "published", None
        case RulesRejected(reason=reason):
            status = "rejected"
    return {**(document or {}), "status": status, "decided_by": event.by, "decided_on": told["on"], "reason": reason}


RULEBOOKS = Projection(
    name="rulebooks",
    sources={"bundling": (RulesDrafted, RulesPublished, RulesRejected)},
    keys=lambda recorded: [cast("RuleEvent", recorded.event).rules_hash],
    step=_step,
    indexes=(("status",),),
)
PUBLISHED = {"status": "published"}


def sets_of(documents: Iterable[Document]) -> tuple[RuleSet, ...]:
    """The sets that there are, oldest first: those that the program ships with, then what was published."""
    published = (msgspec.convert(document, RuleSet) for document in documents)
    return (*RULE_SETS, *sorted(published, key=lambda rules: rules.version))
