"""The edges of a party, kept so that one more costs next to nothing however many there are.

A company may be linked with 50,000 people, and each fact about them makes a new state. A plain dict would be copied
whole each time; here the links lie in buckets, and a change copies one bucket and the list of buckets.
"""

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

from shared.core.ids import partition_of

BUCKETS = 256
_EMPTY: Mapping[str, "Link"] = {}


class Edge(msgspec.Struct, frozen=True):
    """One relationship as it stands now. Both of its dates are included."""

    kind: str
    valid_from: date
    valid_to: date | None
    consent: bool
    seq: int

    def carries(self, on: date) -> bool:
        """It stood on that day, and the party consents to what it brings (rule K4)."""
        return self.consent and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


Reached = frozenset[tuple[str, str]]
"""Pairs of a lead and a rule."""


class Link(msgspec.Struct, frozen=True):
    """All edges to one party, and by what it stands reached."""

    edges: Mapping[str, Edge] = {}
    reached: Reached = frozenset()


class Links(msgspec.Struct, frozen=True):
    """An immutable map from party to link."""

    buckets: tuple[Mapping[str, Link], ...] = (_EMPTY,) * BUCKETS
    count: int = 0

    def get(self, party_id: str) -> Link:
        return self.buckets[partition_of(party_id, BUCKETS)].get(party_id, _NO_LINK)

    def put(self, party_id: str, link: Link) -> "Links":
        place = partition_of(party_id, BUCKETS)
        bucket = self.buckets[place]
        changed = list(self.buckets)
        changed[place] = {**bucket, party_id: link}
        return Links(tuple(changed), self.count + (party_id not in bucket))

    def items(self) -> Iterator[tuple[str, Link]]:
        """In an order that depends on the history alone."""
        for bucket in self.buckets:
            yield from bucket.items()


_NO_LINK = Link()
