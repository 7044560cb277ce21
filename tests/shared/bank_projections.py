"""What the example shows of its accounts."""

from shared.core.projection import Projection
from tests.shared.examples import AccountOpened, MoneyTaken


def _step(document, recorded):
    total = (document or {"total": 0, "owner": None})["total"]
    match recorded.event:
        case AccountOpened(owner=owner):
            return {**(document or {"total": 0}), "owner": owner}
        case MoneyTaken(amount=amount):
            return {**(document or {"owner": None}), "total": total + amount}


BALANCES = Projection("balances", {"bank": (AccountOpened, MoneyTaken)}, lambda r: [r.stream], _step)
