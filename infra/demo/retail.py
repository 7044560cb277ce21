"""Step 4: what the corporate win brings to the retail line, and what becomes of it in September."""

from datetime import UTC, date, datetime
from itertools import islice

from infra.demo import bank
from infra.demo.corporate import COMPANY, clear
from infra.demo.stage import Stage
from infra.public import Json, Public, until
from shared.runtime.auth import Principal

BUNDLE = "payroll"
WORKED = 7
ACCOUNTS = {"now", "mmda", "term_deposit", "debit_card", "credit_card"}
PAPERS = {
    "papers": ["application", "id_card"],
    "call_back_by": None,
    "call_back_confirmed": False,
    "certificate_handed_to": "none",
    "daily_limit_minor": 10_000_000,
}
TRANSFER, LIMIT = 2_000_000, 2_000_000  # five times 20,000.00, each the whole of the limit


def spawn(stage: Stage) -> None:
    stage.step("公私联动 · The win brings retail opportunities, once each")
    lead = stage.things["lead"]
    brought = until(lambda: _settled(stage, lead), "linkage spawns the opportunities", seconds=120)
    found = brought["opportunities"]
    people = {one["customer_id"] for one in found}
    stage.things["spawned"] = len(found)
    stage.holds(len(people) == len(found), "somebody was reached twice for one product")
    held = [p for p in people if "mobile" in _products(stage, p)]
    stage.holds(not held, f"{held} hold mobile banking already")
    stage.tell(
        f"Of the people linked with {COMPANY}, {len(found)} consent, are still linked and have no mobile banking: "
        f"one opportunity each for mobile, at 7,000 / 3,000 bps for the retail side and the winner."
    )


def _settled(stage: Stage, lead: str) -> Json | None:
    brought = stage["corporate"].find(f"/api/linkage/leads/{lead}/brought")
    return brought if brought and brought["count"] >= WORKED else None


def _products(stage: Stage, customer: str) -> set[str]:
    holdings = stage["retail"].get(f"/api/registry/customers/{customer}")["holdings"]
    return {one["product"] for one in holdings if not one["closed_on"]}


def work(stage: Stage) -> None:
    """Seven leads are worked: one is declined, six are opened; each then goes its own way."""
    stage.step("零售经营 · Bundles with reasons, openings, use")
    leads = until(lambda: _spawned_leads(stage), f"{WORKED} spawned leads wait for both sides", seconds=120)
    stage.things["retail_leads"] = leads
    *sold, declined = leads
    answer = _offer(stage, declined)
    _decline(stage, declined)
    for lead in sold:
        _sell(stage, lead)
    reasons = "; ".join(reason["fact"] for reason in answer["reasons"])
    stage.tell(
        f"{stage.cast['retail'].name} and colleagues take {WORKED} of them on. "
        f"The bundle {BUNDLE} says yes, and why: {reasons}. "
        f"One customer declines; {len(sold)} accept, are cleared by compliance and opened on 10 September."
    )
    active, sleeper, flagged, quiet = sold[:3], sold[3], sold[4], sold[5]
    for lead in (*active, sleeper, flagged):
        bank.use(stage, lead["holding"], bank.days_from(date(2026, 9, 12), 3))
    stage.things |= {"active": active, "sleeper": sleeper, "flagged": flagged, "quiet": quiet}
    stage.tell(
        f"{len(active) + 2} of them use it on three days within September, authenticated by themselves: the credit "
        "vests. One opened it and does nothing: nothing is paid."
    )


def burst(stage: Stage) -> None:
    stage.step("风险预警 · Five transfers at the limit on one morning")
    flagged = stage.things["flagged"]
    moments = [datetime(2026, 9, 21, 9, minute, tzinfo=UTC) for minute in range(0, 50, 10)]
    bank.transfer(stage, flagged["holding"], moments, TRANSFER, LIMIT)
    alert = until(lambda: _alert(stage, flagged["holding"]), "compliance sees the burst")
    lines = until(lambda: entries(stage, flagged["lead_id"], "held"), "the credit is held")
    stage.tell(
        f"Alert {alert['pattern']} on {flagged['holding']}, with its {len(alert['evidence'])} transfers as evidence. "
        f"It holds the {len(lines)} lines of that one credit, and nothing else."
    )


