"""What each role does all day, act by act."""

import random
import uuid
from collections.abc import Iterator

from loadtests.arrivals import Arrivals
from loadtests.caller import PRESENT, Caller, Json, team
from loadtests.handover import Trays
from loadtests.settings import RATE

TRAYS = Trays()
CHANCE = random.Random(1)  # noqa: S311 -- the same mix each time
NOT_YET = (404,)
ON = {"on": "2026-09-02"}
PRODUCTS = ("payroll", "corporate_ebank", "settlement")
SHARES = [{"line": "corporate", "bps": 6_000}, {"line": "retail", "bps": 4_000}]
WON_IN_100 = 30
KNOWN_IN_100 = 10
"""Leads on companies that the bank knows: their wins bring the people who are linked with them."""


class CorporateManager(Caller):
    """Opens joint leads, wins some of them, requests what was won to be opened."""

    part = "corporate"
    weight = 40
    arrivals = Arrivals(RATE * 0.40)

    def day(self) -> Iterator[None]:
        while True:
            self.look("my leads", "/api/leads?limit=20")
            yield
            yield from self._propose()
            yield from self._finish()
            yield from self._open_what_was_won()

    def _propose(self) -> Iterator[None]:
        lead = self.command_and_see("lead: open", "/api/leads", _lead(self.me["unit_id"]))["id"]
        partner = CHANCE.choice(PRESENT["retail"] or team()["people"]["retail"])["staff_id"]
        path = f"/api/leads/{lead}"
        yield
        self.command("lead: invite", f"{path}/invite", {"staff_id": partner})
        yield
        self.command("lead: propose split", f"{path}/split", {"shares": SHARES})
        yield
        self.command("lead: accept", f"{path}/accept", {"proposal": 1, **ON})
        TRAYS.proposed[partner].put((lead, self.me["staff_id"]))
        yield

    def _finish(self) -> Iterator[None]:
        lead = TRAYS.active[self.me["staff_id"]].take()
        if lead is None or CHANCE.randrange(100) >= WON_IN_100:
            return
        path = f"/api/leads/{lead}"
        self.command_and_see("lead: win", f"{path}/win", {"products": ["payroll"], "on": "2026-09-03"}, path)
        TRAYS.won[self.me["staff_id"]].put(lead, later=True)
        yield

    def _open_what_was_won(self) -> Iterator[None]:
        lead = TRAYS.won[self.me["staff_id"]].take()
        if lead is None:
            return
        path = f"/api/bundling/offers/{lead}"
        if self.look("offer: show", path, NOT_YET) is None:
            TRAYS.won[self.me["staff_id"]].put(lead, later=True)
            yield
            return
        yield
        if self.command("offer: request opening", f"{path}/items/payroll/opening", team()["evidence"], NOT_YET):
            TRAYS.openings.put(f"{lead}.payroll.1", later=True)
        else:
            TRAYS.won[self.me["staff_id"]].put(lead, later=True)
        yield


class RetailManager(Caller):
    """Accepts what is proposed, looks after the leads there are, asks which bundle fits a customer."""

    part = "retail"
    weight = 36
    arrivals = Arrivals(RATE * 0.36)

    def day(self) -> Iterator[None]:
        while True:
            self.look("my leads", "/api/leads?limit=20")
            yield
            lead, opener = TRAYS.proposed[self.me["staff_id"]].take() or (None, "")
            if lead is None:
                self.look("bundle answers", f"/api/bundling/customers/{_person()}/answers")
                yield
                continue
            path = f"/api/leads/{lead}"
            if self.look("lead: show", path, NOT_YET) is None:
                TRAYS.proposed[self.me["staff_id"]].put((lead, opener), later=True)
                yield
                continue
            yield
            self.command_and_see("lead: accept", f"{path}/accept", {"proposal": 1, **ON}, path)
            TRAYS.active[opener].put(lead)
            yield


class ProductManager(Caller):
    """Looks at the catalogue, and at what the rules answer."""

    part = "product"
    weight = 8
    arrivals = Arrivals(RATE * 0.08)

    def day(self) -> Iterator[None]:
        while True:
            self.look("catalogue", "/api/bundling/catalogue")
            yield
            self.look("bundle answers", f"/api/bundling/customers/{_person()}/answers")
            yield


class ComplianceOfficer(Caller):
    """Works the queue of openings; looks at alerts."""

    part = "compliance"
    weight = 12
    arrivals = Arrivals(RATE * 0.12)

    def day(self) -> Iterator[None]:
        while True:
            self.look("openings waiting", "/api/compliance/openings?status=waiting")
            yield
            opening = TRAYS.openings.take()
            if opening is None:
                self.look("alerts", "/api/compliance/alerts?status=open")
            elif self.look("opening: show", f"/api/compliance/openings/{opening}", NOT_YET) is None:
                TRAYS.openings.put(opening, later=True)
            else:
                yield
                self.command("opening: clear", f"/api/compliance/openings/{opening}/clear", ON)
            yield


class HrSystem(Caller):
    """Pulls statements after the last that it stored, acknowledges each in order; looks again when there are none."""

    part = "hr"
    fixed_count = 1
    arrivals = Arrivals(RATE * 0.04)
    base = "/api/incentives/hr"

    def day(self) -> Iterator[None]:
        stored = int((self.look("hr: acks", f"{self.base}/acks") or {}).get("seq") or 0)
        yield
        while True:
            page = self.look("hr: statements", f"{self.base}/statements?after={stored}&limit=100") or {}
            yield
            for statement in page["statements"]:
                self.command("hr: acknowledge", f"{self.base}/acks", {k: statement[k] for k in ("seq", "hash")})
                stored = statement["seq"]
                yield


def _lead(unit_id: str) -> Json:
    known = CHANCE.randrange(100) < KNOWN_IN_100
    return {
        "customer_id": CHANCE.choice(team()["companies"]) if known else f"L{uuid.uuid4().hex[:12]}",
        "customer_kind": "company",
        "need": "payroll",
        "products": ["payroll"],
        "source": "branch",
        "outlet_id": unit_id,
        "value_minor": 1_000_000,
        "despite": "the same few companies again and again" if known else None,
        "on": "2026-09-01",
    }


def _person() -> str:
    return str(CHANCE.choice(team()["persons"]))
