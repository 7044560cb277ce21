"""What a command of ``liandong`` needs to work beside a running stack: its settings, its logs, its projections."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec
from pymongo import MongoClient

from infra.stack.broken import Broken
from services.catalogue import EVENTS, UPCASTS
from shared.runtime.config import BadSettings, Settings, read_settings
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs, connect

ADDRESSES = "addresses.json"


@dataclass(frozen=True)
class Connected:
    """``with connected(run_dir) as here`` gives the connections back."""

    settings: Settings
    client: MongoClient[JsonDocument]
    logs: Logs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()


def remember(run_dir: Path, settings: dict[str, str]) -> None:
    """Write down where the stack of this run directory is, for commands started beside it."""
    (run_dir / ADDRESSES).write_bytes(msgspec.json.encode(settings))
    (run_dir / ADDRESSES).chmod(0o600)


def connected(run_dir: Path) -> Connected:
    """Connect to the stack of a run directory, or to the one that the environment names. Raises ``Broken``."""
    if "LIANDONG_MONGO_URI" not in os.environ:
        if not (run_dir / ADDRESSES).exists():
            raise Broken(f"no stack runs under {run_dir}: start one with `make run`, or set LIANDONG_MONGO_URI")
        os.environ.update(msgspec.json.decode((run_dir / ADDRESSES).read_bytes(), type=dict[str, str]))
    try:
        settings = read_settings()
        client = connect(settings)
    except BadSettings as error:
        raise Broken(str(error)) from None
    return Connected(settings, client, Logs(client, EVENTS, UPCASTS, settings.partitions))
