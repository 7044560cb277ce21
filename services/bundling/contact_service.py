"""The part of the bundling service that guards how often, and with what, a customer is approached (rule B6)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from services.bundling import contact_schemas as schemas
from services.bundling.domain import OFFER, Offer, PresentOffer
from services.bundling.domain.contacts import CONTACTS, MakeContact
from services.bundling.events import ItemDeclined
from services.bundling.projections import CUSTOMER_FACTS
from services.bundling.reactions import note_declined
from services.bundling.rules.contact import CONTACT, again_from, in_month, quiet
from shared.core.errors import LiandongError
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App, meta_of
from shared.runtime.listen import listen

READERS = ("corporate", "retail", "branch", "ops", "product", "compliance", "auditor")


class Approaches:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api(
        "GET",
        "/api/bundling/customers/<customer_id>/contacts",
        roles=READERS,
        query=schemas.Asked,
        view=schemas.ContactsView,
    )
    def contacts(self, call: Call) -> dict[str, Any]:
        """What was offered this month, what may still be, and what the customer said no to."""
        customer_id, on = call.path["customer_id"], call.query["on"] or call.today
        consent = self.app.document(CUSTOMER_FACTS, customer_id, call)["consent"]
        state, _ = self.app.state(CONTACTS, customer_id)
        made = in_month(state.made, on)
        no = quiet(state.declined, state.declined, on)
        return {
            "customer_id": customer_id,
            "on": on,
            "consent": consent,
            "per_month": CONTACT.per_month,
            "left": max(0, CONTACT.per_month - len(made)) if consent else 0,
            "made": made,
            "declined": [{"product": one, "on": day, "again_from": again_from(day)} for one, day in no.items()],
        }

    @listen("bundling", "bundling.note_declined", (ItemDeclined,))
    def note_declined(self) -> Reaction:
        return note_declined(lambda offer_id: self.app.state(OFFER, offer_id)[0].customer_id)


def declined_by(app: App, customer_id: str, on: date) -> Mapping[str, date]:
    """The products not to be offered to a customer on a day, each with the day of the no."""
    contacts, _ = app.state(CONTACTS, customer_id)
    return quiet(contacts.declined, contacts.declined, on)


def present(app: App, offer_id: str, wish: PresentOffer, call: Call) -> Accepted:
    """Of the bank's own accord, the contact is counted before the offer is shown: killed between the two, the count
    stands, and the same lead's offer can be shown that day without a second one.
    """
    offer, version = app.state(OFFER, offer_id)
    if version and not wish.asked_for and call.if_match in {None, version}:
        wish = replace(wish, declined=declined_by(app, offer.customer_id, wish.on))
        if _shows(offer, wish):
            _count(app, offer, wish, call)
    return app.execute(OFFER, offer_id, wish, call)


def _shows(offer: Offer, wish: PresentOffer) -> bool:
    """What is refused here is refused by ``execute``, which sees to it that it has the newest."""
    try:
        return bool(OFFER.decide(offer, wish))
    except LiandongError:
        return False


def _count(app: App, offer: Offer, wish: PresentOffer, call: Call) -> None:
    products = tuple(code for code in offer.unanswered if code not in wish.declined)
    if not products:
        return
    command = MakeContact(
        customer_id=offer.customer_id,
        lead_id=offer.lead_id,
        channel=wish.channel,
        products=products,
        consent=app.document(CUSTOMER_FACTS, offer.customer_id)["consent"],
        by=wish.hand.staff_id,
        on=wish.on,
    )
    meta = meta_of(call)
    contact = replace(meta, command_id=f"{meta.command_id}/contact")
    app.executor.execute(Intent(CONTACTS, offer.customer_id, command), contact)
