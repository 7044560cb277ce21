"""From a joint lead to what its win brings, over real HTTP, MongoDB and RabbitMQ."""

import json
import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import httpx
import pytest
from click.testing import CliRunner

from infra.cli import liandong
from infra.public import Unexpected, until
from infra.verify import projection_holds
from services.leads import projections as leads
from services.leads.campaign_rules import arm_of
from services.leads.domain.demand import DEMAND, ClaimNeed
from services.leads.domain.lead import LEAD
from services.leads.duplicate_events import Wish
from services.leads.events import LeadLost, LeadWon
from services.leads.scorecard.trial import held_back
from services.leads.verify import scores_come_again
from services.linkage import projections as linkage
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerErased,
    CustomersMatched,
    DayClosed,
    MatchReason,
)
from shared.core.days import bank_day
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.aliases import Aliases
from shared.runtime.execute import Executor
from tests.services.leads.examples import opened_by, opening
from tests.services.leads.stack import DAY, Bank, customer, employee, holding, left, staff, unit

pytestmark = pytest.mark.stack

ZHANG, LI, WANG, CHEN = "S0021", "S0031", "S0032", "S0041"
PEOPLE = [f"P{number:04}" for number in range(450)]
REFUSING, HOLDING = set(PEOPLE[::9]), set(PEOPLE[4::10])
COMPANY, SMALL = "C000001", "C000002"
BODY = {
    "customer_id": COMPANY, "customer_kind": "company", "need": "payroll for 450", "products": ["payroll"],
    "source": "branch", "outlet_id": "O01", "value_minor": 120_000_000, "on": "2026-09-01",
}  # fmt: skip


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    with Bank(tmp_path_factory.mktemp("leads")) as running:
        running.say(
            staff(ZHANG, "corporate"), staff(LI), staff(WANG), staff(CHEN, unit="O09"), customer(COMPANY),
            *(customer(one) for one in PEOPLE),
            *(employee(COMPANY, one, consent=one not in REFUSING) for one in PEOPLE),
            *(holding(one, "mobile", date(2024, 1, 1)) for one in HOLDING),
            customer(SMALL), customer("P9000", "O09"), employee(SMALL, "P9000"),
        )  # fmt: skip
        find = running.as_(ZHANG, "corporate").find
        until(lambda: (find(f"/api/linkage/parties/{COMPANY}") or {}).get("edges") == len(PEOPLE), "edges", 60)
        until(lambda: (find("/api/linkage/parties/P9000") or {}).get("kind"), "the last customer", 60)
        lead = running.as_(ZHANG, "corporate").post("/api/leads", BODY | {"customer_id": "C000070"})["id"]
        invite = {"staff_id": LI, "on": "2026-09-01"}
        until(lambda: running.as_(ZHANG, "corporate").post(f"/api/leads/{lead}/invite", invite), "posts", 60)
        yield running


@pytest.fixture
def zhang(bank):
    return bank.as_(ZHANG, "corporate")


@pytest.fixture
def li(bank):
    return bank.as_(LI, "retail")


def win(corporate, retail, customer_id, on="2026-09-03"):
    """A joint lead from its opening to the win; its id and the token of the last write."""
    lead = corporate.post("/api/leads", BODY | {"customer_id": customer_id})["id"]
    corporate.post(f"/api/leads/{lead}/invite", {"staff_id": retail.principal.staff_id, "on": "2026-09-01"})
    shares = [{"line": "retail", "bps": 4_000}, {"line": "corporate", "bps": 6_000}]
    retail.post(f"/api/leads/{lead}/split", {"shares": shares})
    for owner in (corporate, retail):
        owner.post(f"/api/leads/{lead}/accept", {"proposal": 1, "on": "2026-09-02"})
    corporate.post(f"/api/leads/{lead}/qualify", {"on": "2026-09-02"})
    return lead, corporate.post(f"/api/leads/{lead}/win", {"products": ["payroll"], "on": on})["position"]


def test_a_joint_lead_is_read_back_as_soon_as_it_is_written(zhang, li):
    lead, position = win(zhang, li, "C000077")
    shown = li.get(f"/api/leads/{lead}", after=position)
    assert (shown["status"], shown["version"], len(shown["timeline"])) == ("won", 10, 10)
    assert [(share["line"], share["bps"]) for share in shown["split"]["shares"]] == [
        ("corporate", 6_000),
        ("retail", 4_000),
    ]
    assert [one["rule"] for one in shown["routing"]] == ["L3.opener", "L3.none", "L3.invited"]
    assert lead in [one["lead_id"] for one in li.get("/api/leads", status="won", side="retail")["leads"]]
    assert li.get("/api/leads", side="corporate")["leads"] == []


