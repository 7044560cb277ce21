"""A person's month on paper: the same figures as the page, as a PDF in the user's language."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.view import day, points
from services.desk.web.words import text

FONT = "STSong-Light"
"""Every PDF reader has or fetches it: Chinese needs no font file of ours."""
INK, QUIET, RULE, GROUND = HexColor("#17232e"), HexColor("#52606d"), HexColor("#d5dde4"), HexColor("#eaeff3")
PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=9, leading=12, textColor=INK, wordWrap="CJK")
SMALL = ParagraphStyle("small", PLAIN, fontSize=8, leading=10, textColor=QUIET)
NUMBER = ParagraphStyle("number", PLAIN, alignment=2)
TITLE = ParagraphStyle("title", PLAIN, fontSize=16, leading=20)
HEADING = ParagraphStyle("heading", PLAIN, fontSize=12, leading=16, spaceBefore=8, spaceAfter=4)
registerFont(UnicodeCIDFont(FONT))


def pdf(**shown: Any) -> bytes:
    """Of what ``score.html`` shows."""
    out = BytesIO()
    title = text("Score of %(month)s", month=shown["month"])
    SimpleDocTemplate(
        out,
        pagesize=A4,
        title=f"{title} · {shown['of']}",
        author="Liandong",
        **{f"{side}Margin": 18 * mm for side in ("left", "right", "top", "bottom")},
    ).build(paper(**shown))
    return out.getvalue()


def paper(
    *, month: str, of: str, score: Mapping[str, Any] | None, found: Mapping[str, Any], lines: Sequence[Any],
    names: Names, **_: Any,
) -> list[Flowable]:  # fmt: skip
    """Title, what it comes to, the indicators, the terms, and each line with its number."""
    who = f"{names.staff(of)} {of}".strip()
    unit = names.unit(score["unit_id"]) if score else ""
    seal = text("Closed by statement no. %(seq)s", seq=found["seq"]) if found["seq"] else text("Not closed yet")
    made: list[Flowable] = [
        _said(text("Score of %(month)s", month=month), TITLE),
        _said(f"{who} · {unit} · {seal}", SMALL),
        Spacer(1, 4 * mm),
    ]
    if score is None:
        return [*made, _said(text("Nothing was earned in this month."))]
    made.append(_said(text("Points in all: %(points)s", points=points(score["points_milli"])), HEADING))
    if score["indicators"]:
        made += [_said(text("Targets"), HEADING), _targets(score["indicators"])]
    if score["terms"]:
        made += [_said(text("Terms of the score"), HEADING), _terms(score["terms"])]
    if lines:
        made += [_said(text("Lines"), HEADING), _lines(lines)]
    return made


def _targets(indicators: Iterable[Mapping[str, Any]]) -> Table:
    head = (text("Indicator"), text("Done"), text("Target"), text("Completion"))
    rows = [
        (
            _said(label("indicator", one["indicator"])),
            _said(points(one["points_milli"]), NUMBER),
            _said(points(one["target_milli"]), NUMBER),
            _said(one["completion"], NUMBER),
        )
        for one in indicators
    ]
    return _table(head, rows, (70, 35, 35, 34))


def _terms(terms: Iterable[Mapping[str, Any]]) -> Table:
    rows = [
        (
            _said(label("indicator", one["indicator"])),
            _said(points(one["points_milli"]), NUMBER),
            _said(text("if the month ended now") if one["projected"] else text("in the ledger"), SMALL),
        )
        for one in terms
    ]
    return _table((text("Term"), text("Points"), ""), rows, (90, 35, 49))


def _lines(lines: Iterable[Mapping[str, Any]]) -> Table:
    head = (text("Date"), text("Indicator"), text("Entry"), text("Points"), text("Line"))
    rows = [
        (
            _said(day(one["on"]), SMALL),
            _said(label("indicator", one["indicator"])),
            _said(label("entry", one["entry"])),
            _said(points(one["points_milli"]), NUMBER),
            _said(f"{one['line_id']} · {text('in a later statement')}" if one["later"] else one["line_id"], SMALL),
        )
        for one in lines
    ]
    return _table(head, rows, (24, 50, 22, 28, 50))


def _table(head: Sequence[str], rows: Iterable[Sequence[Flowable]], widths: Sequence[float]) -> Table:
    """``widths`` in millimetres. The head stands on every page again."""
    table = Table(
        [[_said(one, SMALL) for one in head], *rows], colWidths=[width * mm for width in widths], repeatRows=1
    )
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), GROUND),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _said(words: str, style: ParagraphStyle = PLAIN) -> Paragraph:
    return Paragraph(escape(str(words)), style)
