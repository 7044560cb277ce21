"""A user who acts at given moments, and says what every request must be answered with."""

import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from locust import FastHttpUser, task
from locust.exception import StopUser

from loadtests.arrivals import Arrivals

Json = dict[str, Any]
DONE = (200, 201)
PRESENT: defaultdict[str, list[Json]] = defaultdict(list)
"""Who is at work, by part."""
TIMEOUT_SECONDS = 60.0


class Failed(Exception):
    """A request was answered otherwise than it must be; what was begun is dropped, and the day begins anew."""


@cache
def team() -> Json:
    """Who plays, with their tokens. Raises ``StopUser`` where nobody said."""
    given = os.environ.get("LOAD_TEAM")
    if given is None:
        raise StopUser("LOAD_TEAM names the file with the team's tokens: `make load` writes it")
    return dict(json.loads(Path(given).read_text(encoding="utf-8")))


class Caller(FastHttpUser):
    """One of a role. ``day`` is the role's work: what it does between two yields is one act, for ever."""

    abstract = True
    part: ClassVar[str]
    arrivals: ClassVar[Arrivals]
    connection_timeout = network_timeout = TIMEOUT_SECONDS

    def on_start(self) -> None:
        people = team()["people"][self.part]
        self.me: Json = people[len(PRESENT[self.part]) % len(people)]
        PRESENT[self.part].append(self.me)
        self._work = self.day()

    def day(self) -> Iterator[None]:
        raise NotImplementedError

    @task
    def act(self) -> None:
        self._moment = self.arrivals.take()
        try:
            next(self._work)
        except Failed:
            self._work = self.day()

    def command(self, name: str, path: str, body: Mapping[str, Any], may_be: Collection[int] = ()) -> Json | None:
        """The answer; None for a refusal that ``may_be`` allows, because others act, too. Raises ``Failed``."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return self._ask("POST", name, path, may_be, json=dict(body), headers=headers)

    def look(self, name: str, path: str, may_be: Collection[int] = ()) -> Json | None:
        return self._ask("GET", name, path, may_be)

    def command_and_see(self, name: str, path: str, body: Mapping[str, Any], shown_at: str = "") -> Json:
        """A command whose effect is read back at once (``shown_at``, or a place in it that is made, with its id):
        visible counts from the moment at which the command was to be sent.
        """
        since = self._moment
        done = self.command(name, path, body) or {}
        self._moment = self._answered
        self._ask("GET", "read back", f"{shown_at or path + '/' + done['id']}?after={done['position']}", ())
        self.environment.events.request.fire(
            request_type="VISIBLE",
            name="command to visible",
            response_time=(self._answered - since) * 1000,
            response_length=0,
            exception=None,
            context={},
        )
        return done

    def _ask(self, method: str, name: str, path: str, may_be: Collection[int], **given: Any) -> Json | None:
        headers = {"Authorization": f"Bearer {self.me['token']}", **given.pop("headers", {})}
        with self.client.request(method, path, name=name, catch_response=True, headers=headers, **given) as answer:
            self._answered = time.perf_counter()
            # Counted from when it should have been sent: a request that waited for its turn was slow for its user.
            answer.request_meta["response_time"] = (self._answered - self._moment) * 1000
            if answer.status_code in DONE:
                answer.success()
                return dict(json.loads(answer.text))
            if answer.status_code in may_be:
                answer.success()
                return None
            answer.failure(f"{answer.status_code} {(answer.text or '')[:300]}")
            raise Failed(f"{name}: {answer.status_code}")
