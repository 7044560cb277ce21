"""Registry's real processes: ``python -m tests.services.registry.processes relay|projector``, and ``Processes``."""

import subprocess
import sys
from typing import get_args

from services.registry.events import RegistryEvent
from services.registry.projections import PROJECTIONS
from shared.runtime.processes import Projector, Relays, run
from tests.shared.bank import ROOT, Bank

EVENTS = {"registry": get_args(RegistryEvent)}
COMMANDS = {
    "service": [sys.executable, "-m", "shared.runtime.serve", "services.registry.service"],
    "relay": [sys.executable, "-m", "tests.services.registry.processes", "relay"],
    "projector": [sys.executable, "-m", "tests.services.registry.processes", "projector"],
}


class Processes(Bank):
    """The service, its relay and its projector; ``http`` calls it as ops."""

    def start(self, *names):
        for name in names or COMMANDS:
            environ = self.environ | {"LIANDONG_PORT": str(self.ports[name])}
            with (self.directory / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(COMMANDS[name], env=environ, cwd=ROOT, stderr=log)
        self.await_service()
        self.http.headers.update(self.authorization("ops"))


if __name__ == "__main__":
    if sys.argv[1] == "relay":
        sys.exit(run("relay", Relays, EVENTS, {}))
    sys.exit(run("projector", Projector, EVENTS, {}, {"registry": PROJECTIONS}))
