"""What use says of a bundle rule (rule B8): its arms side by side, each difference with its interval, and a verdict."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from services.bundling.rules.trials import HORIZONS
from shared.core.proportions import FULL_BPS, Difference, Pairs, Proportion, difference, paired

METHOD = (
    "Hold-out: Newcombe 1998 (Stat. Med. 17, 873-890), method 10. Popularity: the same customers twice, Newcombe 1998"
    " (Stat. Med. 17, 2635-2650), method 10. Intervals of 95 %."
)
Trial = Mapping[str, Any]
"""As the list of trials shows it."""
Json = dict[str, Any]
FEWEST = 30
"""Customers in each arm below which nothing is said of a difference, whatever its interval."""


Effect = Literal["more", "fewer", "none", "too_few"]


class Judged(msgspec.Struct, frozen=True):
    """After ``days``: how many customers of each arm were in use (动户), and the two comparisons, None where there is
    nobody to compare. What is popular is compared with what the rule picks among those held out, who were offered
    neither; ``compared`` is how many of them there are.
    """

    days: int
    offered: Proportion
    held_out: Proportion
    compared: int
    against_held_out: Difference | None
    against_popular: Difference | None

    @property
    def worse_than_popular(self) -> bool:
        """Surely so: the whole interval is below 0."""
        return _effect(self.against_popular, self.compared) == "fewer"

    @property
    def smaller_arm(self) -> int:
        return min(self.offered.of, self.held_out.of)


def judged(trials: Iterable[Trial], days: int) -> Judged:
    """Only whoever was offered the bundle, or held out of it, at least ``days`` days ago counts."""
    measured = [(one, one["measured"][str(days)]) for one in trials if str(days) in one["measured"]]
    of: Counter[str] = Counter(one["arm"] for one, _ in measured)
    active: Counter[str] = Counter(one["arm"] for one, found in measured if found["active"])
    offered, held_out = (Proportion(of[arm], active[arm]) for arm in ("offered", "held_out"))
    pairs = _pairs(found for one, found in measured if one["arm"] == "held_out" and one["compared"])
    return Judged(
        days=days,
        offered=offered,
        held_out=held_out,
        compared=pairs.of,
        against_held_out=difference(offered, held_out) if offered.of and held_out.of else None,
        against_popular=paired(pairs) if pairs.of else None,
    )


def _pairs(found: Iterable[Mapping[str, bool]]) -> Pairs:
    counts = Counter((one["active"], one["popular_active"]) for one in found)
    return Pairs(counts[True, True], counts[True, False], counts[False, True], counts[False, False])


def shown(bundle: str, rules_version: int, trials: Iterable[Trial], choices: Counter[str]) -> Json:
    """As people read it; rates in basis points. ``choices``: by answer, the items that were offered."""
    every = list(trials)
    horizons = [judged(every, days) for days in HORIZONS]
    said = choices["accepted"] + choices["declined"]
    return {
        "bundle": bundle,
        "rules_version": rules_version,
        "offered": sum(one["arm"] == "offered" for one in every),
        "held_out": sum(one["arm"] == "held_out" for one in every),
        "items": {
            "offered": choices.total(),
            "accepted": choices["accepted"],
            "declined": choices["declined"],
            "accepted_bps": Proportion(said, choices["accepted"]).bps,
        },
        "horizons": [{**_shown(one), "used": _used(every, one.days)} for one in horizons],
        "worse_than_popular": any(one.worse_than_popular for one in horizons),
        "sentence": _sentence(horizons[-1] if horizons[-1].offered.of else horizons[0]),
    }


def _used(trials: Iterable[Trial], days: int) -> Json:
    """Of each arm, the customers who used something of the bundle themselves."""
    measured = [(one["arm"], one["measured"][str(days)]) for one in trials if str(days) in one["measured"]]
    arms = {arm: [found["used"] for of, found in measured if of == arm] for arm in ("offered", "held_out")}
    return {arm: _rate(Proportion(len(found), sum(found))) for arm, found in arms.items()}


def _shown(one: Judged) -> Json:
    return {
        "days": one.days,
        "active": {"offered": _rate(one.offered), "held_out": _rate(one.held_out)},
        "against_held_out": _difference(one.against_held_out, one.smaller_arm),
        "against_popular": _difference(one.against_popular, one.compared),
    }


def _rate(one: Proportion) -> Json:
    return {"customers": one.of, "count": one.count, "rate_bps": one.bps}


def _difference(one: Difference | None, customers: int) -> Json | None:
    if one is None:
        return None
    bps = {f"{name}_bps": round(getattr(one, name) * FULL_BPS) for name in ("value", "low", "high")}
    return {**bps, "effect": _effect(one, customers)}


def _effect(one: Difference | None, customers: int) -> Effect:
    if one is None or customers < FEWEST:
        return "too_few"
    return "more" if one.low > 0 else "fewer" if one.high < 0 else "none"


def _sentence(one: Judged) -> str:
    if not one.offered.of:
        return "Nobody was offered it long enough ago to be judged."
    rate = f"{one.days} days after the offer {one.offered.rate:.2%} of {one.offered.of} customers use it"
    nobody = "nobody was held out, so nothing says that it is the rule's doing"
    beside = (
        _beside("those who were held out", one.against_held_out, one.smaller_arm, nobody),
        _beside(
            "what is popular, among those held out",
            one.against_popular,
            one.compared,
            "nor does anything say how its picks do beside what is popular",
        ),
    )
    return f"{rate}; {'; '.join(beside)}."


def _beside(other: str, found: Difference | None, customers: int, unknown: str) -> str:
    if found is None:
        return unknown
    said = {
        "more": f"more than {other}",
        "fewer": f"fewer than {other}",
        "none": f"no difference to {other} is shown",
        "too_few": f"too few to compare with {other}",
    }[_effect(found, customers)]
    return f"{said} ({found.value:+.2%}; {found.low:+.2%} to {found.high:+.2%})"
