"""The catalogue and the rules' answers, laid out for a reader."""

from datetime import date
from typing import Any

import msgspec

from services.bundling.rules import bundles, flips
from services.bundling.rules.conditions import label
from services.bundling.rules.facts import Facts


def catalogue(book: bundles.Book, on: date) -> dict[str, Any]:
    return {
        "on": on,
        "products": list(book.sold.values()),
        "rules_version": book.rules.version,
        "bundles": [
            {**_named(bundle), "items": bundle.items, "conditions": [label(one) for one in bundle.conditions]}
            for bundle in book.rules.bundles
        ],
    }


def answers(rules: bundles.RuleSet, facts: Facts, on: date) -> dict[str, Any]:
    """Each rule's answer, and for a no what would flip it."""
    pairs = zip(rules.bundles, bundles.evaluate(rules, facts, on), strict=True)
    return {
        "customer_id": facts.customer_id,
        "on": on,
        "answers": [
            {
                **_named(bundle),
                **msgspec.structs.asdict(answer),
                "flip": flips.smallest(bundle.conditions, facts, on),
            }
            for bundle, answer in pairs
        ],
    }


def _named(bundle: bundles.Bundle) -> dict[str, Any]:
    return {"code": bundle.code, "name_zh": bundle.name_zh, "name_en": bundle.name_en}
