"""Our own processes: the one list from which the stack starts them. A new service adds its name here."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

# In the order of the day: who brings facts in, who works with them, who counts them.
SERVICES = ("registry", "leads", "bundling", "linkage", "compliance", "incentives")
APIS: Mapping[str, str] = {name: f"services.{name}.service" for name in SERVICES} | {
    "operations": "infra.operations.service"
}
"""Whose HTTP API the front door passes on, as ``/api/<name>``; and where its entrypoints stand."""


@dataclass(frozen=True)
class Process:
    """``argv`` may hold ``{host}`` and ``{port}``. One that serves has its own port and answers ``/health``, ``/ready``
    and ``/metrics`` there.
    """

    name: str
    argv: tuple[str, ...]
    serves: bool


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


PROCESSES = (
    *(Process(name, _python("shared.runtime.serve", module), serves=True) for name, module in APIS.items()),
    Process("relay", _python("infra.relay"), serves=True),
    Process("projector", _python("infra.projector"), serves=True),
    Process(
        "desk",
        _python(
            "gunicorn",
            *("--config", "python:services.desk.web.serving", "--bind", "{host}:{port}"),
            *("--no-control-socket", "services.desk.web:create_app()"),
        ),
        serves=True,
    ),
)
