"""A stock projector: an event handler that updates one document an event."""

from typing import Any

from nameko.events import event_handler

from infra.bench.stock.mongo import Mongo


class Desk:
    name = "stock_desk"
    database = Mongo("stock_desk")

    @event_handler("stock", "lead_changed")  # type: ignore[untyped-decorator] # nameko has no types
    def show(self, event: dict[str, Any]) -> None:
        entry = {"type": event["type"], **event["data"]}
        change = {"$set": {**event["data"], "version": event["version"]}, "$push": {"timeline": entry}}
        self.database.leads.update_one({"_id": entry["lead_id"]}, {**change, "$inc": {"updates": 1}}, upsert=True)
