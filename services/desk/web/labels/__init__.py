"""What codes are called, in the user's language, a module a subject. A code without a name here is shown as it is."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

from services.desk.web.labels import (
    branch,
    compliance,
    customer,
    incentives,
    leads,
    marketing,
    openings,
    operations,
    people,
    plans,
    problems,
)
from services.desk.web.labels.products import PRODUCTS, Words, products_for

__all__ = ["WORDS", "indicator", "label", "products_for"]


def _together(*subjects: Mapping[str, Words]) -> Mapping[str, Words]:
    """The codes of all subjects by kind: of a kind such as ``refusal``, several may have some."""
    kinds = sorted({kind for words in subjects for kind in words})
    return {kind: {code: told for words in subjects for code, told in words.get(kind, {}).items()} for kind in kinds}


WORDS = _together(
    {"product": PRODUCTS},
    people.WORDS,
    openings.WORDS,
    incentives.WORDS,
    plans.WORDS,
    leads.WORDS,
    branch.WORDS,
    compliance.WORDS,
    customer.WORDS,
    marketing.WORDS,
    operations.WORDS,
    problems.WORDS,
)

SHARE, SHARE_OF = "share-", text("%(line)s, in per cent")
"""A field for each line that has one."""
ABOUT: Mapping[str, Any] = {
    ".team": text("%(indicator)s: my people's"),
    ".completion": text("%(indicator)s: completion"),
}
"""What the end of an indicator's name adds to it."""


def label(kind: str, code: str) -> str:
    """The name of a code of a kind, such as ``label("state", "won")``."""
    if kind == "indicator":
        return indicator(code)
    if kind == "field" and code.startswith(SHARE):
        return str(SHARE_OF) % {"line": label("line", code.removeprefix(SHARE))}
    return place(code) if kind == "field" and "." in code else str(WORDS[kind].get(code, code))


def place(path: str) -> str:
    """``indicators.0.points_milli``: of the first of the indicators, its points."""
    parts = (str(int(one) + 1) if one.isdecimal() else str(WORDS["field"].get(one, one)) for one in path.split("."))
    return " ".join(parts)


def indicator(code: str) -> str:
    """``autumn:mobile_active.team``: of the contest *autumn*, what rolled up of mobile banking in use."""
    contest, _, rest = code.rpartition(":")
    end = next((end for end in ABOUT if rest.endswith(end)), "")
    name = str(WORDS["indicator"].get(rest.removesuffix(end), rest.removesuffix(end)))
    told = str(ABOUT[end]) % {"indicator": name} if end else name
    return f"{contest} · {told}" if contest else told
