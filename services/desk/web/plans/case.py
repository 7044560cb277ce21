"""What awards and disputes have in common on the page."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import render_template

from services.desk.web.kept import unanswered
from services.desk.web.labels import label
from services.desk.web.plans.form import in_words
from services.desk.web.wish import Trouble

PLACES = {
    "outcome_without_points": "points_milli",
    "below_nothing": "points_milli",
    "taken_back": "outcome",
    "bad_day": "on",
    "period_closed": "on",
    "no_plan_in_force": "on",
}
"""The field that a refusal is about, by its code."""


def decided(trouble: Trouble, wrong: Mapping[str, str] | None = None) -> Trouble:
    """Why a decision was not taken, each error at its field."""
    errors = {name: in_words(name, said) for name, said in trouble.errors.items()} | dict(wrong or {})
    if trouble.code in PLACES and not errors:
        known = label("refusal", trouble.code)
        errors[PLACES[trouble.code]] = trouble.detail if known == trouble.code else known
    return replace(trouble, errors=errors)


def unread(template: str, trouble: Trouble | None) -> tuple[str, int]:
    """Where its page cannot be read: what was typed stays, and why it was refused."""
    if trouble:
        return unanswered("" if trouble.status == HTTPStatus.SERVICE_UNAVAILABLE else trouble.detail)
    return render_template(template, unanswered=True), 503


def signed(award: Mapping[str, Any]) -> Decimal:
    """The points that it gives, or takes."""
    points = Decimal(award["points_milli"]).scaleb(-3)
    return -points if award["entry"] == "penalised" else points
