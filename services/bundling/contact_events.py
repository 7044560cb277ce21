"""What bundling keeps of a customer's marketing contacts (rule B6). Stream: ``contacts-<customer id>``.

All leads and channels of a customer stand on one stream: of two that contact at the same moment, one is first.
"""

from datetime import date
from typing import Literal

import msgspec

from shared.core.event import Event

Channel = Literal["branch", "online", "phone"]


class CustomerContacted(Event, frozen=True, tag="customer_contacted"):
    """The bank showed an offer of its own accord. ``products`` are those that the customer had not answered yet."""

    customer_id: str
    lead_id: str
    channel: Channel
    products: tuple[str, ...]
    by: str
    rules_version: int
    on: date


class ProductDeclined(Event, frozen=True, tag="product_declined"):
    """The customer said no to a product, with whichever lead: it is not offered again for a while."""

    customer_id: str
    lead_id: str
    product: str
    on: date


ContactEvent = CustomerContacted | ProductDeclined


class Made(msgspec.Struct, frozen=True):
    """A contact: the lead that it was about, and its day."""

    lead_id: str
    channel: Channel
    on: date
