"""What the desk tells its supervisor and Prometheus, and the counting of its requests."""

import time

from flask import Flask, Response, g, request

from services.desk.web.live import milliseconds
from shared.runtime import metrics
from shared.runtime.health import PATHS, Health, answer


def answer_supervisors(app: Flask, health: Health) -> None:
    def vitals() -> Response:
        status, kind, body = answer(request.path, health)
        return Response(body, status, content_type=kind)

    health.serving = True
    for path in PATHS:
        app.add_url_rule(path, path.lstrip("/"), vitals)


def count_requests(app: Flask) -> None:
    """Before anything else looks at a request: those that are refused count, too."""

    @app.before_request
    def begin() -> None:
        g.begun, g.begun_at = time.perf_counter(), milliseconds()

    @app.after_request
    def count(answer: Response) -> Response:
        if request.path not in PATHS:
            route = request.url_rule.rule if request.url_rule else metrics.UNMATCHED
            seconds = time.perf_counter() - g.begun
            metrics.count_request("desk", request.method, route, answer.status_code, seconds)
        return answer
