"""Which openings are inspected (rule C5): by a hash of the seed, so that the draw is random and can be done again; and
which draw an opening belongs to.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec

from shared.core.months import following

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


class Cleared(msgspec.Struct, frozen=True):
    """An opening that is in no draw yet, as far as is known, and the month in which it was cleared."""

    unit_id: str
    opening_id: str
    month: str


Drawn = Callable[[str, str], Collection[str] | None]
"""Of a unit and a month, what the sample was drawn from; None where there is none yet."""


def due_draws(cleared: Iterable[Cleared], drawn_from: Drawn, newest: str) -> Mapping[tuple[str, str], Sequence[str]]:
    """By unit and month up to the ``newest``, what is to be drawn from: each opening with the first month, from that in
    which it was cleared on, that has no sample. So an opening has one draw, whichever of several months that are over
    is asked for first; one cleared late goes with the next.
    """
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in cleared:
        month = one.month
        while (before := drawn_from(one.unit_id, month)) is not None and one.opening_id not in before:
            month = following(month)
        if before is None and month <= newest:
            found[one.unit_id, month].append(one.opening_id)
    return {place: sorted(ids) for place, ids in sorted(found.items())}
