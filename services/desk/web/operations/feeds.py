"""The feeds that came in: how much of each was recorded, unchanged or rejected, and the rejects as a file."""

from urllib.parse import quote

from flask import Response, render_template

from services.desk.web.labels import label
from services.desk.web.operations.screen import WATCHERS, Answer, screen, silent, told
from services.desk.web.signed_in import for_role
from services.desk.web.tables import as_csv, passed_on, wanted_as_csv
from services.desk.web.words import text

FEEDS = "/api/registry/feeds"
MOST = 100
COUNTED = ("name", "rows", "recorded", "unchanged", "rejected", "loaded_at")


@screen.get("/feeds")
@for_role(*WATCHERS)
def feeds() -> Answer:
    found = told(FEEDS, limit=MOST)
    if found is None:
        return silent()
    if wanted_as_csv():
        head = (
            text("Kind"),
            text("File"),
            text("Rows"),
            text("Recorded"),
            text("Unchanged"),
            text("Rows rejected"),
            text("Loaded at"),
        )
        return as_csv(
            "feeds",
            head,
            ([label("feed_kind", one["kind"]), *(one[name] for name in COUNTED)] for one in found["feeds"]),
        )
    return render_template("operations/feeds.html", feeds=found["feeds"], most=MOST)


@screen.get("/feeds/<feed_id>/rejects")
@for_role(*WATCHERS)
def rejects(feed_id: str) -> Response:
    """Line, column and reason of each row that was not taken, as the registry gives them."""
    return passed_on(f"{FEEDS}/{quote(feed_id, safe='')}/rejects", "text/csv", f"rejects-{feed_id}.csv")
