"""What the watch over shared telephone numbers looks up (rule C3).

Two logs tell of it, registry's who shares a number, and our own who opened what. Either may be read before the other:
so each first waits for its own list, and then reads the other's. Whichever comes second sees both.
"""

from collections.abc import Iterator
from datetime import date

from services.compliance.domain.telephones import NoteSharers
from services.compliance.projections import OPENINGS, TELEPHONES, sharers_in
from shared.core.errors import NotYetVisible
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded
from shared.runtime.app import App

EVERY = 0


def sharing(app: App, recorded: Recorded) -> Iterator[NoteSharers]:
    """The numbers that a fact is about, each with its customers and what they opened."""
    of, on = sharers_in(recorded)
    _wait(app, TELEPHONES if "_id" in of else OPENINGS, recorded)
    for telephone in app.documents(TELEPHONES, of, limit=EVERY):
        known = max(on, date.fromisoformat(telephone["on"]))  # never before it was known that they share it
        yield NoteSharers(telephone["telephone"], tuple(telephone["customers"]), _openings(app, telephone), known)


def _openings(app: App, telephone: Document) -> tuple[str, ...]:
    where = {"customer_id": {"$in": telephone["customers"]}, "status": {"$ne": "refused"}}
    return tuple(str(one["_id"]) for one in app.documents(OPENINGS, where, limit=EVERY, only=("_id",)))


def _wait(app: App, projection: Projection, recorded: Recorded) -> None:
    if not app.caught_up(projection, recorded):
        raise NotYetVisible("list_behind", f"{projection.name} has not seen {recorded.id} yet.")
