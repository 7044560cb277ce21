"""A list of leads as rows for a spreadsheet."""

from collections.abc import Iterator, Sequence

from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.view import share
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

Row = Sequence[object]


def of(leads: Sequence[JsonDocument], names: Names) -> tuple[Row, Iterator[Row]]:
    """The head and the rows. Money in yuan."""
    head = (
        *(text("Lead"), text("Customer number"), text("Customer"), text("Need"), text("Products wanted")),
        *(text("Status"), text("Estimated value"), text("Comes from"), text("Opened on")),
        *(text("Customer's outlet"), text("Split")),
    )
    return head, (_row(lead, names) for lead in leads)


def _row(lead: JsonDocument, names: Names) -> Row:
    parts = lead["split"]["shares"] if lead["split"] else ()
    return (
        lead["_id"],
        lead["customer_id"],
        names.customer(lead["customer_id"]),
        label("product", lead["need"]),
        ", ".join(label("product", code) for code in lead["products"]),
        label("state", lead["state"]),
        f"{lead['value_minor'] / 100:.2f}",
        label("source", lead["source"]),
        lead["on"],
        names.unit(lead["outlet_id"]),
        "; ".join(f"{label('line', one['line'])} {names.staff(one['staff_id'])} {share(one['bps'])}" for one in parts),
    )
