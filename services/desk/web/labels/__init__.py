"""What codes are called, in the user's language, a module a subject. A code without a name here is shown as it is."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

from services.desk.web.labels import branch, incentives, leads, marketing, openings, people, problems
from services.desk.web.labels.products import PRODUCTS, Words, products_for

__all__ = ["WORDS", "indicator", "label", "products_for"]


def _merged(*subjects: Mapping[str, Words]) -> Mapping[str, Words]:
    """A kind of code, such as that of refusals, may have words from several subjects."""
    kinds = {kind for subject in subjects for kind in subject}
    return {kind: {code: word for one in subjects for code, word in one.get(kind, {}).items()} for kind in kinds}


WORDS: Mapping[str, Words] = _merged(
    {"product": PRODUCTS},
    people.WORDS,
    leads.WORDS,
    openings.WORDS,
    incentives.WORDS,
    branch.WORDS,
    problems.WORDS,
    marketing.WORDS,
)

ABOUT: Mapping[str, Any] = {
    ".team": text("%(indicator)s: my people's"),
    ".completion": text("%(indicator)s: completion"),
}
"""What the end of an indicator's name adds to it."""


def label(kind: str, code: str) -> str:
    """The name of a code of a kind, such as ``label("state", "won")``."""
    return indicator(code) if kind == "indicator" else str(WORDS[kind].get(code, code))


def indicator(code: str) -> str:
    """``autumn:mobile_active.team``: of the contest *autumn*, what rolled up of mobile banking in use."""
    contest, _, rest = code.rpartition(":")
    end = next((end for end in ABOUT if rest.endswith(end)), "")
    name = str(WORDS["indicator"].get(rest.removesuffix(end), rest.removesuffix(end)))
    told = str(ABOUT[end]) % {"indicator": name} if end else name
    return f"{contest} · {told}" if contest else told
