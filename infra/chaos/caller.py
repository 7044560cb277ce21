"""One thread's way to the public API: every command under a key, repeated under it until it is answered."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from infra.chaos.journal import Answer, Command, Journal, Json
from infra.public import TRY_AGAIN
from shared.runtime.auth import Principal, issue_token
from shared.runtime.wiring import now

TIMEOUT_SECONDS = 4.0
AGAIN_SECONDS = 0.25
LOOK_SECONDS = 0.1
GIVE_UP_SECONDS = 150.0
REPEATED_PERCENT = 5
CLOCKS_DIFFER = timedelta(hours=2)


class GaveUp(Exception):
    """Nobody answered for much longer than any fault lasts."""


class Refused(Exception):
    """A command or question was refused."""


class Ended(Exception):
    """The driver stops."""


class Gate:
    """Open while commands may be sent; a thread that is between two commands waits at it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.ended = threading.Event()

    def pass_through(self) -> None:
        while not self.open.wait(0.2):
            if self.ended.is_set():
                break
        if self.ended.is_set():
            raise Ended


class Caller:
    """``post`` and ``see`` as one of the cast; the keys follow from seed, thread name and count. ``pace`` are the
    seconds before each command, and between two looks.
    """

    def __init__(
        self,
        url: str,
        secrets: Path,
        cast: Mapping[str, Principal],
        journal: Journal,
        gate: Gate,
        *,
        seed: int,
        name: str,
        pace: float = 0.0,
    ) -> None:
        self.chance = random.Random(f"{seed}/{name}")  # noqa: S311 -- repeatable, not secret
        self.cast = cast
        self.name = name
        self._secrets, self._journal, self._gate, self._seed = secrets, journal, gate, seed
        self._pace = pace
        self._n = 0
        self._tokens: dict[str, str] = {}
        self._url = url
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        self._http.close()

    def post(self, part: str | Principal, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """The answer to a command, sent again until there is one. Raises ``Refused``, ``GaveUp``."""
        self._gate.ended.wait(self._pace)
        self._gate.pass_through()
        who = self._who(part)
        self._n += 1
        key = f"chaos-{self._seed}-{self.name}-{self._n}"
        command = Command(self._seed, self.name, self._n, key, who.staff_id, path, dict(body or {}))
        answer = self._until_answered(command, who)
        if answer.outcome == "refused":
            raise Refused(f"{path}: {answer.status} {answer.body}")
        if self.chance.randrange(100) < REPEATED_PERCENT:
            self._until_answered(command, who)
        return answer.body

    def _until_answered(self, command: Command, who: Principal) -> Answer:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while True:
            answer = self._once(command, who)
            self._journal.note(command, answer)
            if answer.outcome != "unknown":
                return answer
            if self._gate.ended.is_set():
                raise Ended
            if time.monotonic() > deadline:
                raise GaveUp(f"{command.path} under {command.key}")
            time.sleep(AGAIN_SECONDS)

    def _once(self, command: Command, who: Principal) -> Answer:
        headers = {"Authorization": self._token(who), "Idempotency-Key": command.key}
        try:
            answer = self._http.post(command.path, json=command.body, headers=headers)
        except httpx.TransportError:
            return Answer("unknown", None, {})
        if answer.is_success:
            return Answer("acknowledged", answer.status_code, answer.json())
        if answer.is_server_error or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            return Answer("unknown", answer.status_code, {})
        return Answer("refused", answer.status_code, answer.json())

    def look(self, part: str | Principal, path: str, **params: Any) -> httpx.Response | None:
        """What a question is answered with; None where nobody could answer just now."""
        try:
            answer = self._http.get(path, params=params, headers={"Authorization": self._token(self._who(part))})
        except httpx.TransportError:
            return None
        return None if answer.status_code in TRY_AGAIN or answer.is_server_error else answer

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Look until there is something to see: one service learns a moment later what another did."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            if self._gate.ended.is_set():
                raise Ended
            if found := look():
                return found
            time.sleep(max(LOOK_SECONDS, self._pace / 2))
        raise GaveUp(what)

    def see(self, part: str | Principal, path: str, wanted: Callable[[Json], Any], **params: Any) -> Any:
        """Ask until what is shown is as ``wanted``; what ``wanted`` made of it."""

        def look() -> Any:
            answer = self.look(part, path, **params)
            return wanted(answer.json()) if answer is not None and answer.is_success else None

        return self.until(look, f"GET {path}")

    def _who(self, part: str | Principal) -> Principal:
        return part if isinstance(part, Principal) else self.cast[part]

    def _token(self, who: Principal) -> str:
        if who.staff_id not in self._tokens:
            # Old enough to be valid for a service whose clock is behind.
            self._tokens[who.staff_id] = f"Bearer {issue_token(self._secrets, who, now() - CLOCKS_DIFFER)}"
        return self._tokens[who.staff_id]
