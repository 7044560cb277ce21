"""What every page reaches for: the public API, the desk's own documents, the bank's day."""

from datetime import date

from flask import current_app

from services.desk.web.api_client import ApiClient
from services.desk.web.reading import Desk
from shared.core import days
from shared.runtime.wiring import now


def api() -> ApiClient:
    client: ApiClient = current_app.extensions["api"]
    return client


def desk() -> Desk:
    reader: Desk = current_app.extensions["desk"]
    return reader


def bank_day() -> date:
    """Today, where the bank is."""
    return days.bank_day(now())
