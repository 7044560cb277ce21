"""AsyncAPI 3.0 of the events: what each service publishes, in which envelope, with an example of each.

Source of the form: https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import inspect
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from services.catalogue import EVENTS
from shared.core.event import Event, type_of
from shared.core.plain import plain
from shared.core.recorded import Commit, Meta
from shared.runtime.codec import Codec, Envelope, to_message

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/{name}"
EXAMPLES = Path(__file__).parents[2] / "tests" / "wire"
"""A stored event of every version, where the source is complete."""
AT = datetime(2026, 9, 15, 2, 30, tzinfo=UTC)
ABOUT = """\
Every event of a service goes through its exchange `<service>.events`, as a CloudEvent in JSON: bind your own queue.
Of one stream events come in the order of `version`; a service numbers all of its events densely in `position` (in each
`partition`), so that a gap tells of a loss. The same event may come twice: its `id` says so. An event whose meaning
changes gets a new `schemaversion`; what you do not know, keep aside rather than guess."""


def asyncapi(examples: Path = EXAMPLES) -> Json:
    """The whole document, as plain JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Liandong",
            "version": version("liandong"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {service: _channel(service, kinds) for service, kinds in EVENTS.items()},
        "operations": {
            f"{service}.publish": {"action": "send", "channel": {"$ref": f"#/channels/{service}"}} for service in EVENTS
        },
        "components": {
            "messages": {_name(s, kind): _message(s, kind, examples) for s, kinds in EVENTS.items() for kind in kinds},
            "schemas": {"Envelope": _envelope()}
            | {n: one for s, kinds in EVENTS.items() for n, one in _data(s, kinds)},
        },
    }


def _name(service: str, kind: type[Event]) -> str:
    return f"{service}.{type_of(kind)}"


def _channel(service: str, kinds: Sequence[type[Event]]) -> Json:
    exchange = {"name": f"{service}.events", "type": "topic", "durable": True}
    messages = {type_of(kind): {"$ref": f"#/components/messages/{_name(service, kind)}"} for kind in kinds}
    return {
        "address": f"{service}.events",
        "description": f"Everything that {service} publishes; the routing key is the event's type.",
        "messages": messages,
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange}},
    }


def _message(service: str, kind: type[Event], examples: Path) -> Json:
    data = {"$ref": SCHEMAS.format(name=f"{service}.{kind.__name__}")}
    constants = {
        "type": {"const": type_of(kind)},
        "source": {"const": service},
        "schemaversion": {"const": kind.schema},
    }
    payload = {"allOf": [{"$ref": SCHEMAS.format(name="Envelope")}, {"properties": {**constants, "data": data}}]}
    stored = examples / service / f"{type_of(kind)}.v{kind.schema}.json"
    shown = [{"name": f"v{kind.schema}", "payload": _carried(service, kind, stored)}] if stored.exists() else []
    return {
        "name": type_of(kind),
        "title": kind.__name__,
        "summary": _told(kind),
        "payload": payload,
        "examples": shown,
    }


def _told(kind: type[Event]) -> str:
    """Its own docstring; where the name says all, nothing rather than what is said of every event."""
    own = vars(kind).get("__doc__")
    return inspect.cleandoc(own) if own else ""


def _carried(service: str, kind: type[Event], stored: Path) -> Json:
    """A golden file's event as it is on the wire."""
    codec = Codec(service, EVENTS[service], {})
    event = codec.decode(type_of(kind), kind.schema, json.loads(stored.read_text(encoding="utf-8"))["data"])
    meta = Meta(command_id="key-01k5m8z3q4r7t9v2x6y8b1d3f5", actor="S0031", role="retail")
    commit = Commit(service, f"{type_of(kind)}-1", 1, 0, (event,), meta, AT, 41)
    (envelope,) = codec.envelopes(codec.to_document(commit))
    shown: Json = json.loads(to_message(envelope))
    return shown


def _envelope() -> Json:
    return {**msgspec.json.schema(Envelope)["$defs"]["Envelope"], "description": inspect.getdoc(Envelope) or ""}


def _data(service: str, kinds: Sequence[type[Event]]) -> list[tuple[str, Json]]:
    """Each shape under ``<service>.<name>``; the type stands in the envelope, not in the data."""
    _, shapes = msgspec.json.schema_components(kinds, ref_template=SCHEMAS.format(name=f"{service}.{{name}}"))
    found: Json = plain(shapes)
    events = {kind.__name__ for kind in kinds}
    return [(f"{service}.{name}", _untagged(shape) if name in events else shape) for name, shape in found.items()]


def _untagged(shape: Mapping[str, Any]) -> Json:
    properties = {name: one for name, one in shape["properties"].items() if name != "type"}
    required = [name for name in shape.get("required", ()) if name != "type"]
    return {**shape, "properties": properties, "required": required}
