"""Settings: environment variables that begin with ``LIANDONG_``, read once, refused when unknown or wrong."""

import logging
import math
import os
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError, ValidationError, validate

PREFIX = "LIANDONG_"
UNREADABLE = "not an address: is the password percent-encoded?"
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
            mongo_uri=env.str("MONGO_URI", validate=must_be_database),
            amqp_uri=env.str("AMQP_URI", validate=[must_be_brokers, _is_amqp]),
            secrets=env.path("SECRETS"),
            host=env.str("HOST", "127.0.0.1"),
            port=env.int("PORT", 0, validate=validate.Range(0, 65_535)),
            partitions=env.int("PARTITIONS", 1, validate=validate.Range(min=1)),
            public_url=env.str("PUBLIC_URL", "http://127.0.0.1"),
            log_level=env.str("LOG_LEVEL", "INFO", validate=_is_level).upper(),
            watchdog_seconds=env.float("WATCHDOG_SECONDS", 60.0, validate=_is_a_while),
            crash_dir=env.path("CRASH_DIR", None),
        )
    except EnvError as error:
        raise BadSettings(f"Bad setting: {error}.") from None


def must_be_database(uri: str) -> None:
    """Of a password with a slash in it the driver would take the rest for a database, and quote it. Raises
    ``ValidationError``, which quotes nothing.
    """
    if "@" in uri.partition("://")[2].partition("/")[2].partition("?")[0]:
        raise ValidationError(UNREADABLE)


def must_be_brokers(uri: str) -> None:
    """Here what is before the slash would be taken for a port, and quoted; or for the port of a host that is none."""
    try:
        for address in uri.split(","):
            parts = urlsplit(address.strip())
            if "@" in parts.path + parts.query + parts.fragment or parts.port == 0:
                raise ValidationError(UNREADABLE)
    except ValueError:
        raise ValidationError(UNREADABLE) from None


def _is_amqp(uri: str) -> None:
    if not all(address.strip().startswith(("amqp://", "amqps://")) for address in uri.split(",")):
        raise ValidationError("each address begins with amqp:// or amqps://")


def _is_level(name: str) -> None:
    if name.upper() not in logging.getLevelNamesMapping():
        raise ValidationError("one of DEBUG, INFO, WARNING, ERROR")


def _is_a_while(seconds: float) -> None:
    if not (seconds > 0 and math.isfinite(seconds)):
        raise ValidationError("a number of seconds over 0")
