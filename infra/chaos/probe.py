"""Has it recovered? A fresh command, accepted and then seen in the projection that shows it."""

import contextlib
import itertools
import time
from collections.abc import Callable
from datetime import date

import httpx

from infra.chaos.caller import Caller, GaveUp, Refused
from infra.chaos.journal import Json

ON = str(date(2026, 9, 1))
_numbers = itertools.count(1)


class Probe:
    """``seconds(what)``: how long until a command to that service is accepted and visible; None for never."""

    def __init__(self, caller: Caller, patience: float) -> None:
        self._caller = caller
        self._patience = patience
        self._ways: dict[str, Callable[[], bool]] = {
            "leads": self._leads,
            "registry": self._registry,
            "chain": self._chain,
            "desk": self._desk,
        }

    def seconds(self, what: str, since: float) -> float | None:
        way = self._ways[what]
        while time.monotonic() < since + self._patience:
            with contextlib.suppress(Refused, GaveUp):
                if way():
                    return time.monotonic() - since
            time.sleep(0.1)
        return None

    def _leads(self) -> bool:
        opened = self._command("corporate", "/api/leads", _lead(self._caller))
        return opened is not None and self._shown("corporate", f"/api/leads/{opened['id']}", opened["position"])

    def _registry(self) -> bool:
        unit: Json = {
            "unit_id": f"PROBE{next(_numbers)}",
            "parent_id": None,
            "name": "probe",
            "name_en": "probe",
            "kind": "outlet",
            "business_date": ON,
        }
        taken = self._command("bank", "/api/registry/feeds/units", {"name": unit["unit_id"], "rows": [unit]})
        return taken is not None and self._shown("bank", "/api/registry/units", taken["position"])

    def _chain(self) -> bool:
        """Through leads, linkage, bundling and compliance: each learns from the one before."""
        opened = self._command("corporate", "/api/leads", _lead(self._caller))
        if opened is None:
            return False
        lead = f"/api/leads/{opened['id']}"
        invite = {"staff_id": self._caller.cast["retail"].staff_id, "line": "retail"}
        shares = {"shares": [{"line": "corporate", "bps": 5_000}, {"line": "retail", "bps": 5_000}]}
        accept, win = {"proposal": 1, "on": ON}, {"products": ["payroll"], "value_minor": 1, "on": ON}
        steps: list[tuple[str, str, Json]] = [
            ("corporate", "invite", invite),
            ("corporate", "split", shares),
            ("corporate", "accept", accept),
            ("retail", "accept", accept),
            ("corporate", "win", win),
        ]
        for part, step, body in steps:
            if self._command(part, f"{lead}/{step}", body) is None:
                return False
        seen = (f"/api/bundling/offers/{opened['id']}", f"/api/linkage/leads/{opened['id']}/brought")
        return all(self._eventually(path) for path in seen)

    def _desk(self) -> bool:
        answer = self._caller.look("corporate", "/")
        return answer is not None and answer.status_code < httpx.codes.BAD_REQUEST and self._leads()

    def _command(self, part: str, path: str, body: Json) -> Json | None:
        """A new command, repeated under its key until it is answered, as any caller would."""
        return self._caller.post(part, path, body)

    def _shown(self, part: str, path: str, after: str) -> bool:
        answer = self._caller.look(part, path, after=after)
        return answer is not None and answer.is_success

    def _eventually(self, path: str) -> bool:
        return bool(self._caller.see("corporate", path, bool))


def _lead(c: Caller) -> Json:
    return {
        "customer_id": f"PROBE{next(_numbers)}",
        "customer_kind": "company",
        "need": "probe",
        "products": ["payroll"],
        "source": "branch",
        "outlet_id": c.cast["corporate"].unit_id,
        "value_minor": 1,
        "on": ON,
    }
