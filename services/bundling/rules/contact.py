"""How often the bank may approach a customer of its own accord, and with what (rule B6), as data.

A service contact, and whatever the customer asks for, is no marketing contact: neither counts, and neither is limited.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import msgspec

from services.bundling.contact_events import Made


class ContactRules(msgspec.Struct, frozen=True):
    """``per_month``: marketing contacts in a calendar month, over all channels. ``quiet_days``: so many pass after a no
    before the same product is offered again. Both are the domain's defaults.
    """

    version: int
    per_month: int
    quiet_days: int


CONTACT = ContactRules(version=1, per_month=2, quiet_days=60)


def in_month(made: Sequence[Made], on: date) -> list[Made]:
    """The contacts of the calendar month of a day."""
    return [one for one in made if (one.on.year, one.on.month) == (on.year, on.month)]


def again_from(declined_on: date) -> date:
    """The first day on which the product may be offered again."""
    return declined_on + timedelta(days=CONTACT.quiet_days + 1)


def quiet(declined: Mapping[str, date], products: Collection[str], on: date) -> dict[str, date]:
    """Of the products, those not to be offered on a day yet, each with the day of the no."""
    return {product: day for product, day in declined.items() if product in products and day <= on < again_from(day)}
