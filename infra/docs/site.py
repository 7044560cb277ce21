"""The descriptions as files that any web server can hand out: two documents, and pages to read them by."""

import json
import re
import shutil
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from infra.docs.asyncapi import asyncapi
from infra.docs.openapi import openapi
from services.catalogue import EVENTS

TEMPLATES = Path(__file__).parent / "templates"
SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")
"""Of https://github.com/swagger-api/swagger-ui, as the package flask-swagger-ui carries it."""


def write_site(directory: Path) -> None:
    """Fill ``directory``; what it held before under these names is written anew."""
    directory.mkdir(parents=True, exist_ok=True)
    http, events = openapi(), asyncapi()
    titles = {service: {one.__name__ for one in kinds} for service, kinds in EVENTS.items()}
    _write(directory / "openapi.json", json.dumps(http, ensure_ascii=False, indent=1))
    _write(directory / "asyncapi.json", json.dumps(events, ensure_ascii=False, indent=1))
    for name in ("index.html", "api.html", "api.js", "events.html", "docs.css"):
        _write(directory / name, _rendered(name, http=http, events=events, titles=titles))
    for name in SWAGGER:
        with as_file(files("flask_swagger_ui") / "dist" / name) as source:
            shutil.copyfile(source, directory / name)


def _rendered(name: str, **known: Any) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["pretty"] = lambda value: json.dumps(value, ensure_ascii=False, indent=2)
    environment.filters |= {"shape": _shape, "first_sentence": _first_sentence, "marked": _marked}
    return environment.get_template(name).render(**known)


def _first_sentence(text: str) -> str:
    """Of a docstring whose lines are broken anywhere."""
    return re.split(r"(?<=[.:]) ", " ".join(text.split("\n\n", maxsplit=1)[0].split()), maxsplit=1)[0]


def _marked(text: str) -> Markup:
    """What stands between backticks as code."""
    return Markup(re.sub(r"`{1,2}([^`]+)`{1,2}", r"<code>\1</code>", str(escape(text))))  # noqa: S704 -- escaped first


def _shape(schema: dict[str, Any]) -> str:
    """A schema in a word or two: ``string``, ``Share []``, ``date or null``."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition(".")[2])
    if "anyOf" in schema:
        return " or ".join(_shape(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"{_shape(schema.get('items') or {})} []"
    return str(schema.get("format") or schema.get("type") or "any")


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
