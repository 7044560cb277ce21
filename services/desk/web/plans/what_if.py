"""A run over the history (rule I8) on its way to the page: why there is none, as a file, as an answer to htmx."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from services.desk.web import tables
from services.desk.web.api_client import Refused, Unanswered
from services.desk.web.at_hand import desk
from services.desk.web.plans.gains import Gains
from services.desk.web.plans.studio import Answer
from services.desk.web.wish import Trouble, flat
from services.desk.web.words import text


def not_tried(error: Refused | Unanswered, typed: Mapping[str, str]) -> Trouble:
    """Nothing was changed by a run that did not come to its end."""
    if isinstance(error, Refused):
        return Trouble("try", error.detail, error.status, "", error.rule, error.code, flat(error.errors), typed)
    detail = text("No answer came in time. Nothing was changed; try again in a moment.")
    return Trouble("try", detail, 503, typed=typed)


def in_place(answer: Answer) -> Answer:
    """With 200 to htmx, which shows nothing else; what was refused is told in the page as well as by the status."""
    if "HX-Request" not in request.headers or isinstance(answer, Response):
        return answer
    return answer[0] if isinstance(answer, tuple) else answer


def as_csv(gains: Gains, name: str) -> Response:
    """Everybody, with the control totals as the last row."""
    head = (
        text("Staff number"),
        text("Name"),
        text("Unit number"),
        text("Unit"),
        text("Points now"),
        text("Points then"),
        text("Difference"),
        text("Place now"),
        text("Place then"),
        text("Newly at zero"),
    )
    return tables.as_csv(name, head, _rows(gains))


def _rows(gains: Gains) -> Iterator[tuple[Any, ...]]:
    names = desk().names(staff=(one["staff_id"] for one in gains.people), units=gains.unit_ids)
    for one in gains.people[: tables.MOST_ROWS]:
        milli = (one["old_milli"], one["new_milli"], one["difference_milli"])
        who = (one["staff_id"], names.staff(one["staff_id"]), one["unit_id"], names.unit(one["unit_id"]))
        zero = text("yes") if one["newly_at_zero"] else ""
        yield (*who, *map(_points, milli), one["old_rank"], one["new_rank"], zero)
    found = gains.found
    sums = map(_points, (found["old_milli"], found["new_milli"], found["cost_milli"]))
    yield (text("Sum"), "", "", "", *sums, "", "", found["newly_at_zero"])


def _points(milli: int) -> Decimal:
    """A number that a spreadsheet can add up."""
    return Decimal(milli).scaleb(-3)
