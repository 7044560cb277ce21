"""A campaign is drafted (rule L12): whom it is for, what its leads say, and the days by which it is judged."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from services.desk.web.labels import label, products_for
from services.desk.web.product.campaigns import API
from services.desk.web.product.screen import STEERERS, Answer, page, sent
from services.desk.web.view import minor_of
from services.desk.web.wish import Done, Trouble, wish, wrong
from services.desk.web.words import text

KINDS = {"retail": "person", "corporate": "company"}
"""Whom each line serves."""
TIERS = ("key", "level_1", "level_2")
WORDS = ("name", "need", "opened_on", "until")
LISTS = ("holds", "lacks", "products")
FIELDS = {"value_minor": "value"}
"""The form's names by the API's, where they differ."""
FIELD_OF = {
    "ends_before_it_opens": "until",
    "holds_and_lacks": "lacks",
    "unknown_unit": "unit_id",
    "outside_your_unit": "unit_id",
}
"""The field that a refusal is about, by its code."""


@page("/campaigns/new", STEERERS)
def new_campaign() -> Answer:
    asked = request.args.get("line", "")
    return _form(asked if asked in KINDS else next(iter(KINDS)))


@sent("/campaigns/new", STEERERS)
def draft_campaign() -> Answer:
    told = _sent()
    if isinstance(told, Trouble):
        line = request.form.get("line", "")
        return _form(line if line in KINDS else next(iter(KINDS)), told), told.status
    flash(text("The campaign is drafted. Look at its group, then start it."), "done")
    return redirect(url_for(".campaign", campaign_id=told.id, after=told.position))


def _form(line: str, trouble: Trouble | None = None) -> str:
    return render_template(
        "product/campaign_new.html",
        line=line,
        lines=KINDS,
        products=products_for(KINDS[line]),
        tiers={code: label("card_tier", code) for code in TIERS},
        trouble=trouble,
    )


def _sent() -> Done | Trouble:
    typed: dict[str, Any] = {name: request.form.get(name, "").strip() for name in (*WORDS, "unit_id", "value", "line")}
    typed |= {name: request.form.getlist(name) for name in (*LISTS, "tiers")}
    try:
        minor = minor_of(typed["value"])
    except ValueError:
        says = text("Give an amount in yuan, such as 12,500 or 12,500.50.")
        return wrong("draft_campaign", {"value": says}, typed)
    group = {name: typed[name] for name in ("line", "unit_id", "tiers", "holds", "lacks") if typed[name]}
    body = {name: typed[name] for name in (*WORDS, "products") if typed[name]}
    told = wish("draft_campaign", API, {**body, "group": group, "value_minor": minor}, typed=typed)
    return _in_place(told)


def _in_place(told: Done | Trouble) -> Done | Trouble:
    """Each error at the field that it is about."""
    if isinstance(told, Done):
        return told
    if told.code in FIELD_OF:
        known = label("refusal", told.code)
        return replace(told, errors={FIELD_OF[told.code]: told.detail if known == told.code else known})
    return replace(told, errors=dict(_placed(name, said) for name, said in told.errors.items()))


def _placed(name: str, said: str) -> tuple[str, str]:
    """``group.holds.0`` → ``holds``. The API says alike of too long a name and of too long a list."""
    place = name.removeprefix("group.").split(".")[0]
    too_long = place == "name" and said.startswith("Length")
    return FIELDS.get(place, place), text("Say it in 1 to 100 letters.") if too_long else said
