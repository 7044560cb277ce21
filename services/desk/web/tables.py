"""A table as a file that a spreadsheet opens: the same rows as on the page, all of them. Who took it is a fact."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from flask import Response, abort, request

from services.desk.web.api_client import Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.signed_in import me
from services.desk.web.view import new_key

MOST_ROWS = 10_000
"""In one file; the name of one that is full says so."""
BYTE_ORDER_MARK = "\N{BYTE ORDER MARK}"  # Excel takes the file for UTF-8 by it
FORMULA = ("=", "+", "-", "@", "\t", "\r")
FILES_TAKEN = "/api/registry/files-taken"


def wanted_as_csv() -> bool:
    return request.args.get("as") == "csv"


def as_csv(name: str, head: Sequence[object], rows: Iterable[Sequence[object]], most: int = MOST_ROWS) -> Response:
    """``rows`` under ``head`` as ``<name>.csv``; that it is taken is noted first. Of more than ``most`` there may be
    more: then the name says how many these are.
    """
    text = io.StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([str(one) for one in head])
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 -- it is the number of rows afterwards
        writer.writerow([_cell(one) for one in row])
    name = f"{name}-first-{count}" if count >= most else name
    noted(f"{name}.csv", count)
    answer = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = attachment(f"{name}.csv")
    return answer


def attachment(name: str) -> str:
    """The header for a file to be kept under a name, whatever letters that has."""
    plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    told = f'attachment; filename="{plain}"'
    return told if plain == name else f"{told}; filename*=UTF-8''{quote(name, safe='')}"


def passed_on(path: str, kind: str, name: str) -> Response:
    """A file as the public API gives it, byte for byte; that it is taken is noted first."""
    try:
        body = api().raw(me(), path, kind)
    except Refused:
        abort(404)
    except Unanswered:
        abort(503)
    noted(name, None)
    return Response(body, mimetype=kind, headers={"Content-Disposition": attachment(name)})


def noted(name: str, rows: int | None) -> None:
    """Have it recorded that the user takes a file, and how many rows of a table it holds; nothing of its content. What
    cannot be recorded is not given.
    """
    try:
        api().command(me(), FILES_TAKEN, {"name": name, "page": request.path, "rows": rows}, new_key())
    except (Refused, Unanswered):
        abort(503)


def _cell(value: object) -> str:
    """What somebody typed is never taken for a formula by the spreadsheet."""
    if value is None:
        return ""
    told = str(value)
    return f"'{told}" if isinstance(value, str) and told.startswith(FORMULA) else told
