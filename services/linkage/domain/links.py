"""The edges of a party, kept so that one more costs next to nothing however many there are.

A company may be linked with 50,000 people, and each fact about them makes a new state. A plain dict would be copied
whole each time; here the links lie in buckets, and a change copies one bucket and the list of buckets.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    confidence_bps: int | None
    consent: bool
    seq: int

    def stood(self, on: date, least_bps: int) -> bool:
        """It stood on that day, is as sure as that, and the party consents to what it brings (rule K4)."""
        sure = self.confidence_bps is None or self.confidence_bps >= least_bps
        return self.consent and sure and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def has_ended(self, through: date | None) -> bool:
        """Whether its last day is among those that are over."""
        return through is not None and self.valid_to is not None and self.valid_to <= through


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

    def reach(self, party_ids: Iterable[str], by: tuple[str, str]) -> "Links":
        """Many parties stand reached by a lead and a rule: each bucket is copied once."""
        changed: dict[int, dict[str, Link]] = {}
        fresh = 0
        for party_id in party_ids:
            place = partition_of(party_id, BUCKETS)
            if place not in changed:
                changed[place] = dict(self.buckets[place])
            bucket = changed[place]
            fresh += party_id not in bucket
            link = bucket.get(party_id, _NO_LINK)
            bucket[party_id] = Link(link.edges, link.reached | {by})
        buckets = tuple(changed.get(place, bucket) for place, bucket in enumerate(self.buckets))
        return Links(buckets, self.count + fresh)

    def items(self) -> Iterator[tuple[str, Link]]:
        """In an order that depends on the history alone."""
        for bucket in self.buckets:
            yield from bucket.items()


_NO_LINK = Link()
