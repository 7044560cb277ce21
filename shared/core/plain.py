"""Events as documents have them."""

from typing import Any

import msgspec


def plain(thing: object) -> Any:
    """As JSON has it: lists and ISO dates."""
    return msgspec.json.decode(msgspec.json.encode(thing))
