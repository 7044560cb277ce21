"""How events look at rest (BSON documents) and on the wire (CloudEvents 1.0 JSON), and back."""

from collections.abc import Container, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from shared.core.errors import UnknownEvent
from shared.core.event import Event, type_of
from shared.core.recorded import Commit, Meta, Recorded, event_id
from shared.core.upcasting import Upcasts, upcast


class Envelope(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event as it is carried, its ``data`` unread. The attributes are those of a CloudEvent with extensions.

    ``following`` is how many more events of the same command come right after it.
    """

    specversion: str
    datacontenttype: str
    id: str
    source: str
    type: str
    time: datetime
    stream: str
    version: int
    position: int
    partition: int
    schemaversion: int
    data: Any
    commandid: str
    actor: str
    role: str = "system"
    unit: str | None = None
    correlationid: str | None = None
    causationid: str | None = None
    following: int = 0


class _Message(Envelope, frozen=True, omit_defaults=False):
    data: msgspec.Raw


def plain(value: Any) -> Any:
    """For JSON: MongoDB gives an integer of over 32 bits back as a kind of its own, which msgspec does not know."""
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} is no JSON")


_decoder = msgspec.json.Decoder(_Message)
_encoder = msgspec.json.Encoder(enc_hook=plain)


class Codec:
    """Reads and writes the events of one service."""

    def __init__(self, service: str, events: Iterable[type[Event]], upcasts: Upcasts) -> None:
        self.service = service
        self._kinds = {type_of(event): event for event in events}
        self._upcasts = upcasts

    def encode(self, event: Event) -> dict[str, Any]:
        """``{type, schema, data}`` of plain values."""
        data = msgspec.to_builtins(event)
        return {"type": data.pop("type"), "schema": event.schema, "data": data}

    def decode(self, name: str, schema: int, data: Any) -> Event:
        """The event of stored ``data`` (a dict, or raw JSON), lifted to its present schema."""
        kind = self._kinds.get(name)
        if kind is None:
            raise UnknownEvent(f"{self.service} has no event {name!r} here")
        if schema == kind.schema and isinstance(data, msgspec.Raw):
            return msgspec.json.decode(data, type=kind)
        if isinstance(data, msgspec.Raw):
            data = msgspec.json.decode(data)
        return msgspec.convert(upcast(kind, schema, data, self._upcasts), kind)

    def to_document(self, commit: Commit) -> dict[str, Any]:
        """The one document that a commit is."""
        return {
            "_id": commit.id,
            "stream": commit.stream,
            "version": commit.version,
            "partition": commit.partition,
            "events": [self.encode(event) for event in commit.events],
            "meta": msgspec.to_builtins(commit.meta),
            "recorded_at": commit.recorded_at,
            "position": commit.position,
        }

    def from_document(self, document: dict[str, Any]) -> Commit:
        return Commit(
            service=self.service,
            stream=document["stream"],
            version=document["version"],
            partition=document["partition"],
            events=tuple(self.decode(e["type"], e["schema"], e["data"]) for e in document["events"]),
            meta=msgspec.convert(document["meta"], Meta),
            recorded_at=document["recorded_at"],
            position=document["position"],
        )

    def envelopes(self, document: dict[str, Any]) -> list[Envelope]:
        """The events of a numbered commit's document, each ready to be carried."""
        meta = document["meta"]
        stream, version, position = document["stream"], document["version"], document["position"]
        return [
            Envelope(
                specversion="1.0",
                datacontenttype="application/json",
                id=event_id(self.service, stream, version + offset),
                source=self.service,
                type=event["type"],
                time=document["recorded_at"],
                stream=stream,
                version=version + offset,
                position=position + offset,
                partition=document["partition"],
                schemaversion=event["schema"],
                data=event["data"],
                commandid=meta["command_id"],
                actor=meta["actor"],
                role=meta["role"],
                unit=meta["unit"],
                correlationid=meta["correlation_id"],
                causationid=meta["causation_id"],
                following=len(document["events"]) - offset - 1,
            )
            for offset, event in enumerate(document["events"])
        ]

    def recorded(self, document: dict[str, Any], types: Container[str]) -> Iterator[Recorded]:
        """The events of some types in a numbered commit's document: what ``envelopes`` and ``open`` give, in one go."""
        meta = document["meta"]
        shared = Meta(
            command_id=meta["command_id"],
            actor=meta["actor"],
            role=meta["role"],
            unit=meta["unit"],
            correlation_id=meta["correlation_id"],
            causation_id=meta["causation_id"],
        )
        stream, version, position = document["stream"], document["version"], document["position"]
        partition, recorded_at = document["partition"], document["recorded_at"]
        for offset, event in enumerate(document["events"]):
            if event["type"] in types:
                yield Recorded(
                    service=self.service,
                    stream=stream,
                    version=version + offset,
                    partition=partition,
                    position=position + offset,
                    recorded_at=recorded_at,
                    event=self.decode(event["type"], event["schema"], event["data"]),
                    meta=shared,
                )

    def open(self, envelope: Envelope) -> Recorded:
        """The event inside an envelope. Raises ``UnknownEvent`` or ``msgspec.ValidationError``."""
        return Recorded(
            service=self.service,
            stream=envelope.stream,
            version=envelope.version,
            partition=envelope.partition,
            position=envelope.position,
            recorded_at=envelope.time,
            event=self.decode(envelope.type, envelope.schemaversion, envelope.data),
            meta=Meta(
                command_id=envelope.commandid,
                actor=envelope.actor,
                role=envelope.role,
                unit=envelope.unit,
                correlation_id=envelope.correlationid,
                causation_id=envelope.causationid,
            ),
        )


def to_message(envelope: Envelope) -> bytes:
    return _encoder.encode(envelope)


def from_message(body: bytes) -> Envelope:
    """Raises ``msgspec.DecodeError`` where the body is no envelope."""
    return _decoder.decode(body)
