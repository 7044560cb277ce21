"""What the driver's people do: leads won and lost, sales to the last step, the bank's feeds, a month's close."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta

from infra.chaos.caller import Caller
from infra.chaos.journal import Json
from infra.demo.corporate import EVIDENCE

FIRST_MONTH = date(2026, 9, 1)
COMPANIES = tuple(f"C{number:06}" for number in range(1, 13))
LOST = ("competitor", "price")


def month_after(months: int) -> date:
    """The first day of the month that is ``months`` after the first one played."""
    year, month = divmod(FIRST_MONTH.month - 1 + months, 12)
    return date(FIRST_MONTH.year + year, month + 1, 1)


def won_lead(c: Caller, on: date) -> str:
    """A joint lead from its opening to its win; its id."""
    lead = active_lead(c, on)
    products = c.chance.choice((["payroll"], ["corporate_ebank"], ["settlement"]))
    won = {"products": products, "value_minor": c.chance.randrange(10**6), "on": str(on)}
    c.post("corporate", f"/api/leads/{lead}/win", won)
    return lead


def lost_lead(c: Caller, on: date) -> None:
    lead = active_lead(c, on)
    c.post("retail", f"/api/leads/{lead}/lose", {"reason": "competitor", "text": "", "on": str(on)})
    c.post("corporate", f"/api/leads/{lead}/reopen", {"reason": "they called back", "on": str(on)})


def active_lead(c: Caller, on: date) -> str:
    """Opened by the corporate side, the split changed once, accepted by both."""
    body = {
        "customer_id": c.chance.choice(COMPANIES),
        "customer_kind": "company",
        "need": f"need {c.chance.randrange(10**9)}",
        "products": ["payroll"],
        "source": "branch",
        "outlet_id": c.cast["corporate"].unit_id,
        "value_minor": c.chance.randrange(10**6),
        "despite": "the same few companies again and again",
        "on": str(on),
    }
    lead = str(c.post("corporate", "/api/leads", body)["id"])
    c.post("corporate", f"/api/leads/{lead}/invite", {"staff_id": c.cast["retail"].staff_id, "line": "retail"})
    bps = c.chance.randrange(1_000, 9_000)
    shares = [{"line": "corporate", "bps": bps}, {"line": "retail", "bps": 10_000 - bps}]
    c.post("corporate", f"/api/leads/{lead}/split", {"shares": shares})
    for part in ("corporate", "retail"):
        c.post(part, f"/api/leads/{lead}/accept", {"proposal": 1, "on": str(on)})
    return lead


def sale(c: Caller, on: date) -> None:
    """From a win through the opening's checks to a holding that its customer uses, so that its credit vests."""
    lead = won_lead(c, on)
    item = c.see("corporate", f"/api/bundling/offers/{lead}", lambda offer: offer["items"] and offer["items"][0])
    product = item["product"]
    customer = c.see("corporate", f"/api/bundling/offers/{lead}", lambda offer: offer["customer_id"])
    operators = {name: c.cast[name].staff_id for name in ("maker", "checker")}
    evidence = EVIDENCE | {"maker_id": operators["maker"], "checker_id": operators["checker"]}
    evidence |= {"call_back_by": operators["checker"], "on": str(on)}
    c.post("corporate", f"/api/bundling/offers/{lead}/items/{product}/opening", evidence)
    opening = f"{lead}.{product}.1"
    c.see("compliance", f"/api/compliance/openings/{opening}", lambda found: found["status"] == "waiting")
    c.post("compliance", f"/api/compliance/openings/{opening}/clear", {"on": str(on)})
    c.see("corporate", f"/api/bundling/offers/{lead}", lambda offer: offer["items"][0]["status"] == "cleared")
    _use(c, opening, customer, product, on)


def _use(c: Caller, opening: str, customer: str, product: str, on: date) -> None:
    """The core system opens it, and reports three days of use."""
    holding = f"H-{hashlib.sha256(opening.encode()).hexdigest()[:12]}"
    opened = {
        "holding_id": holding,
        "customer_id": customer,
        "product": product,
        "unit_id": c.cast["retail"].unit_id,
        "opened_on": str(on),
        "closed_on": None,
        "opening_ref": opening,
        "business_date": str(on),
    }
    feed(c, "holdings", [opened])
    days = [on + timedelta(days=n) for n in (1, 2, 3)]
    feed(c, "activity", [_used(holding, day) for day in days])


def _used(holding: str, day: date) -> Json:
    return {"holding_id": holding, "uses": 2, "authenticated_uses": 2, "business_date": str(day)}


def feed(c: Caller, kind: str, rows: list[Json]) -> Json:
    name = f"{kind} {c.name} {c.chance.randrange(10**9)}"
    return c.post("bank", f"/api/registry/feeds/{kind}", {"name": name, "rows": rows})


def new_customers(c: Caller, on: date) -> None:
    """A few people become known, with a name, a telephone and an identity number each."""
    number = c.chance.randrange(10**6)
    feed(c, "customers", [person(c, number + n, on) for n in range(c.chance.randrange(1, 5))])


def person(c: Caller, number: int, on: date) -> Json:
    return {
        "customer_id": f"X{c.name}{number:07}",
        "kind": "person",
        "name": f"夏侯{c.chance.choice('一二三四五六七八九')}{number:07}",
        "phone": f"139{c.chance.randrange(10**8):08}",
        "id_number": f"99010119800101{c.chance.randrange(10**4):04}",
        "birth_date": "1980-01-01",
        "outlet_id": c.cast["retail"].unit_id,
        "manager_id": None,
        "consent_marketing": True,
        "corporate_customer": False,
        "business_date": str(on),
    }


JOURNEYS: tuple[tuple[int, Callable[[Caller, date], object]], ...] = (
    (35, won_lead),
    (15, lost_lead),
    (35, sale),
    (15, new_customers),
)
"""Each with its weight."""
