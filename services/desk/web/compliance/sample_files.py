"""What pages of samples show, as files."""

from werkzeug.wrappers import Response

from services.desk.web.api_client import Json
from services.desk.web.compliance.cases import names_of
from services.desk.web.labels import label
from services.desk.web.tables import as_csv
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

COUNTED = ("openings_total", "to_inspect", "to_remedy", "overdue")
TOLD = (
    "finding",
    "remedy_due",
    "officer_id",
    "inspected_on",
    "remedy",
    "remedied_by",
    "remedied_on",
)


def samples_as_csv(found: list[JsonDocument]) -> Response:
    names = names_of((), units=[one["unit_id"] for one in found])
    head = (
        text("Sample"),
        text("Unit"),
        text("Month of the sample"),
        text("In the sample"),
        text("Drawn from"),
        text("To inspect"),
        text("To remedy"),
        text("Overdue remedies"),
    )
    rows = (
        (
            one["sample_id"],
            names.unit(one["unit_id"]),
            one["month"],
            len(one["openings"]),
            *(one[name] for name in COUNTED),
        )
        for one in found
    )
    return as_csv("samples", head, rows)


def items_as_csv(sample: Json) -> Response:
    """``sample`` as the API tells it."""
    head = (
        text("Opening"),
        text("Status"),
        text("Finding"),
        text("To remedy by"),
        text("Inspected by"),
        text("Inspected on"),
        text("Remedy"),
        text("Reported by"),
        text("Reported on"),
    )
    rows = ((one["opening_id"], state_of(one), *(one[name] for name in TOLD)) for one in sample["openings"])
    return as_csv(f"sample-{sample['sample_id']}", head, rows)


def state_of(item: Json) -> str:
    return label("inspected", "overdue" if item["overdue"] else item["status"])
