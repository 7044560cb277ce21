"""A table as a file that a spreadsheet opens: the same rows as on the page, all of them, and a note of who took it."""

import csv
import io
from collections.abc import Iterable, Sequence

import structlog
from flask import Response, request

from services.desk.web.signed_in import me

MOST_ROWS = 10_000
"""In one file; a page that has more says so."""
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"  # Excel takes the file for UTF-8 by it
FORMULA = ("=", "+", "-", "@", "\t", "\r")
log = structlog.get_logger()


def wanted_as_csv() -> bool:
    return request.args.get("as") == "csv"


def as_csv(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> Response:
    """``rows`` under ``head`` as ``<name>.csv``. Who exported what is noted in the log, without its content."""
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([str(one) for one in head])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 -- it is the number of rows afterwards
        writer.writerow([_cell(one) for one in row])
    noted(f"{name}.csv", count)
    answer = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def noted(name: str, rows: int | None) -> None:
    """Note that somebody took a file, and how many rows of a table it held; nothing of its content."""
    log.info("file_taken", file=name, rows=rows, staff_id=me().staff_id, path=request.path)


def _cell(value: object) -> str:
    """What somebody typed is never taken for a formula by the spreadsheet."""
    if value is None:
        return ""
    told = str(value)
    return f"'{told}" if isinstance(value, str) and told.startswith(FORMULA) else told
