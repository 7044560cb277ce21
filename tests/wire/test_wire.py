"""Every event version ever stored is read for ever: one golden file each, never edited."""

import json
from pathlib import Path

import msgspec
import pytest

from services.catalogue import EVENTS, UPCASTS
from shared.core.errors import UnknownEvent
from shared.core.event import type_of
from shared.core.recorded import Commit, Meta
from shared.runtime.codec import Codec, from_message, to_message
from tests.shared.examples import NOON

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.json"))
KINDS = [(service, kind) for service, kinds in EVENTS.items() for kind in kinds]


def codec(service):
    return Codec(service, EVENTS[service], UPCASTS[service])


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_stored_event_is_read_for_ever(file):
    stored = json.loads(file.read_text())
    event = codec(file.parent.name).decode(stored["type"], stored["schema"], stored["data"])
    assert file.name == f"{stored['type']}.v{stored['schema']}.json"
    if stored["schema"] == event.schema:
        assert json.loads(msgspec.json.encode(codec(file.parent.name).encode(event))) == stored


@pytest.mark.parametrize(("service", "kind"), KINDS, ids=lambda part: getattr(part, "__name__", part))
def test_each_event_version_has_its_file(service, kind):
    for schema in range(1, kind.schema + 1):
        assert (HERE / service / f"{type_of(kind)}.v{schema}.json").exists()


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_message_is_a_cloud_event_and_comes_back_whole(file):
    stored = json.loads(file.read_text())
    service = codec(file.parent.name)
    event = service.decode(stored["type"], stored["schema"], stored["data"])
    meta = Meta(command_id="c1", actor="S0001", role="retail", correlation_id="story")
    made = Commit(file.parent.name, "thing-1", 7, 0, (event,), meta, NOON, 41)
    (envelope,) = service.envelopes(service.to_document(made))
    body = to_message(envelope)
    told = json.loads(body)
    assert {"id", "source", "specversion", "type"} <= told.keys()
    assert (told["specversion"], told["id"], told["position"]) == ("1.0", f"{file.parent.name}/thing-1@7", 41)
    assert all(name.isalnum() and name.islower() for name in told)
    (expected,) = made.recorded()
    assert service.open(from_message(body)) == expected
    assert service.open(envelope) == expected


def test_a_newer_schema_is_not_guessed():
    with pytest.raises(UnknownEvent, match="schema 2, newest known here is 1"):
        codec("leads").decode("lead_won", 2, {})


def test_an_unknown_type_is_not_guessed():
    with pytest.raises(UnknownEvent, match="has no event 'lead_sung'"):
        codec("leads").decode("lead_sung", 1, {})
