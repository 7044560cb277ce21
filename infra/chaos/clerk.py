"""The bank's back office under chaos: loads what the bank knows, closes a month each round, pulls the statements."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from infra.chaos.caller import Caller, Refused
from infra.chaos.journal import Json
from infra.chaos.journeys import COMPANIES, feed, month_after
from infra.demo.story import default_plan

PEOPLE = 120
CELLS = {"": None, "true": True, "false": False}


class Clerk:
    """``statements`` holds the bytes of each statement as it was first pulled."""

    def __init__(self, caller: Caller, bank: Path) -> None:
        self._caller = caller
        self._bank = bank
        self.statements: dict[int, bytes] = {}
        self.personal: set[str] = set()

    def load_the_bank(self) -> None:
        """All units and staff, a few companies and the people linked with them; the plan that scores them."""
        known = set(COMPANIES) | {f"P{number:06}" for number in range(1, PEOPLE + 1)}
        for kind in ("units", "staff"):
            feed(self._caller, kind, list(self._rows(kind)))
        customers = [row for row in self._rows("customers") if row["customer_id"] in known]
        feed(self._caller, "customers", customers)
        self.personal = {str(row[column]) for row in customers for column in ("phone", "id_number") if row[column]}
        self.personal |= {row["name"] for row in customers if row["kind"] == "person"}
        self.personal -= {row["name"] for row in self._rows("staff")}  # known to everybody at work
        links = [row for row in self._rows("relationships") if {row["from_id"], row["to_id"]} <= known]
        feed(self._caller, "relationships", links)
        self._activate(default_plan())

    def _rows(self, kind: str) -> Iterator[Json]:
        with (self._bank / f"{kind}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield {column: _typed(column, value) for column, value in row.items()}

    def _activate(self, plan: Json) -> None:
        caller, path = self._caller, f"/api/incentives/plans/{plan['plan_id']}/{plan['version']}"
        caller.post("designer", "/api/incentives/plans", plan)
        caller.post("designer", f"{path}/submit")
        plan_hash = caller.see("approver", path, lambda shown: shown["plan_hash"])
        caller.post("approver", f"{path}/approve", {"plan_hash": plan_hash})
        caller.post("approver", f"{path}/activate")
        caller.see("hr", path, lambda shown: shown["status"] == "active")

    def close_month(self, months: int) -> None:
        """The bank's day ends for the month's last time; the period closes, HR pulls it and says so."""
        caller, first = self._caller, month_after(months)
        month, last = f"{first:%Y-%m}", month_after(months + 1) - timedelta(days=1)
        feed(caller, "days", [{"business_date": str(last)}])
        caller.until(lambda: self._period(month, "completed"), f"{month} is complete")
        self._close(month)
        seq = int(str(caller.until(lambda: self._period(month, "seq"), f"{month} is closed")))
        self.statements[seq] = caller.until(lambda: self.pull(seq), f"statement {seq}")
        sealed = caller.see("hr", f"/api/incentives/hr/statements/{seq}", lambda shown: shown["hash"])
        caller.post("hr", "/api/incentives/hr/acks", {"seq": seq, "hash": sealed})

    def _close(self, month: str) -> None:
        """Refused while the ledger is still behind its deals: asked again, under another key."""

        def close() -> bool:
            try:
                self._caller.post("approver", f"/api/incentives/periods/{month}/close")
            except Refused:
                return False
            return True

        self._caller.until(close, f"{month} may be closed")

    def _period(self, month: str, field: str) -> object:
        answer = self._caller.look("hr", "/api/incentives/periods")
        periods = answer.json()["periods"] if answer is not None and answer.is_success else []
        return next((period[field] for period in periods if period["period"] == month), None)

    def pull(self, seq: int) -> bytes | None:
        answer = self._caller.look("hr", f"/api/incentives/hr/statements/{seq}")
        return answer.content if answer is not None and answer.is_success else None


def _typed(column: str, value: str) -> object:
    """A cell of a file is text; JSON knows nothing, numbers and truth."""
    return int(value) if column.endswith("_bps") else CELLS.get(value, value)
