"""What is behind an alert (rule C3), as far as it can be shown: transfers, days of use, customers, a month's sales."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.desk.projections import COMPLIANCE_DESK, COMPLIANCE_TRANSFERS
from services.desk.projections.compliance import transfer_key
from services.desk.web.api_client import Json
from services.desk.web.at_hand import desk
from services.desk.web.compliance.screen import OLDEST_FIRST
from services.desk.web.compliance.timeline import Picture, drawn
from shared.runtime.mongo_store import JsonDocument

EVIDENCE: Mapping[str, str] = {
    "burst": "transfers",
    "round_trip": "transfers",
    "pass_through": "transfers",
    "unauthenticated_activation": "days",
    "new_device_registration": "days",
    "shared_device": "customers",
    "shared_phone": "customers",
    "period_end_spike": "sales",
}
"""By pattern, what the ids of its evidence are of."""
FULL_BPS = 10_000


@dataclass(frozen=True)
class Sold:
    """What a seller's customers asked for on one day of the month; ``rushed`` where the alert is about it."""

    day: str
    count: int
    rushed: bool


@dataclass(frozen=True)
class Behind:
    """``kind`` says which of the others is told; ``ids`` are those of the evidence."""

    kind: str
    ids: Sequence[str]
    picture: Picture | None = None
    days: Sequence[tuple[str, str]] = ()
    """Holdings, each with the day on which it was used or registered for."""
    sales: Sequence[Sold] = ()
    customers: Sequence[str] = ()

    @property
    def rushed(self) -> int:
        return sum(one.count for one in self.sales if one.rushed)

    @property
    def sold(self) -> int:
        return sum(one.count for one in self.sales)

    @property
    def rushed_bps(self) -> int:
        """The share of the month, rounded down to a hundredth of a per cent."""
        return self.rushed * FULL_BPS // max(self.sold, 1)


def behind(alert: Json) -> Behind:
    """``alert`` as the API tells it."""
    ids, kind = alert["evidence"], EVIDENCE.get(alert["pattern"], "")
    match kind:
        case "transfers":
            return Behind(kind, ids, picture=drawn(_transfers(alert["subject_id"], ids)))
        case "days":
            return Behind(kind, ids, days=[(one.rpartition("@")[0], one.rpartition("@")[2]) for one in ids])
        case "customers":
            return Behind(kind, ids, customers=ids)
        case "sales":
            return Behind(kind, ids, sales=_sales(alert["subject_id"], ids))
        case _:
            return Behind(kind, ids)


def _transfers(holding_id: str, ids: Sequence[str]) -> list[JsonDocument]:
    keys = [transfer_key(holding_id, one) for one in ids]
    return desk().found(COMPLIANCE_TRANSFERS, {"_id": {"$in": keys}})


def _sales(seller_id: str, ids: Sequence[str]) -> list[Sold]:
    """The days of the month of these openings on which anything was asked for; what was refused does not count."""
    rush = desk().found(COMPLIANCE_DESK, {"_id": {"$in": list(ids)}}, OLDEST_FIRST)
    if not rush:
        return []
    month = date.fromisoformat(rush[0]["on"]).strftime("%Y-%m")
    of_month = {"seller_id": seller_id, "on": {"$gte": f"{month}-01", "$lte": f"{month}-31"}}
    found = desk().found(COMPLIANCE_DESK, of_month, OLDEST_FIRST)
    counted = Counter(one["on"] for one in found if one["state"] != "refused" or one["_id"] in ids)
    rushed = {one["on"] for one in rush}
    return [Sold(day, count, day in rushed) for day, count in sorted(counted.items())]
