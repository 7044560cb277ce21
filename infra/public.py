"""A caller of the public HTTP API, as any outside program would be one: a token, JSON in, JSON out."""

import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from shared.runtime.auth import Principal, issue_token

Json = dict[str, Any]
T = TypeVar("T")
Heard = Callable[[httpx.Response], None]
PATIENCE_SECONDS = 90.0
TRY_AGAIN = {502, 503, 504}


class Unexpected(Exception):
    """The system answered, or became, something else than it should."""


def unheard(_answer: httpx.Response) -> None:
    """Nobody listens."""


class Public:
    """One person or machine at the front door. ``heard`` is told each answer, read to its end."""

    def __init__(self, url: str, secrets: Path, principal: Principal, heard: Heard = unheard) -> None:
        self.principal = principal
        self.token = issue_token(secrets, principal, datetime.now(UTC))
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {self.token}"},
            event_hooks={"response": [httpx.Response.read, heard]},
            timeout=60,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """A command, sent again under the same key until it is answered. Raises ``Unexpected`` where it is refused."""
        return self._json(self._post(path, body))

    def refused(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """A command that must be refused; the problem it was refused with."""
        answer = self._post(path, body)
        if answer.is_success:
            raise Unexpected(f"POST {path} was accepted, and must not be")
        return dict(answer.json())

    def get(self, path: str, **params: Any) -> Json:
        return self._json(self._get(path, params))

    def find(self, path: str, **params: Any) -> Json | None:
        """Like ``get``; None where there is nothing (yet)."""
        answer = self._get(path, params)
        return None if answer.status_code == httpx.codes.NOT_FOUND else self._json(answer)

    def raw(self, path: str, **params: Any) -> bytes:
        answer = self._get(path, params)
        self._json(answer)
        return answer.content

    def _get(self, path: str, params: Mapping[str, Any]) -> httpx.Response:
        return _patiently(lambda: self._http.get(path, params=params))

    def _post(self, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return _patiently(lambda: self._http.post(path, json=body or {}, headers=headers))

    def _json(self, answer: httpx.Response) -> Json:
        if not answer.is_success:
            raise Unexpected(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}")
        return dict(answer.json())


def _patiently(ask: Callable[[], httpx.Response]) -> httpx.Response:
    """Ask again while a service starts, or is behind: under one key, a command is done once however often it comes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = ask()
        if answer.status_code not in TRY_AGAIN or time.monotonic() > deadline:
            return answer
        time.sleep(0.2)


def until(look: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Look again and again until there is something to see: what one service did, another learns a moment later.

    A look that is refused may have come too early, too. Raises ``Unexpected`` with the last refusal.
    """
    deadline = time.monotonic() + seconds
    refusal = ""
    while True:
        try:
            found = look()
        except Unexpected as unexpected:
            found, refusal = None, f" ({unexpected})"
        if found:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {seconds:.0f} s in vain: {what}{refusal}")
        time.sleep(0.05)