def test_k1_a_win_brings_joint_leads_to_the_persons_outlet_once_each(bank, zhang, li):
    lead, _ = win(zhang, li, COMPANY)
    expected = len(set(PEOPLE) - REFUSING - HOLDING)
    brought = until(lambda: _brought(zhang, lead, expected), "all opportunities", 120)
    assert (brought["withdrawn"], brought["won"], brought["customer_id"]) == (0, 0, COMPANY)
    assert {one["customer_id"] for one in brought["opportunities"]}.isdisjoint(REFUSING | HOLDING)
    mine = until(lambda: _proposed(li, expected // 2), "the leads that the roster dealt", 120)
    other = until(lambda: _proposed(bank.as_(WANG, "retail"), expected // 2), "the leads of the other manager", 120)
    assert abs(len(mine) - len(other)) <= 1
    one = mine[0]
    assert [(share["staff_id"], share["bps"]) for share in one["proposal"]["shares"]] == [(ZHANG, 3_000), (LI, 7_000)]
    assert (one["origin"]["root_lead_id"], one["source"]) == (lead, "linkage")
    _a_retail_win_leads_back(zhang, li, one, lead)
    _a_late_holding_takes_it_back(bank, li, mine[1])


def _brought(zhang, lead, count):
    found = zhang.find(f"/api/linkage/leads/{lead}/brought", limit=500)
    return found if found and found["count"] >= count else None


def _proposed(manager, count):
    found = manager.get("/api/leads", status="proposed", limit=500)["leads"]
    return found if len(found) >= count else None


def _a_retail_win_leads_back(zhang, li, one, lead):
    path = f"/api/leads/{one['lead_id']}"
    for owner in (li, zhang):
        owner.post(f"{path}/accept", {"proposal": 1, "on": "2026-09-08"})
    li.post(f"{path}/win", {"products": ["mobile"], "value_minor": 500, "on": "2026-09-09"})
    opportunity = f"/api/linkage/opportunities/{one['origin']['opportunity_id']}"
    found = until(lambda: _with_status(li, opportunity, "won"), "linkage knows the retail win")
    assert [step["lead_id"] for step in found["chain"]] == [lead]
    chain = until(lambda: li.find(f"/api/linkage/leads/{one['lead_id']}/brought"), "the retail win's own page")["chain"]
    assert [(step["lead_id"], step["hop"]) for step in chain] == [(lead, 0), (one["lead_id"], 1)]
    sums = until(lambda: _won(zhang, lead), "the first win's sums")
    assert (sums["won"], sums["value_minor"]) == (1, 500)


def _with_status(reader, path, status):
    found = reader.find(path)
    return found if found and found["status"] == status else None


def _won(zhang, lead):
    found = zhang.get(f"/api/linkage/leads/{lead}/brought", limit=1)
    return found if found["won"] else None


def _a_late_holding_takes_it_back(bank, li, one):
    bank.say(holding(one["customer_id"], "mobile", date(2026, 8, 1)))
    path = f"/api/leads/{one['lead_id']}"
    found = until(lambda: _with_status(li, path, "expired"), "the lead expires")
    assert found["expired"] == {"reason": "held_before_win", "on": DAY.isoformat()}
    assert li.refused(f"{path}/accept", {"proposal": 1})["rule"] == "L11"


def test_l3_a_lead_waits_in_its_outlets_queue_until_it_is_claimed(bank, zhang, li):
    lead = zhang.post("/api/leads", BODY | {"customer_id": "C000003"})["id"]
    queue = until(lambda: li.get("/api/leads", queue="true")["leads"], "the queue of O01")
    assert lead in [one["lead_id"] for one in queue]
    stranger = bank.as_(CHEN, "retail", "O09")
    assert stranger.refused(f"/api/leads/{lead}/claim")["code"] == "not_your_queue"
    position = li.post(f"/api/leads/{lead}/claim", {"on": "2026-09-02"})["position"]
    assert li.get(f"/api/leads/{lead}", after=position)["sides"]["retail"] == {
        "owner_id": LI, "unit_id": "O01", "queue": None,
    }  # fmt: skip


def test_k1_a_person_of_another_outlet_goes_to_that_outlets_manager(bank, zhang, li):
    win(zhang, li, SMALL)
    chen = bank.as_(CHEN, "retail", "O09")
    (one,) = until(lambda: chen.get("/api/leads")["leads"], "the lead at O09")
    assert (one["customer_id"], one["outlet_id"]) == ("P9000", "O09")


def test_k4_an_edge_that_ends_expires_its_lead_and_a_win_says_how_far_it_has_come(bank, zhang, li):
    bank.say(
        customer("C000041"), *(customer(one) for one in ("P9001", "P9002", "P9003")),
        employee("C000041", "P9001", until=date(2026, 9, 20)), employee("C000041", "P9002"),
        employee("C000041", "P9003"), CustomerErased("P9003", "asked for it"),
    )  # fmt: skip
    until(lambda: (zhang.find("/api/linkage/parties/C000041") or {}).get("edges") == 3, "the edges", 60)
    lead, _ = win(zhang, li, "C000041")
    brought = f"/api/linkage/leads/{lead}/brought"
    until(lambda: zhang.get(brought)["reach"] == {"reached": 3, "of": 3}, "all who are reached", 60)
    found = until(lambda: _brought(zhang, lead, 2), "the opportunities", 60)
    assert {one["customer_id"] for one in found["opportunities"]} == {"P9001", "P9002"}
    assert [(one["level"], one["count"], one["activated"]) for one in found["levels"]] == [(1, 2, 0)]
    bank.say(DayClosed(date(2026, 9, 20)))
    until(lambda: zhang.get(brought)["withdrawn"] == 1, "the end of the edge", 60)
    (gone,) = until(lambda: _withdrawn(zhang, "P9001"), "the opportunity that ended", 60)
    assert (gone["reason"], gone["root_lead_id"]) == ("link_ended", lead)
    until(lambda: gone["opportunity_id"] in _expired(zhang), "the expired lead", 60)


def _withdrawn(zhang, customer_id):
    found = zhang.get(f"/api/linkage/parties/{customer_id}")["opportunities"]
    return [one for one in found if one["status"] == "withdrawn"]


def _expired(zhang):
    """The opportunities of expired leads."""
    found = zhang.get("/api/leads", status="expired", limit=500)["leads"]
    return {one["origin"]["opportunity_id"] for one in found if one["origin"]}


def test_k6_managers_see_the_shadow_ledger_and_hr_does_not(bank, zhang, li):
    _, position = win(zhang, li, "C000071")
    manager = bank.as_("S0090", "branch")
    until(lambda: manager.get("/api/linkage/shadow/2026-09")["figures"], f"the win at {position}", 60)
    shown = manager.get("/api/linkage/shadow/2026-09", unit_id="O01")
    assert (shown["shadow"], {one["staff_id"] for one in shown["figures"]} <= {ZHANG, LI, WANG}) == (True, True)
    assert manager.get("/api/linkage/shadow/2026-09", unit_id="O77")["figures"] == []
    assert manager.find("/api/linkage/shadow/summer") is None
    for role in ("hr", "corporate", "approver"):
        with pytest.raises(Unexpected, match="403"):
            bank.as_(f"X-{role}", role).get("/api/linkage/shadow/2026-09")


def test_refusals_name_what_is_wrong(bank, zhang, li):
    lead = zhang.post("/api/leads", BODY | {"customer_id": "C000004"})["id"]
    path = f"/api/leads/{lead}"
    refused = zhang.refused(f"{path}/invite", {"staff_id": "S7777"})
    assert (refused["code"], refused["rule"], refused["status"]) == ("unknown_partner", "L3", 409)
    assert zhang.refused(f"{path}/invite", {"staff_id": LI, "unit_id": "O09"})["code"] == "partner_serves_elsewhere"
    assert zhang.refused("/api/leads/nothing/claim")["status"] == 404
    assert bank.as_("S9", "hr").refused("/api/leads", BODY)["status"] == 403
    fields = zhang.refused("/api/leads", {"customer_kind": "dog", "value_minor": "1", "source": "linkage"})["errors"]
    assert set(fields) == {"customer_id", "customer_kind", "need", "outlet_id", "source", "value_minor"}
    assert zhang.refused(f"{path}/lose", {"reason": "fate"})["status"] == 422
    assert bank.as_(CHEN, "retail", "O09").find(path) is None
    assert bank.as_("S0099", "auditor", "HO").get(path)["lead_id"] == lead


def test_a_repeated_command_is_done_once_and_a_stale_one_refused(bank, zhang):
    url, headers = bank.stack.context.public_url, {"Authorization": f"Bearer {zhang.token}"}
    key = headers | {"Idempotency-Key": uuid.uuid4().hex}
    body = BODY | {"customer_id": "C000005"}
    first, again = (httpx.post(f"{url}/api/leads", json=body, headers=key) for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    path = f"{url}/api/leads/{first.json()['id']}/invite"
    stale = httpx.post(path, json={"staff_id": LI}, headers=headers | {"If-Match": '"2"'})
    fresh = httpx.post(path, json={"staff_id": LI}, headers=headers | {"If-Match": first.headers["ETag"]})
    assert (stale.status_code, fresh.status_code) == (412, 200)


def test_l4_of_many_who_ask_at_the_same_moment_one_opens_the_lead_and_all_others_get_it(bank):
    url, body = bank.stack.context.public_url, BODY | {"customer_id": "C000006"}
    tokens = [bank.as_(one, role).token for one, role in ((ZHANG, "corporate"), (LI, "retail"), (WANG, "retail"))]
    start = threading.Barrier(12)

    def ask(number):
        start.wait()
        return httpx.post(f"{url}/api/leads", json=body, headers={"Authorization": f"Bearer {tokens[number % 3]}"})

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(ask, range(12)))
    (opened,) = [answer.json()["id"] for answer in answers if answer.status_code == 201]
    refused = [answer.json() for answer in answers if answer.status_code != 201]
    assert {(one["status"], one["code"], one["rule"], one["lead_id"]) for one in refused} == {
        (409, "duplicate_lead", "L4", opened)
    }
    claims = bank.client.leads.commits.count_documents({"stream": "demand-C000006"})
    assert (len(refused), claims) == (11, 1)


def test_l4_a_claim_whose_caller_was_cut_off_brings_its_lead(bank, zhang):
    wish = Wish("company", "payroll", ("payroll",), "branch", ZHANG, "corporate", "O01", "O01", 5)
    claim = ClaimNeed("C000008", "cut-off", ("product:payroll",), DAY, wish)
    executor = Executor(bank.logs["leads"], lambda: datetime.now(UTC))
    executor.execute(Intent(DEMAND, "C000008", claim), Meta("cut-off", ZHANG))
    found = until(lambda: zhang.find("/api/leads/cut-off"), "the lead that was asked for", 60)
    assert (found["opened_by"], found["value_minor"], found["status"]) == (ZHANG, 5, "opened")


def test_l4_two_leads_are_merged_and_stand_again_as_they_were(bank, zhang, li):
    chief, body = bank.as_("S0090", "branch"), BODY | {"customer_id": "C000009"}
    older = zhang.post("/api/leads", body)["id"]
    second = li.post("/api/leads", body | {"despite": "another plant"})
    younger = second["id"]
    pairs = until(lambda: chief.get("/api/leads/duplicates", customer_id="C000009")["duplicates"], "the pair", 60)
    assert [(one["lead_id"], one["duplicate_of"], one["despite"]) for one in pairs] == [
        (younger, older, "another plant")
    ]
    assert [one["lead_id"] for one in pairs[0]["leads"]] == [younger, older]
    for one in (older, younger):
        until(lambda one=one: _shown(chief, one, lambda lead: "score" in lead), "the score of its opening", 60)
    before = {one: chief.get(f"/api/leads/{one}") for one in (older, younger)}
    wish = {"into": older, "reason": "one plant after all", "on": "2026-09-04"}
    assert li.refused(f"/api/leads/{younger}/merge", wish)["code"] == "may_not_merge"
    chief.post(f"/api/leads/{younger}/merge", wish)
    joint = until(lambda: _shown(chief, older, lambda lead: "absorbed" in lead), "the merge", 60)
    assert {line: side["owner_id"] for line, side in joint["sides"].items()} == {"corporate": ZHANG, "retail": LI}
    until(lambda: chief.get("/api/leads/duplicates", customer_id="C000009")["duplicates"] == [], "no pair any more")
    assert li.refused(f"/api/leads/{younger}/lose", {"reason": "price"})["lead_id"] == older
    assert zhang.refused("/api/leads", body)["lead_id"] == older
    undo = {"reason": "two plants", "on": "2026-09-05"}
    assert chief.post(f"/api/leads/{younger}/unmerge", undo)["id"] == older
    until(lambda: _shown(chief, younger, lambda lead: lead["status"] != "merged"), "the lead stands again", 60)
    until(lambda: _shown(chief, older, lambda lead: "absorbed" not in lead), "the other lets go", 60)
    for one in (older, younger):
        now = chief.get(f"/api/leads/{one}")
        assert {name: now[name] for name in now if name not in CHANGES} == {
            name: before[one][name] for name in before[one] if name not in CHANGES
        }
    chief.post(f"/api/leads/{younger}/unmerge", undo)  # done already: changes nothing
    pair = ".".join(sorted((older, younger)))
    done = chief.post(f"/api/leads/duplicates/{pair}/dismiss", {"reason": "two plants"})
    assert chief.get("/api/leads/duplicates", after=done["position"], customer_id="C000009")["duplicates"] == []


def test_l4_customers_who_are_probably_one_share_their_leads(bank, zhang):
    first, second, third = "C000011", "C000012", "C000013"
    older, younger = (
        zhang.post("/api/leads", BODY | {"customer_id": one, "on": f"2026-09-0{day}"})["id"]
        for day, one in enumerate((first, second), 1)
    )
    alike = (MatchReason("same_name", 80),)
    bank.say(*(CustomersMatched(first, other, 80, alike, True, 1, DAY) for other in (second, third)))
    chief = bank.as_("S0090", "branch")
    (pair,) = until(lambda: chief.get("/api/leads/duplicates", customer_id=second)["duplicates"], "the pair", 60)
    assert (pair["lead_id"], pair["duplicate_of"], pair["other_customer_id"]) == (younger, older, first)
    assert pair["reasons"] == ["probably_same_customer", "same_need"]
    known = Aliases(bank.client["leads"]).live(leads.CUSTOMERS)
    until(lambda: known.find_one({"_id": third}), "the third customer is known to be the same", 60)
    refused = zhang.refused("/api/leads", BODY | {"customer_id": third, "on": "2026-09-03"})
    assert (refused["code"], refused["lead_id"], refused["customer_id"]) == ("duplicate_lead", older, first)
    chief.post(f"/api/leads/{younger}/merge", {"into": older, "reason": "one firm"})
    until(lambda: _shown(chief, older, lambda lead: "absorbed" in lead), "the merge", 60)
    other = zhang.post("/api/leads", BODY | {"customer_id": "C000014"})["id"]
    no = chief.refused(f"/api/leads/{other}/merge", {"into": older, "reason": "one firm"})
    assert (no["code"], no["rule"]) == ("other_customer", "L4")


CHANGES = {"version", "updated_at", "timeline", "routing"}


def _shown(person, lead_id, holds):
    lead = person.get(f"/api/leads/{lead_id}")
    return lead if holds(lead) else None


def test_every_document_equals_a_refold(bank):
    for owner, owned in (("leads", leads.PROJECTIONS), ("linkage", linkage.PROJECTIONS)):
        for projection in owned:
            until(lambda o=owner, p=projection: not _differences(bank, o, p), projection.name)


def _differences(bank, owner, projection):
    return list(projection_holds(bank.client, bank.logs, owner, projection))


def test_l10_a_contact_stands_in_the_day_of_whoever_logged_it(bank, li):
    visit = {"customer_id": "P0004", "kind": "visit", "evidence": "sheet-1", "on": "2026-09-02"}
    done = li.post("/api/leads/contacts", visit)
    again = li.post("/api/leads/contacts", visit | {"evidence": "sheet-2"})
    call = li.post("/api/leads/contacts", visit | {"kind": "call", "evidence": "rec-7"})
    day = li.get("/api/leads/contacts", after=call["position"], on="2026-09-02")
    assert day["done"] == {"visits_new": 0, "visits_existing": 1, "calls": 1}, "P0004 holds mobile since 2024"
    assert [(one["contact_id"], one["counted_as"]) for one in day["contacts"]][:2] == [
        (done["id"], None),
        (again["id"], done["id"]),
    ]
    with pytest.raises(Unexpected, match="evidence_used"):
        li.post("/api/leads/contacts", visit | {"customer_id": "P0001"})
    manager = bank.as_("S0090", "branch")
    assert manager.get("/api/leads/contacts", staff_id=LI, on="2026-09-02")["done"] == day["done"]
    with pytest.raises(Unexpected, match="not_your_work"):
        li.get("/api/leads/contacts", staff_id=ZHANG)


def test_l14_a_plan_stands_beside_what_was_done(bank, zhang, li):
    _, position = win(zhang, li, "C000078", on="2026-09-07")
    plan = {"visits_new": 40, "visits_existing": 60, "calls": 80, "sales": [{"product": "payroll", "count": 2}]}
    drafted = li.post("/api/leads/plans/2026-09", plan | {"on": "2026-09-01"})
    li.get("/api/leads", after=position)
    month = li.get("/api/leads/work/2026-09", after=drafted["position"])
    assert (month["plan"]["calls"], month["plan"]["late"], month["working_days"]) == (80, False, 22)
    assert month["won"]["leads"] >= month["won"]["products"]["payroll"] >= 1
    assert li.get("/api/leads/work/2026")["won"] == month["won"]
    manager = bank.as_("S0090", "branch")
    with_li = manager.post("/api/leads/plans/2026-09", plan | {"staff_id": LI, "calls": 90, "on": "2026-09-02"})
    revised = manager.get("/api/leads/work/2026-09", after=with_li["position"], staff_id=LI)["plan"]
    assert (revised["revision"], revised["drafted_by"], revised["calls"]) == (2, "S0090", 90)
    for path in ("2026-13", "26", "2026-9"):
        with pytest.raises(Unexpected, match="no_such_period"):
            li.get(f"/api/leads/work/{path}")
    with pytest.raises(Unexpected, match="not_your_plan"):
        li.post("/api/leads/plans/2026-09", plan | {"staff_id": ZHANG})
    with pytest.raises(Unexpected, match="another_unit"):
        bank.as_("S0092", "branch", "O09").post("/api/leads/plans/2026-09", plan | {"staff_id": LI})


def test_l13_needs_reach_the_product_manager_by_topic(bank, zhang, li):
    need = {"customer_id": COMPANY, "text": "wants to hedge its dollars", "on": "2026-09-02"}
    zhang.post("/api/leads/needs", need | {"topic": "外汇期权"})
    last = li.post("/api/leads/needs", need | {"topic": "外汇 期权"})
    (topic,) = bank.as_("S0095", "product").get("/api/leads/needs", after=last["position"])["topics"]
    assert (topic["count"], topic["lines"]) == (2, {"corporate": 1, "retail": 1})


def test_l7_a_missed_first_contact_is_noticed_and_the_lead_goes_back_to_its_outlet(bank, li):
    """Opened months ago by the wall clock, which is what the first contact runs on."""
    past = Executor(bank.logs["leads"], lambda: datetime(2026, 3, 2, 4, tzinfo=UTC))
    for number in range(3):
        wish = opening(lead_id=f"late{number}", opened_by="S0077", customer_id=f"C00090{number}")
        past.execute(Intent(LEAD, wish.lead_id, wish), Meta(f"late-{number}", "S0077"))
    manager = bank.as_("S0090", "branch")
    for number in range(3):
        path = f"/api/leads/late{number}"
        lead = until(lambda path=path: _routed(manager.find(path), "L7.missed"), "a lead that was taken away", 60)
        assert lead["sides"]["corporate"] == {"owner_id": None, "unit_id": None, "queue": "corporate:O01"}
        told = [entry["type"] for entry in lead["timeline"]]
        assert told == ["lead_opened", "lead_routed", "lead_routed", "first_contact_missed", "lead_routed"], "once each"
        assert lead["timeline"][3]["due_on"] == "2026-03-05"
    chen = bank.as_("S0078", "corporate")
    chen.post("/api/leads/late0/claim", {})
    visit = {"customer_id": "C000900", "kind": "visit", "evidence": "sheet-77", "lead_id": "late0"}
    position = chen.post("/api/leads/contacts", visit)["position"]
    chen.get("/api/leads/contacts", after=position)
    made = until(lambda: (chen.find("/api/leads/late0") or {})["first_contact"]["made"], "the first contact", 30)
    assert made["by"] == "S0078"


def _routed(lead, rule):
    return lead if lead and [one["rule"] for one in lead["routing"]][-1:] == [rule] else None


def test_l9_a_handover_moves_all_or_nothing_though_the_service_is_killed(bank, li):
    leaver, successor = "S0061", "S0062"
    bank.say(staff(leaver), staff(successor))
    mine = bank.as_(leaver, "retail")
    opened = [mine.post("/api/leads", BODY | {"customer_id": f"C0007{number:02}"}) for number in range(60)]
    manager = bank.as_("S0090", "branch")
    mine.get("/api/leads", after=opened[-1]["position"])
    order = {"from_id": leaver, "to_id": successor, "reason": "leaves the bank", "on": "2026-09-02"}
    placed = until(lambda: manager.post("/api/leads/handovers", order), "posts that are known", 30)
    elsewhere = bank.as_("S0092", "branch", "O09")
    assert elsewhere.refused("/api/leads/handovers", order)["code"] == "another_unit"
    os.killpg(bank.stack.servers.supervisor.pid("leads"), signal.SIGKILL)
    path = f"/api/leads/handovers/{placed['id']}"
    done = until(lambda: (found := manager.find(path)) and found["done"] and found, "the handover's end", 60)
    assert {one["lead_id"] for one in done["leads"]} == {one["id"] for one in opened}
    assert {one["to_id"] for one in done["leads"]} == {successor}
    assert len(done["leads"]) == len(opened), "each once"
    theirs = bank.as_(successor, "retail")
    assert theirs.get(path)["leads"] == done["leads"], "both sides see the list"
    moved = {one["id"] for one in opened}
    until(lambda: moved <= {one["lead_id"] for one in theirs.get("/api/leads", limit=500)["leads"]}, "all of them")
    until(lambda: mine.get("/api/leads")["leads"] == [], "none of them")
    with pytest.raises(Unexpected, match="not_your_handover"):
        li.get(path)


def test_l2_cards_join_a_lead_with_their_own_share_and_branch_management_leads(bank, zhang, li):
    bank.say(unit("B01", "branch"), unit("O01", parent="B01"), staff("S0009", "product", "HO", "cards"))
    bank.say(staff("S0091", "branch", "B01", "management"))
    cards, leader = bank.as_("S0009", "product", "HO", "cards"), bank.as_("S0091", "branch", "B01", "management")
    path = f"/api/leads/{zhang.post('/api/leads', BODY | {'customer_id': 'C000081'})['id']}"
    zhang.post(f"{path}/invite", {"staff_id": LI, "on": "2026-09-01"})
    until(lambda: leader.post(f"{path}/leader", {"on": "2026-09-01"}), "leads knows S0091")
    until(lambda: leader.post(f"{path}/join", {"staff_id": "S0009", "on": "2026-09-01"}), "leads knows S0009")
    shares = [{"line": line, "bps": bps} for line, bps in (("cards", 2_000), ("retail", 3_000), ("corporate", 5_000))]
    assert zhang.refused(f"{path}/split", {"shares": shares[1:]})["code"] in {
        "split_not_whole",
        "split_needs_both_lines",
    }
    cards.post(f"{path}/split", {"shares": shares})
    for owner in (cards, li):
        owner.post(f"{path}/accept", {"proposal": 1, "on": "2026-09-02"})
    assert zhang.refused(f"{path}/win", {"products": ["payroll"]})["code"] == "lead_not_active"
    zhang.post(f"{path}/accept", {"proposal": 1, "on": "2026-09-02"})
    won = cards.post(f"{path}/win", {"products": ["payroll"], "on": "2026-09-03"})
    shown = cards.get(path, after=won["position"])
    assert [(one["staff_id"], one["bps"]) for one in shown["split"]["shares"]] == [
        (ZHANG, 5_000), (LI, 3_000), ("S0009", 2_000),
    ]  # fmt: skip
    assert (shown["group"]["leader_id"], shown["status"]) == ("S0091", "won")
    assert shown["lead_id"] in [one["lead_id"] for one in cards.get("/api/leads", side="cards")["leads"]]


def test_l6_the_counters_customers_wait_for_the_electronic_channel(bank, zhang):
    account = holding("P0007", "now", date(2024, 1, 1))
    now = BalanceRecorded(account.holding_id, "P0007", "now", "2026-08", 120_000, "CNY", DAY)
    bank.say(account, now, ActivityRecorded(account.holding_id, "P0007", "now", None, 8, 1, DAY))
    wish = {"customer_id": "P0007", "customer_kind": "person", "on": "2026-09-02", "despite": "looked too early"}
    body = BODY | wish

    def opened():
        done = zhang.post("/api/leads", body)
        lead = zhang.get(f"/api/leads/{done['id']}", after=done["position"])
        return lead if lead["routing"][1]["rule"] == "L6.electronic" else None

    lead = until(opened, "what registry told of P0007", 60)
    channel = bank.as_("S0007", "product", "HO", "ebanking")
    assert lead["lead_id"] in [one["lead_id"] for one in channel.get("/api/leads", queue="true")["leads"]]
    done = channel.post(f"/api/leads/{lead['lead_id']}/claim", {"line": "retail", "on": "2026-09-02"})
    assert (
        channel.get(f"/api/leads/{lead['lead_id']}", after=done["position"])["sides"]["retail"]["owner_id"] == "S0007"
    )


def test_l9_a_leavers_leads_are_shown_and_go_back_once_their_day_is_over(bank, zhang):
    bank.say(staff("S0063"), staff("S0064"))
    manager, owned = bank.as_("S0090", "branch"), {}
    for who in ("S0063", "S0064"):
        owned[who] = zhang.post("/api/leads", BODY | {"customer_id": f"C0{who}"})["id"]
        wish = {"staff_id": who, "on": "2026-09-01"}
        until(lambda who=who, wish=wish: zhang.post(f"/api/leads/{owned[who]}/invite", wish), f"leads knows {who}")
    bank.say(left("S0063", DAY), left("S0064", bank_day(datetime.now(UTC))))
    departures = until(lambda: _departed(manager, "S0064"), "what S0064 leaves behind", 60)
    (due,) = departures["handovers"]
    assert (due["leads"], due["credit"], due["why"]) == ([owned["S0064"]], [], "left")
    back = until(lambda: _routed(manager.find(f"/api/leads/{owned['S0063']}"), "L9.unhanded"), "it goes back", 60)
    assert back["sides"]["retail"]["queue"] == "retail:O01"
    assert manager.get(f"/api/leads/{owned['S0064']}")["sides"]["retail"]["owner_id"] == "S0064", "its day is to come"
    order = {"from_id": "S0064", "to_id": LI, "reason": "left", "on": "2026-09-03"}
    manager.post("/api/leads/handovers", order)
    until(lambda: _departed(manager, "S0064")["handovers"][0]["leads"] == [], "the handover")


def _departed(manager, staff_id):
    found = manager.get("/api/leads/departures", unit_id="O01")["departures"]
    return next((one for one in found if one["staff_id"] == staff_id), None)


CROWD = [f"P7{number:05}" for number in range(3_000)]
SILENT, CLIENTS, ERASED = set(CROWD[::10]), set(CROWD[1::10]), set(CROWD[2::100])
GROUP = sorted(set(CROWD) - SILENT - CLIENTS - ERASED)
CAMPAIGN = {
    "name": "手机银行", "group": {"unit_id": "B05", "line": "retail", "lacks": ["mobile"]}, "need": "mobile banking",
    "products": ["mobile"], "opened_on": "2024-09-01", "until": "2099-11-30", "on": "2024-09-01",
}  # fmt: skip


def test_l12_a_campaign_paused_resumed_and_killed_in_the_middle_loses_and_doubles_nobody(bank):
    bank.say(
        unit("B05", "branch"), unit("O51", parent="B05"), unit("O52", parent="B05"),
        *(customer(one, f"O5{1 + place % 2}", consent=one not in SILENT) for place, one in enumerate(CROWD)),
    )  # fmt: skip
    bank.say(
        *(holding(one, "mobile", date(2024, 1, 1)) for one in CLIENTS), *(CustomerErased(one, "") for one in ERASED)
    )
    chief = bank.as_("S0590", "branch", "B05")
    drafted = until(lambda: chief.post("/api/leads/campaigns", CAMPAIGN), "units that are known", 30)
    path = f"/api/leads/campaigns/{drafted['id']}"
    until(lambda: _progress(chief, path)["expected"] == len(GROUP), "customers that are known", 60)
    chief.post(f"{path}/start", {"on": "2024-09-01"})
    until(lambda: _progress(chief, path)["reached"] > 0, "the first round")
    chief.post(f"{path}/pause", {"reason": "the outlets need a rest", "on": "2024-09-01"})
    stands = until(lambda: _stands(chief, path), "a pause")
    assert 0 < stands < len(GROUP)
    chief.post(f"{path}/resume", {"on": "2024-09-01"})
    until(lambda: _progress(chief, path)["reached"] > stands, "the next round")
    os.killpg(bank.stack.servers.supervisor.pid("leads"), signal.SIGKILL)
    until(lambda: (shown := _progress(chief, path))["done"] and shown["leads"] == shown["contacted"], "its end", 60)
    _each_has_had_one_turn(bank, chief, drafted["id"])
    second = _whoever_is_reached_twice_is_spared(bank, chief)
    _what_it_brought_is_held_against_the_hold_out(bank, chief, path)
    for projection in (leads.CAMPAIGNS, leads.CUSTOMERS, leads.LEADS, leads.UNITS):
        until(lambda p=projection: not _differences(bank, "leads", p), projection.name)
    ended = until(lambda: chief.get(second)["ended"], "the timer that sees that its last day is over", 30)
    assert (ended["reason"], ended["by"]) == ("plan_over", None)


def _progress(chief, path):
    return (chief.find(path) or {"progress": {"reached": 0, "expected": 0}})["progress"]


def _stands(chief, path):
    """How many were reached, once nobody more is for half a second."""
    before = _progress(chief, path)["reached"]
    time.sleep(0.5)
    shown = chief.get(path)
    return before if shown["status"] == "paused" and shown["progress"]["reached"] == before else None


def _each_has_had_one_turn(bank, chief, campaign_id):
    events = [one.event for one in bank.logs["leads"].stream(0) if one.stream.startswith(("reach-P7", "lead-"))]
    drawn = {one.customer_id: one.arm for one in events if getattr(one, "arm", None)}
    seed = chief.get(f"/api/leads/campaigns/{campaign_id}")["started"]["seed"]
    assert drawn == {one: arm_of(seed, campaign_id, one, 1_000) for one in GROUP}
    assert sum(1 for one in events if getattr(one, "arm", None)) == len(GROUP), "once each"
    opened = [one.customer_id for one in events if getattr(one, "campaign_id", None) and hasattr(one, "opened_by")]
    assert sorted(opened) == sorted(one for one in GROUP if drawn[one] == "contacted")


def _whoever_is_reached_twice_is_spared(bank, chief):
    product = bank.as_("S0095", "product", "HO")
    few = CAMPAIGN["group"] | {"unit_id": "O52"}
    second = product.post("/api/leads/campaigns", CAMPAIGN | {"group": few, "until": "2024-09-10"})
    path = f"/api/leads/campaigns/{second['id']}"
    until(lambda: product.find(path), "the draft")
    assert chief.refused(f"{path}/start", {})["code"] == "other_units_campaign"
    product.post(f"{path}/start", {"on": "2024-09-01"})
    shown = until(lambda: (found := _progress(product, path)).get("done") and found, "its end", 60)
    assert (shown["spared"], shown["leads"], shown["held_out"]) == (len(set(CROWD[1::2]) & set(GROUP)), 0, 0)
    return path


def _what_it_brought_is_held_against_the_hold_out(bank, chief, path):
    seed, campaign_id = chief.get(path)["started"]["seed"], path.rpartition("/")[2]
    held_out = [one for one in GROUP if arm_of(seed, campaign_id, one, 1_000) == "held_out"]
    contacted = sorted(set(GROUP) - set(held_out))
    winners = [*contacted[:300], *held_out[:3]]
    bank.say(*(holding(one, "mobile", date(2024, 9, 20)) for one in winners))
    shown = until(lambda: _result(chief, path, len(winners)), "the openings", 60)
    assert (shown["contacted"]["customers"], shown["contacted"]["won"]) == (len(contacted), 300)
    assert (shown["held_out"]["customers"], shown["held_out"]["won"]) == (len(held_out), 3)
    assert (shown["effect"], shown["low_bps"] > 0) == ("more", True)
    assert shown["sentence"].endswith("the campaign shows an effect.")
    assert shown["leads"] == [{"status": "opened", "leads": len(contacted)}]


def _result(chief, path, won):
    shown = chief.get(f"{path}/result")
    return shown if shown["contacted"]["won"] + shown["held_out"]["won"] == won else None


def _known_lead(number, source):
    """A lead on a customer of its own. Of ten from the phone eight are won, of ten from the branch two."""
    wish = opening(
        lead_id=f"known{number}",
        customer_id=f"P6{number:03}",
        customer_kind="person",
        products=("mobile",),
        source=source,
    )
    won = (number // 2) % 10 < (8 if source == "phone" else 2)
    end = (
        LeadWon(wish.lead_id, wish.customer_id, "person", "retail", ("mobile",), (), LI, "O01", "O01", 0, DAY)
        if won
        else LeadLost(wish.lead_id, "no_need", "", LI, DAY)
    )
    return opened_by(wish), end


def test_l5_a_card_learned_from_the_banks_own_leads_replaces_the_default_by_two_persons(bank, zhang, tmp_path):
    known = [_known_lead(number, ("phone", "branch")[number % 2]) for number in range(500)]
    bank.say(*(event for pair in known for event in pair), service="leads")
    keeper, second = bank.as_("S0095", "product", "HO"), bank.as_("S0096", "product", "HO")
    path = "/api/leads/scorecards"
    to_learn = sum(not held_back(opened.lead_id) for opened, _ in known)
    until(lambda: len(keeper.get(f"{path}/records")["records"]) >= to_learn, "their scores", 60)
    ours = zhang.post("/api/leads", BODY | {"customer_id": "C000071", "source": "phone", "despite": "another plant"})[
        "id"
    ]
    before = until(lambda: zhang.get(f"/api/leads/{ours}").get("score"), "the score at the opening", 30)
    assert before["card"] == "default@1"
    assert sum(part["points"] for part in before["parts"]) == before["points"]

    learned, card = tmp_path / "leads.csv", tmp_path / "card.json"
    learned.write_bytes(_csv(bank, keeper, f"{path}/records"))
    done = CliRunner().invoke(liandong, ["scorecard", "learn", str(learned), "--out", str(card)])
    assert done.exit_code == 0, done.output
    file = json.loads(card.read_text())
    digest = keeper.post(path, file)["id"]
    shown = until(lambda: keeper.find(f"{path}/{digest}"), "the card")
    assert shown["trial"]["auc_bps"] > 7_000 > shown["trial"]["rival_auc_bps"]
    assert keeper.refused(f"{path}/{digest}/approve")["code"] == "two_persons"
    second.post(f"{path}/{digest}/approve")

    after = until(lambda: _scored_with(zhang, ours, "learned@1"), "the open leads scored anew", 60)
    assert (after["occasion"], after["card_hash"]) == ("card", file["sha256"])
    told = zhang.get(f"/api/leads/{ours}/scores")["scores"]
    assert [(one["card"], one["reproduced"]) for one in told] == [("default@1", True), ("learned@1", True)]
    by_score = [one["score"]["points"] for one in zhang.get("/api/leads", sort="score", status="opened")["leads"]]
    assert by_score == sorted(by_score, reverse=True)
    assert list(scores_come_again(bank.logs["leads"])) == []
    assert not _differences(bank, "leads", leads.SCORECARDS)
    assert keeper.get(path)["in_force"]["card"] == "learned@1"


def _scored_with(caller, lead, card):
    score = caller.get(f"/api/leads/{lead}")["score"]
    return score if score["card"] == card else None


def _csv(bank, caller, path):
    """As `liandong scorecard learn` reads it."""
    headers = {"Authorization": f"Bearer {caller.token}", "Accept": "text/csv"}
    answer = httpx.get(f"{bank.stack.context.public_url}{path}", headers=headers, timeout=60)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return answer.content
