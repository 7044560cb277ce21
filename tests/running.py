"""A running stack, with what a test wants of it."""

import io
import os
import signal

from rich.console import Console

from infra.bootstrap import cast, make_bank_files
from infra.connected import Connected
from infra.demo.stage import Stage
from services.catalogue import EVENTS, UPCASTS
from shared.runtime.config import Settings
from shared.runtime.wiring import Logs, connect
from tests.contract import Contract


class Running:
    def __init__(self, stack, run_dir):
        self.stack = stack
        self.run_dir = run_dir
        self.url = stack.context.public_url
        self.secrets = stack.context.secrets
        self.said = io.StringIO()
        self.contract = Contract()
        console = Console(file=self.said, width=120)
        self.stage = Stage(self.url, self.secrets, run_dir, cast(), console, self.contract.heard)
        settings = Settings(
            mongo_uri=stack.context.mongo_uri,
            amqp_uri=stack.context.amqp_uri,
            secrets=self.secrets,
            host="127.0.0.1",
            port=0,
            partitions=1,
            public_url=self.url,
            log_level="INFO",
        )
        client = connect(settings)
        self.connected = Connected(settings, client, Logs(client, EVENTS, UPCASTS, 1))
        self.told = False

    def kill(self, name):
        """SIGKILL; the supervisor starts it again."""
        pid = self.stack.servers.supervisor.pid(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def bank_files(self):
        return make_bank_files(self.run_dir)

    def identity(self, part):
        return self.stage.cast[part]
