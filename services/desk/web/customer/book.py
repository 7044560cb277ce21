"""Finding customers: by number, by name as far as masks allow, by whose they are, by kind and tier."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as text

from services.desk.projections import CUSTOMERS, UNITS
from services.desk.projections.customers import pairs_of
from services.desk.web.identities import Identity
from services.desk.web.reading import Desk
from shared.runtime.mongo_store import JsonDocument

Query = dict[str, Any]
VIEWS = {"mine": text("My customers"), "unit": text("My unit's customers"), "all": text("All customers")}
MOST_UNITS = 2_000
LONGEST = 60
INDENT = "\N{EM SPACE}"
WORTH_MOST = (("contribution_minor", -1), ("_id", 1))
COMPANIES_FIRST = (("kind", 1), *WORTH_MOST)
NARROWING = ("kind", "tier", "manager_id")


@dataclass(frozen=True)
class Asked:
    """What a user looks for. ``words`` is a number or a name; what is empty does not narrow."""

    view: str
    words: str = ""
    kind: str = ""
    tier: str = ""
    unit: str = ""
    manager_id: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.words or self.kind or self.tier or self.unit or self.manager_id)

    def arguments(self, **changes: str) -> dict[str, str]:
        """For a link to the same list, or to one that differs by ``changes``."""
        told = {"view": self.view, "q": self.words, "kind": self.kind, "tier": self.tier, "unit": self.unit}
        return {name: value for name, value in (told | {"manager": self.manager_id} | changes).items() if value}

    @property
    def order(self) -> Sequence[tuple[str, int]]:
        return COMPANIES_FIRST if self.words else WORTH_MOST


def asked_of(identity: Identity, given: Mapping[str, str]) -> Asked:
    """A view that is not there is the one that the person begins with."""
    views = views_of(identity)
    view = given.get("view", "")
    return Asked(
        view=view if view in views else views[0],
        words=given.get("q", "").strip()[:LONGEST],
        kind=given.get("kind", ""),
        tier=given.get("tier", ""),
        unit=given.get("unit", ""),
        manager_id=given.get("manager", "").strip()[:LONGEST],
    )


def views_of(identity: Identity) -> list[str]:
    """The views for a person, the one that they begin with first."""
    sells = bool({"corporate", "retail"} & set(identity.roles))
    seated = identity.unit_id is not None
    if "branch" in identity.roles and seated and not sells:
        return ["unit", "all"]
    return [*(["mine"] if sells else []), *(["unit"] if sells and seated else []), "all"]


class Book:
    """The bank's customers, for one reader."""

    def __init__(self, desk: Desk, identity: Identity) -> None:
        self._desk = desk
        self._identity = identity
        self.units = desk.listed(UNITS, {}, (("_id", 1),), size=MOST_UNITS).documents

    def exactly(self, words: str) -> str | None:
        """The number of the customer who has just this one."""
        return next((one for one in (words, words.upper()) if words and self._desk.one(CUSTOMERS, one)), None)

    def query(self, asked: Asked) -> Query:
        wanted: list[Query] = [{name: getattr(asked, name)} for name in NARROWING if getattr(asked, name)]
        if asked.view == "mine":
            wanted.append({"manager_id": self._identity.staff_id})
        if asked.view == "unit":
            wanted.append(self._at(self._identity.unit_id or ""))
        if asked.unit:
            wanted.append(self._at(asked.unit))
        if asked.words:
            wanted.append({"$or": list(_called(asked.words))})
        return {"$and": wanted} if wanted else {}

    def tree(self, name: Callable[[str], str]) -> dict[str, str]:
        """The units in the order of the tree by what they are called, those below indented."""
        children = _children(self.units)
        return {one: f"{INDENT * depth}{name(one)}" for one, depth in _walk(None, children, 0)}

    def _at(self, unit_id: str) -> Query:
        """Of a unit, and of all beneath it."""
        beneath = [one for one, _ in _walk(unit_id, _children(self.units), 0)]
        return {"outlet_id": {"$in": [unit_id, *beneath]}}


Children = Mapping[str | None, Sequence[str]]


def _children(units: Sequence[JsonDocument]) -> Children:
    found: dict[str | None, list[str]] = defaultdict(list)
    for one in units:
        found[one["parent_id"]].append(one["_id"])
    return found


def _walk(unit_id: str | None, children: Children, depth: int) -> Iterator[tuple[str, int]]:
    for one in children.get(unit_id, ()):
        yield one, depth
        yield from _walk(one, children, depth + 1)


def _called(words: str) -> Iterator[Query]:
    """By how the number begins; a company by any part of its name; a person by the first letter, which is all that
    the mask leaves. No person's name has a digit in it.
    """
    yield {"_id": {"$regex": f"^{re.escape(words.upper())}"}}
    if pairs := pairs_of(words):
        yield {"pairs": {"$all": pairs}, "display_name": {"$regex": re.escape(words), "$options": "i"}}
    else:
        yield {"pairs": {"$regex": f"^{re.escape(words.casefold())}"}}
    if not any(letter.isdigit() for letter in words):
        initials = "|".join(re.escape(one) for one in sorted({words[0].lower(), words[0].upper()}))
        yield {"kind": "person", "display_name": {"$regex": f"^(?:{initials})"}}
