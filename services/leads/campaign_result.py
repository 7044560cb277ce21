"""What a campaign brought, against those who were held out (rule L12): rates, their difference, and how sure it is.

Won is a customer who opened one of its products in its days, whoever led them to it: counted the same way in both arms,
from what the bank's own systems say. A lead that was won says the same of the contacted only, and would flatter them.
"""

from typing import Any

from shared.core.proportions import FULL_BPS, Difference, Proportion, difference

METHOD = "Newcombe 1998, method 10 (hybrid of Wilson intervals), 95 %"


def result(contacted: Proportion, held_out: Proportion) -> dict[str, Any]:
    """As it is shown: rates in basis points, None where an arm has nobody yet."""
    shown = {"contacted": _shown(contacted), "held_out": _shown(held_out), "method": METHOD}
    if not contacted.of or not held_out.of:
        nothing = dict.fromkeys(("difference_bps", "low_bps", "high_bps"))
        return {**shown, **nothing, "effect": "unknown", "sentence": "There is nobody yet to compare with."}
    found = difference(contacted, held_out)
    bps = {name: round(getattr(found, part) * FULL_BPS) for name, part in PARTS.items()}
    effect = "more" if found.low > 0 else "fewer" if found.high < 0 else "none"
    return {**shown, **bps, "effect": effect, "sentence": _sentence(contacted, held_out, found)}


PARTS = {"difference_bps": "value", "low_bps": "low", "high_bps": "high"}


def _shown(arm: Proportion) -> dict[str, int | None]:
    return {"customers": arm.of, "won": arm.count, "rate_bps": arm.bps}


def _sentence(contacted: Proportion, held_out: Proportion, found: Difference) -> str:
    rates = f"{contacted.rate:.2%} of the contacted and {held_out.rate:.2%} of the held-out customers opened a product"
    interval = f"({found.value:+.2%}; 95 % interval {found.low:+.2%} to {found.high:+.2%})"
    if found.low > 0:
        return f"{rates} {interval}: the campaign shows an effect."
    if found.high < 0:
        return f"{rates} {interval}: the contacted opened fewer; the campaign did harm."
    return f"{rates} {interval}: no effect is shown, the difference may be chance."
