"""Every operation of the HTTP API, read from the services' own ``@api`` entrypoints."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from marshmallow import Schema

from infra.processes import APIS
from shared.runtime.api import Api, Raw
from shared.runtime.app import Accepted


@dataclass(frozen=True)
class Operation:
    service: str
    name: str
    method: str
    path: str
    """With its parts in braces, as OpenAPI has it."""
    parts: tuple[str, ...]
    """The names of what stands in braces."""
    roles: tuple[str, ...]
    schemas: Mapping[str, type[Schema] | None]
    """``body``, ``query`` and ``view``."""
    status: HTTPStatus
    produces: tuple[str, ...]
    """Media types of the answer."""
    is_command: bool
    """Whether it changes something: it takes an Idempotency-Key, and answers where its write stands."""
    reads_after: bool
    """Whether a query may be asked to have seen a write."""
    about: str

    @property
    def id(self) -> str:
        return f"{self.service}.{self.name}"

    @property
    def summary(self) -> str:
        return self.name.replace("_", " ").capitalize()


def operations() -> list[Operation]:
    """Of all services, in the order of their paths."""
    found = [operation for service in APIS for operation in of_service(service)]
    return sorted(found, key=lambda one: (list(APIS).index(one.service), one.path, one.method))


def of_service(service: str) -> Iterator[Operation]:
    module = importlib.import_module(APIS[service])
    for kind in vars(module).values():
        if inspect.isclass(kind) and getattr(kind, "name", None) == service:
            for name, method in inspect.getmembers(kind, inspect.isfunction):
                for entrypoint in getattr(method, "nameko_entrypoints", ()):
                    if isinstance(entrypoint, Api):
                        yield _operation(service, name, method, entrypoint)


def _operation(service: str, name: str, method: Callable[..., Any], entrypoint: Api) -> Operation:
    answer = inspect.get_annotations(method)["return"]
    return Operation(
        service=service,
        name=name,
        method=entrypoint.method.lower(),
        path=re.sub(r"<(\w+)>", r"{\1}", entrypoint.url),
        parts=tuple(re.findall(r"<(\w+)>", entrypoint.url)),
        roles=tuple(sorted(entrypoint.roles)),
        schemas=entrypoint.schemas,
        status=HTTPStatus(entrypoint.status),
        produces=entrypoint.produces,
        is_command=answer is Accepted,
        reads_after=entrypoint.method == "GET" and answer is not Raw,
        about=inspect.getdoc(method) or "",
    )
