"""What makes two leads one, and who may say so, as data. Rule L4."""

from collections.abc import Iterable
from datetime import date
from unicodedata import normalize

import msgspec


class Duplicates(msgspec.Struct, frozen=True):
    """``within_days``: for so long from its opening a lead holds its customer's need, that day included, whichever way
    it ended: what was lost may be reopened (default). ``deciders`` are the roles that may merge any two leads of a
    customer; whoever owns a side of both may, too.
    """

    version: int
    within_days: int
    deciders: frozenset[str]

    def near(self, one: date, other: date) -> bool:
        return abs((one - other).days) <= self.within_days


DUPLICATES = Duplicates(version=1, within_days=90, deciders=frozenset({"branch"}))
MERGED = "L4.merged"
"""Of a route: the side waited, and gets the owner that the merged lead has."""


def needs_of(need: str, products: Iterable[str]) -> tuple[str, ...]:
    """What a lead is about: each product that is wanted; without any, what its need says, whatever the case, the width
    of letters, spaces and marks between them. Two leads that share one of these are about the same.
    """
    wanted = tuple(f"product:{one}" for one in sorted(set(products)))
    plain = "".join(filter(str.isalnum, normalize("NFKC", need).casefold()))
    return wanted or (f"need:{plain or need}",)
