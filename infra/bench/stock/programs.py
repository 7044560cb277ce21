"""Starts the stock services as processes of their own, with nameko's own command and nameko's own settings."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from infra.bench.ground import Ground
from infra.stack.child import Program
from infra.stack.ports import is_open, pick_ports
from infra.stack.stack import SOURCE


@dataclass(frozen=True)
class Handled:
    """Where the stock handler hears and writes."""

    exchange: str = "stock.events"
    event: str = "lead_changed"
    database: str = "stock_desk"


HANDLED = Handled()


@contextmanager
def handler(ground: Ground) -> Iterator[None]:
    with _started(ground, ["handler"], port=0):
        yield


@contextmanager
def gateway(ground: Ground) -> Iterator[int]:
    """The port of the stock HTTP service, with the one behind it."""
    port = pick_ports(ground.run_dir, ["stock"], fixed={})["stock"]
    with _started(ground, ["keeper", "gateway"], port):
        yield port


@contextmanager
def _started(ground: Ground, modules: Sequence[str], port: int) -> Iterator[None]:
    file = ground.run_dir / "stock.yaml"
    file.touch(mode=0o600)
    settings = {"AMQP_URI": ground.amqp_uri, "MONGO_URI": ground.mongo_uri}
    file.write_text(json.dumps(settings | {"WEB_SERVER_ADDRESS": f"127.0.0.1:{port}"}))
    names = [f"stock_{module}" for module in modules]
    ground.supervisor.start(
        Program(
            name,
            (sys.executable, "-m", "nameko", "run", "--config", str(file), f"infra.bench.stock.{module}"),
            cwd=SOURCE,
            ready=(lambda: is_open(port)) if module == "gateway" else None,
        )
        for name, module in zip(names, modules, strict=True)
    )
    try:
        ground.supervisor.wait_ready(names, seconds=30)
        yield
    finally:
        ground.supervisor.stop(names)
