"""Which openings are inspected (rule C5): by a hash of the seed, so that the draw is random and can be done again."""

from collections.abc import Collection
from hashlib import sha256

import msgspec

FULL_BPS = 10_000


class SamplingRules(msgspec.Struct, frozen=True):
    """Bps of a unit's openings of a month, rounded up; days until a finding is to be remedied, where the officer names
    none (default).
    """

    version: int
    share_bps: int
    remedy_days: int


SAMPLING = SamplingRules(version=1, share_bps=500, remedy_days=30)


def drawn(openings: Collection[str], seed: str, share_bps: int) -> tuple[str, ...]:
    """The share of the openings whose hashes with the seed are the lowest; at least one of any."""
    wanted = -(-len(openings) * share_bps // FULL_BPS)
    return tuple(sorted(sorted(openings, key=lambda one: _place(one, seed))[:wanted]))


def _place(opening_id: str, seed: str) -> str:
    return sha256(f"{seed}\x1f{opening_id}".encode()).hexdigest()
