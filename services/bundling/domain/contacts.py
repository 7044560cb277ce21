"""A customer's marketing contacts over all leads and channels, counted where two cannot count at once (rule B6)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import assert_never, cast

import msgspec

from services.bundling.contact_events import Channel, ContactEvent, CustomerContacted, Made, ProductDeclined
from services.bundling.rules.contact import CONTACT, again_from, in_month, quiet
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken
from shared.core.event import Event


class MakeContact(Command, frozen=True):
    """The bank wants to show an offer. ``consent``: whether the customer agreed to marketing."""

    customer_id: str
    lead_id: str
    channel: Channel
    products: tuple[str, ...]
    consent: bool
    by: str
    on: date


class NoteDeclined(Command, frozen=True):
    customer_id: str
    lead_id: str
    product: str
    on: date


ContactCommand = MakeContact | NoteDeclined


class Contacts(msgspec.Struct, frozen=True):
    """``declined``: by product, the day of the newest no."""

    made: tuple[Made, ...] = ()
    declined: Mapping[str, date] = {}


def decide(state: Contacts, command: ContactCommand) -> Sequence[ContactEvent]:
    match command:
        case MakeContact():
            return _contact(state, command)
        case NoteDeclined(customer_id=customer_id, lead_id=lead_id, product=product, on=on):
            known = state.declined.get(product)
            return [] if known and known >= on else [ProductDeclined(customer_id, lead_id, product, on)]
        case _:
            assert_never(command)


def _contact(state: Contacts, c: MakeContact) -> Sequence[ContactEvent]:
    """The same lead on the same day is one contact, through however many channels."""
    if not c.consent:
        message = f"{c.customer_id} has not agreed to marketing. Offer it when the customer asks, and say so."
        raise RuleBroken("no_consent", message, rule="B6")
    if said_no := quiet(state.declined, c.products, c.on):
        raise declined_lately(c.customer_id, said_no)
    if any((one.lead_id, one.on) == (c.lead_id, c.on) for one in state.made):
        return []
    made = in_month(state.made, c.on)
    if len(made) >= CONTACT.per_month:
        told = ", ".join(f"{one.on} ({one.channel}, lead {one.lead_id})" for one in made)
        message = f"{c.customer_id} had {len(made)} marketing contacts in {c.on:%Y-%m}: {told}. Wait for next month."
        raise RuleBroken("contact_limit", message, rule="B6")
    return [CustomerContacted(c.customer_id, c.lead_id, c.channel, c.products, c.by, CONTACT.version, c.on)]


def declined_lately(customer_id: str, said_no: Mapping[str, date]) -> RuleBroken:
    """The refusal of products, each with the day of the customer's no."""
    told = "; ".join(f"{product}: no on {day}, again from {again_from(day)}" for product, day in said_no.items())
    return RuleBroken("declined_lately", f"Not to be offered to {customer_id} yet: {told}", rule="B6")


def evolve(state: Contacts, event: Event) -> Contacts:
    known = cast("ContactEvent", event)
    match known:
        case CustomerContacted(lead_id=lead_id, channel=channel, on=on):
            return Contacts((*state.made, Made(lead_id, channel, on)), state.declined)
        case ProductDeclined(product=product, on=on):
            newest = max(on, state.declined.get(product, on))
            return Contacts(state.made, {**state.declined, product: newest})
        case _:
            assert_never(known)


CONTACTS: Decider[Contacts, ContactCommand] = Decider("contacts", Contacts(), decide, evolve)
