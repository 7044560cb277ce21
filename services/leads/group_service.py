"""The part of the leads service that is about further lines, marketing groups, and those who left or moved."""

from collections.abc import Mapping
from typing import Any

from services.leads import group_schemas as schemas
from services.leads import projections
from services.leads.asking import MEMBERS, day_of, post_of, units_led
from services.leads.departures import BATCH, command_id, given_back, lists
from services.leads.domain.group_commands import JoinLine, LeaveLine, NameLeader
from services.leads.domain.lead import LEAD
from services.leads.projections import LEADS, STAFF
from shared.core.days import bank_day
from shared.core.reaction import Intent
from shared.runtime.api import Call, api
from shared.runtime.app import Accepted, App
from shared.runtime.every import apart, every
from shared.runtime.wiring import now

SWEEP_SECONDS = 20
LEADERS = (*MEMBERS, "branch")


class Groups:
    """Entrypoints for the nameko class; ``app`` is its own."""

    app: App

    @api("POST", "/api/leads/<lead_id>/join", roles=LEADERS, body=schemas.Join)
    def join(self, call: Call) -> Accepted:
        staff_id = call.body["staff_id"]
        command = JoinLine(call.principal.staff_id, staff_id, post_of(self.app, staff_id), day_of(call))
        return self.app.execute(LEAD, call.path["lead_id"], command, call)

    @api("POST", "/api/leads/<lead_id>/leave", roles=LEADERS, body=schemas.Leave)
    def leave(self, call: Call) -> Accepted:
        command = LeaveLine(call.principal.staff_id, call.body["line"], call.body["reason"], day_of(call))
        return self.app.execute(LEAD, call.path["lead_id"], command, call)

    @api("POST", "/api/leads/<lead_id>/leader", roles=LEADERS, body=schemas.NameLeader)
    def name_leader(self, call: Call) -> Accepted:
        by, staff_id = call.principal.staff_id, call.body["staff_id"] or call.principal.staff_id
        posts = post_of(self.app, by), post_of(self.app, staff_id)
        command = NameLeader(by, staff_id, *posts, day_of(call), units_led(self.app, call))
        return self.app.execute(LEAD, call.path["lead_id"], command, call)

    @api(
        "GET",
        "/api/leads/departures",
        roles=("branch", "ops", "auditor"),
        query=schemas.DepartureQuery,
        view=schemas.DepartureList,
    )
    def departures(self, call: Call) -> dict[str, Any]:
        unit = {"handovers.unit_id": call.query["unit_id"]} if call.query["unit_id"] else {}
        where: Mapping[str, Any] = {**projections.handovers_due(), **unit}
        people = self.app.documents(STAFF, where, call, sort="handovers.due_on", limit=call.query["limit"])
        return {"departures": [lists(self.app, person, call.today) for person in people]}

    @every(SWEEP_SECONDS)
    def give_back(self) -> None:
        """What leavers still own after its day goes back to its queue, however it came to them."""
        today = bank_day(now())
        people = self.app.documents(STAFF, projections.handovers_due(today), limit=0)
        for first in range(0, len(people), BATCH):
            some = people[first : first + BATCH]
            where = {"$or": projections.any_left_behind(some, today)}
            for lead in self.app.documents(LEADS, where, limit=BATCH, without=projections.HISTORY):
                with apart("give_back", lead["lead_id"]):
                    for command in given_back(lead, some, today):
                        self.app.carry_out(Intent(LEAD, lead["lead_id"], command), command_id(lead, command), "L9")
