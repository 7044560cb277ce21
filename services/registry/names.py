"""How a name is written before it is compared: full-width letters narrowed, capitals lowered, traditional characters
simplified, marks and spaces dropped, a company's legal form left away (rule L4).
"""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

LEGAL_FORMS = ("有限责任公司", "股份有限公司", "有限公司", "集团", "公司")
"""Endings, the longer before the shorter; taken off again and again: 集团股份有限公司 is two."""
LEGAL_WORDS = frozenset(
    {"co", "company", "corp", "corporation", "group", "inc", "limited", "llc", "ltd", "plc"}
)  # fmt: skip
LONG = 5
"""A normal name of so many characters is still told apart with any one of them missing."""
LONGEST = 30


def normal_name(name: str, kind: str) -> str:
    """錦華紡織（股份）有限公司 → 锦华纺织股份; the words of a Latin name in their alphabet's order: Li Na is Na Li."""
    text = _simplified(unicodedata.normalize("NFKC", name).casefold())
    words = re.findall(r"[^\W_]+", text)
    if kind == "company":
        words = [word for word in words if word not in LEGAL_WORDS] or words
    plain = "".join(sorted(words) if text.isascii() else words)
    return _without_legal_form(plain) if kind == "company" else plain


def spellings(plain: str) -> list[str]:
    """A normal name, and, where it is long, that name with each one of its characters missing: two names of which one
    has a character more, less or other than the other share one of these.
    """
    if not LONG <= len(plain) <= LONGEST:
        return [plain]
    return [plain, *sorted({plain[:place] + plain[place + 1 :] for place in range(len(plain))})]


def _without_legal_form(plain: str) -> str:
    if plain in LEGAL_FORMS:
        return plain
    for form in LEGAL_FORMS:
        if plain.endswith(form):
            return _without_legal_form(plain.removesuffix(form))
    return plain


def _simplified(text: str) -> str:
    return text if text.isascii() else str(_converter().convert(text))


@cache
def _converter() -> OpenCC:
    """Reads its tables once, when the first name needs them."""
    return OpenCC("t2s")
