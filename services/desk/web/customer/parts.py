"""The parts of a page, each told by a service: one that is not for the reader, or does not answer, spoils no other."""

from dataclasses import dataclass
from typing import Any

from services.desk.web.api_client import ApiClient, Json, Refused, Unanswered
from services.desk.web.identities import Identity

WHY_NOT = {403: "role", 404: "nothing"}


@dataclass(frozen=True)
class Part:
    """``why`` nothing is told: it is not for the reader's ``role``, there is ``nothing`` yet, or the service is
    ``away``; empty where something is.
    """

    told: Json | None = None
    why: str = ""

    def listed(self, name: str) -> list[Json]:
        """A list of what is told; empty where nothing is."""
        found: list[Json] = self.told[name] if self.told else []
        return found


class Parts:
    """One page's. A service that did not answer once is not waited for again."""

    def __init__(self, api: ApiClient, identity: Identity) -> None:
        self._api = api
        self._identity = identity
        self._away: set[str] = set()

    def read(self, service: str, path: str, **query: Any) -> Part:
        """``path`` is what follows ``/api/<service>/``."""
        if service in self._away:
            return Part(why="away")
        try:
            return Part(self._api.read(self._identity, f"/api/{service}/{path}", **query))
        except Refused as refused:
            return Part(why=WHY_NOT.get(refused.status, "away"))
        except Unanswered:
            self._away.add(service)
            return Part(why="away")
