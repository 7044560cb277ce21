"""``python -m tests.shared.bank_rebuild``: rebuilds the example's projection, as ``liandong rebuild`` would."""

import sys

from shared.runtime.config import read_settings
from shared.runtime.rebuild import rebuild
from shared.runtime.wiring import Logs, connect
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS

if __name__ == "__main__":
    settings = read_settings()
    client = connect(settings)
    stores = Logs(client, {"bank": EVENTS}, {}, settings.partitions).stores
    sys.stdout.write(rebuild(client, stores, "bank", BALANCES, linger=float(sys.argv[1])).collection)
