"""Draws by a hash: even, the same for whoever computes them again, and nobody's choice."""

from hashlib import sha256

from shared.core.proportions import FULL_BPS


def drawn(share_bps: int, *named: str) -> bool:
    """Whether what is named so belongs to a share of all that could be named."""
    digest = sha256("\x1f".join(named).encode()).digest()
    return int.from_bytes(digest[:8]) % FULL_BPS < share_bps
