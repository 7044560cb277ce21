"""The stock front: HTTP in, a remote call to the service that inserts, HTTP out."""

import json

from nameko.rpc import RpcProxy
from nameko.web.handlers import http
from werkzeug.wrappers import Request


class Gateway:
    name = "stock_gateway"
    keeper = RpcProxy("stock_keeper")

    @http("POST", "/api/leads")  # type: ignore[untyped-decorator] # nameko has no types
    def open_lead(self, request: Request) -> tuple[int, str]:
        return 201, json.dumps(self.keeper.open_lead(json.loads(request.get_data())))
