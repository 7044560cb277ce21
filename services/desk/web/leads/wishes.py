"""What may be wished of one lead, as data: the form's fields, what is sent to the API, what is said once done."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as text
from werkzeug.datastructures import MultiDict

from services.desk.web.view import minor_of

Form = MultiDict[str, str]
Body = dict[str, Any]
FULL_BPS = 10_000
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")
"""As the bank writes its numbers."""


class Wrong(Exception):
    """A form that cannot be sent: what is wrong, by field."""

    def __init__(self, **errors: Any) -> None:
        self.errors: Mapping[str, str] = {name: str(said) for name, said in errors.items()}
        super().__init__(", ".join(self.errors))


@dataclass(frozen=True)
class Wish:
    """``body`` reads the form, and raises ``Wrong``. ``path`` is the last part of the API's address, the wish's own
    name where it is left out. ``decides``: on what the user sees, so that it is not done where that has changed.
    """

    done: Any
    body: Callable[[Form], Body]
    path: str | None = None
    decides: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


def nothing(_form: Form) -> Body:
    return {}


def proposal(form: Form) -> Body:
    return {"proposal": form.get("proposal", type=int)}


def split(form: Form) -> Body:
    """Percents, such as ``60`` or ``33.33``, to basis points."""
    shares: list[dict[str, Any]] = []
    errors: dict[str, Any] = {}
    fields = [name for name in form if name.startswith("share-")]
    for name in fields:
        try:
            bps = Decimal(form[name].strip().removesuffix("%").removesuffix("\N{FULLWIDTH PERCENT SIGN}")) * 100
        except ArithmeticError:
            bps = Decimal(-1)
        if not bps.is_finite() or bps != bps.to_integral_value() or not 0 <= bps <= FULL_BPS:
            errors[name] = text("Give a percentage from 0 to 100, with at most two decimals.")
        else:
            shares.append({"line": name.removeprefix("share-"), "bps": int(bps)})
    if not errors and sum(share["bps"] for share in shares) != FULL_BPS:
        errors = dict.fromkeys(fields, text("The shares must come to 100% together."))
    if errors:
        raise Wrong(**errors)
    return {"shares": shares}


def invite(form: Form) -> Body:
    staff_id = _filled(form, "staff_id")
    if not NUMBER.fullmatch(staff_id):
        said = text("Choose a colleague from the list that opens as you type, or give their staff number.")
        raise Wrong(staff_id=said)
    return {"staff_id": staff_id}


def win(form: Form) -> Body:
    products = form.getlist("products")
    if not products:
        raise Wrong(products=text("Choose at least one product that was sold."))
    if not form.get("value", "").strip():
        return {"products": products}
    return {"products": products, "value_minor": _minor(form, "value")}


def lose(form: Form) -> Body:
    return {"reason": _filled(form, "reason"), "text": form.get("text", "").strip()}


def reopen(form: Form) -> Body:
    return {"reason": _filled(form, "reopen_reason")}


def unmerge(form: Form) -> Body:
    return {"reason": _filled(form, "unmerge_reason")}


def stage(form: Form) -> Body:
    bid_on = form.get("bid_on", "").strip()
    return {"stage": _filled(form, "stage"), **({"bid_on": bid_on} if bid_on else {})}


CONTACT_FIELDS = {"on": "contact_on"}
OPEN_FIELDS = {"value_minor": "value"}
WISHES: Mapping[str, Wish] = {
    "accept": Wish(text("You accepted the split."), proposal),
    "claim": Wish(text("The lead is yours now."), nothing),
    "split": Wish(
        text("The split is proposed. It holds once both sides accept it: yours is asked for here, too."),
        split,
        decides=True,
    ),
    "withdraw": Wish(text("Your proposal is withdrawn."), nothing, path="split/withdraw"),
    "invite": Wish(text("Your partner is invited."), invite),
    "qualify": Wish(text("The lead is qualified."), nothing, decides=True),
    "stage": Wish(text("The stage of the project is noted."), stage, decides=True),
    "win": Wish(text("The lead is won."), win, decides=True, fields={"value_minor": "value"}),
    "lose": Wish(text("The lead is lost. Thank you for the reason."), lose, decides=True),
    "unmerge": Wish(
        text("The merge is being undone: in a moment both leads stand on their own again."),
        unmerge,
        fields={"reason": "unmerge_reason"},
    ),
    "reopen": Wish(text("The lead is open again."), reopen, decides=True, fields={"reason": "reopen_reason"}),
}


def contact(form: Form, customer_id: str, lead_id: str) -> Body:
    """A visit or a call, for the work log (rule L10)."""
    body = {
        "customer_id": customer_id,
        "lead_id": lead_id,
        "kind": _filled(form, "kind"),
        "evidence": _filled(form, "evidence"),
        "note": form.get("note", "").strip(),
    }
    on = form.get("contact_on", "").strip()
    return {**body, "on": on} if on else body


def _filled(form: Form, field: str) -> str:
    told = form.get(field, "").strip()
    if not told:
        raise Wrong(**{field: text("Fill this in.")})
    return told


def _minor(form: Form, field: str) -> int:
    try:
        return minor_of(form.get(field))
    except ValueError:
        raise Wrong(**{field: text("Give an amount in yuan, such as 120000 or 1,500.50.")}) from None
