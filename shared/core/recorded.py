"""Events once they are kept: the commit as it is stored, and one event as the rest of the system meets it."""

from datetime import datetime

import msgspec

from shared.core.event import Event


class Meta(msgspec.Struct, frozen=True):
    """Who asked for a commit, and what it follows from."""

    command_id: str
    actor: str
    role: str = "system"
    unit: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    fingerprint: str | None = None
    """Digest of the request behind ``command_id``: the same key with another body is refused."""


class Recorded(msgspec.Struct, frozen=True):
    """One event at its place: ``version`` in its stream, ``position`` in its service's partition (both from 1)."""

    service: str
    stream: str
    version: int
    partition: int
    position: int
    recorded_at: datetime
    event: Event
    meta: Meta

    @property
    def id(self) -> str:
        """Unique in the whole system, such as ``leads/lead-01J…@7``."""
        return event_id(self.service, self.stream, self.version)


class Commit(msgspec.Struct, frozen=True):
    """The events of one decision. ``version`` and ``position`` are those of the first event, the rest follow on.

    ``position`` is None until the relay has numbered the commit.
    """

    service: str
    stream: str
    version: int
    partition: int
    events: tuple[Event, ...]
    meta: Meta
    recorded_at: datetime
    position: int | None = None

    @property
    def id(self) -> str:
        return commit_id(self.stream, self.version)

    @property
    def last_version(self) -> int:
        return self.version + len(self.events) - 1

    def recorded(self) -> list[Recorded]:
        """Its events, each at its own place. An unnumbered commit counts from position 0."""
        return [
            Recorded(
                service=self.service,
                stream=self.stream,
                version=self.version + offset,
                partition=self.partition,
                position=(self.position or 0) + offset,
                recorded_at=self.recorded_at,
                event=event,
                meta=self.meta,
            )
            for offset, event in enumerate(self.events)
        ]


def commit_id(stream: str, version: int) -> str:
    return f"{stream}@{version}"


def event_id(service: str, stream: str, version: int) -> str:
    return f"{service}/{stream}@{version}"
