"""A table that a page shows whole, taken out of the page as a file: asked for by its id, as in ``?table=sides``."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from html.parser import HTMLParser
from itertools import zip_longest

from babel.numbers import NumberFormatError, parse_decimal
from flask import Flask, Response, current_app, request
from flask_babel import get_locale
from werkzeug.exceptions import HTTPException, NotFound

from services.desk.web.tables import as_csv

Cell = Decimal | str
NUMBER = "number"
"""The class of a cell that holds one."""
DRAWN = {"svg", "meter", "progress"}
"""What only draws again what is said beside it."""


def take_out(app: Flask) -> None:
    """Answer with the one table that is asked for, in place of the page that has it."""

    @app.after_request
    def taken(answer: Response) -> Response:
        table_id = request.args.get("table")
        if not table_id or request.method != "GET" or (answer.status_code, answer.mimetype) != (200, "text/html"):
            return answer
        try:
            return _file(answer.get_data(as_text=True), table_id)
        except HTTPException as error:
            return current_app.make_response(current_app.handle_user_exception(error))


def _file(page: str, table_id: str) -> Response:
    if not (rows := rows_of(page, table_id)):
        raise NotFound
    name = "-".join([*request.path.strip("/").split("/"), table_id])
    return as_csv(name, rows[0], rows[1:])


def rows_of(page: str, table_id: str) -> list[Sequence[Cell]]:
    """What a table says, row by row, without the columns that are only drawn; nothing where it is not on the page."""
    found = _Table(table_id)
    found.feed(page)
    columns = zip_longest(*found.said(), fillvalue="")
    said = [column for column in columns if len(column) == 1 or any(cell != "" for cell in column[1:])]
    return list(zip(*said, strict=True))


class _Table(HTMLParser):
    def __init__(self, table_id: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._numbers: set[tuple[int, int]] = set()
        self._id = table_id
        self._inside = self._cell = False
        self._drawn = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._inside = dict(attrs).get("id") == self._id
        elif self._inside and tag == "tr":
            self.rows.append([])
        elif self._inside and tag in {"th", "td"}:
            self.rows[-1].append("")
            self._cell = True
            if NUMBER in (dict(attrs).get("class") or "").split():
                self._numbers.add((len(self.rows) - 1, len(self.rows[-1]) - 1))
        elif tag in DRAWN:
            self._drawn += 1
        elif self._cell:
            self.rows[-1][-1] += " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._inside = False
        elif tag in {"th", "td"}:
            self._cell = False
        elif tag in DRAWN:
            self._drawn -= 1

    def handle_data(self, data: str) -> None:
        if self._cell and not self._drawn:
            self.rows[-1][-1] += data

    def said(self) -> Iterator[list[Cell]]:
        """Row by row. What somebody typed stays as it is, whatever it looks like."""
        for line, row in enumerate(self.rows):
            cells = [" ".join(cell.split()) for cell in row]
            yield [_number(cell) if (line, place) in self._numbers else cell for place, cell in enumerate(cells)]


def _number(said: str) -> Cell:
    """A spreadsheet reckons with numbers, however the user's language writes them."""
    try:
        return parse_decimal(said.replace("\N{MINUS SIGN}", "-"), locale=get_locale(), strict=True)
    except NumberFormatError:
        return said
