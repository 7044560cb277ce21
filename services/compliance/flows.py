"""Patterns in how money comes to a holding and goes on (rule C3): pure functions over the transfers in view."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from services.compliance.events import TransferSeen

FULL_BPS = 10_000
Pair = tuple[TransferSeen, TransferSeen]
"""Money that came in, and the transfer that carried it on."""


class RoundTripRules(msgspec.Struct, frozen=True):
    """The first money in to a holding that an opening of ours led to, of which at least ``share_bps`` leaves again
    within ``window``: it was only there to put the account to use. Sums under ``least_minor`` (分) do not count.
    """

    window: timedelta
    share_bps: int
    least_minor: int


class PassThroughRules(msgspec.Struct, frozen=True):
    """Money that comes in and goes on to somebody else within ``window``, to within ``slack_bps`` the same sum and at
    least ``least_minor`` (分); ``pairs`` of them within ``span`` are a pattern. Looked for on what an opening of ours
    led to, for ``watch`` from its first money in on. An account with ``busy`` transfers in view is a business's, and
    nobody's to pass money through: of it no more are kept.
    """

    window: timedelta
    slack_bps: int
    least_minor: int
    pairs: int
    span: timedelta
    watch: timedelta
    busy: int


def in_order(moves: Iterable[TransferSeen]) -> list[TransferSeen]:
    return sorted(moves, key=lambda one: (one.at, one.transfer_id))


def round_trip(first: TransferSeen, moves: Iterable[TransferSeen], rules: RoundTripRules) -> Sequence[TransferSeen]:
    """The first money in with what left after it, where it made a round trip; () where it stayed."""
    left = [one for one in in_order(moves) if one.direction == "out" and first.at <= one.at <= first.at + rules.window]
    gone = sum(one.amount_minor for one in left)
    return (first, *left) if gone * FULL_BPS >= first.amount_minor * rules.share_bps else ()


def passed_on(moves: Iterable[TransferSeen], rules: PassThroughRules) -> list[Pair]:
    """Each sum that came in with the earliest transfer that carries it on; no transfer stands in two pairs."""
    large = [one for one in in_order(moves) if one.amount_minor >= rules.least_minor]
    outs = [one for one in large if one.direction == "out"]
    pairs: list[Pair] = []
    for come in (one for one in large if one.direction == "in"):
        gone = next((one for one in outs if _carries_on(come, one, rules)), None)
        if gone is not None:
            outs.remove(gone)
            pairs.append((come, gone))
    return pairs


def _carries_on(come: TransferSeen, gone: TransferSeen, rules: PassThroughRules) -> bool:
    in_time = come.at <= gone.at <= come.at + rules.window
    same_sum = abs(gone.amount_minor - come.amount_minor) * FULL_BPS <= come.amount_minor * rules.slack_bps
    return in_time and same_sum and (come.counterparty is None or come.counterparty != gone.counterparty)


def pass_through(moves: Iterable[TransferSeen], spoken: Sequence[datetime], rules: PassThroughRules) -> Sequence[Pair]:
    """Enough pairs within the span. An alert speaks for all that begin within a span of its first, on either side: they
    began at the ``spoken`` moments.
    """
    free = [
        pair for pair in passed_on(moves, rules) if not any(abs(pair[0].at - began) <= rules.span for began in spoken)
    ]
    for first, _ in free:
        within = [pair for pair in free if first.at <= pair[0].at <= first.at + rules.span]
        if len(within) >= rules.pairs:
            return within
    return ()
