"""The part of the compliance service that is about inspections (rule C5)."""

from functools import cache, partial
from secrets import token_hex
from typing import Any

from services.compliance import inspection_schemas as schemas
from services.compliance import reactions
from services.compliance.domain.inspection import INSPECTION, InspectOpening, ReportRemedy, sample_id
from services.compliance.inspection_projection import SAMPLES, late, with_late
from services.compliance.projections import OPENINGS, STAFF, UNITS, reporting, sellers_of
from services.compliance.sampling import Cleared
from shared.core.reaction import Intent, Reaction
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import apart, every
from shared.runtime.listen import listen
from shared.runtime.wiring import now

INSPECTORS = ("compliance",)
REMEDIERS = ("branch",)
LOOKERS = (*INSPECTORS, *REMEDIERS, "auditor")
LOOK_SECONDS = 20
EVERY = 0
Json = dict[str, Any]


class Inspections:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("GET", "/api/compliance/samples", roles=LOOKERS, query=schemas.SampleQuery, view=schemas.SampleList)
    def samples(self, call: Call) -> Json:
        asked = call.query
        where: Json = {name: asked[name] for name in ("unit_id", "month") if name in asked}
        where |= {"overdue": {"$gt": 0}} if asked["overdue"] else {}
        found = self.app.documents(SAMPLES, where, call, sort="-month", limit=asked["limit"])
        return {"samples": found}

    @api("GET", "/api/compliance/samples/<sample_id>", roles=LOOKERS, view=schemas.SampleView)
    def sample(self, call: Call) -> Json:
        return self.app.document(SAMPLES, call.path["sample_id"], call)

    @api(
        "POST",
        "/api/compliance/samples/<sample_id>/openings/<opening_id>/inspect",
        roles=INSPECTORS,
        body=schemas.Inspect,
    )
    def inspect(self, call: Call) -> Accepted:
        opening_id, body = call.path["opening_id"], call.body
        opening = self.app.document(OPENINGS, opening_id, call)
        evidence = opening["evidence"]
        command = InspectOpening(
            opening_id=opening_id,
            officer=reporting(call.principal.staff_id, self._staff),
            sellers=sellers_of(opening),
            took_part=(evidence["maker_id"], evidence["checker_id"], opening["officer_id"] or ""),
            finding=body["finding"],
            remedy_due=body["remedy_due"],
            on=body["on"] or call.today,
        )
        return self.app.execute(INSPECTION, call.path["sample_id"], command, call)

    @api(
        "POST",
        "/api/compliance/samples/<sample_id>/openings/<opening_id>/remedy",
        roles=REMEDIERS,
        body=schemas.Remedy,
    )
    def remedy(self, call: Call) -> Accepted:
        on, said = call.body["on"] or call.today, call.body["remedy"]
        unit_id = self.app.document(SAMPLES, call.path["sample_id"], call)["unit_id"]
        who = call.principal
        command = ReportRemedy(
            call.path["opening_id"], said, who.staff_id, who.unit_id, _upwards(self.app, unit_id), on
        )
        return self.app.execute(INSPECTION, call.path["sample_id"], command, call)

    @listen("registry", "compliance.draw_samples", reactions.CLOSES)
    def draw_samples(self) -> Reaction:
        return reactions.draw_samples(
            partial(_cleared, self.app), cache(partial(_drawn_from, self.app)), lambda: token_hex(16)
        )

    @every(LOOK_SECONDS)
    def notice_overdue(self) -> None:
        moment = now()
        for sample, wish in late(self.app.documents(SAMPLES, with_late(moment)), moment):
            with apart("notice_overdue", wish.opening_id):
                command_id = f"C5/{sample}/{wish.opening_id}/{wish.remedy_due}"
                self.app.carry_out(Intent(INSPECTION, sample, wish), command_id, "C5")

    def _staff(self, staff_id: str) -> Json | None:
        return next(iter(self.app.documents(STAFF, {"_id": staff_id}, limit=1)), None)


def _upwards(app: App, unit_id: str) -> tuple[str, ...]:
    """A unit and those over it, in turn; a ring is walked once."""
    found: list[str] = []
    over: str | None = unit_id
    while over is not None and over not in found:
        found.append(over)
        over = next((one["parent_id"] for one in app.documents(UNITS, {"_id": over}, limit=1)), None)
    return tuple(found)


def _cleared(app: App, month: str) -> list[Cleared]:
    """The openings that were cleared by the end of a month and are in no draw yet, as far as the documents know."""
    where = {"status": "cleared", "sample_id": None, "decided_on": {"$lte": f"{month}-31"}}
    found = app.documents(OPENINGS, where, limit=EVERY, only=("unit_id", "opening_id", "decided_on"))
    return [Cleared(one["unit_id"], one["opening_id"], one["decided_on"][:7]) for one in found]


def _drawn_from(app: App, unit_id: str, month: str) -> frozenset[str] | None:
    """What a sample was drawn from, by the log itself; None where it is not drawn yet."""
    state, _ = app.state(INSPECTION, sample_id(unit_id, month))
    return frozenset(state.sample.drawn_from) if state.sample else None
