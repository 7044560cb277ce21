"""What a test on the whole stack asks when it is quiet again."""

import time

from infra.drain import behind
from infra.projector import projections
from infra.verify import checks
from services.incentives.verify import checks as incentive_checks


def settle(stack, seconds=120):
    deadline = time.monotonic() + seconds
    while places := behind(stack.connected):
        assert time.monotonic() < deadline, f"still behind: {places}"
        time.sleep(0.2)


def verified(stack):
    """Every difference that verify finds."""
    here = stack.connected
    every = checks(here.client, here.logs, projections())
    every |= incentive_checks(here.client, here.logs)
    return {name: found for name, check in every.items() if (found := list(check()))}
