"""Needs that no product answers (rule L13), counted by topic."""

from flask import render_template

from services.desk.web.at_hand import desk
from services.desk.web.labels import label
from services.desk.web.product.screen import HEARERS, Answer, page, read
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.words import text

MOST = 500
"""Topics on the page, those that are asked for the most first."""


@page("/needs", HEARERS)
def needs() -> Answer:
    topics = read("/api/leads/needs", limit=MOST)["topics"]
    lines = sorted({line for topic in topics for line in topic["lines"]})
    if wanted_as_csv():
        head = [
            text("Topic"),
            text("Times"),
            *(label("line", line) for line in lines),
            text("First on"),
            text("Last on"),
        ]
        rows = (
            [
                one["topic"],
                one["count"],
                *(one["lines"].get(line, 0) for line in lines),
                one["first_on"],
                one["last_on"],
            ]
            for one in topics
        )
        return as_csv("needs", head, rows)
    told = [need for topic in topics for need in topic["latest"]]
    return render_template(
        "product/needs.html",
        topics=topics,
        lines=lines,
        most=max((one["count"] for one in topics), default=0),
        names=desk().names(staff=[one["staff_id"] for one in told], units=[one["unit_id"] for one in told]),
    )
