"""Taking over from a process that died in mid-transaction.

The server keeps such a transaction, and the locks that it holds, for a minute (``transactionLifetimeLimitSeconds``).
So whoever writes a document in transactions leaves its session's id there, and the next one ends that session first.
Each transaction looks whether the id is still its own: of two who take over at the same moment, only the one whose id
stands there can leave anything behind.
"""

from collections.abc import Mapping
from typing import Any

import pymongo
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError

from shared.core.errors import Contended

TRIES = 5
PATIENCE_SECONDS = 3.0


def take_over(
    places: Collection[dict[str, Any]], key: str, session: ClientSession, change: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Become the one who moves document ``key`` of ``places`` in transactions of ``session``, and make ``change`` in
    the same step; the document as it is then. Raises ``Contended``.
    """
    for _ in range(TRIES):
        stored = places.find_one({"_id": key}, {"session": 1, "switching": 1}) or {}
        # Where a rebuild is in the midst of its switch, its session has left its id, too.
        for before in (stored.get("session"), stored.get("switching")):
            if before is not None and before != session.session_id:
                places.database.client.admin.command("killSessions", [before])
        if (taken := _replace(places, key, stored.get("session"), session, change or {})) is not None:
            return taken
    raise Contended("contended", f"{places.full_name}/{key} is taken by others again and again.")


def _replace(
    places: Collection[dict[str, Any]], key: str, before: Any, session: ClientSession, change: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The document with our id in the place of the one that we have ended; None where somebody else was faster, or
    began a transaction after we had ended the last.
    """
    ours = {**change, "$set": {**change.get("$set", {}), "session": session.session_id}}
    try:
        with pymongo.timeout(PATIENCE_SECONDS):
            taken: dict[str, Any] | None = places.find_one_and_update(
                {"_id": key, "session": before}, ours, upsert=True, return_document=True
            )
    except DuplicateKeyError:
        return None
    except PyMongoError as error:
        if not error.timeout:
            raise
        return None
    return taken


def is_ours(session: ClientSession) -> dict[str, Any]:
    """What a transaction of ``session`` asks of the document that it moves."""
    return {"session": session.session_id}
