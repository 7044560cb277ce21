"""Canonical values of bundling's tests: one lead, its customer, its people, and the events that tell its story."""

from datetime import UTC, date, datetime, timedelta

from services.bundling.domain import Hand
from services.bundling.events import (
    Evidence,
    Item,
    ItemAccepted,
    ItemActivated,
    ItemActive,
    ItemCleared,
    ItemClosed,
    ItemDeclined,
    ItemDormant,
    ItemOpened,
    ItemRefused,
    ItemUsed,
    OfferHeldOut,
    OfferPresented,
    OfferProposed,
    OpeningRequested,
)
from services.bundling.rules.facts import Facts, Held
from services.bundling.rules.reason import Reason
from services.bundling.rules.usage import Threshold
from shared.core.recorded import Meta, Recorded

LEAD = "01jd"
PERSON = "P0001"
OPENING = f"{LEAD}.mobile.1"
TODAY = date(2026, 3, 2)
SELLER = Hand(staff_id="R0007", unit_id="O011", roles=("retail",), team=("C0003", "R0007"))
STRANGER = Hand(staff_id="R0999", unit_id="O099", roles=("retail",), team=("C0003", "R0007"))
CHANNEL = Hand(staff_id="online-bank", unit_id="", roles=("ops",), team=("C0003", "R0007"))
EVIDENCE = Evidence(
    papers=("application", "id_card"),
    maker_id="S0101",
    checker_id="S0102",
    call_back_by=None,
    call_back_confirmed=False,
    certificate_handed_to="none",
    daily_limit_minor=5_000_000,
)
ACTIVE = Threshold(uses=3, days=60)
WHY = (Reason(condition="holds(online)", holds=True, fact="holds online since 2025-06-01 (H1)", as_of=TODAY),)


def day(n: int) -> date:
    """``n`` days after ``TODAY``."""
    return TODAY + timedelta(days=n)


def uses(**days: int) -> dict[date, int]:
    """``uses(d0=2, d3=1)``: authenticated uses by days after ``TODAY``."""
    return {day(int(name[1:])): count for name, count in days.items()}


def held(product, opened=-300, *, closed=None, holding="", **used):
    return Held(
        holding_id=holding or f"H-{product}",
        product=product,
        opened_on=day(opened),
        closed_on=None if closed is None else day(closed),
        as_of=day(opened),
        uses=uses(**used),
    )


def person(*holdings, born=1990, links=()):
    return Facts(PERSON, "person", born, day(-1), tuple(holdings), links)


def company(*holdings):
    return Facts("C0001", "company", None, day(-1), tuple(holdings))


def proposed(*products, bundle="precise_mobile", on=TODAY, asked_for=None):
    return OfferProposed(
        offer_id=LEAD,
        lead_id=LEAD,
        customer_id=PERSON,
        customer_kind="person",
        bundle=bundle,
        rules_version=1,
        active=ACTIVE,
        items=tuple(Item(product, 1) for product in products or ("mobile",)),
        reasons=WHY,
        proposed_by=SELLER.staff_id,
        unit_id=SELLER.unit_id,
        asked_for=bundle == "won" if asked_for is None else asked_for,
        on=on,
    )


def held_out(*products, bundle="precise_mobile", on=TODAY):
    return OfferHeldOut(
        offer_id=LEAD,
        lead_id=LEAD,
        customer_id=PERSON,
        customer_kind="person",
        bundle=bundle,
        rules_version=1,
        active=ACTIVE,
        items=products or ("mobile",),
        unit_id=SELLER.unit_id,
        on=on,
    )


def presented(channel="branch", by=SELLER, left_out=(), asked_for=False):
    return OfferPresented(LEAD, channel, by.staff_id, TODAY, left_out, asked_for)


def accepted(product="mobile", channel="branch"):
    return ItemAccepted(offer_id=LEAD, product=product, channel=channel, on=TODAY)


def declined(product="mobile", reason="uses another bank's", channel="branch"):
    return ItemDeclined(offer_id=LEAD, product=product, reason=reason, channel=channel, on=TODAY)


def requested(attempt=1, evidence=EVIDENCE, product="mobile"):
    return OpeningRequested(
        opening_id=f"{LEAD}.{product}.{attempt}",
        offer_id=LEAD,
        lead_id=LEAD,
        customer_id=PERSON,
        customer_kind="person",
        product=product,
        product_version=1,
        attempt=attempt,
        seller_id=SELLER.staff_id,
        sellers=SELLER.team,
        unit_id=SELLER.unit_id,
        evidence=evidence,
        on=TODAY,
    )


def of(product="mobile", attempt=1):
    return {"offer_id": LEAD, "lead_id": LEAD, "product": product, "opening_id": f"{LEAD}.{product}.{attempt}"}


def cleared(**where):
    return ItemCleared(**of(**where))


def refused(rule="C1.two_operators", reason="S0101 both made and checked it", **where):
    return ItemRefused(**of(**where), rule=rule, reason=reason)


def opened(n=0, holding="H1", **where):
    return ItemOpened(**of(**where), holding_id=holding, on=day(n))


def used(n, times=1, **where):
    return ItemUsed(**of(**where), authenticated_uses=times, on=day(n))


def activated(n, **where):
    return ItemActivated(**of(**where), on=day(n))


def active(n, **where):
    return ItemActive(**of(**where), on=day(n))


def dormant(n, **where):
    reason = f"fewer than 3 authenticated uses in the 60 days to {day(n)}"
    return ItemDormant(**of(**where), on=day(n), reason=reason)


def closed(n, **where):
    return ItemClosed(**of(**where), on=day(n))


UNDER_WAY = (proposed(), presented(), accepted(), requested())
OPEN = (*UNDER_WAY, cleared(), opened())
AWAKE = (*OPEN, used(1, 3), activated(1), active(1))


def recorded(event, stream="any-1", version=1, service="registry", position=1):
    """An event at a place in a service's log."""
    return Recorded(
        service=service,
        stream=stream,
        version=version,
        partition=0,
        position=position,
        recorded_at=datetime(2026, 3, 2, tzinfo=UTC),
        event=event,
        meta=Meta(command_id=f"c{version}", actor="R0007"),
    )
