"""OpenAPI 3.1 of all services in one document, made from the schemas that the entrypoints load and dump by.

Source of the form: https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from infra.docs.examples import example_body, example_of, part_example
from infra.docs.operations import Operation, operations
from shared.runtime.api import KEY

Json = dict[str, Any]
START, END = r"\A", r"\Z"
ABOUT = """\
Every command is answered with where its write stands: give that `position` back as `?after=` to a query, and the answer
has seen it. A command that got no answer is repeated under the same `Idempotency-Key`: it is done once. Errors are
`application/problem+json` with a stable `code`, and say what is wrong, where, and what to do.
Money is in minor units (fen), points in thousandths, shares in basis points: all of them integers."""
PROBLEM: Json = {
    "type": "object",
    "description": "After RFC 9457. `code` is stable; `errors` names each field of a body that cannot be taken.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:liandong:problem:not_found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not_found"]},
        "detail": {"type": "string"},
        "rule": {"type": "string", "description": "The rule that refused."},
        "errors": {"type": "object"},
    },
}
ACCEPTED: Json = {
    "type": "object",
    "required": ["id", "version", "position"],
    "properties": {
        "id": {"type": "string", "description": "Of what was made or changed."},
        "version": {"type": "integer", "description": "Of its stream; also the ETag, for If-Match."},
        "position": {"type": "string", "description": "An opaque token for `?after=`."},
    },
}
REFUSALS: Mapping[int, str] = {
    400: "The request cannot be read.",
    401: "No token, or none that is valid.",
    403: "This caller may not do it.",
    404: "There is none, or none that this caller may see.",
    413: "The body is too large.",
    422: "Fields are not as they must be; each is named under `errors`.",
    429: "Too many requests from this address.",
    503: "Not now; try again.",
}
REFUSALS_OF_COMMANDS: Mapping[int, str] = {
    409: "A rule refuses; `rule` names it. Or others changed the same thing at the same moment.",
    412: "It is no longer as `If-Match` says.",
}
HEADERS: Mapping[str, Json] = {
    "idempotency": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The caller's own word for this command; repeated, the command is done once.",
        "schema": {"type": "string", "pattern": f"^{KEY}$"},
    },
    "if_match": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of what the caller saw: refused where it has changed since.",
        "schema": {"type": "string", "pattern": '^(W/)?"?[0-9]{1,18}"?$'},
    },
    "after": {
        "name": "after",
        "in": "query",
        "description": "The `position` of a command's answer: this query has seen its write, or waits until it has.",
        "schema": {"type": "string"},
    },
}


def openapi() -> Json:
    """The whole document, as plain JSON values."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Liandong",
        version=version("liandong"),
        openapi_version="3.1.0",
        info={"description": ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        plugins=[plugin],
        security=[{"bearer": []}],
    )
    if plugin.converter is not None:  # APISpec gave it one
        plugin.converter.add_attribute_function(_pattern)  # type: ignore[no-untyped-call]
        plugin.converter.add_attribute_function(_example)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.schema("Problem", PROBLEM)
    spec.components.schema("Accepted", ACCEPTED)
    for name, header in HEADERS.items():
        spec.components.parameter(name, header["in"], {**header})
    for status, text in {**REFUSALS, **REFUSALS_OF_COMMANDS}.items():
        spec.components.response(str(status), _problem(text))
    spec.components.response("other", _problem("Anything else that went wrong."))
    known = operations()
    for operation in known:
        spec.path(operation.path, operations={operation.method: _described(operation)})
    whole: Json = spec.to_dict()
    for path in whole["paths"].values():
        for described in path.values():
            _present(described["parameters"])
    _close(whole["components"]["schemas"], {_name(body) for one in known if (body := one.schemas["body"])})
    return whole


def _described(one: Operation) -> Json:
    described: Json = {
        "operationId": one.id,
        "tags": [one.service],
        "summary": one.summary,
        "description": "\n\n".join(filter(None, [one.about, f"Roles: {', '.join(one.roles)}."])),
        "parameters": list(_parameters(one)),
        "responses": {str(int(one.status)): _answer(one), **_refusals(one)},
    }
    if body := one.schemas["body"]:
        content: Json = {"schema": body, "example": example_body(body, one.service)}
        needed = any(field.required for field in body().fields.values())
        described["requestBody"] = {"required": needed, "content": {"application/json": content}}
    return described


def _parameters(one: Operation) -> Iterable[Json | str]:
    for part in one.parts:
        yield {
            "name": part,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[^/]+$"},
            "example": part_example(part),
        }
    if query := one.schemas["query"]:
        yield {"in": "query", "schema": query}
    if one.is_command:
        yield from ("idempotency", "if_match")
    elif one.reads_after:
        yield "after"


def _answer(one: Operation) -> Json:
    if one.is_command:
        place: Json = {"ETag": {"description": "The version.", "schema": {"type": "string"}}}
        content: Json = {"application/json": {"schema": "Accepted"}}
        return {"description": one.status.phrase, "headers": place, "content": content}
    view = one.schemas["view"]
    shapes: Mapping[str, Any] = {kind: _shape(kind, view) for kind in one.produces}
    return {"description": one.status.phrase, "content": {kind: {"schema": shape} for kind, shape in shapes.items()}}


def _shape(kind: str, view: type[Schema] | None) -> Any:
    if not kind.endswith("json"):
        return {"type": "string"}
    return view or {"type": "object"}


def _refusals(one: Operation) -> Json:
    statuses = {**REFUSALS, **(REFUSALS_OF_COMMANDS if one.method == "post" else {})}
    return {str(status): str(status) for status in sorted(statuses)} | {"default": "other"}


def _problem(text: str) -> Json:
    return {"description": text, "content": {"application/problem+json": {"schema": "Problem"}}}


def _name(schema: Any) -> str:
    """``leads.OpenLead``: several services have an ``Accept``."""
    kind = schema if isinstance(schema, type) else type(schema)
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}"


def _pattern(_converter: Any, field: fields.Field[Any], **_: Any) -> Json:
    """Python's pattern in the words of ECMA 262, which JSON Schema takes: ours all match from the start to the end."""
    for validator in field.validators:
        if isinstance(validator, validate.Regexp):
            return {"pattern": f"^(?:{str(validator.regex.pattern).removeprefix(START).removesuffix(END)})$"}
    return {}


def _example(_converter: Any, field: fields.Field[Any], **_: Any) -> Json:
    example = example_of(field)
    return {} if example is None else {"examples": [example]}


def _present(parameters: Iterable[Json]) -> None:
    """A parameter is there or it is not; null is no value of one, whatever stands for its absence inside."""
    for schema in (parameter["schema"] for parameter in parameters if "schema" in parameter):
        if isinstance(schema.get("type"), list):
            schema["type"] = next(kind for kind in schema["type"] if kind != "null")
            schema.pop("default", None)
        if "enum" in schema:
            schema["enum"] = [value for value in schema["enum"] if value is not None]


def _close(schemas: Json, bodies: Iterable[str]) -> None:
    """A body with a field that nobody knows is refused."""
    waiting = list(bodies)
    while waiting:
        shape = schemas[waiting.pop()]
        if shape.get("additionalProperties") is None:
            shape["additionalProperties"] = False
            waiting += [ref.rpartition("/")[2] for ref in _references(shape)]


def _references(shape: Any) -> Iterable[str]:
    if isinstance(shape, dict):
        if "$ref" in shape:
            yield shape["$ref"]
        for part in shape.values():
            yield from _references(part)
    elif isinstance(shape, list):
        for part in shape:
            yield from _references(part)
