"""Taking over from a process that died in mid-transaction.

The server keeps such a transaction, and the locks that it holds, for a minute (``transactionLifetimeLimitSeconds``).
So whoever writes a document in transactions leaves its session's id there, and the next one ends that session first.
"""

from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection


def take_over(places: Collection[dict[str, Any]], key: str, session: ClientSession) -> None:
    """Become the one who moves document ``key`` of ``places`` in transactions of ``session``."""
    stored = places.find_one({"_id": key}, {"session": 1, "switching": 1}) or {}
    for before in (stored.get("session"), stored.get("switching")):  # the second is a rebuild's, in the midst of one
        if before is not None and before != session.session_id:
            places.database.client.admin.command("killSessions", [before])
    places.update_one({"_id": key}, {"$set": {"session": session.session_id}}, upsert=True)
