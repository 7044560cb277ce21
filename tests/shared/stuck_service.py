"""A nameko service whose reaction blocks the one thread that all its green threads share."""

import eventlet.patcher

from shared.runtime.api import Call, api
from shared.runtime.kernel import Kernel
from shared.runtime.listen import listen
from tests.shared.examples import EVENTS, MoneyTaken


def lock_up(_recorded):
    eventlet.patcher.original("time").sleep(3_600)
    return []


class Stuck:
    name = "bank"
    app = Kernel({"bank": EVENTS}, {})

    @api("GET", "/api/bank", roles=("teller",))
    def show(self, _call: Call):
        return {}

    @listen("bank", "bank.stuck", (MoneyTaken,))
    def stuck(self):
        return lock_up