def _alert(stage: Stage, holding: str) -> Json | None:
    alerts = stage["compliance"].get("/api/compliance/alerts", subject_id=holding)["alerts"]
    return alerts[0] if alerts else None


def entries(stage: Stage, lead_id: str, entry: str) -> list[Json]:
    """Ledger lines of a lead with one kind of entry, as head office sees them."""
    lines = stage["hr"].get("/api/incentives/lines", lead_id=lead_id)["lines"]
    return [line for line in lines if line["entry"] == entry]


def _spawned_leads(stage: Stage) -> list[Json] | None:
    """Leads that the win brought, whose customers have an account to be served; our own manager's first, but for one
    that is left for another day.
    """
    found = stage["corporate"].get("/api/leads", status="proposed", limit=500)["leads"]
    dealt = [one for one in found if one["origin"] and one["sides"]["retail"].get("owner_id")]
    if len(dealt) < stage.things["spawned"]:
        return None
    dealt.sort(key=lambda one: one["lead_id"])
    ours = [one for one in dealt if one["sides"]["retail"]["owner_id"] == stage.cast["retail"].staff_id]
    others = [one for one in dealt if one not in ours]
    able = (one for one in [*ours[1:], *others] if ACCOUNTS & _products(stage, one["customer_id"]))
    return list(islice(able, WORKED))


def _owner(stage: Stage, lead: Json) -> Public:
    """The retail manager to whom the lead was dealt."""
    side = lead["sides"]["retail"]
    return stage.person(Principal(side["owner_id"], side["owner_id"], frozenset({"retail"}), side["unit_id"], "retail"))


def _offer(stage: Stage, lead: Json) -> Json:
    """Both accept the split; the bundle is proposed and presented. The proposal with its reasons."""
    retail, lead_id = _owner(stage, lead), lead["lead_id"]
    for side in (retail, stage["corporate"]):
        side.post(f"/api/leads/{lead_id}/accept", {"proposal": 1, "on": "2026-09-08"})
    body = {"lead_id": lead_id, "customer_id": lead["customer_id"], "bundle": BUNDLE, "on": "2026-09-09"}
    until(lambda: retail.post("/api/bundling/offers", body), f"bundling knows lead {lead_id}")
    offer = until(lambda: retail.find(f"/api/bundling/offers/{lead_id}"), f"the offer of {lead_id} is shown")
    retail.post(f"/api/bundling/offers/{lead_id}/present", {"channel": "branch", "on": "2026-09-09"})
    return dict(offer["proposals"][0])


def _decline(stage: Stage, lead: Json) -> None:
    retail, lead_id = _owner(stage, lead), lead["lead_id"]
    body = {"channel": "branch", "reason": "uses another bank's", "on": "2026-09-09"}
    retail.post(f"/api/bundling/offers/{lead_id}/items/mobile/decline", body)
    lost = {"reason": "competitor", "text": "uses another bank's", "on": "2026-09-09"}
    retail.post(f"/api/leads/{lead_id}/lose", lost)


def _sell(stage: Stage, lead: Json) -> None:
    """Proposed in the branch, accepted on line, won, cleared, opened."""
    _offer(stage, lead)
    retail, lead_id = _owner(stage, lead), lead["lead_id"]
    retail.post(f"/api/bundling/offers/{lead_id}/items/mobile/accept", {"channel": "online", "on": "2026-09-09"})
    retail.post(f"/api/leads/{lead_id}/win", {"products": ["mobile"], "value_minor": 0, "on": "2026-09-09"})
    operators = {"maker_id": stage.cast["maker"].staff_id, "checker_id": stage.cast["checker"].staff_id}
    evidence = PAPERS | operators | {"on": "2026-09-10"}
    opening = clear(stage, retail, f"{lead_id}.mobile.1", evidence)
    lead["holding"] = bank.open_holding(stage, opening, lead["customer_id"], "mobile", date(2026, 9, 10))
