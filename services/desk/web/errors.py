"""What a user reads when a page cannot be shown: what is wrong and what to do, nothing internal."""

from typing import Any

import structlog
from flask import Flask, render_template
from flask_wtf.csrf import CSRFError
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from services.desk.web.words import text
from shared.runtime.app import BadToken

log = structlog.get_logger()
Answer = tuple[str, int]


def answer(app: Flask) -> None:
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _known)
    app.register_error_handler(BadToken, _bad_link)
    app.register_error_handler(PyMongoError, _away)
    app.register_error_handler(Exception, _unknown)


def _page(status: int, title: str, advice: str) -> Answer:
    return render_template("error.html", status=status, title=title, advice=advice), status


def _known(error: HTTPException) -> Any:
    match error.code:
        case 403:
            return _page(
                403, text("Not for your role"), text("This page belongs to another role. Open one of yours instead.")
            )
        case 404:
            return _page(
                404, text("Not found"), text("There is no such page, or it is not yours to see. Check the address.")
            )
        case 405:
            return _page(
                405, text("Not like this"), text("This address only takes a form that was sent from its page.")
            )
        case 413:
            return _page(413, text("Too much at once"), text("A form may have at most 60 KB, a file in it included."))
        case 503:
            return _page(
                503,
                text("Not just now"),
                text("A service that this needs does not answer. Nothing was done. Try again in a moment."),
            )
        case _:
            return _page(
                error.code or 500, text("Cannot be done"), text("The request is not one that this page understands.")
            )


def _stale_form(_error: CSRFError) -> Answer:
    return _page(
        400,
        text("This form is no longer valid"),
        text(
            "You signed in or out since it was opened. Go back, reload the page, and send it again. Nothing was done."
        ),
    )


def _bad_link(_error: BadToken) -> Answer:
    return _page(400, text("This link is broken"), text("Open the page again from its list."))


def _away(error: PyMongoError) -> Answer:
    log.error("database_away", error=type(error).__name__)
    return _page(
        503, text("The database is not there just now"), text("Nothing was changed. Reload the page in a moment.")
    )


def _unknown(error: Exception) -> Answer:
    log.error("page_failed", exc_info=error)
    return _page(
        500,
        text("Something went wrong on our side"),
        text("Reload the page. If it stays so, tell operations the time."),
    )
