"""The relay process: numbers and publishes the events of every service."""

import sys

from services.catalogue import EVENTS, UPCASTS
from shared.runtime.processes import Relays, run

if __name__ == "__main__":
    sys.exit(run("relay", Relays, EVENTS, UPCASTS))
