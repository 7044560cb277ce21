"""The desk as a user of the public API: the signed-in person's own token, and what an answer means to them."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from services.desk.web.identities import Identity
from shared.runtime.auth import issue_token

TIMEOUT = httpx.Timeout(15.0, connect=2.0)
READERS = 16
"""Reads under way at once for pages that show many things."""
PATIENT = httpx.Timeout(55.0, connect=2.0)
"""For what is computed over all that ever happened; the front door itself gives up after a minute."""
Json = dict[str, Any]


class Refused(Exception):
    """The API said no, and why: ``detail`` is for people, ``errors`` names fields, ``rule`` the bank's rule."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail") or problem.get("title") or "")
        self.rule: str | None = problem.get("rule")
        self.errors: Mapping[str, Any] = problem.get("errors") or {}
        super().__init__(self.code)


class Unanswered(Exception):
    """No answer that can be trusted: a command may have been done or not. The same key again tells which."""


class ApiClient:
    """``url`` is the front door of the whole system."""

    def __init__(self, url: str, secrets: Path, clock: Callable[[], datetime]) -> None:
        # No proxies from the environment: the front door is near, and tokens go nowhere else.
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
        self._secrets = secrets
        self._clock = clock
        self._pool = ThreadPoolExecutor(READERS, thread_name_prefix="read")

    def close(self) -> None:
        self._pool.shutdown()
        self._http.close()

    def command(
        self,
        identity: Identity,
        path: str,
        body: Json,
        key: str,
        version: int | None = None,
        timeout: httpx.Timeout = TIMEOUT,
    ) -> Json:
        """Send a command; what was answered, with the ``position`` at which it can be seen. ``key`` makes a repetition
        harmless; ``version`` is the one that it was decided on.
        """
        headers = {"Idempotency-Key": key} | ({} if version is None else {"If-Match": f'"{version}"'})
        return self._send("POST", identity, path, json=body, headers=headers, timeout=timeout)

    def read(self, identity: Identity, path: str, **query: Any) -> Json:
        """``query`` without what is None."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", identity, path, params=asked or None)

    def raw(self, identity: Identity, path: str, accept: str) -> bytes:
        """A file, as the API gives it."""
        answer = self._answer("GET", identity, path, headers={"Accept": accept})
        return answer.content

    def read_all(self, identity: Identity, **asked: tuple[str, Mapping[str, Any]]) -> dict[str, Json | None]:
        """Several reads at once, by name: a path and its query each; None for what was refused or not answered."""

        def read(one: tuple[str, Mapping[str, Any]]) -> Json | None:
            try:
                return self.read(identity, one[0], **one[1])
            except (Refused, Unanswered):
                return None

        return dict(zip(asked, self._pool.map(read, asked.values()), strict=True))

    def ask(self, identity: Identity, path: str, body: Json, timeout: httpx.Timeout = TIMEOUT) -> Json:
        """A question that is too long for an address, or must not stand in one: nothing changes by it."""
        return self._send("POST", identity, path, json=body, timeout=timeout)

    def _send(self, method: str, identity: Identity, path: str, **request: Any) -> Json:
        """Raises ``Refused`` or ``Unanswered``."""
        answer = self._answer(method, identity, path, **request)
        try:
            told = answer.json()
        except ValueError:
            raise Unanswered(path) from None
        if not isinstance(told, dict):
            raise Unanswered(path)
        return told

    def _answer(self, method: str, identity: Identity, path: str, **request: Any) -> httpx.Response:
        """A good answer. Raises ``Refused`` or ``Unanswered``."""
        token = issue_token(self._secrets, identity.principal(), self._clock())
        headers = request.pop("headers", {}) | {"Authorization": f"Bearer {token}"}
        try:
            answer = self._http.request(method, path, headers=headers, **request)
            problem = None if answer.is_success else answer.json()
        except (httpx.HTTPError, ValueError):
            raise Unanswered(path) from None
        if answer.is_server_error or not isinstance(problem, dict | None):
            raise Unanswered(path)
        if problem is not None:
            raise Refused(answer.status_code, problem)
        return answer
