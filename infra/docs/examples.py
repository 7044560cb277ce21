"""Examples of what is sent and shown, so that a reader sees a value and a machine has one to begin with."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, missing, validate

HERE = Path(__file__).parent
DAY = "2026-09-15"


@cache
def known() -> Mapping[str, Any]:
    """Of ``examples.yaml``, by field, by ``<service>.<Schema>.<field>`` or by ``<service>.<Schema>``."""
    found: Mapping[str, Any] = yaml.safe_load((HERE / "examples.yaml").read_text(encoding="utf-8"))
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


def part_example(name: str) -> Any:
    """Of a part of a path."""
    return known().get(name, name)


def example_of(field: fields.Field[Any]) -> Any:
    """A value that the field takes, or None where nobody named one."""
    owner = field.root if isinstance(field.root, Schema) else None
    place = f"{owner.__module__.split('.')[1]}.{type(owner).__name__}.{field.name}" if owner else ""
    for name in (place, field.data_key or field.name or ""):
        if (example := known().get(name)) is not None and _takes(field, example):
            return example
    return _by_kind(field)


def example_body(schema: type[Schema], service: str) -> Any:
    """A whole body that the schema takes: what must be there, each with its example."""
    if (whole := known().get(f"{service}.{schema.__name__}")) is not None:
        return whole
    return _body(schema())


def _body(schema: Schema) -> dict[str, Any]:
    return {field.data_key or name: _value(field) for name, field in schema.load_fields.items() if field.required}


def _value(field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.Nested):
        return _body(field.schema)
    if isinstance(field, fields.List) and example_of(field) is None:
        return [_value(field.inner)]
    return example_of(field)


def _takes(field: fields.Field[Any], value: Any) -> bool:
    try:
        field.deserialize(value)
    except ValidationError:
        return False
    return True


def _by_kind(field: fields.Field[Any]) -> Any:
    if isinstance(field, fields.Date):
        return DAY
    for validator in field.validators:
        if isinstance(validator, validate.OneOf):
            return next(iter(validator.choices))
        if isinstance(validator, validate.Range) and validator.min is not None:
            return validator.min
    if isinstance(field, fields.Boolean):
        return True
    default = field.load_default
    return None if default is missing or callable(default) else default
