"""The tables of a customer's page as files: the same rows, by the table's name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.desk.web.customer.links import Link
from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.words import text

Table = tuple[Sequence[str], list[Sequence[object]]]
Shown = Mapping[str, Any]


def customers(documents: Iterable[Mapping[str, Any]], names: Names) -> Table:
    head = (
        text("Customer"), text("Customer name"), text("Kind"), text("Value tier"), text("Contribution"), text("Outlet"),
        text("Customer manager"), text("Consents to marketing"),
    )  # fmt: skip
    return head, [
        (
            one["_id"], one["display_name"], label("customer", one["kind"] or ""), label("tier", one["tier"] or ""),
            yuan(one["contribution_minor"]), names.unit(one["outlet_id"] or ""), one["manager_id"],
            yes_no(one["consent_marketing"]),
        )
        for one in documents
    ]  # fmt: skip


def links(found: Iterable[Link]) -> Table:
    head = (
        text("Customer"), text("Customer name"), text("Kind"), text("Relationship"), text("Valid from"),
        text("Valid to"), text("State"), text("Consent"), text("Source"), text("Confidence"),
    )  # fmt: skip
    return head, [
        (
            one.customer_id, one.name, label("customer", one.kind), one.relationship, one.valid_from, one.valid_to,
            label("edge", one.state), yes_no(one.consent), one.source, Decimal(one.confidence_bps) / 100,
        )
        for one in found
    ]  # fmt: skip


def opportunities(found: Iterable[Mapping[str, Any]], names: Names) -> Table:
    head = (
        text("Opportunity"), text("Comes from"), text("To"), text("Product"), text("Relationship"), text("Rule"),
        text("State"), text("Date"), text("Amount"), text("Used by the customer"),
    )  # fmt: skip
    return head, [
        (
            one["opportunity_id"], names.customer(one["from_id"]), names.customer(one["customer_id"]),
            label("product", one["product"]), label("relationship", one["relationship"]), one["rule"],
            label("opportunity", one["status"]), one["on"], yuan(one["won"]["value_minor"]) if one["won"] else None,
            ", ".join(label("product", code) for code in one["won"]["activated"]) if one["won"] else None,
        )
        for one in found
    ]  # fmt: skip


def _ledger(shown: Shown) -> Table:
    head = (
        text("Holding"), text("Product"), text("Standing"), text("Opened on"), text("First used on"),
        text("Last used on"), text("Closed on"), text("Unit"),
    )  # fmt: skip
    dates = ("opened_on", "activated_on", "last_used_on", "closed_on")
    return head, [
        (
            one["holding_id"], label("product", one["product"]), label("item", one["standing"]),
            *(one[name] for name in dates), shown["names"].unit(one["unit_id"]),
        )
        for one in shown["ledger"].listed("holdings")
    ]  # fmt: skip


def _composite(shown: Shown) -> Table:
    head = (
        text("Calendar month"), text("Counted balance"), text("Tier"), text("Fee"), text("Charged"), text("Adjusted"),
        text("Fee in all"), text("Missing to the next tier"),
    )  # fmt: skip
    return head, [
        (
            one["month"], yuan(one["counted_minor"]), label("composite", one["tier"] or "none"), yuan(one["fee_minor"]),
            yuan(one["charged"]["fee_minor"]) if one["charged"] else None,
            yuan(sum(each["adjustment_minor"] for each in one["adjustments"])), yuan(one["total_minor"]),
            yuan(one["to_next_minor"]),
        )
        for one in shown["composite"].listed("months")
    ]  # fmt: skip


def _contacts(shown: Shown) -> Table:
    """What was offered, then what was said no to."""
    head = (text("Kind"), text("What"), text("Date"), text("May be offered again from"))
    made = [
        (text("Contact"), label("channel", one["channel"]), one["on"], None)
        for one in shown["contacts"].listed("made")
    ]  # fmt: skip
    declined = [
        (text("Declined"), label("product", one["product"]), one["on"], one["again_from"])
        for one in shown["contacts"].listed("declined")
    ]
    return head, [*made, *declined]


def _leads(shown: Shown) -> Table:
    head = (
        text("Lead"), text("State"), text("Opened on"), text("Won on"), text("Products"), text("Amount"),
        text("Has brought"),
    )  # fmt: skip
    return head, [
        (
            one["_id"], label("state", one["state"]), one["on"], won.get("on"),
            ", ".join(label("product", code) for code in won.get("products", one["products"])),
            yuan(won.get("value_minor")), shown["brought"].get(one["_id"]),
        )
        for one in shown["leads"]
        for won in [one["result"] if one["state"] == "won" else {}]
    ]  # fmt: skip


def _reached(shown: Shown) -> Table:
    return opportunities(shown["party"].listed("opportunities"), shown["names"])


OF_THE_PAGE: Mapping[str, Callable[[Shown], Table]] = {
    "ledger": _ledger,
    "composite": _composite,
    "contacts": _contacts,
    "leads": _leads,
    "opportunities": _reached,
}
"""The tables of ``customer.html`` that can be taken along."""


def yuan(minor: int | None) -> Decimal | None:
    """A spreadsheet reckons with yuan."""
    return None if minor is None else Decimal(minor) / 100


def yes_no(told: bool | None) -> str:
    return "" if told is None else text("yes") if told else text("no")
