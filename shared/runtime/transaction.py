"""Transactions that give up in time: left to itself, the driver would try one again for two minutes."""

from collections.abc import Callable
from typing import TypeVar

import pymongo
from pymongo.client_session import ClientSession
from pymongo.read_concern import ReadConcern

from shared.runtime.mongo_store import KEPT

T = TypeVar("T")
SECONDS = 20.0


def transact(session: ClientSession, work: Callable[[ClientSession], T], read_concern: ReadConcern | None = None) -> T:
    """Run ``work`` in a transaction, kept by the majority. It may run again: nothing but the database may change."""
    with pymongo.timeout(SECONDS):
        return session.with_transaction(work, read_concern=read_concern, write_concern=KEPT)
