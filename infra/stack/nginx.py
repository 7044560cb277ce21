"""The front door: one address, which passes each service its own ``/api/<service>`` and the desk the rest."""

import http.client
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib import resources
from pathlib import Path

from infra.processes import APIS
from infra.stack.child import Program
from infra.stack.ports import is_open

HEADERS_TOO_LARGE = 494  # nginx's own number for what HTTP calls 431

# What the door itself may answer: the stable code, and what the caller should do.
PROBLEMS = {
    400: ("bad_request", "The request is not valid HTTP."),
    405: ("method_not_allowed", "This method is never used here."),
    413: ("body_too_large", "A body may hold 1 MB, a feed 16 MB: send less at a time."),
    414: ("uri_too_long", "The address is too long."),
    HEADERS_TOO_LARGE: ("headers_too_large", "The headers are too large."),
    429: ("too_many_requests", "Too many requests from this address: wait a second, then try again."),
    500: ("internal_error", "Something failed on our side; try again."),
    502: ("service_unavailable", "The service is not there just now; try again in a few seconds."),
    503: ("service_unavailable", "The service is not there just now; try again in a few seconds."),
    504: (
        "service_timeout",
        "The service did not answer in time; repeat with the same Idempotency-Key to learn what became of it.",
    ),
}
ROUTE = """\
        location ~ ^/api/<name>(/|$) {
            proxy_pass http://<name>;
        }
"""
FEEDS = """\
        location ^~ /api/registry/feeds {
            client_max_body_size 16m;
            proxy_read_timeout 300s;
            proxy_pass http://registry;
        }
"""

NOBODY = "127.0.0.1:9"  # the discard port


def nginx(run_dir: Path, *, port: int, places: Mapping[str, Sequence[str]]) -> Program:
    """``places``: the addresses (host:port) where each service and the desk listen."""
    home = run_dir / "nginx"
    home.mkdir(parents=True, exist_ok=True)
    (home / "nginx.conf").write_text(_settings(home, port, places))
    return Program(
        name="nginx",
        argv=("nginx", "-p", str(home), "-c", str(home / "nginx.conf")),
        env={"PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"},
        ready=lambda: is_open(port),
        patience=1,
    )


def docs_of(run_dir: Path) -> Path:
    """Where the front door finds the pages for developers."""
    return run_dir / "docs"


def answers_ready(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a process says of itself that it can serve."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _settings(home: Path, port: int, places: Mapping[str, Sequence[str]]) -> str:
    # A stack of some processes only has the routes of these; the others are refused at a port where nobody listens.
    upstreams = "".join(_upstream(name, places.get(name) or [NOBODY]) for name in (*APIS, "desk"))
    routes = FEEDS + "".join(ROUTE.replace("<name>", name) for name in APIS)
    text = resources.files("infra.stack").joinpath("nginx.conf.template").read_text()
    for mark, value in {
        "<errors>": _error_pages(PROBLEMS),
        "<own_errors>": _error_pages(status for status in PROBLEMS if status < HTTPStatus.BAD_GATEWAY),
        "<problems>": "".join(_problem(status, *what) for status, what in PROBLEMS.items()),
        "<routes>": routes,
        "<run>": str(home),
        "<docs>": str(docs_of(home.parent)),
        "<port>": str(port),
        "<upstreams>": upstreams,
        # Started by root, its workers must still reach our directory, which may be root's alone.
        "<user>": "user root root;" if os.geteuid() == 0 else "",
    }.items():
        text = text.replace(mark, value)
    return text


def _upstream(name: str, addresses: Iterable[str]) -> str:
    servers = "".join(f"        server {address} max_fails=1 fail_timeout=2s;\n" for address in addresses)
    return f"    upstream {name} {{\n{servers}    }}\n"


def _error_pages(statuses: Iterable[int]) -> str:
    return "\n".join(f"            error_page {status} /.problem/{status};" for status in statuses)


def _problem(status: int, code: str, detail: str) -> str:
    said = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE if status == HEADERS_TOO_LARGE else HTTPStatus(status)
    kind = f"urn:liandong:problem:{code}"
    body = {"type": kind, "title": said.phrase, "status": said, "code": code, "detail": detail}
    # RFC 9110 asks for it; what a single path takes, its service says.
    more = '            add_header Allow "GET, HEAD, POST" always;\n' if status == HTTPStatus.METHOD_NOT_ALLOWED else ""
    return f"""\
        location = /.problem/{status} {{
            internal;
{more}\
            default_type application/problem+json;
            return {said} '{json.dumps(body)}';
        }}
"""
