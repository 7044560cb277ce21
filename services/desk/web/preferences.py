"""What each user set up for themselves, such as the views that they saved. It is no fact of the bank's: it is kept as
it stands, and nothing is computed from it.
"""

from dataclasses import dataclass

from pymongo.database import Database

from shared.runtime.mongo_store import JsonDocument

MOST_VIEWS = 20
LONGEST_NAME = 40


@dataclass(frozen=True)
class SavedView:
    """A list as somebody narrowed it: the address under a name."""

    name: str
    path: str


class Preferences:
    """One document a user in the desk's own database."""

    def __init__(self, database: Database[JsonDocument]) -> None:
        self._documents = database["preferences"]

    def views(self, staff_id: str, below: str) -> list[SavedView]:
        """Those of one screen: its address begins so."""
        found = self._documents.find_one({"_id": staff_id}) or {}
        views = [SavedView(name, path) for name, path in found.get("views", {}).items()]
        return [view for view in views if view.path.startswith(below)]

    def save(self, staff_id: str, name: str, path: str) -> bool:
        """Under a name; what was saved under it before is replaced. False where there are too many already."""
        found = self._documents.find_one({"_id": staff_id}) or {}
        views = {**found.get("views", {}), name: path}
        if len(views) > MOST_VIEWS:
            return False
        self._documents.update_one({"_id": staff_id}, {"$set": {"views": views}}, upsert=True)
        return True

    def forget(self, staff_id: str, name: str) -> None:
        found = self._documents.find_one({"_id": staff_id}) or {}
        views = {one: path for one, path in found.get("views", {}).items() if one != name}
        self._documents.update_one({"_id": staff_id}, {"$set": {"views": views}})
