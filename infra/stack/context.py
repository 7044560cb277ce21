"""Where a running stack is: what a tool needs to work with it, and the settings that our processes get."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
