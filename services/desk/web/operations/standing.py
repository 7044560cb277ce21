"""How everything stands: what needs a hand, live charts, and each process, log, subscription and queue."""

from flask import Response, jsonify, render_template, request

from services.desk.web.api_client import Json
from services.desk.web.operations.charts import of_history
from services.desk.web.operations.screen import WATCHERS, Answer, screen, silent, told
from services.desk.web.operations.troubles import troubles
from services.desk.web.signed_in import for_role
from services.desk.web.tables import as_csv
from services.desk.web.words import text

STANDING, HISTORY = "/api/operations/standing", "/api/operations/history"


@screen.get("")
@for_role(*WATCHERS)
def now() -> Answer:
    view = told(STANDING)
    if view is None:
        return silent()
    everything = request.args.get("show") == "all"
    return render_template(
        "operations/now.html",
        view=view,
        troubles=troubles(view),
        subscriptions=subscriptions(view, everything=everything),
        everything=everything,
    )


@screen.get("/figures")
@for_role(*WATCHERS)
def figures() -> Response:
    """What the charts of the page are drawn from, as JSON."""
    return jsonify(of_history(told(HISTORY) or {"samples": []}))


@screen.get("/processes")
@for_role(*WATCHERS)
def processes() -> Answer:
    view = told(STANDING)
    if view is None:
        return silent()
    head = (text("Process"), text("Process number"), text("Deaths"), text("Bytes of memory"))
    return as_csv("processes", head, ([one[name] for name in PROCESS] for one in view["processes"]))


@screen.get("/logs")
@for_role(*WATCHERS)
def logs() -> Answer:
    view = told(STANDING)
    if view is None or view["standing"] is None:
        return silent()
    head = (text("Log"), text("Part"), text("Position"), text("Published"), text("Without a position"))
    return as_csv("logs", head, ([one[name] for name in LOG] for one in view["standing"]["relays"]))


@screen.get("/subscriptions")
@for_role(*WATCHERS)
def all_subscriptions() -> Answer:
    view = told(STANDING)
    if view is None:
        return silent()
    head = (
        text("Subscription"),
        text("Reads the log"),
        text("Part"),
        text("Position"),
        text("Behind"),
        text("Parked"),
        text("In its queue"),
        text("Consumers"),
    )
    rows = ([one[name] for name in SUBSCRIPTION] for one in subscriptions(view, everything=True))
    return as_csv("subscriptions", head, rows)


PROCESS = ("process", "pid", "deaths", "resident")
LOG = ("service", "partition", "head", "published", "unnumbered")
SUBSCRIPTION = ("name", "source", "partition", "checkpoint", "lag", "parked", "messages", "consumers")


def subscriptions(view: Json, *, everything: bool) -> list[Json]:
    """Each with what waits in its queue (None where that is not known); the furthest behind first."""
    if view["standing"] is None:
        return []
    queues = {queue["name"]: queue for queue in view["standing"]["queues"]}
    unknown = {"messages": None, "consumers": None}
    joined = [
        one | {name: queues.get(one["queue"], unknown)[name] for name in unknown}
        for one in view["standing"]["subscriptions"]
    ]
    chosen = [one for one in joined if everything or one["lag"] or one["parked"]]
    return sorted(chosen, key=lambda one: (-one["parked"], -one["lag"], one["name"], one["source"]))
