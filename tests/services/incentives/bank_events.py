"""What the other services record of the example deal, each event at its place in its own log."""

from datetime import UTC, datetime

from services.bundling import events as bundling
from services.compliance import events as compliance
from services.leads import events as leads
from services.registry import events as registry
from shared.core.recorded import Meta, Recorded
from tests.services.incentives.examples import CORPORATE, LEAD, OPENING, RETAIL, day

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)


def recorded(service, stream, event, version=1, position=1):
    meta = Meta(command_id=f"{stream}@{version}", actor="S0001")
    return Recorded(service, stream, version, 0, position, AT, event, meta)


def activated(proposal=1, on=0, corporate=4_000, version=5):
    shares = (
        leads.Share("corporate", CORPORATE, "B01", corporate),
        leads.Share("retail", RETAIL, "B01-O2", 10_000 - corporate),
    )
    return recorded("leads", f"lead-{LEAD}", leads.LeadActivated(LEAD, "C1", proposal, shares, day(on)), version)


def requested(opening_id=OPENING):
    evidence = bundling.Evidence(("id_card",), "S0042", "S0043", None, False, "customer", 2_000_000)
    event = bundling.OpeningRequested(
        opening_id, "o1", LEAD, "P1", "person", "mobile", 1, 1, "S0042", ("S0042",), "B01-O2", evidence, day(0)
    )
    return recorded("bundling", "offer-o1", event, 3)


def dormant(on):
    return recorded(
        "bundling", "offer-o1", bundling.ItemDormant("o1", LEAD, "mobile", OPENING, day(on), "no use in 60 days"), 9
    )


def cleared(on=0):
    event = compliance.OpeningCleared(OPENING, LEAD, "mobile", (), "S0100", day(on))
    return recorded("compliance", f"opening-{OPENING}", event, 2)


def refused(on=0):
    event = compliance.OpeningRefused(OPENING, LEAD, "mobile", "C1.two_operators", "one operator", (), None, day(on))
    return recorded("compliance", f"opening-{OPENING}", event, 2)


def alert(state, on, ref=OPENING):
    refs = (ref,) if ref else ()
    event = {
        "open": lambda: compliance.AlertOpened("a1", "burst", "holding", "H1", refs, ("t1",), 1, day(on)),
        "confirmed": lambda: compliance.AlertConfirmed("a1", refs, "S0100", "seen", day(on)),
        "dismissed": lambda: compliance.AlertDismissed("a1", refs, "S0100", "seen", day(on)),
    }[state]()
    return recorded("compliance", "alert-a1", event, 1 if state == "open" else 2)


def holding(ref=OPENING, closed=None, version=1):
    closed_on = None if closed is None else day(closed)
    event = registry.HoldingRecorded("H1", "P1", "mobile", "B01-O2", day(0), closed_on, ref, day(closed or 0))
    return recorded("registry", "holding-H1", event, version)


def activity(on, count=1, ref=OPENING, version=1):
    event = registry.ActivityRecorded("H1", "P1", "mobile", ref, count, count, day(on))
    return recorded("registry", f"activity-H1.{day(on)}", event, version)


def day_closed(business_date):
    return recorded("registry", f"day-{business_date}", registry.DayClosed(business_date))


def story():
    """The deal that vests on day 12, is held on day 20 and released on day 25, and goes dormant on day 80."""
    return [
        activated(),
        requested(),
        cleared(),
        holding(),
        *(activity(on) for on in (2, 5, 12)),
        alert("open", 20),
        alert("dismissed", 25),
        dormant(80),
    ]
