"""Steps 1 to 3: the bank's files, the joint lead on a textile company, the win and its opening."""

from datetime import date
from pathlib import Path

from infra.demo import bank
from infra.demo.stage import Stage, yuan
from infra.public import Json, Public, until

COMPANY = "C000001"
LINKED_PEOPLE = 40
EVIDENCE = {
    "papers": ["application", "business_licence", "legal_representative_id", "authorisation"],
    "call_back_confirmed": True,
    "certificate_handed_to": "customer",
    "daily_limit_minor": 100_000_000,
}


def load_the_bank(stage: Stage, directory: Path) -> None:
    stage.step("装载银行数据 · The bank hands over what its systems know")
    figures = []
    for kind, rows, rejected in bank.hand_over(stage, directory):
        stage.holds(not rejected, f"of {kind}, {rejected[:1]} were rejected")
        figures.append(f"{rows:,} {kind}")
    stage.tell(f"Taken in through the feeds of registry: {', '.join(figures)}.")
    party = until(lambda: _linked(stage), f"linkage knows the {LINKED_PEOPLE} people of {COMPANY}", seconds=240)
    stage.tell(
        f"Linkage has gathered the {party['edges']} people and firms linked with {COMPANY}; "
        "nobody had to be told twice, and no service asked another."
    )


def _linked(stage: Stage) -> Json | None:
    party = stage["corporate"].find(f"/api/linkage/parties/{COMPANY}")
    return party if party and party["edges"] >= LINKED_PEOPLE else None


def propose_a_joint_lead(stage: Stage) -> str:
    """The corporate manager opens the lead, invites the retail manager and proposes the split; the lead's id."""
    corporate, partner = stage["corporate"], stage.cast["retail"]
    opened = corporate.post(
        "/api/leads",
        {
            "customer_id": COMPANY,
            "customer_kind": "company",
            "need": "payroll for 300 employees",
            "products": ["payroll", "corporate_ebank"],
            "source": "branch",
            "outlet_id": corporate.principal.unit_id,
            "value_minor": 120_000_000,
            "on": "2026-09-01",
        },
    )
    lead = str(opened["id"])
    invitation = {"staff_id": partner.staff_id, "line": "retail"}
    until(lambda: corporate.post(f"/api/leads/{lead}/invite", invitation), f"leads knows {partner.staff_id}")
    shares = [{"line": "corporate", "bps": 6_000}, {"line": "retail", "bps": 4_000}]
    corporate.post(f"/api/leads/{lead}/split", {"shares": shares})
    return lead


def agree_on_a_joint_lead(stage: Stage) -> None:
    corporate, retail = stage["corporate"], stage["retail"]
    stage.step("联合商机 · A joint lead, and a split that both lines accept")
    lead = stage.things["lead"] = propose_a_joint_lead(stage)
    corporate.post(f"/api/leads/{lead}/accept", {"proposal": 1, "on": "2026-09-01"})
    answer = retail.post(f"/api/leads/{lead}/accept", {"proposal": 1, "on": "2026-09-02"})
    shown = retail.get(f"/api/leads/{lead}", after=answer["position"])
    stage.holds(shown["status"] == "active", f"the lead is {shown['status']}, not active")
    customer = corporate.get(f"/api/registry/customers/{COMPANY}")
    stage.tell(
        f"{corporate.principal.name} opens a lead worth {yuan(shown['value_minor'])} on "
        f"{customer['display_name']} and invites {retail.principal.name}. They settle on 6,000 / 4,000 bps; "
        f"with the second acceptance the lead is active, and read back at once (position {answer['position']})."
    )
    stage.tell(_score(stage, lead))


def _score(stage: Stage, lead: str) -> str:
    """How promising the lead is, part by part; computed again, it comes out the same (rule L5)."""
    scores = until(lambda: stage["corporate"].get(f"/api/leads/{lead}/scores")["scores"], "the lead is scored")
    first = scores[0]
    stage.holds(sum(part["points"] for part in first["parts"]) == first["points"], "the parts are not the score")
    stage.holds(all(one["reproduced"] for one in scores), "a score does not come out again")
    parts = "; ".join(f"{part['points']:+} {part['bin']}" for part in first["parts"])
    return f"Its score by the card {first['card']} is {first['points']}: {parts}."


def win_and_open(stage: Stage) -> None:
    corporate, compliance, lead = stage["corporate"], stage["compliance"], stage.things["lead"]
    stage.step("成交与开户审核 · Won, and an opening that is checked by somebody else")
    corporate.post(
        f"/api/leads/{lead}/win",
        {"products": ["payroll", "corporate_ebank"], "value_minor": 120_000_000, "on": "2026-09-03"},
    )
    maker, checker = stage.cast["maker"].staff_id, stage.cast["checker"].staff_id
    alone = EVIDENCE | {"maker_id": maker, "checker_id": maker, "call_back_by": checker, "on": "2026-09-04"}
    offer = until(lambda: corporate.find(f"/api/bundling/offers/{lead}"), "bundling takes the won products over")
    stage.holds(len(offer["items"]) == 2, "the offer does not hold the two products that were won")
    request_opening(corporate, lead, "corporate_ebank", alone)
    refused = until(
        lambda: opening_in(stage, f"{lead}.corporate_ebank.1", "refused"), "compliance refuses the single operator"
    )
    stage.holds(refused["rule"].startswith("C1"), f"refused by {refused['rule']}, not by C1")
    stage.tell(f"First try with one operator: refused by rule {refused['rule']}: {refused['reason']}")
    for product, attempt in (("corporate_ebank", 2), ("payroll", 1)):
        opening = clear(
            stage, corporate, f"{lead}.{product}.{attempt}", alone | {"checker_id": checker, "on": "2026-09-05"}
        )
        holding = bank.open_holding(stage, opening, COMPANY, product, date(2026, 9, 7))
        bank.use(stage, holding, bank.days_from(date(2026, 9, 8), 3))
        stage.things.setdefault("company", []).append({"holding": holding})
    stage.tell(
        f"Second try with maker {maker} and checker {checker}, the legal representative called back: cleared by "
        f"{compliance.principal.name}, who neither sold nor reports to who did. Opened on 7 September, used on three "
        "days: the credit vests, six parts to the corporate side, four to the retail side."
    )


def clear(stage: Stage, seller: Public, opening: str, evidence: Json) -> str:
    """Request an opening and have it cleared by compliance; its id."""
    lead, product, _ = opening.split(".")
    request_opening(seller, lead, product, evidence)
    until(lambda: opening_in(stage, opening, "waiting"), f"compliance receives {opening}")
    stage["compliance"].post(f"/api/compliance/openings/{opening}/clear", {"on": evidence["on"]})
    until(lambda: cleared(stage, lead, product), f"bundling learns that {opening} is cleared")
    return opening


def request_opening(seller: Public, lead: str, product: str, evidence: Json) -> None:
    """Sent until bundling knows the lead and, after a refusal, the refusal."""
    path = f"/api/bundling/offers/{lead}/items/{product}/opening"
    until(lambda: seller.post(path, evidence), f"bundling takes the opening request of {lead}")


def opening_in(stage: Stage, opening: str, status: str) -> Json | None:
    found = stage["compliance"].find(f"/api/compliance/openings/{opening}")
    return found if found and found["status"] == status else None


def cleared(stage: Stage, lead: str, product: str) -> bool:
    offer = stage["corporate"].get(f"/api/bundling/offers/{lead}")
    return any(item["product"] == product and item["status"] == "cleared" for item in offer["items"])
