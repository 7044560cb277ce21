"""What was typed, kept on a page of its own where the page that it stood on cannot be shown."""

from flask import render_template, request, url_for

HIDDEN = {"csrf_token", "key"}
UNTYPED = HIDDEN | {
    *("here", "version", "seen", "view", "from", "proposal", "event_id", "proposed_at", "plan_hash", "what_if_hash"),
    *("base", "line", "layout", "lead", "customer_id", "customer_kind"),
}
"""Fields that nobody types."""


def unanswered(refused: str = "") -> tuple[str, int]:
    """Where a service does not answer: to be sent again as it was, under the same key, so that it is done once.
    ``refused`` is why it was not done, where that had been answered before.
    """
    fields = [(name, one) for name, one in request.form.items(multi=True) if name not in HIDDEN]
    return render_template("away.html", fields=fields, typed=typed(), key=request.form.get("key"), refused=refused), 503


def signed_out() -> tuple[str, int]:
    """Where nobody is signed in any more: to be taken along."""
    back = url_for("entrance.sign_in", back=request.form.get("here"))
    return render_template("signed_out.html", typed=typed(), back=back), 401


def typed() -> list[tuple[str, str]]:
    """By the name of the field."""
    told = request.form.items(multi=True)
    return [(name, one) for name, one in told if name not in UNTYPED and one.strip()]
