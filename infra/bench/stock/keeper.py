"""The stock service behind the gateway: a remote call that inserts."""

from typing import Any
from uuid import uuid4

from nameko.rpc import rpc

from infra.bench.stock.mongo import Mongo


class Keeper:
    name = "stock_keeper"
    database = Mongo("stock_keeper")

    @rpc  # type: ignore[untyped-decorator] # nameko has no types
    def open_lead(self, lead: dict[str, Any]) -> dict[str, Any]:
        lead_id = uuid4().hex
        self.database.leads.insert_one({"_id": lead_id, **lead})
        return {"id": lead_id, "version": 1}
