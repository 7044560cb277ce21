"""The facts about who may earn by a customer's product: once, whoever opened it how often. Stream:
``claim-<customer>.<product>``: all accounts of one product that our openings led to.
"""

from datetime import date
from typing import ClassVar

from shared.core.event import Event


class AccountClaimed(Event, frozen=True, tag="account_claimed"):
    """An account that an opening led to, as the bank knows it now. ``source`` is the id of the event that told so."""

    customer_id: str
    product: str
    opening_id: str
    holding_id: str
    opened_on: date
    closed_on: date | None
    source: str


class AccountReleased(Event, frozen=True, tag="account_released"):
    """The bank corrected whose account it is, or which product: here it counts no longer."""

    customer_id: str
    product: str
    holding_id: str
    source: str


class AccountPlaced(Event, frozen=True, tag="account_placed"):
    """Whose an account is now, of which product, and for which opening of ours, None for none; ``before``: customer
    and product until now, None for a new one; ``left``: the opening that it stood for until now, if it was another.
    Stream: ``placed-<holding>``.
    """

    schema: ClassVar[int] = 2

    holding_id: str
    customer_id: str
    product: str
    before: tuple[str, str] | None
    source: str
    opening_id: str | None
    left: str | None


class ClaimDecided(Event, frozen=True, tag="claim_decided"):
    """Whether an opening may earn by a customer's product: not where ``because_of``, an earlier opening of the same,
    stands in its way.
    """

    customer_id: str
    product: str
    opening_id: str
    because_of: str | None
    on: date


ClaimEvent = AccountClaimed | AccountReleased | AccountPlaced | ClaimDecided
