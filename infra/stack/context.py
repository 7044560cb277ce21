"""Where a running stack is: what a tool needs to work with it, and the settings that our processes get."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from infra.stack.broken import Broken
from infra.stack.lock import read_holder


@dataclass(frozen=True)
class Context:
    run_dir: Path
    mongo_uri: str
    amqp_uri: str
    public_url: str
    """The front door, where users and the API's callers come in."""
    ports: Mapping[str, int]
    """The own HTTP port of each process that serves."""

    @property
    def secrets(self) -> Path:
        """Generated keys; only the current user may look inside."""
        directory = self.run_dir / "secrets"
        directory.mkdir(mode=0o700, exist_ok=True)
        return directory

    def save(self) -> None:
        """For the tools that come while the stack runs; it holds a password, so it is the current user's alone."""
        draft = self.run_dir / "context.json.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self) | {"run_dir": str(self.run_dir)}, file)
        draft.replace(self.run_dir / "context.json")

    @classmethod
    def of(cls, run_dir: Path) -> "Context":
        """The stack that runs in this directory now. Raises ``Broken`` where none does."""
        if read_holder(run_dir) is None or not (run_dir / "context.json").exists():
            raise Broken(f"not running in {run_dir}: start it with `make run`")
        stored = json.loads((run_dir / "context.json").read_text())
        return cls(**stored | {"run_dir": run_dir})

    def settings(self) -> dict[str, str]:
        """The environment that all our processes share."""
        return {
            "LIANDONG_MONGO_URI": self.mongo_uri,
            "LIANDONG_AMQP_URI": self.amqp_uri,
            "LIANDONG_PUBLIC_URL": self.public_url,
            "LIANDONG_SECRETS": str(self.secrets),
            "LIANDONG_RUN": str(self.run_dir),
            "LIANDONG_HOST": "127.0.0.1",
        }
