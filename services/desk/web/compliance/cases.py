"""Openings as several pages list them: with the names that belong to them, and as a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from werkzeug.wrappers import Response

from services.desk.web.at_hand import desk
from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.tables import as_csv
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument


def sellers_of(opening: Mapping[str, Any]) -> Sequence[str]:
    """All who sold it; of a document from before the team was told, and not rebuilt since, who asked."""
    return opening.get("sellers") or [opening["seller_id"]]


def names_of(
    openings: Sequence[JsonDocument],
    *,
    customers: Iterable[str] = (),
    staff: Iterable[str] = (),
    units: Iterable[str] = (),
) -> Names:
    """The names around openings, and those of others besides."""
    return desk().names(
        customers=[*customers, *(one["customer_id"] for one in openings)],
        staff=[*staff, *(one[field] for one in openings for field in ("seller_id", "officer_id"))],
        units=[*units, *(one["unit_id"] for one in openings)],
    )


def openings_as_csv(name: str, openings: Sequence[JsonDocument]) -> Response:
    names = names_of(openings)
    head = (
        text("Opening"),
        text("Customer no."),
        text("Customer"),
        text("Product"),
        text("Sold by"),
        text("Seller's name"),
        text("Unit"),
        text("Asked for on"),
        text("Status"),
        text("Rule"),
        text("Reason"),
        text("Decided by"),
        text("Decided on"),
    )
    return as_csv(name, head, (_row(one, names) for one in openings))


def _row(one: JsonDocument, names: Names) -> tuple[object, ...]:
    return (
        one["opening_id"],
        one["customer_id"],
        names.customer(one["customer_id"]),
        label("product", one["product"]),
        one["seller_id"],
        names.staff(one["seller_id"]),
        names.unit(one["unit_id"]),
        one["on"],
        label("opening_state", one["state"]),
        one["rule"],
        one["reason"],
        one["officer_id"],
        one["decided_on"],
    )
