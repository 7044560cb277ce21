"""Asks itself to stop, again and again, just when it begins to wait for that, beside threads that are busy."""

import os
import random
import signal
import sys
import threading
import time

from shared.runtime.processes import await_stop, hold_stops

ROUNDS, BUSY = 200, 2


def busy():
    while True:
        sum(range(50))


def ask():
    time.sleep(random.random() * 0.0002)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.setswitchinterval(1e-4)
    hold_stops()
    for _ in range(BUSY):
        threading.Thread(target=busy, daemon=True).start()
    for _ in range(ROUNDS):
        threading.Thread(target=ask, daemon=True).start()
        await_stop()
    os._exit(0)
