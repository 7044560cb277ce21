"""Taking over from a process that died in mid-transaction.

The server keeps such a transaction, and the locks that it holds, for a minute (``transactionLifetimeLimitSeconds``).
So whoever writes a document in transactions leaves its session's id there, and the next one ends that session first.
A rebuild, which moves a projection's places once, leaves its own beside it, as ``switching``.
"""

from collections.abc import Sequence
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection


def take_over(places: Collection[dict[str, Any]], key: str, session: ClientSession) -> None:
    """Become the one who moves document ``key`` of ``places`` in transactions of ``session``."""
    stored = places.find_one({"_id": key}, {"session": 1, "switching": 1}) or {}
    end_sessions(places, (stored.get("session"), stored.get("switching")), session)
    change = {"$set": {"session": session.session_id}, "$unset": {"switching": ""}}
    places.update_one({"_id": key}, change, upsert=True)


def end_sessions(places: Collection[dict[str, Any]], before: Sequence[Any], session: ClientSession) -> None:
    """End those of these sessions (ids, None for none) that are not ``session``, with what they have in hand."""
    others = [one for one in before if one is not None and one != session.session_id]
    if others:
        places.database.client.admin.command("killSessions", others)
