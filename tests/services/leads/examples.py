"""Canonical values of leads' tests: a textile company's lead, a spawned lead, and the events that tell their story."""

from datetime import UTC, date, datetime

from services.leads.domain.commands import OpenLead, Post
from services.leads.events import (
    LeadActivated,
    LeadOpened,
    LeadQualified,
    LeadRouted,
    LeadWon,
    Origin,
    Share,
    SplitAccepted,
    SplitProposed,
)
from services.leads.rules import ROUTING_VERSION
from shared.core.memory_store import MemoryStore
from shared.core.reaction import follow
from shared.core.recorded import Meta, Recorded
from shared.runtime.execute import Executor

LEAD = "01jd"
COMPANY, PERSON = "C000001", "P000007"
ZHANG, LI, WANG = "S0021", "S0031", "S0032"
"""Corporate, retail and another retail manager, all of outlet O01."""
OUTLET = "O01"
DAY, NEXT = date(2026, 9, 1), date(2026, 9, 2)
ORIGIN = Origin("opp-1", "root", "root", (COMPANY,), 1)
POST = Post("retail", OUTLET, date(2019, 4, 1), None)
NO_RULE = "No rule matched: waits at the customer's outlet until somebody is invited or claims it."


def opening(**changes):
    wish = {
        "lead_id": LEAD, "customer_id": COMPANY, "customer_kind": "company", "need": "payroll", "products": ("payroll",),
        "source": "branch", "opened_by": ZHANG, "opened_by_line": "corporate", "unit_id": OUTLET, "outlet_id": OUTLET,
        "value_minor": 120_000_000, "on": DAY,
    }  # fmt: skip
    return OpenLead(**wish | changes)


def spawning(**changes):
    return opening(
        **{"customer_id": PERSON, "customer_kind": "person", "source": "linkage", "origin": ORIGIN, "value_minor": 0}
        | changes
    )


def opened_by(wish):
    return LeadOpened(**{name: getattr(wish, name) for name in LeadOpened.__struct_fields__})


def owned(line, staff, rule="L3.opener", reason="Opened the lead.", on=DAY, unit=OUTLET):
    return LeadRouted(LEAD, line, staff, unit, None, reason, rule, ROUTING_VERSION, on)


def queued(line, rule="L3.none", reason=NO_RULE, outlet=OUTLET):
    return LeadRouted(LEAD, line, None, None, f"{line}:{outlet}", reason, rule, ROUTING_VERSION, DAY)


def invited(staff=LI, line="retail", by=ZHANG):
    return owned(line, staff, "L3.invited", f"Invited by {by}.")


def shares(corporate=6_000, retail_owner=LI):
    return (
        Share("corporate", ZHANG, OUTLET, corporate),
        Share("retail", retail_owner, OUTLET, 10_000 - corporate),
    )


def proposed(number=1, corporate=6_000, by=ZHANG):
    return SplitProposed(LEAD, number, shares(corporate), by)


def accepted(line, number=1):
    return SplitAccepted(LEAD, number, line, ZHANG if line == "corporate" else LI)


def activated(number=1, corporate=6_000, on=NEXT):
    return LeadActivated(LEAD, COMPANY, number, shares(corporate), on)


OPENED = (opened_by(opening()), owned("corporate", ZHANG), queued("retail"))
JOINT = (*OPENED, invited())
ACTIVE = (*JOINT, proposed(), accepted("corporate"), accepted("retail"), activated())
QUALIFIED = (*ACTIVE, LeadQualified(LEAD, ZHANG, NEXT))
WON = LeadWon(
    LEAD, COMPANY, "company", "corporate", ("payroll",), shares(), ZHANG, OUTLET, OUTLET, 120_000_000, date(2026, 9, 3)
)
SPAWNED = (
    opened_by(spawning()),
    owned("corporate", ZHANG, "L3.winner", "Won the lead that this one follows from."),
    queued("retail", "L3.roster", "Goes to the outlet's next manager."),
)


def recorded(event, stream, version=1, service="leads"):
    moment = datetime(2026, 9, 1, 12, tzinfo=UTC)
    return Recorded(service, stream, version, 0, version, moment, event, Meta("c", "test"))


class Running:
    """A service's log in memory, with reactions run as the runtime does: each command once, however often delivered."""

    def __init__(self, service):
        self.store = MemoryStore(service)
        self.executor = Executor(self.store, lambda: datetime(2026, 9, 1, 12, tzinfo=UTC))

    def deliver(self, reaction, event):
        for intent in reaction(event):
            self.executor.execute(intent, follow(event, reaction.__name__, intent))

    def events(self, stream=None):
        """All that is recorded, stream by stream in order."""
        self.store.number()
        found = self.store.stream(0)
        return [one for one in found if stream in {None, one.stream}]

    def settle(self, reaction):
        """Deliver the service's own events to its own reaction until nothing new follows."""
        done = set()
        while fresh := [one for one in self.events() if one.id not in done]:
            for one in fresh:
                self.deliver(reaction, one)
                done.add(one.id)
