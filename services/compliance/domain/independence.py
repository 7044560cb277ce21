"""Who may judge a sale (rule C2): nobody who made it, and nobody who reports to one of its sellers. A joint lead has
several (rule L2): each earns by it.
"""

from collections.abc import Iterable

import msgspec

from shared.core.errors import RuleBroken


class Reporting(msgspec.Struct, frozen=True):
    """Whom a person reports to, from the own manager up. Nobody vouches for a person whom the staff register lacks."""

    staff_id: str
    known: bool
    superiors: tuple[str, ...] = ()


def seller_over(person: Reporting, sellers: Iterable[str]) -> str | None:
    """The seller whom a person reports to, if any."""
    return next((one for one in sellers if one in person.superiors), None)


def require_independent(officer: Reporting, sellers: tuple[str, ...], *, others: tuple[str, ...] = ()) -> None:
    """Raises unless an officer is known, neither a seller nor one of ``others``, and not below a seller."""
    if not officer.known:
        message = f"{officer.staff_id} is not in the staff register, so independence cannot be shown"
        raise RuleBroken("officer_unknown", f"{message}; have the staff feed loaded", rule="C2")
    if officer.staff_id in sellers:
        raise RuleBroken("officer_is_seller", f"{officer.staff_id} sold it; another officer must decide", rule="C2")
    if officer.staff_id in others:
        raise RuleBroken("officer_took_part", f"{officer.staff_id} made it; another officer must decide", rule="C2")
    if over := seller_over(officer, sellers):
        message = f"{officer.staff_id} reports to the seller {over}; another officer must decide"
        raise RuleBroken("officer_reports_to_seller", message, rule="C2")
