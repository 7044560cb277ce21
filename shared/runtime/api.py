"""``@api``: an HTTP entrypoint that loads by schema, hands over, dumps by schema, and answers errors once for all."""

import gzip
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

import eventlet
import msgspec
import structlog
from marshmallow import Schema
from nameko.web.handlers import HttpRequestHandler
from nameko.web.server import WebServer, WsgiApp
from ulid import ULID
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request, Response

from shared.core.days import bank_day
from shared.core.ids import derived
from shared.runtime import metrics
from shared.runtime.app import Accepted
from shared.runtime.auth import Authenticator, Principal, require
from shared.runtime.health import PATHS, answer
from shared.runtime.problems import BadRequest, answer_to, problem
from shared.runtime.wiring import now

JSON, CSV = "application/json", "text/csv"
KEY = "[!-~]{1,128}"
"""An Idempotency-Key: what can be seen of ASCII, without blanks."""
MAX_BODY_BYTES = 1024 * 1024
MAX_DIGITS = 18
BACKLOG = 1024  # connections that wait to be taken
WORTH_COMPRESSING = 1_000  # bytes
BUSY_LOOK_SECONDS = 0.01
COMPRESSION = 1  # of zlib's levels, the fastest: the others take up to three times as long for a tenth less
Method = TypeVar("Method", bound=Callable[..., Any])


class Raw(msgspec.Struct, frozen=True):
    """An answer that is bytes already."""

    body: bytes
    content_type: str
    headers: Mapping[str, str] = {}


class Call:
    """One authenticated, validated request."""

    def __init__(self, request: Request, principal: Principal, body: Any, query: Any) -> None:
        self.principal = principal
        self.path: dict[str, str] = request.path_values  # type: ignore[attr-defined] # nameko sets it
        self.body: dict[str, Any] = body
        self.query: dict[str, Any] = query
        self.accept = request.headers.get("Accept", "")
        self.now: datetime = now()
        self.today = bank_day(self.now)
        self.idempotency_key = _key(request.headers.get("Idempotency-Key"))
        self.if_match = _version(request.headers.get("If-Match"))
        self.after = request.args.get("after") if request.method == "GET" else None
        self.correlation_id: str = request.correlation_id  # type: ignore[attr-defined] # set by our server below
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data())
        self.fingerprint = digest.hexdigest()

    def new_id(self) -> str:
        """A new id; the same one again for the same caller's same Idempotency-Key."""
        if self.idempotency_key is None:
            return str(ULID()).lower()
        return derived(self.principal.staff_id, self.idempotency_key)


def correlation_id(request: Request) -> str:
    """The caller's own, where it is a plain word; else a new one."""
    given = request.headers.get("X-Correlation-Id", "")
    return given if re.fullmatch(r"[A-Za-z0-9._:-]{1,64}", given) else str(ULID())


def _key(given: str | None) -> str | None:
    if given is not None and not re.fullmatch(KEY, given):
        raise BadRequest("bad_idempotency_key", "Idempotency-Key must be 1 to 128 letters, digits or signs of ASCII.")
    return given


def _version(if_match: str | None) -> int | None:
    if if_match is None:
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdecimal() and len(tag) <= MAX_DIGITS):
        raise BadRequest("bad_if_match", 'If-Match must be a version that you were given, such as "7".')
    return int(tag)


class Server(WebServer):  # type: ignore[misc] # nameko has no types
    """nameko's web server, with its own errors in our form and an answer to supervisors' questions."""

    def start(self) -> None:
        super().start()
        # nameko asks for 50: in a burst, further callers would be left to try again a second later, unheard.
        self._sock.listen(BACKLOG)

    def get_wsgi_app(self) -> "Front":
        self.front = Front(self)
        return self.front

    def unregister_provider(self, provider: Any) -> None:
        """The first thing to happen when the service stops: nobody new comes in, and who is in is told to go after
        the next answer. A caller who finds the door closed has sent nothing, and may try elsewhere.
        """
        self._is_accepting = False
        self._gt.kill()
        self._sock.close()
        self._serv.keepalive = False
        super().unregister_provider(provider)

    def stop(self) -> None:
        """Requests that came in before are answered to the end; the process's own timer bounds the wait."""
        while self.front.busy:
            eventlet.sleep(BUSY_LOOK_SECONDS)
        super().stop()

    def context_data_from_headers(self, request: Request) -> dict[str, str]:
        """What nameko hands to the worker: the worker is another green thread, and logs under the same id."""
        request.correlation_id = correlation_id(request)  # type: ignore[attr-defined] # read by Call
        return {"correlation_id": request.correlation_id}  # type: ignore[attr-defined]


