"""``python -m tests.shared.bank_processes relay|projector``: the example's processes without nameko."""

import sys

from shared.runtime.processes import Projector, Relays, run
from tests.shared.examples import EVENTS

if __name__ == "__main__":
    if sys.argv[1] == "relay":
        sys.exit(run("relay", Relays, {"bank": EVENTS}, {}))
    from tests.shared.bank_projections import BALANCES

    sys.exit(run("projector", Projector, {"bank": EVENTS}, {}, {"bank": (BALANCES,)}))
