"""A draft of bundle rules (rule B2): from a file or from what is pasted, begun from a set that there is."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from services.desk.web.at_hand import bank_day
from services.desk.web.product.rule_file import Fault, RuleFile, Unreadable, written
from services.desk.web.product.rules import IN_FORCE, rules_path
from services.desk.web.product.screen import KEEPERS, Answer, page, read, sent
from services.desk.web.wish import Trouble, wish, wrong
from services.desk.web.words import text


@page("/rules/new", KEEPERS)
def new_rules() -> Answer:
    """Begun from the set in force, or from the one that is named."""
    begun_from = request.args.get("from") or IN_FORCE
    return render_template("product/rule_draft.html", content=_begun(read(rules_path(begun_from))))


@sent("/rules/new", KEEPERS)
def draft() -> Answer:
    content = ""
    try:
        content = typed_or_uploaded()
        file = RuleFile(content)
    except Unreadable as error:
        trouble = wrong("draft", {}, {"content": content})
        return _refused(trouble, [error.fault], content)
    told = wish("draft", "/api/bundling/rules", file.data, typed={"content": content})
    if isinstance(told, Trouble):
        return _refused(told, file.faults(told), content)
    flash(text("The draft is kept. Somebody else must publish it."), "done")
    return redirect(url_for(".rule_set", rules_hash=told.id, after=told.position))


def typed_or_uploaded() -> str:
    """What a file holds; what was typed where none was chosen. Raises ``Unreadable``."""
    chosen = request.files.get("file")
    if chosen is None or not chosen.filename:
        return str(request.form.get("content", ""))
    try:
        return str(chosen.read(), "utf-8-sig")
    except UnicodeDecodeError:
        says = text("The file is not in UTF-8. Save it again as a text in UTF-8.")
        raise Unreadable(Fault(None, "", says, english=False)) from None


def _refused(trouble: Trouble, faults: list[Fault], content: str) -> tuple[str, int]:
    shown = render_template("product/rule_draft.html", content=content, trouble=trouble, faults=faults)
    return shown, trouble.status


def _begun(told: dict[str, Any]) -> str:
    """The next version of a set, from the earliest day on that it may hold."""
    first = max(bank_day(), date.fromisoformat(told["effective_from"])) + timedelta(days=1)
    return written(told | {"version": told["version"] + 1, "effective_from": first.isoformat(), "products": []})
