"""Settings: environment variables that begin with ``LIANDONG_``, read once, refused when unknown or wrong."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from environs import Env, EnvError

PREFIX = "LIANDONG_"
OF_TOOLS = frozenset({"RUN", "DATA"})
"""Known to the tools around the services; a service only tolerates them."""


class BadSettings(Exception):
    """Says in one line which setting is wrong, and what to do."""


@dataclass(frozen=True)
class Settings:
    """What a process needs to know of its surroundings. ``secrets`` is a directory that only its owner may read.

    ``amqp_uri`` may hold several addresses, separated by commas: the nodes of one cluster.
    """

    mongo_uri: str
    amqp_uri: str
    secrets: Path
    host: str
    port: int
    partitions: int
    public_url: str
    log_level: str
    watchdog_seconds: float = 60.0
    """See ``shared.runtime.watchdog``: how long a loop may stand still."""
    crash_dir: Path | None = None
    """See ``shared.runtime.crash_points``; never set in production."""


def read_settings() -> Settings:
    """The settings of this process. Raises ``BadSettings``."""
    known = {field.name.upper() for field in fields(Settings)} | OF_TOOLS
    unknown = sorted(key for key in os.environ if key.startswith(PREFIX) and key.removeprefix(PREFIX) not in known)
    if unknown:
        raise BadSettings(f"Unknown setting {unknown[0]}. Known: {', '.join(PREFIX + name for name in sorted(known))}.")
    env = Env(prefix=PREFIX)
    try:
        return Settings(
            mongo_uri=env.str("MONGO_URI"),
            amqp_uri=env.str("AMQP_URI"),
            secrets=env.path("SECRETS"),
            host=env.str("HOST", "127.0.0.1"),
            port=env.int("PORT", 0),
            partitions=env.int("PARTITIONS", 1),
            public_url=env.str("PUBLIC_URL", "http://127.0.0.1"),
            log_level=env.str("LOG_LEVEL", "INFO"),
            watchdog_seconds=env.float("WATCHDOG_SECONDS", 60.0),
            crash_dir=env.path("CRASH_DIR", None),
        )
    except EnvError as error:
        raise BadSettings(f"Bad setting: {error}.") from None
