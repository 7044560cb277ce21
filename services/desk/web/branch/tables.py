"""The parts of the board as rows for a spreadsheet."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from services.desk.web.api_client import Json
from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

Row = Sequence[object]
Table = tuple[Row, Iterable[Row]]
FIGURES = ("staff", "marketers", "customer_managers", "norm", "short", "customers", "key_customers")
COUNTS = ("opened", "activated", "active", "dormant")


def of(part: str, told: Mapping[str, Json | None], names: Names) -> Table | None:
    """None for a part that there is not, or that was not answered."""
    found = told.get(part)
    if found is None:
        return None
    match part:
        case "ranking":
            return _ranking(found, names)
        case "scores":
            return _scores(found, names)
        case "staffing":
            units = [found, *found["below"]]
            head = [text("Unit"), *(label("figure", name) for name in FIGURES)]
            return head, ([names.unit(one["unit_id"]), *(one[name] for name in FIGURES)] for one in units)
        case "ledger":
            head = [text("Product"), *(label("used", name) for name in COUNTS)]
            rows = ([label("product", one["product"]), *(one[name] for name in COUNTS)] for one in found["products"])
            return head, rows
        case _:
            return _overdue(found, names)


def of_leads(leads: Sequence[JsonDocument], names: Names) -> Table:
    head = [text("Lead"), text("Customer"), text("Need"), text("Estimated value"), text("Customer's outlet")]
    head += [text("Opened on"), label("line", "corporate"), label("line", "retail")]
    return head, (_lead(lead, names) for lead in leads)


def _lead(lead: JsonDocument, names: Names) -> Row:
    owners = [names.staff(lead["sides"][line]["owner_id"] or "") for line in ("corporate", "retail")]
    about = [lead["_id"], names.customer(lead["customer_id"]), label("product", lead["need"])]
    return [*about, f"{lead['value_minor'] / 100:.2f}", names.unit(lead["outlet_id"]), lead["on"], *owners]


def _ranking(found: Json, names: Names) -> Table:
    head = [text("Place"), text("Staff number"), text("Name"), text("Unit"), text("Points")]
    rows = (
        [
            one["rank"],
            one["staff_id"],
            names.staff(one["staff_id"] or ""),
            names.unit(one["unit_id"]),
            _points(one["points_milli"]),
        ]
        for one in found["ranking"]
    )
    return head, rows


def _scores(found: Json, names: Names) -> Table:
    head = [text("Staff number"), text("Name"), text("Indicator"), text("Done"), text("Target"), text("Completion")]
    rows = (
        [
            one["staff_id"],
            names.staff(one["staff_id"]),
            label("indicator", each["indicator"]),
            _points(each["points_milli"]),
            _points(each["target_milli"]),
            each["completion"],
        ]
        for one in found["scores"]
        for each in one["indicators"]
    )
    return head, rows


def _points(milli: int) -> str:
    """As a spreadsheet adds them up."""
    return f"{Decimal(milli) / 1000:.3f}"


def _overdue(found: Json, names: Names) -> Table:
    head = [text("Lead"), text("Customer"), text("Due on"), text("Owner")]
    rows = (
        [
            one["lead_id"],
            names.customer(one["customer_id"]),
            one["first_contact"]["due_on"],
            names.staff(one["first_contact"]["owner_id"] or ""),
        ]
        for one in found["leads"]
    )
    return head, rows
