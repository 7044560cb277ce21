"""Events that a subscription leaves out for good, because two people decided so; kept in ``discarded``."""

from collections.abc import Iterable, Mapping

from pymongo.client_session import ClientSession
from pymongo.database import Database

from shared.runtime.mongo_store import JsonDocument

LeftOut = Mapping[str, frozenset[int]]
"""Positions, by the key under which a subscription's place is stored."""


def left_out(
    database: Database[JsonDocument], keys: Iterable[str], session: ClientSession | None = None
) -> dict[str, frozenset[int]]:
    wanted = list(keys)
    found = {key: set[int]() for key in wanted}
    for discarded in database.discarded.find({"subscription": {"$in": wanted}}, session=session):
        found[discarded["subscription"]].add(discarded["position"])
    return {key: frozenset(positions) for key, positions in found.items()}
