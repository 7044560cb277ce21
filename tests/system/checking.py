"""What a test on the whole stack asks when it is quiet again."""

import time

from infra.drain import behind
from infra.every_check import every_check


def settle(stack, seconds=120):
    deadline = time.monotonic() + seconds
    while places := behind(stack.connected):
        assert time.monotonic() < deadline, f"still behind: {places}"
        time.sleep(0.2)


def verified(stack):
    """Every difference that verify finds."""
    return {name: found for name, check in every_check(stack.connected).items() if (found := list(check()))}
