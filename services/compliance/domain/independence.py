"""Who may judge a sale (rule C2): nobody who made it, and nobody who reports to the seller."""

import msgspec

from shared.core.errors import RuleBroken


class Reporting(msgspec.Struct, frozen=True):
    """Whom a person reports to, from the own manager up. Nobody vouches for a person whom the staff register lacks."""

    staff_id: str
    known: bool
    superiors: tuple[str, ...] = ()


def require_independent(officer: Reporting, seller_id: str | None, *, others: tuple[str, ...] = ()) -> None:
    """Raises unless an officer is known, neither the seller nor one of ``others``, and not below the seller."""
    if not officer.known:
        message = f"{officer.staff_id} is not in the staff register, so independence cannot be shown"
        raise RuleBroken("officer_unknown", f"{message}; have the staff feed loaded", rule="C2")
    if officer.staff_id == seller_id:
        raise RuleBroken("officer_is_seller", f"{officer.staff_id} sold it; another officer must decide", rule="C2")
    if officer.staff_id in others:
        raise RuleBroken("officer_took_part", f"{officer.staff_id} made it; another officer must decide", rule="C2")
    if seller_id in officer.superiors:
        message = f"{officer.staff_id} reports to the seller {seller_id}; another officer must decide"
        raise RuleBroken("officer_reports_to_seller", message, rule="C2")
