"""Processes that lock up for ever at their first event: ``python -m tests.shared.stuck_processes`` is a projector."""

import sys
import time

from shared.core.projection import Projection
from shared.runtime.processes import Projector, run
from tests.shared.examples import EVENTS, MoneyTaken


def lock_up(_document, _recorded):
    time.sleep(3_600)


if __name__ == "__main__":
    locked = Projection("locked", {"bank": (MoneyTaken,)}, lambda r: [r.stream], lock_up)
    sys.exit(run("projector", Projector, {"bank": EVENTS}, {}, {"bank": (locked,)}))
