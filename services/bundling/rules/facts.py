"""What is known of one customer: all that a condition may look at. Of the age, the birth year is enough, so only that
is kept (data minimisation): a person counts as old as they become in the calendar year.
"""

from datetime import date

import msgspec


class Held(msgspec.Struct, frozen=True):
    """One holding and its authenticated uses by day. ``opened_on`` is None while only its activity is known."""

    holding_id: str
    product: str
    opened_on: date | None
    closed_on: date | None = None
    as_of: date | None = None
    uses: dict[date, int] = {}

    def open_on(self, day: date) -> bool:
        opened = self.opened_on is not None and self.opened_on <= day
        return opened and (self.closed_on is None or self.closed_on > day)


class Link(msgspec.Struct, frozen=True):
    """A win with a company brought this person an opportunity (rule K1)."""

    opportunity_id: str
    from_id: str
    relationship: str
    on: date


class Facts(msgspec.Struct, frozen=True):
    """``as_of`` is the business date of what is known of the customer."""

    customer_id: str
    kind: str | None
    birth_year: int | None = None
    as_of: date | None = None
    holdings: tuple[Held, ...] = ()
    links: tuple[Link, ...] = ()

    def held(self, products: tuple[str, ...], on: date) -> list[Held]:
        return [held for held in self.holdings if held.product in products and held.open_on(on)]

    def products(self, on: date) -> tuple[str, ...]:
        return tuple(sorted({held.product for held in self.holdings if held.open_on(on)}))
