"""The one composition root: what a process is made of, built from its settings in one place and closed again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, OperationFailure, ServerSelectionTimeoutError

from shared.core.event import Event
from shared.core.upcasting import Upcasts
from shared.runtime.codec import Codec
from shared.runtime.config import BadSettings, Settings
from shared.runtime.crash_points import arm
from shared.runtime.mongo_store import JsonDocument, MongoStore

Events = Mapping[str, tuple[type[Event], ...]]
UpcastsByService = Mapping[str, Upcasts]


def now() -> datetime:
    """The wall clock, the only one: aware UTC."""
    return datetime.now(UTC)


# A silent primary is left within seconds: its monitor gives it up after connect + heartbeat, and with it what waits
# for its answers.
TIMEOUTS: dict[str, Any] = {
    "serverSelectionTimeoutMS": 10_000,
    "connectTimeoutMS": 3_000,
    "heartbeatFrequencyMS": 2_000,
    "socketTimeoutMS": 20_000,
}


def connect(settings: Settings) -> MongoClient[JsonDocument]:
    """A client that is known to answer. Raises ``BadSettings`` with one line where it does not."""
    arm(settings.crash_dir)
    try:
        client: MongoClient[JsonDocument] = MongoClient(settings.mongo_uri, tz_aware=True, **TIMEOUTS)
        client.admin.command("hello")
        client.liandong.command("ping")
    except ServerSelectionTimeoutError as error:
        said = str(error).partition(" (configured")[0]
        raise BadSettings(f"LIANDONG_MONGO_URI: no MongoDB answers there ({said}).") from None
    except OperationFailure as error:
        code = (error.details or {}).get("codeName")
        raise BadSettings(f"LIANDONG_MONGO_URI: MongoDB refuses the user or password ({code}).") from None
    except (ConfigurationError, ValueError) as error:
        raise BadSettings(f"LIANDONG_MONGO_URI: {error}.") from None
    return client


class Logs:
    """The logs of all services: whom one may follow, and each read with its own codec."""

    def __init__(
        self, client: MongoClient[JsonDocument], events: Events, upcasts: UpcastsByService, partitions: int
    ) -> None:
        self.stores = {
            service: MongoStore(client[service], Codec(service, kinds, upcasts.get(service, {})), partitions)
            for service, kinds in events.items()
        }

    def __getitem__(self, service: str) -> MongoStore:
        return self.stores[service]
