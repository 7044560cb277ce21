"""What a plan says, term by term, as people write it: to be read, set beside another version, or taken as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.desk.web.labels import label
from services.desk.web.plans.studio import screen
from services.desk.web.view import day, share
from services.desk.web.words import text

Json = Mapping[str, Any]
OF_INDICATOR = ("product", "points_milli", "weight_bps", "target_milli", "cap_bps")
OF_VESTING = ("active_days", "window_days", "within_days")
OF_SCORE = ("whole_milli", "work_log_milli")


@dataclass(frozen=True)
class Term:
    """``key`` is the same in every version that has the term."""

    key: str
    name: str
    told: str


@dataclass(frozen=True)
class Pair:
    """A term in two versions; None where a version does not have it."""

    name: str
    old: str | None
    new: str | None

    @property
    def change(self) -> str:
        if self.old == self.new:
            return "same"
        if self.old is None:
            return "added"
        return "removed" if self.new is None else "changed"


@screen.app_template_filter("brief")
def number(milli: int) -> str:
    """1,500 thousandths → 1.5: as short as it can be told exactly."""
    return f"{Decimal(milli) / 1000:,f}".replace("-", "\N{MINUS SIGN}")


def told(name: str, value: Any) -> str:
    """A number of a plan in the unit that people think in, by the end of its name."""
    if name.endswith("_milli"):
        return str(text("%(points)s points", points=number(value)))
    if name.endswith("_bps"):
        return share(value)
    if name.endswith("_days"):
        return str(text("%(days)s days", days=value))
    return label("product", value) if name == "product" else str(value)


def terms(plan: Json) -> list[Term]:
    return list(_terms(plan))


def _terms(plan: Json) -> Iterator[Term]:
    until = plan.get("until")
    yield Term("kind", text("Kind"), text("Contest") if until else text("Plan of the year"))
    yield _term("effective_from", day(plan["effective_from"]))
    if until:
        yield _term("until", day(until))
    for one in plan["indicators"]:
        code = one["indicator"]
        for name in OF_INDICATOR:
            about = f"{label('indicator', code)} · {label('plan_term', name)}"
            yield Term(f"indicators.{code}.{name}", about, told(name, one[name]))
    for name in OF_VESTING:
        yield _term(name, told(name, plan["vesting"][name]))
    yield _term("reversal_days", told("reversal_days", plan["reversal_days"]))
    for level, bps in enumerate(plan.get("roll_up_bps", ()), start=1):
        yield Term(f"roll_up_bps.{level}", text("Managers at level %(level)s", level=level), share(bps))
    for name in OF_SCORE if plan.get("score") else ():
        yield _term(name, told(name, plan["score"][name]))
    yield _term("tie_policy", label("ties", plan["tie_policy"]))


def _term(name: str, words: str) -> Term:
    return Term(name, label("plan_term", name), words)


def side_by_side(old: Json, new: Json) -> list[Pair]:
    """Each term of either, in the order of the old one; what only the new one has stands at its place there."""
    before, after = ({term.key: term for term in terms(plan)} for plan in (old, new))
    keys = list(before)
    place = 0
    for key in after:
        if key in before:
            place = keys.index(key) + 1
        else:
            keys.insert(place, key)
            place += 1
    return [Pair(_either(before, after, key).name, _told(before, key), _told(after, key)) for key in keys]


def _either(before: Mapping[str, Term], after: Mapping[str, Term], key: str) -> Term:
    return before[key] if key in before else after[key]


def _told(known: Mapping[str, Term], key: str) -> str | None:
    return known[key].told if key in known else None
