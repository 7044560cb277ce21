"""How alike two customers are, by what is sealed of them (rule L4). Only the command that compares needs it."""

from collections.abc import Iterator, Mapping

import msgspec
from rapidfuzz import fuzz

from services.registry.events import MatchReason
from services.registry.masks import normal_id, normal_phone
from services.registry.names import normal_name
from services.registry.rules.matching import MatchRules

FULL = 100


class Alike(msgspec.Struct, frozen=True):
    """What of a customer is compared, opened and normal; "" and None where it is not known. It never leaves here."""

    customer_id: str
    kind: str
    name: str
    phone: str
    id_number: str
    birth_year: int | None


def alike(customer_id: str, kind: str, birth_year: int | None, opened: Mapping[str, str | None]) -> Alike:
    return Alike(
        customer_id=customer_id,
        kind=kind,
        name=normal_name(opened.get("name") or "", kind),
        phone=normal_phone(opened.get("phone") or ""),
        id_number=normal_id(opened.get("id_number") or ""),
        birth_year=birth_year,
    )


def compare(one: Alike, other: Alike, rules: MatchRules) -> tuple[int, tuple[MatchReason, ...]]:
    """The score, 0 to 100, and its reasons, which say what is alike, never what it is. A firm is no person."""
    if one.kind != other.kind:
        return 0, ()
    reasons = tuple(_reasons(one, other, rules))
    return max(0, min(FULL, sum(reason.points for reason in reasons))), reasons


def _reasons(one: Alike, other: Alike, rules: MatchRules) -> Iterator[MatchReason]:
    if one.id_number and other.id_number:
        same = one.id_number == other.id_number
        yield (
            MatchReason("same_id_number", rules.id_number)
            if same
            else MatchReason("other_id_number", rules.other_id_number)
        )
    if one.phone and one.phone == other.phone:
        yield MatchReason("same_phone", rules.phone)
    worth = rules.company_name if one.kind == "company" else rules.person_name
    likeness = int(fuzz.ratio(one.name, other.name)) if one.name and other.name else 0
    if likeness == FULL:
        yield MatchReason("same_name", worth)
    elif likeness >= rules.similar:
        yield MatchReason("similar_name", worth * likeness // FULL)
    if one.birth_year is not None and other.birth_year is not None:
        same = one.birth_year == other.birth_year
        yield (
            MatchReason("same_birth_year", rules.birth_year)
            if same
            else MatchReason("other_birth_year", rules.other_birth_year)
        )
