"""Ledger lines as the projection keeps them, a signing key, and months closed over them by the real code."""

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.incentives import sealing
from services.incentives.domain.statements import STATEMENTS, SealStatement
from services.incentives.keys import SigningKey
from services.incentives.sealing import Close
from tests.services.incentives.examples import active

AT = datetime(2026, 11, 1, 2, 0, 0, 123_456, tzinfo=UTC)
KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def line(position, points=600, *, period="2026-10", staff="S0007", entry="vested", adjusts=None, partition=0):
    return {
        "line_id": f"line{partition}{position:04}",
        "lead_id": "01j9lead",
        "staff_id": staff,
        "unit_id": "B01",
        "indicator": "mobile_active",
        "entry": entry,
        "points_milli": points,
        "on": f"{period}-15",
        "of_period": period,
        "adjusts": adjusts,
        "partition": partition,
        "position": position,
    }


def close(state, period, lines, heads, key=KEY, **found):
    """The command that closes a month over these lines."""
    sealed = sealing.seal(state, Close(period, active(), heads, AT), lines, key)
    known = {"completed": True, "earlier": (), "differences": ()}
    return SealStatement(seal=sealed, public_key=key.public, **(known | found))


def closed(*months, key=KEY):
    """The chain after ``(period, lines, head)`` for each month, and all lines."""
    state = STATEMENTS.initial
    for period, lines, head in months:
        state = STATEMENTS.fold(STATEMENTS.decide(state, close(state, period, lines, {0: head}, key)), state)
    return state
