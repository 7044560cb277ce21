"""What users do under load, step by step; each step says what must come back."""

import uuid
from collections.abc import Mapping
from typing import Any

from locust.clients import HttpSession

Json = dict[str, Any]


class Failed(Exception):
    """A step was answered otherwise than it must be."""


class JointLead:
    """A corporate manager opens a lead and invites a retail partner; both accept; it is won, and read back."""

    def __init__(self, http: HttpSession, corporate: str, retail: str, partner: Mapping[str, str]) -> None:
        self._http = http
        self._corporate = corporate
        self._retail = retail
        self._partner = partner

    def play(self) -> Json:
        """The lead as it is shown at the end. Raises ``Failed``."""
        lead = self._command("/api/leads", "open", self._corporate, _lead())["id"]
        self._command(f"/api/leads/{lead}/invite", "invite", self._corporate, dict(self._partner))
        shares = [{"line": "corporate", "bps": 6_000}, {"line": "retail", "bps": 4_000}]
        self._command(f"/api/leads/{lead}/split", "split", self._corporate, {"shares": shares})
        self._command(f"/api/leads/{lead}/accept", "accept", self._corporate, {"proposal": 1, "on": "2026-09-02"})
        self._command(f"/api/leads/{lead}/accept", "accept", self._retail, {"proposal": 1, "on": "2026-09-02"})
        won = self._command(
            f"/api/leads/{lead}/win", "win", self._corporate, {"products": ["payroll"], "on": "2026-09-03"}
        )
        return self._show(lead, won["position"])

    def _command(self, path: str, step: str, token: str, body: Mapping[str, Any]) -> Json:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex}
        answer = self._http.post(path, json=body, headers=headers, name=f"lead: {step}")
        if answer.status_code not in {200, 201}:
            raise Failed(f"{step}: {answer.status_code} {answer.text}")
        return dict(answer.json())

    def _show(self, lead: str, position: str) -> Json:
        headers = {"Authorization": f"Bearer {self._corporate}"}
        answer = self._http.get(f"/api/leads/{lead}", params={"after": position}, headers=headers, name="lead: show")
        if answer.status_code != 200:
            raise Failed(f"show: {answer.status_code} {answer.text}")
        shown = dict(answer.json())
        if shown["status"] != "won":
            raise Failed(f"the lead that was won shows as {shown['status']}")
        return shown


def _lead() -> Json:
    return {
        "customer_id": f"L{uuid.uuid4().hex[:12]}",
        "customer_kind": "company",
        "need": "payroll",
        "products": ["payroll"],
        "source": "branch",
        "outlet_id": "O01",
        "value_minor": 1_000_000,
        "on": "2026-09-01",
    }
