"""The last load test: its figures beside their limits, how it went from second to second, and Locust's own report."""

from flask import Response, abort, jsonify, render_template

from services.desk.web.api_client import Json, Refused, Unanswered
from services.desk.web.at_hand import api
from services.desk.web.labels import label
from services.desk.web.operations.charts import of_load_test
from services.desk.web.operations.screen import WATCHERS, Answer, screen, silent
from services.desk.web.signed_in import for_role, me
from services.desk.web.tables import as_csv, passed_on, wanted_as_csv
from services.desk.web.words import text

LOAD_TEST = "/api/operations/load-test"


@screen.get("/load-test")
@for_role(*WATCHERS)
def load_test() -> Answer:
    try:
        report = _report()
    except Unanswered:
        return silent()
    if report and wanted_as_csv():
        return _as_csv(report)
    return render_template("operations/load_test.html", report=report)


@screen.get("/load-test/figures")
@for_role(*WATCHERS)
def load_figures() -> Response:
    """What the charts of the page are drawn from, as JSON."""
    try:
        report = _report()
    except Unanswered:
        abort(503)
    return jsonify(of_load_test(report["seconds"] if report else []))


@screen.get("/load-test/report")
@for_role(*WATCHERS)
def load_page() -> Response:
    """Locust's page, to be kept and opened by itself: its scripts have no business among the desk's."""
    return passed_on(f"{LOAD_TEST}/report", "text/html", "load-test.html")


def _report() -> Json | None:
    """None where no test ran to its end. Raises ``Unanswered``."""
    try:
        return api().read(me(), LOAD_TEST)
    except Refused:
        return None


def _as_csv(report: Json) -> Answer:
    head = (text("Figure"), text("Measured"), text("Limit"), text("Kept"))
    rows = (
        (label("load_figure", one["name"]), one["value"], one["limit"], text("yes") if one["kept"] else text("no"))
        for one in report["figures"]
    )
    return as_csv("load-test", head, rows)
