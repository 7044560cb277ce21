"""What a campaign brought, against those who were held out (rule L12): rates, their difference, and how sure it is.

Won is a customer who opened one of its products in its days, whoever led them to it: counted the same way in both arms,
from what the bank's own systems say. A lead that was won says the same of the contacted only, and would flatter them.

The interval is Newcombe's hybrid score interval (R. G. Newcombe, *Statistics in Medicine* 17 (1998) 873-890, method
10): the difference of two proportions from the Wilson interval of each. It keeps its level for rare events and small
groups, where the usual normal interval does not.
"""

from math import sqrt
from statistics import NormalDist
from typing import Any

import msgspec

from services.leads.rules import FULL_BPS

METHOD = "Newcombe 1998, method 10 (hybrid of Wilson intervals), 95 %"
Z = NormalDist().inv_cdf(0.975)


class Arm(msgspec.Struct, frozen=True):
    """``won`` of ``customers``."""

    customers: int
    won: int

    @property
    def rate(self) -> float:
        return self.won / self.customers


class Difference(msgspec.Struct, frozen=True):
    """Of two rates, with its interval; each from -1 to 1."""

    value: float
    low: float
    high: float


def wilson(arm: Arm, z: float = Z) -> tuple[float, float]:
    """The score interval of a proportion (E. B. Wilson, 1927)."""
    n, p = arm.customers, arm.rate
    middle, wide = 2 * n * p + z * z, z * sqrt(z * z + 4 * n * p * (1 - p))
    return (middle - wide) / (2 * (n + z * z)), (middle + wide) / (2 * (n + z * z))


def difference(one: Arm, other: Arm) -> Difference:
    """Both arms must have somebody."""
    (low_1, high_1), (low_2, high_2) = wilson(one), wilson(other)
    value = one.rate - other.rate
    return Difference(
        value,
        low=value - sqrt((one.rate - low_1) ** 2 + (high_2 - other.rate) ** 2),
        high=value + sqrt((high_1 - one.rate) ** 2 + (other.rate - low_2) ** 2),
    )


def result(contacted: Arm, held_out: Arm) -> dict[str, Any]:
    """As it is shown: rates in basis points, None where an arm has nobody yet."""
    shown = {"contacted": _shown(contacted), "held_out": _shown(held_out), "method": METHOD}
    if not contacted.customers or not held_out.customers:
        nothing = dict.fromkeys(("difference_bps", "low_bps", "high_bps"))
        return {**shown, **nothing, "effect": "unknown", "sentence": "There is nobody yet to compare with."}
    found = difference(contacted, held_out)
    bps = {name: round(getattr(found, part) * FULL_BPS) for name, part in PARTS.items()}
    effect = "more" if found.low > 0 else "fewer" if found.high < 0 else "none"
    return {**shown, **bps, "effect": effect, "sentence": _sentence(contacted, held_out, found)}


PARTS = {"difference_bps": "value", "low_bps": "low", "high_bps": "high"}


def _shown(arm: Arm) -> dict[str, int | None]:
    rate = round(arm.rate * FULL_BPS) if arm.customers else None
    return {"customers": arm.customers, "won": arm.won, "rate_bps": rate}


def _sentence(contacted: Arm, held_out: Arm, found: Difference) -> str:
    rates = f"{contacted.rate:.2%} of the contacted and {held_out.rate:.2%} of the held-out customers opened a product"
    interval = f"({found.value:+.2%}; 95 % interval {found.low:+.2%} to {found.high:+.2%})"
    if found.low > 0:
        return f"{rates} {interval}: the campaign shows an effect."
    if found.high < 0:
        return f"{rates} {interval}: the contacted opened fewer; the campaign did harm."
    return f"{rates} {interval}: no effect is shown, the difference may be chance."
