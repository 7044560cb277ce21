"""A new lead: find the customer, see what there is about them already, say what they need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from services.desk.web.labels import WORDS, products_for
from services.desk.web.labels.products import Words
from services.desk.web.leads.view import Leads
from services.desk.web.leads.wishes import Body, Form, Wrong
from services.desk.web.reading import Names
from services.desk.web.view import minor_of
from services.desk.web.words import text
from shared.runtime.mongo_store import JsonDocument

MOST_FOUND = 20
FEWEST_LETTERS = 2
SOURCES = ("branch", "ebanking_advert", "sms", "phone", "target_list")
"""Where a lead may come from that somebody opens by hand."""


@dataclass(frozen=True)
class NewLead:
    """``found`` are customers to choose from; ``similar`` are leads on the chosen one that are not over: of those that
    are not ``readable`` to this user, only that they are, and whose.
    """

    form: Form
    customer: JsonDocument | None
    found: Sequence[JsonDocument]
    similar: Sequence[JsonDocument]
    readable: Collection[str]
    names: Names

    @classmethod
    def of(cls, form: Form, read: Leads) -> "NewLead":
        customer_id, words = form.get("customer_id", "").strip(), form.get("q", "").strip()
        customer = next(iter(read.desk.customers([customer_id])), None) if customer_id else None
        looked_for = words if len(words) >= FEWEST_LETTERS and customer is None else ""
        found = read.desk.customers_named(looked_for, MOST_FOUND) if looked_for else []
        similar = read.about(customer["_id"]) if customer else []
        outlets = [one["outlet_id"] for one in (*found, *([customer] if customer else ()))]
        readable = {lead["_id"] for lead in similar if read.may_read(lead)}
        return cls(form, customer, found, similar, readable, read.around(similar, units=outlets).names)

    @property
    def words(self) -> str:
        return self.form.get("q", "").strip()

    @property
    def products(self) -> Words:
        return products_for(self.customer["kind"]) if self.customer else {}

    @property
    def sources(self) -> Words:
        return {code: WORDS["source"][code] for code in SOURCES}

    @property
    def chosen(self) -> Sequence[str]:
        return self.form.getlist("products")

    def same_need(self, lead: JsonDocument) -> bool:
        """Whether it may be the same wish of the customer (rule L4): the bank decides, this only warns."""
        wanted = {self.form.get("need", "").strip(), *self.chosen} - {""}
        return not wanted.isdisjoint({lead["need"], *lead["products"]})

    def body(self) -> Body:
        """What is sent. Raises ``Wrong``."""
        if self.customer is None:
            raise Wrong(customer_id=text("Choose a customer first."))
        need = self.form.get("need", "").strip()
        errors: dict[str, Any] = {} if need else {"need": text("Say what the customer needs.")}
        try:
            value_minor = minor_of(self.form.get("value"))
        except ValueError:
            errors["value"] = text("Give an amount in yuan, such as 120000 or 1,500.50.")
        if errors:
            raise Wrong(**errors)
        despite = self.form.get("despite", "").strip()
        return {
            "customer_id": self.customer["_id"],
            "customer_kind": self.customer["kind"],
            "need": need,
            "products": list(self.chosen),
            "source": self.form.get("source", "branch"),
            "outlet_id": self.customer["outlet_id"],
            "value_minor": value_minor,
            **({"despite": despite} if despite else {}),
        }