class Front(WsgiApp):  # type: ignore[misc] # nameko has no types
    busy = 0
    """Requests that are being answered."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["PATH_INFO"] in PATHS:
            status, kind, body = answer(environ["PATH_INFO"], self.server.container.config["HEALTH"])
            return Response(body, status, content_type=kind)(environ, start_response)
        structlog.contextvars.clear_contextvars()
        begun, route = time.perf_counter(), metrics.UNMATCHED
        self.busy += 1
        request = Request(environ, shallow=True)
        try:
            adapter = self.url_map.bind_to_environ(environ)
            provider, values = adapter.match()
            request.path_values = values  # type: ignore[attr-defined] # nameko hands path values so
            route = provider.url
            reply = compact(provider.handle_request(request), request)
        except HTTPException as error:
            status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
            reply = problem(status, status.phrase.lower().replace(" ", "_"), f"{status.phrase}: {request.path}")
            if isinstance(error, MethodNotAllowed):
                reply.allow.update(error.valid_methods or ())
        reply.call_on_close(self._done)
        service = self.server.container.service_name
        metrics.count_request(service, request.method, route, reply.status_code, time.perf_counter() - begun)
        return reply(environ, start_response)

    def _done(self) -> None:
        self.busy -= 1


class Api(HttpRequestHandler):  # type: ignore[misc] # nameko has no types
    """See ``@api``. Deny by default: without ``roles`` nobody may call. ``produces`` names the media types of answers
    that are ``Raw``.
    """

    server = Server()

    def __init__(
        self,
        method: str,
        url: str,
        *,
        roles: tuple[str, ...],
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        view: type[Schema] | None = None,
        status: int = 200,
        produces: tuple[str, ...] = (JSON,),
        max_bytes: int = MAX_BODY_BYTES,
        **kwargs: Any,
    ) -> None:
        super().__init__(method, url, **kwargs)
        self.roles = frozenset(roles)
        self.schemas = {"body": body, "query": query, "view": view}
        self.status = status
        self.produces = produces
        self.max_bytes = max_bytes
        self._loaded = {name: kind() for name, kind in self.schemas.items() if kind is not None}
        self._authenticator: Authenticator | None = None

    def setup(self) -> None:
        super().setup()
        self._authenticator = Authenticator(self.container.config["SECRETS"])

    def get_entrypoint_parameters(self, request: Request) -> tuple[tuple[Call], dict[str, Any]]:
        if self._authenticator is None:
            raise RuntimeError("the entrypoint is not set up")
        request.shallow = False
        principal = self._authenticator.principal(request.headers.get("Authorization"))
        require(principal, self.roles)
        self._check_size(request)
        body = self._loaded["body"].load(self._json(request)) if "body" in self._loaded else {}
        query = self._query(request)
        call = Call(request, principal, body, query)
        structlog.contextvars.bind_contextvars(correlation_id=call.correlation_id)
        return (call,), {}

    def _query(self, request: Request) -> Any:
        """``after`` is the kernel's own, unless the schema has a word for it."""
        if "query" not in self._loaded:
            return {}
        schema = self._loaded["query"]
        return schema.load(
            {key: value for key, value in request.args.items() if key != "after" or key in schema.fields}
        )

    def _check_size(self, request: Request) -> None:
        if "Transfer-Encoding" in request.headers:
            raise BadRequest("length_required", "Send the body with its Content-Length.", HTTPStatus.LENGTH_REQUIRED)
        if (request.content_length or 0) > self.max_bytes:
            raise BadRequest(
                "body_too_large",
                f"The body may have {self.max_bytes} bytes.",
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            )

    def _json(self, request: Request) -> Any:
        try:
            return msgspec.json.decode(request.get_data() or b"{}")
        except (msgspec.DecodeError, RecursionError):
            raise BadRequest("bad_json", "The body is no JSON. Send one JSON object in UTF-8.") from None

    def response_from_result(self, result: Any) -> Response:
        if isinstance(result, Raw):
            return Response(result.body, content_type=result.content_type, headers=dict(result.headers))
        headers = {}
        if isinstance(result, Accepted):
            headers["ETag"] = f'"{result.version}"'
            result = msgspec.to_builtins(result)
        elif "view" in self._loaded:
            result = self._loaded["view"].dump(result)
        return Response(
            msgspec.json.encode(result, enc_hook=_shown),
            status=self.status,
            content_type=JSON,
            headers=headers,
        )

    def response_from_exception(self, error: Exception) -> Response:
        return answer_to(error)


def compact(answer: Response, request: Request) -> Response:
    """304 where the caller has these bytes already; gzip where it is taken and worth it, the same way each time."""
    if request.method == "GET" and answer.status_code == HTTPStatus.OK:
        answer.headers["Vary"] = "Accept-Encoding"
        answer.make_conditional(request)
        body = answer.get_data()
        if len(body) > WORTH_COMPRESSING and request.accept_encodings.quality("gzip") > 0:
            answer.set_data(gzip.compress(body, COMPRESSION, mtime=0))
            answer.headers["Content-Encoding"] = "gzip"
    return answer


api: Callable[..., Callable[[Method], Method]] = Api.decorator


def _shown(value: Any) -> int | str:
    """What is not JSON as it stands: MongoDB's long integers, and dates."""
    return int(value) if isinstance(value, int) else str(value)
