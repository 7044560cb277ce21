"""The form of a plan: what the API takes as what people type, and back; and each error in the words of the field.

Points are typed in points and shares in per cent; what is sent are thousandths and basis points.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from services.desk.web.labels import label
from services.desk.web.view import points, share
from services.desk.web.words import text

Json = dict[str, Any]
Typed = dict[str, str]
"""By the name of the field, which is the place of the value in the API's body: ``indicators.0.points_milli``."""

OF_INDICATOR = ("indicator", "product", "points_milli", "weight_bps", "target_milli", "cap_bps")
OF_VESTING = ("active_days", "window_days", "within_days")
OF_SCORE = ("whole_milli", "work_log_milli")
PLAIN = ("plan_id", "version", "effective_from", "until", "reversal_days", "tie_policy", "base", "seen", "content")
"""``base``: the version that it was made from. ``seen`` and ``content``: what the designer read of a draft that they
change, as the version of its stream and the hash of what it said.
"""
LEVELS = 10
MOST_INDICATORS = 100
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?", re.ASCII)
RANGE = re.compile(r"Must be greater than or equal to (-?\d+) and less than or equal to (-?\d+)\.")
ROW = re.compile(r"indicators\.(\d{1,4})\.\w+", re.ASCII)
PLACES = {
    "weights_not_whole": "indicators",
    "indicator_twice": "indicators",
    "indicator_name_taken": "indicators",
    "roll_up_rises": "roll_up_bps.0",
    "contest_ends_before_it_begins": "until",
    "contest_with_score": "score.whole_milli",
}
"""The field that a broken rule is about, by the code of the refusal."""


def scale(name: str) -> int:
    """How many of what is sent make one of what is typed."""
    return 1_000 if "_milli" in name else 100 if "_bps" in name else 1


def typed_of(plan: Mapping[str, Any]) -> Typed:
    """A plan as its form shows it."""
    typed = {
        name: str(plan.get(name) or "") for name in ("plan_id", "version", "effective_from", "until", "tie_policy")
    }
    typed["reversal_days"] = str(plan["reversal_days"])
    for number, one in enumerate(plan["indicators"]):
        typed |= {f"indicators.{number}.{name}": _shown(name, one[name]) for name in OF_INDICATOR}
    typed |= {f"vesting.{name}": str(plan["vesting"][name]) for name in OF_VESTING}
    typed |= {f"roll_up_bps.{n}": _shown("roll_up_bps", bps) for n, bps in enumerate(plan.get("roll_up_bps", ()))}
    score = plan.get("score") or {}
    return typed | {f"score.{name}": _shown(name, score[name]) for name in OF_SCORE if name in score}


def _shown(name: str, value: Any) -> str:
    return f"{Decimal(value) / scale(name):f}" if scale(name) > 1 else str(value)


def tidied(form: Mapping[str, str]) -> Typed:
    """What was typed, without indicators that are empty or are to go; the others are numbered anew."""
    typed = {name: form.get(name, "").strip() for name in PLAIN}
    for name in (*(f"vesting.{one}" for one in OF_VESTING), *(f"score.{one}" for one in OF_SCORE)):
        typed[name] = form.get(name, "").strip()
    typed |= {f"roll_up_bps.{level}": form.get(f"roll_up_bps.{level}", "").strip() for level in range(LEVELS)}
    rows = sorted({int(found[1]) for name in form if (found := ROW.fullmatch(name))})
    kept = [row for row in rows if not form.get(f"indicators.{row}.drop") and _row(form, row)]
    for number, row in enumerate(kept[:MOST_INDICATORS]):
        typed |= {f"indicators.{number}.{name}": told for name, told in _row(form, row).items()}
    return typed


def _row(form: Mapping[str, str], row: int) -> Typed:
    """An indicator as it was typed; nothing where nothing was."""
    told = {name: form.get(f"indicators.{row}.{name}", "").strip() for name in OF_INDICATOR}
    return told if any(told.values()) else {}


def rows(typed: Typed) -> int:
    """How many indicators there are."""
    return sum(1 for name in typed if name.endswith(".indicator"))


def levels(typed: Typed) -> int:
    """How many levels of managers are credited: up to the last that says anything."""
    return max((n + 1 for n in range(LEVELS) if typed.get(f"roll_up_bps.{n}")), default=0)


def body_of(typed: Typed) -> tuple[Json, dict[str, str]]:
    """The API's body, and by field what is no number. Such a field goes as it was typed, so that the API names
    everything that is wrong in one go.
    """
    wrong: dict[str, str] = {}

    def number(name: str) -> int | str | None:
        value = number_of(typed.get(name, ""), scale(name))
        if isinstance(value, str):
            wrong[name] = no_number(scale(name))
        return value

    def indicator(row: int) -> Json:
        places = {name: f"indicators.{row}.{name}" for name in OF_INDICATOR}
        return {name: number(at) if scale(name) > 1 else typed.get(at, "") for name, at in places.items()}

    body: Json = {name: typed.get(name, "") for name in ("plan_id", "effective_from", "tie_policy")}
    body |= {name: number(name) for name in ("version", "reversal_days")}
    body["indicators"] = [indicator(row) for row in range(rows(typed))]
    body["vesting"] = {name: number(f"vesting.{name}") for name in OF_VESTING}
    if count := levels(typed):
        body["roll_up_bps"] = [number(f"roll_up_bps.{level}") for level in range(count)]
    if any(typed.get(f"score.{name}") for name in OF_SCORE):
        body["score"] = {name: number(f"score.{name}") for name in OF_SCORE}
    if typed.get("until"):
        body["until"] = typed["until"]
    return body, wrong


def number_of(typed: str, factor: int) -> int | str | None:
    """``1.5`` and 1,000 → 1500; None for nothing; what is no such number as it was typed."""
    told = re.sub(r"[\s,，%％]", "", typed).replace("\N{MINUS SIGN}", "-")
    if not told:
        return None
    value = Decimal(told) * factor if NUMBER.fullmatch(told) else None
    return typed if value is None or value != value.to_integral_value() else int(value)


def no_number(factor: int) -> str:
    if factor == 1_000:
        return str(text("Give points as a number, with at most three decimals, such as 1.5."))
    if factor == 100:
        return str(text("Give a share in per cent, with at most two decimals, such as 12.5."))
    return str(text("Give a whole number."))


def errors_of(code: str, detail: str, told: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, str]:
    """By field, in the user's words and units. A broken rule stands at the field that it is about."""
    errors = {name: in_words(name, said) for name, said in told.items()} | dict(wrong)
    if code in PLACES and not errors:
        known = label("refusal", code)
        errors[PLACES[code]] = detail if known == code else known
    return errors


def in_words(name: str, said: str) -> str:
    """``Must be greater than or equal to 1 …`` of thousandths → the same of points."""
    found = RANGE.fullmatch(said)
    if found is None:
        return label("problem", said)
    low, high = (_unit(name, int(one)) for one in found.groups())
    return str(text("Must be from %(low)s to %(high)s.", low=low, high=high))


def _unit(name: str, value: int) -> str:
    factor = scale(name)
    return points(value) if factor == 1_000 else share(value) if factor == 100 else f"{value:,}"


def weights(typed: Typed) -> int | None:
    """The sum of the weights in basis points; None while one of them is no number."""
    told = [number_of(typed.get(f"indicators.{row}.weight_bps", ""), 100) for row in range(rows(typed))]
    sums = [one or 0 for one in told if not isinstance(one, str)]
    return sum(sums) if len(sums) == len(told) else None
