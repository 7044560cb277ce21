"""What developers are told: whole, true to the code, and each example one that is taken."""

import json

import jsonschema_rs
import pytest
import schemathesis
from click.testing import CliRunner

from infra.cli import liandong
from infra.docs.asyncapi import asyncapi
from infra.docs.examples import example_body
from infra.docs.openapi import openapi
from infra.docs.operations import operations
from services.catalogue import EVENTS
from shared.core.event import type_of

HTTP, MESSAGES = openapi(), asyncapi()
OPERATIONS = operations()
WITH_BODY = [one for one in OPERATIONS if one.schemas["body"]]


def test_the_http_description_is_a_valid_openapi_document():
    described = schemathesis.openapi.from_dict(HTTP)
    described.validate()
    assert {found.ok().label for found in described.get_all_operations()} == {
        f"{one.method.upper()} {one.path}" for one in OPERATIONS
    }


def test_each_operation_is_there_once_with_its_roles():
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)
    for one in OPERATIONS:
        told = HTTP["paths"][one.path][one.method]
        assert one.roles, f"{one.id}: nobody may call it"
        assert all(role in told["description"] for role in one.roles)


@pytest.mark.parametrize("one", WITH_BODY, ids=lambda one: one.id)
def test_the_example_of_a_body_is_taken(one):
    body = example_body(one.schemas["body"], one.service)
    one.schemas["body"]().load(body)
    content = HTTP["paths"][one.path][one.method]["requestBody"]["content"]["application/json"]
    assert content["example"] == body
    valid = jsonschema_rs.Draft202012Validator({**content["schema"], "components": HTTP["components"]})
    assert list(valid.iter_errors(body)) == []


def test_a_body_with_an_unknown_field_is_no_valid_one():
    valid = jsonschema_rs.Draft202012Validator(
        {"$ref": "#/components/schemas/leads.Split", "components": HTTP["components"]}
    )
    shares = [{"line": "corporate", "bps": 10_000}]
    assert valid.is_valid({"shares": shares})
    assert not valid.is_valid({"shares": shares, "more": 1})
    assert not valid.is_valid({"shares": [{**shares[0], "more": 1}]})


def test_the_description_of_events_knows_each_of_them():
    told = {name: channel["messages"].keys() for name, channel in MESSAGES["channels"].items()}
    assert told == {service: {type_of(kind) for kind in kinds} for service, kinds in EVENTS.items()}


@pytest.mark.parametrize("name", MESSAGES["components"]["messages"])
def test_the_example_of_an_event_is_of_its_shape(name):
    message = MESSAGES["components"]["messages"][name]
    valid = jsonschema_rs.Draft202012Validator({**message["payload"], "components": MESSAGES["components"]})
    (example,) = message["examples"]
    assert [error.message for error in valid.iter_errors(example["payload"])] == []
    assert not valid.is_valid({**example["payload"], "data": None})


def test_every_reference_leads_somewhere():
    for document in (HTTP, MESSAGES):
        for reference in references(document):
            place = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]


def references(part):
    if isinstance(part, dict):
        found = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return found + [one for value in part.values() for one in references(value)]
    return [one for value in part for one in references(value)] if isinstance(part, list) else []


def test_the_command_writes_documents_and_pages(tmp_path):
    site = tmp_path / "site"
    for _ in range(2):  # written anew over what is there
        answer = CliRunner().invoke(liandong, ["docs", str(site)])
        assert answer.exit_code == 0, answer.output
    assert json.loads((site / "openapi.json").read_text()) == HTTP
    assert json.loads((site / "asyncapi.json").read_text()) == MESSAGES
    events = (site / "events.html").read_text()
    assert 'id="leads.lead_won"' in events
    assert (site / "swagger-ui-bundle.js").stat().st_size > 100_000
