"""``python -m tests.shared.rebuild_process <mongo uri> <crash directory>``: one rebuild, in a process that may be killed."""

import sys
from pathlib import Path

from pymongo import MongoClient

from shared.runtime.codec import Codec
from shared.runtime.crash_points import arm
from shared.runtime.mongo_store import MongoStore
from shared.runtime.rebuild import Rebuild
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import EVENTS

if __name__ == "__main__":
    arm(Path(sys.argv[2]))
    with MongoClient(sys.argv[1], tz_aware=True) as client:
        store = MongoStore(client.bank, Codec("bank", EVENTS, {}))
        Rebuild(client.bank, BALANCES, {"bank": store}).run(grace=0.2)
