"""A plan, a deal, a close, a pull and a late fact, over real HTTP, MongoDB and RabbitMQ. The tests follow each other."""

import csv
import io
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from random import Random

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker

from infra.stack.definitions import HR_QUEUE
from infra.stack.servers import Servers
from infra.verify import projection_holds
from services.incentives.events import AlertNoted, DormancyNoted, SplitNoted, UseNoted
from services.incentives.projections import PROJECTIONS
from services.incentives.verify import checks
from services.leads.events import WorkMonthCounted
from services.registry.events import StaffRecorded, UnitRecorded
from tests.infra.test_hr_client import CLIENT
from tests.services.incentives import bank_events as bank
from tests.services.incentives.examples import CORPORATE, LEAD, RETAIL, day
from tests.services.incentives.stack import Stack
from tests.services.incentives.test_plan import default

pytestmark = pytest.mark.stack

LEADER = "S0900"
OCTOBER, NOVEMBER, JANUARY = "2026-10", "2026-11", "2027-01"
PLAN = "/plans/ebank-2026/1"
UNITS = (("H", "head_office", None), ("B01", "branch", "H"), ("B01-O2", "outlet", "B01"), ("B02", "branch", "H"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    directory = tmp_path_factory.mktemp("incentives")
    with Servers(directory / "servers") as servers:
        running = Stack(servers, directory)
        running.hr_uri = servers.hr_uri
        try:
            for unit_id, kind, parent in UNITS:
                unit = UnitRecorded(unit_id, unit_id, unit_id, kind, parent, day(-30))
                running.say(bank.recorded("registry", f"unit-{unit_id}", unit))
            for staff_id, unit_id, over in (
                (RETAIL, "B01-O2", LEADER),
                (CORPORATE, "B01", LEADER),
                (LEADER, "B01", None),
            ):
                row = StaffRecorded(staff_id, "李", unit_id, "retail", "manager", over, day(-30), None, day(-30))
                running.say(bank.recorded("registry", f"staff-{staff_id}", row))
            yield running
        finally:
            running.stop()


def problem(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


def entries(stack, **query):
    lines = stack.get("/lines", **query).json()["lines"]
    return sorted((line["entry"], line["staff_id"], line["points_milli"]) for line in lines)


def test_i2_without_a_plan_facts_are_kept_and_nothing_is_credited(stack):
    stack.say(*bank.story()[:4])
    stack.until(lambda: len(stack.logs["incentives"].load(f"deal-{LEAD}")) == 5)  # four facts, and who leads whom
    assert stack.get("/lines").json() == {"lines": []}
    assert stack.get("/plans").json() == {"plans": []}


def test_i1_a_plan_from_draft_to_active(stack):
    plan = default()
    first = stack.post("/plans", "designer", "D1", **plan)
    assert (first.status_code, first.json()["id"]) == (201, "ebank-2026.1")
    position = first.json()["position"]
    plan_hash = stack.get(PLAN, after=position).json()["plan_hash"]
    problem(stack.post(f"{PLAN}/approve", "approver", "A1", plan_hash=plan_hash), 409, "plan_not_submitted")
    assert stack.post(f"{PLAN}/submit", "designer", "D1").is_success
    assert (
        problem(stack.post(f"{PLAN}/approve", "approver", "D1", plan_hash=plan_hash), 409, "approver_is_editor")["rule"]
        == "I1"
    )
    problem(stack.post(f"{PLAN}/approve", "approver", "A1", plan_hash="0" * 64), 409, "plan_hash_mismatch")
    assert stack.post(f"{PLAN}/approve", "approver", "A1", plan_hash=plan_hash).is_success
    done = stack.post(f"{PLAN}/activate", "approver", "A1")
    shown = stack.get(PLAN, after=done.json()["position"]).json()
    assert (shown["status"], shown["approved_by"], shown["plan"]["plan_id"]) == ("active", "A1", "ebank-2026")
    assert [p["plan"]["version"] for p in stack.get("/plans").json()["plans"]] == [1]


def test_i1_who_may_not_and_what_is_not_there(stack):
    problem(stack.post("/plans", "retail", "R1", **default()), 403, "wrong_role")
    problem(stack.post("/plans/other/1/submit", "designer", "D1"), 404, "not_found")
    bad = problem(stack.post("/plans", "designer", "D1", plan_id="x", colour="red"), 422, "invalid")
    assert {"version", "indicators", "colour"} <= set(bad["errors"])


def test_i2_the_facts_of_four_services_become_credit(stack):
    stack.until(lambda: len(stack.get("/lines", lead_id=LEAD).json()["lines"]) == 2)  # by the plan's activation
    stack.say(*bank.story()[4:7])
    stack.until(lambda: len(stack.get("/lines", lead_id=LEAD).json()["lines"]) == 4)
    assert entries(stack, lead_id=LEAD) == [
        ("pending", CORPORATE, 0),
        ("pending", RETAIL, 0),
        ("vested", CORPORATE, 600),
        ("vested", RETAIL, 900),
    ]


def test_i9_a_month_does_not_close_before_its_last_day(stack):
    assert problem(stack.post(f"/periods/{OCTOBER}/close", "hr", "HR01"), 409, "period_not_complete")["rule"] == "I9"
    problem(stack.post("/periods/2026-13/close", "hr", "HR01"), 404, "not_found")
    problem(stack.post(f"/periods/{OCTOBER}/close", "retail", "R1"), 403, "wrong_role")


def test_i4_i6_scores_and_rankings_of_the_open_month(stack):
    scores = stack.get(f"/scores/{OCTOBER}").json()
    assert (scores["seq"], scores["plan_version"]) == (None, 1)
    mine = {s["staff_id"]: s for s in scores["scores"]}[RETAIL]
    shown = next(i for i in mine["indicators"] if i["indicator"] == "mobile_active")
    assert (shown["points_milli"], shown["completion"]) == (900, "6.00 %")
    early = stack.get(f"/scores/{OCTOBER}", as_of="2026-10-13").json()
    assert early["elapsed_bps"] == 4_193
    assert {i["behind"] for score in early["scores"] for i in score["indicators"]} == {True}
    ranking = stack.get(f"/rankings/{OCTOBER}", indicator="mobile_active").json()
    assert [(r["rank"], r["staff_id"]) for r in ranking["ranking"]] == [(1, RETAIL), (2, CORPORATE)]
    assert ranking["ties"] == "share_and_skip"


def test_each_reads_of_whom_he_may(stack):
    def seen(role, staff, unit):
        scores = stack.get(f"/scores/{OCTOBER}", role=role, staff=staff, unit=unit).json()["scores"]
        lines = stack.get("/lines", role=role, staff=staff, unit=unit).json()["lines"]
        assert {line["staff_id"] for line in lines} == {score["staff_id"] for score in scores}
        return {score["staff_id"] for score in scores}

    assert seen("retail", RETAIL, "B01-O2") == {RETAIL}
    assert seen("corporate", CORPORATE, "B01") == {CORPORATE}
    assert seen("branch", "M1", "B01") == {CORPORATE, RETAIL}
    assert seen("branch", "M2", "B01-O2") == {RETAIL}
    assert seen("branch", "M3", "B02") == set()
    assert seen("auditor", "X", "H") == {CORPORATE, RETAIL}


def test_i7_a_line_explains_itself_to_whom_it_concerns(stack):
    line = next(x for x in stack.get("/lines").json()["lines"] if x["entry"] == "vested" and x["staff_id"] == RETAIL)
    path = f"/lines/{line['line_id']}/explain"
    tree = stack.get(f"/hr{path}").json()
    assert tree["agrees"]
    assert tree["recomputed_milli"] == 900
    assert tree == stack.get(path, role="retail", staff=RETAIL, unit="B01-O2").json()
    assert tree["because"][0]["event"] == "incentives/plan-ebank-2026.1@4"
    sources = {node["event"].partition("/")[0] for node in tree["because"]}
    assert sources == {"incentives", "leads", "bundling", "compliance", "registry"}
    problem(stack.get(path, role="corporate", staff=CORPORATE), 404, "not_found")
    problem(stack.get("/hr/lines/none/explain"), 404, "not_found")


def test_i12_before_the_first_close_the_feed_is_empty(stack):
    assert stack.get("/hr/statements").json() == {"head": 0, "statements": []}
    assert stack.get("/hr/acks").json() == {"seq": 0, "hash": None, "acknowledged_by": None, "at": None}
    assert len(stack.get("/hr/keys").json()["keys"]) == 1
    problem(stack.get("/hr/statements/1"), 404, "not_found")
    problem(stack.get("/hr/statements", after="x"), 422, "invalid")
    problem(stack.get("/hr/statements", limit="101"), 422, "invalid")
    problem(stack.get("/hr/statements", role="retail"), 403, "wrong_role")
    problem(stack.post("/hr/acks", "hr", "hr-system", seq=1, hash="0" * 64), 409, "ack_out_of_order")


def test_i9_the_close_seals_and_survives_a_kill(stack):
    """The service dies right after it sealed: the period closes all the same when it is back."""
    stack.say(bank.day_closed(date(2026, 10, 31)))
    stack.until(lambda: any(p["completed"] for p in stack.get("/periods").json()["periods"]))
    answer = stack.post(f"/periods/{OCTOBER}/close", "approver", "A1")
    assert answer.is_success, answer.text
    stack.kill("incentives")
    stack.start("incentives")
    stack.until(lambda: stack.get("/periods").json()["periods"][0]["seq"] == 1)
    assert stack.get("/periods").json()["periods"] == [
        {"period": OCTOBER, "completed": True, "seq": 1, "closed_by": "A1"}
    ]
    again = stack.post(f"/periods/{OCTOBER}/close", "hr", "HR01")
    assert again.is_success
    assert stack.get("/hr/statements").json()["head"] == 1


def test_i12_the_statement_is_the_same_bytes_on_every_pull(stack):
    one = stack.get("/hr/statements/1")
    assert one.headers["content-type"] == "application/json"
    assert one.headers["etag"] == stack.get("/hr/statements/1").headers["etag"]
    listed = stack.get("/hr/statements", after="0", limit="5")
    assert listed.content == b'{"head":1,"statements":[' + one.content + b"]}"
    assert listed.content == stack.get("/hr/statements").content
    body = one.json()
    assert body["totals"] == {"lines": 2, "points_milli": 1_500, "by_staff": {CORPORATE: 600, RETAIL: 900}}
    assert json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == one.content


def test_i12_hr_hears_of_each_sealing_from_a_queue_of_its_own_and_may_do_nothing_else(stack):
    sealed = stack.get("/hr/statements/1").json()
    with closing(pika.BlockingConnection(pika.URLParameters(stack.hr_uri))) as connection:
        channel = connection.channel()

        def heard():
            method, _, body = channel.basic_get(HR_QUEUE)
            return method and (method.delivery_tag, json.loads(body))

        tag, told = stack.until(heard)
        channel.basic_ack(tag)
        assert told["type"] == "statement_sealed"
        assert {name: told["data"][name] for name in ("seq", "hash", "period", "lines", "points_milli")} == {
            "seq": 1,
            "hash": sealed["hash"],
            "period": OCTOBER,
            **{name: sealed["totals"][name] for name in ("lines", "points_milli")},
        }
        forbidden = (
            lambda channel: channel.basic_get("incentives.note_leads.leads.0"),
            lambda channel: channel.queue_declare("mine"),
            lambda channel: channel.queue_purge("liandong.dead"),
            lambda channel: channel.queue_bind(HR_QUEUE, "leads.events", "#"),
            lambda channel: (channel.confirm_delivery(), channel.basic_publish("incentives.events", "x", b"{}")),
        )
        for wish in forbidden:
            with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
                wish(connection.channel())


def test_i12_a_table_for_people(stack):
    answer = stack.get("/hr/statements/1", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["staff_id"], row["points_milli"]) for row in rows] == [(CORPORATE, "600"), (RETAIL, "900")]


def pull(stack, tmp_path):
    token = tmp_path / "token"
    token.write_text(stack.token("hr", "hr-system"))
    command = [sys.executable, str(CLIENT), "--url", stack.url, "--token-file", str(token)]
    command += ["--store", str(stack.secrets / "hr.sqlite"), "pull"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_i12_hr_pulls_verifies_and_acknowledges(stack, tmp_path):
    run = pull(stack, tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"{RETAIL}: 0.900 points" in run.stdout
    acknowledged = stack.get("/hr/acks").json()
    sealed = stack.get("/hr/statements/1").json()
    assert (acknowledged["seq"], acknowledged["hash"], acknowledged["acknowledged_by"]) == (
        1,
        sealed["hash"],
        "hr-system",
    )
    assert stack.post("/hr/acks", "hr", "hr-system", seq=1, hash=sealed["hash"]).status_code == 200
    problem(stack.post("/hr/acks", "hr", "hr-system", seq=1, hash="0" * 64), 409, "ack_hash_mismatch")
    problem(stack.post("/hr/acks", "hr", "hr-system", seq=2, hash="0" * 64), 409, "ack_out_of_order")


def test_i9_a_late_fact_moves_no_closed_month(stack):
    before = stack.get("/hr/statements/1").content
    scores = stack.get(f"/scores/{OCTOBER}").json()
    assert scores["seq"] == 1
    stack.say(bank.activity(12, count=0, version=2))
    stack.until(lambda: stack.get(f"/scores/{NOVEMBER}").json()["late"])
    assert stack.get("/hr/statements/1").content == before
    assert stack.get(f"/scores/{OCTOBER}").json() == scores
    late = stack.get(f"/scores/{NOVEMBER}").json()
    assert {(x["entry"], x["staff_id"], x["points_milli"], x["of_period"]) for x in late["late"]} == {
        ("adjusted", CORPORATE, -600, OCTOBER),
        ("adjusted", RETAIL, -900, OCTOBER),
    }
    assert {s["staff_id"]: s["points_milli"] for s in late["scores"]} == {CORPORATE: -600, RETAIL: -900}


def test_i12_a_month_does_not_close_while_the_ledger_is_not_what_the_facts_say(stack):
    stack.say(bank.activity(13), bank.day_closed(date(2026, 11, 30)))
    stack.until(lambda: len(stack.get("/periods").json()["periods"]) == 2)
    ledger = stack.client["incentives"]["ledger"]
    line = ledger.find_one({"entry": "vested", "staff_id": RETAIL})
    ledger.update_one({"_id": line["_id"]}, {"$set": {"points_milli": 901}})
    found = problem(stack.post(f"/periods/{NOVEMBER}/close", "hr", "HR01"), 409, "recomputation_differs")
    assert (found["rule"], RETAIL in found["detail"]) == ("I12", True)
    ledger.replace_one({"_id": line["_id"]}, line)


def test_i9_the_next_close_pays_the_corrections_and_hr_takes_them(stack, tmp_path):
    stack.until(lambda: ("vested", RETAIL, 900) in entries(stack, period=OCTOBER))
    answer = stack.post(f"/periods/{NOVEMBER}/close", "hr", "HR01")
    assert answer.is_success, answer.text
    first, second = stack.get("/hr/statements").json()["statements"]
    assert second["prev_hash"] == first["hash"]
    last = {part["partition"]: part["last"] for part in first["log"]}
    assert all(part["first"] == last.get(part["partition"], 0) + 1 for part in second["log"])
    undone = {x["adjusts"] for x in second["lines"] if x["entry"] == "adjusted"}
    assert undone == {x["line_id"] for x in first["lines"]}
    assert {x["of_period"] for x in second["lines"]} == {OCTOBER}
    assert "statement 2 (period 2026-11)" in pull(stack, tmp_path).stdout
    with closing(sqlite3.connect(stack.secrets / "hr.sqlite")) as db:
        paid = dict(db.execute("SELECT staff_id, SUM(points_milli) FROM lines GROUP BY staff_id"))
    assert paid == {CORPORATE: 600, RETAIL: 900}


def test_i8_what_if_over_the_history(stack):
    draft = default() | {"version": 2}
    draft["indicators"] = [i | {"points_milli": i["points_milli"] * 2} for i in draft["indicators"]]
    found = stack.post("/what-if", "designer", "D1", **draft).json()
    assert (found["old_milli"], found["new_milli"], found["cost_milli"]) == (1_500, 3_000, 1_500)
    assert {p["staff_id"]: p["difference_milli"] for p in found["people"]} == {CORPORATE: 600, RETAIL: 900}
    problem(stack.post("/what-if", "approver", "A1", **draft), 403, "wrong_role")


def test_i11_a_plan_with_roll_up_credits_who_led_them_when_the_account_was_opened(stack):
    draft = default() | {"version": 2, "roll_up_bps": [1_000]}
    found = stack.post("/what-if", "designer", "D1", **draft).json()
    assert {p["staff_id"]: p["difference_milli"] for p in found["people"]} == {CORPORATE: 0, RETAIL: 0, LEADER: 150}
    rising = stack.post("/plans", "designer", "D1", **(draft | {"version": 9, "roll_up_bps": [100, 200]}))
    assert problem(rising, 409, "roll_up_rises")["rule"] == "I11"


def test_i1_a_second_version_cannot_reach_into_a_closed_month_and_reckons_the_open_one(stack):
    for version, begins in ((2, "2026-11-30"), (3, "2026-12-01")):
        draft = default() | {"version": version, "effective_from": begins}
        path = f"/plans/ebank-2026/{version}"
        stack.post("/plans", "designer", "D1", **draft)
        stack.post(f"{path}/submit", "designer", "D1")
        found = stack.post(f"{path}/what-if", "designer", "D1").json()
        signed = {"plan_hash": found["plan_hash"], "what_if_hash": found["what_if_hash"]}
        problem(stack.post(f"{path}/approve", "approver", "A1", plan_hash=found["plan_hash"]), 409, "what_if_mismatch")
        done = stack.post(f"{path}/approve", "approver", "A1", **signed)
        shown = stack.get(path, after=done.json()["position"]).json()
        assert (shown["status"], shown["what_if_hash"], shown["tried_by"]) == ("approved", found["what_if_hash"], "D1")
    problem(stack.post("/plans/ebank-2026/2/activate", "approver", "A1"), 409, "effective_in_closed_period")
    assert stack.post("/plans/ebank-2026/3/activate", "approver", "A1").is_success
    assert stack.post(f"/deals/{LEAD}/reckon", "ops", "ops").is_success


def test_i6_scores_and_rankings_as_of_any_past_moment(stack):
    """The closed October: what happened by a day, and what was known by a moment."""

    def paid(**moment):
        found = stack.get(f"/scores/{OCTOBER}", **moment).json()["scores"]
        return {score["staff_id"]: score["points_milli"] for score in found if score["points_milli"]}

    lines = stack.client["incentives"]["ledger"].find({"of_period": OCTOBER}).sort("position")
    vested, undone, *_, last = (one["known_at"] for one in lines if one["points_milli"] and one["staff_id"] == RETAIL)
    assert paid(as_of="2026-10-12") == {}
    assert paid(as_of="2026-10-31") == {CORPORATE: 600, RETAIL: 900}
    assert paid(as_known_at=vested) == {CORPORATE: 600, RETAIL: 900}
    assert paid(as_known_at=undone) == {}
    assert paid(as_known_at=last) == {CORPORATE: 600, RETAIL: 900}
    past = stack.get(f"/rankings/{OCTOBER}", as_known_at=vested, level="branch").json()
    assert [(r["rank"], r["unit_id"], r["points_milli"], r["staff_id"]) for r in past["ranking"]] == [
        (1, "B01", 1_500, None)
    ]
    assert (
        stack.get(f"/rankings/{OCTOBER}", as_known_at=undone, level="branch").json()["ranking"][0]["points_milli"] == 0
    )
    problem(stack.get(f"/scores/{OCTOBER}", as_known_at="yesterday"), 422, "invalid")


def test_i13_an_award_is_a_line_once_a_second_person_approved(stack):
    wish = {
        "entry": "awarded", "staff_id": RETAIL, "unit_id": "B01-O2", "points_milli": 2_500,
        "reason": "won the contest", "evidence": ["contest 2026-Q4"], "on": "2026-12-05",
    }  # fmt: skip
    problem(stack.post("/awards", "branch", "M3", unit="B02", **wish), 403, "another_unit")
    problem(stack.post("/awards", "branch", "M3", unit="B02", **wish | {"unit_id": "B02"}), 409, "not_of_this_unit")
    problem(stack.post("/awards", "branch", "M1", unit="B01", **wish | {"on": "0226-09-30"}), 422, "invalid")
    problem(stack.post("/awards", "branch", "M1", unit="B01", **wish | {"evidence": []}), 422, "invalid")
    made = stack.post("/awards", "branch", "M1", unit="B01", **wish)
    assert made.status_code == 201, made.text
    path = f"/awards/{made.json()['id']}"
    assert stack.get(path, after=made.json()["position"]).json()["status"] == "proposed"
    problem(stack.post(f"{path}/approve", "approver", "M1", on="2026-12-06"), 409, "second_person")
    problem(stack.post(f"{path}/approve", "approver", "A1", on="2026-12-01"), 409, "bad_day")
    done = stack.post(f"{path}/approve", "approver", "A1", on="2026-12-06")
    award = stack.get(path, role="retail", staff=RETAIL, unit="B01-O2", after=done.json()["position"]).json()
    problem(stack.get(path, role="corporate", staff=CORPORATE, unit="B01"), 404, "not_found")
    tree = stack.until(
        lambda: (found := stack.get(f"/hr/lines/{award['line_id']}/explain")).is_success and found.json()
    )
    assert (tree["agrees"], tree["recomputed_milli"], len(tree["because"])) == (True, 2_500, 2)


def test_i10_a_dispute_holds_one_line_and_an_accepted_one_adjusts_it(stack):
    undone = {line["adjusts"] for line in stack.get("/lines", period=OCTOBER).json()["lines"]}
    (line,) = (
        one for one in stack.get("/lines", period=OCTOBER).json()["lines"]
        if (one["entry"], one["staff_id"]) == ("vested", RETAIL) and one["line_id"] not in undone
    )  # fmt: skip
    wish = {"line_id": line["line_id"], "reason": "the split was 7,000", "on": "2026-12-06"}
    problem(stack.post("/disputes", "corporate", CORPORATE, unit="B01", **wish), 404, "not_found")
    made = stack.post("/disputes", "retail", RETAIL, unit="B01-O2", **wish)
    assert made.status_code == 201, made.text
    path = f"/disputes/{made.json()['id']}"
    stack.until(lambda: ("held", RETAIL, -900) in entries(stack, period=OCTOBER))
    assert ("held", CORPORATE, -600) not in entries(stack, period=OCTOBER)
    problem(stack.post("/disputes", "branch", "M1", unit="B01", **wish), 409, "in_dispute")
    said = stack.post(f"{path}/evidence", "branch", "M1", unit="B01", evidence=["minutes"], on="2026-12-07")
    shown = stack.get(path, role="retail", staff=RETAIL, unit="B01-O2", after=said.json()["position"]).json()
    assert (shown["status"], shown["due_on"], shown["evidence"]) == ("open", "2026-12-21", ["minutes"])
    answer = {"outcome": "accepted", "points_milli": 150, "reason": "the minutes say so", "on": "2026-12-08"}
    problem(stack.post(f"{path}/decide", "retail", RETAIL, **answer), 403, "wrong_role")
    done = stack.post(f"{path}/decide", "hr", "HR01", **answer)
    assert done.is_success, done.text
    stack.until(lambda: {("released", RETAIL, 900), ("awarded", RETAIL, 150)} <= set(entries(stack, period=OCTOBER)))
    shown = stack.get(path, after=done.json()["position"]).json()
    assert (shown["status"], shown["points_milli"], shown["adjusted_by"]) == ("accepted", 150, None)
    more = next(one for one in stack.get("/lines", period=OCTOBER).json()["lines"] if one["entry"] == "awarded")
    problem(stack.post("/disputes", "retail", RETAIL, unit="B01-O2", **wish), 409, "already_accepted")
    tree = stack.get(f"/hr/lines/{more['line_id']}/explain").json()
    assert (tree["agrees"], tree["adjusts"]) == (True, line["line_id"])
    assert "dispute" in {one["what"] for one in tree["because"]}


def test_i10_an_award_in_dispute_does_not_count_until_it_is_decided(stack):
    december = {"period": "2026-12", "staff_id": RETAIL}

    def counts():
        found = stack.get("/scores/2026-12").json()["scores"]
        return sum(one["points_milli"] for one in found if one["staff_id"] == RETAIL)

    (line,) = (one for one in stack.get("/lines", **december).json()["lines"] if one["entry"] == "awarded")
    stood = counts()
    wish = {"line_id": line["line_id"], "reason": "it was agreed at 3,000", "on": "2026-12-09"}
    made = stack.post("/disputes", "retail", RETAIL, unit="B01-O2", **wish)
    assert made.status_code == 201, made.text
    stack.until(lambda: counts() == stood - 2_500)
    (held,) = (one for one in stack.get("/lines", **december).json()["lines"] if one["entry"] == "held")
    problem(stack.post("/disputes", "retail", RETAIL, unit="B01-O2", **wish | {"line_id": held["line_id"]}), 409,
            "not_disputable")  # fmt: skip
    answer = {"outcome": "refused", "points_milli": 0, "reason": "the minutes say 2,500", "on": "2026-12-10"}
    assert stack.post(f"/disputes/{made.json()['id']}/decide", "hr", "HR01", **answer).is_success
    stack.until(lambda: counts() == stood)
    assert stack.get(f"/hr/lines/{held['line_id']}/explain").json()["agrees"]


def test_i9_i12_what_people_gave_is_in_the_next_statement_and_the_second_opinion_agrees(stack, tmp_path):
    stack.say(bank.day_closed(date(2026, 12, 31)))
    stack.until(lambda: len(stack.get("/periods").json()["periods"]) == 3)
    answer = stack.post("/periods/2026-12/close", "hr", "HR01")
    assert answer.is_success, answer.text
    lines = stack.get("/hr/statements/3").json()["lines"]
    told = sorted((one["entry"], one["staff_id"], one["points_milli"], one["of_period"]) for one in lines)
    assert told == [
        ("awarded", RETAIL, 150, OCTOBER),
        ("awarded", RETAIL, 2_500, "2026-12"),
        ("held", RETAIL, -2_500, "2026-12"),
        ("held", RETAIL, -900, OCTOBER),
        ("released", RETAIL, 900, OCTOBER),
        ("released", RETAIL, 2_500, "2026-12"),
    ]
    assert "statement 3 (period 2026-12)" in pull(stack, tmp_path).stdout


def test_i13_a_bulletin_tells_the_places_of_a_closed_month(stack):
    problem(stack.post("/bulletins/2027-01/publish", "hr", "HR01"), 409, "period_open")
    problem(stack.post("/bulletins/2026-13/publish", "hr", "HR01"), 404, "not_found")
    done = stack.post("/bulletins/2026-12/publish", "hr", "HR01", note="the contest for mobile banking")
    assert done.is_success, done.text
    told = stack.get("/bulletins/2026-12", role="retail", staff=CORPORATE, after=done.json()["position"]).json()
    assert (told["seq"], told["people"][0]["staff_id"], told["branches"][0]["unit_id"]) == (3, RETAIL, "B01")
    assert [(one["entry"], one["points_milli"]) for one in told["given"]] == [("awarded", 2_500)]
    assert stack.post("/bulletins/2026-12/publish", "hr", "HR01", note="again").is_success
    assert [one["note"] for one in stack.get("/bulletins").json()["bulletins"]] == ["the contest for mobile banking"]


def test_i6_a_contest_has_a_ranking_of_its_own(stack):
    problem(stack.get("/contests/spring"), 404, "not_found")
    draft = default() | {"plan_id": "spring", "version": 1, "effective_from": "2027-01-01", "until": "2027-03-31"}
    assert put_in_force(stack, draft).is_success
    told = stack.get("/contests/spring", level="branch").json()
    assert told == {"contest": "spring", "indicator": None, "level": "branch", "ties": "share_and_skip", "ranking": []}


def put_in_force(stack, draft):
    path = f"/plans/{draft['plan_id']}/{draft['version']}"
    stack.post("/plans", "designer", "D1", **draft)
    stack.post(f"{path}/submit", "designer", "D1")
    found = stack.post(f"{path}/what-if", "designer", "D1").json()
    signed = {"plan_hash": found["plan_hash"], "what_if_hash": found["what_if_hash"]}
    assert stack.post(f"{path}/approve", "approver", "A1", **signed).is_success
    return stack.post(f"{path}/activate", "approver", "A1")


def worked(bps, version):
    """What the retail manager's contacts of January came to."""
    event = WorkMonthCounted(RETAIL, "B01-O2", JANUARY, 20, 30, 40, 50, bps, 1, date(2027, 1, 31))
    return bank.recorded("leads", f"worklog-{RETAIL}.{JANUARY}", event, version)


def test_i5_a_month_that_is_over_is_scored_and_what_comes_late_adjusts_it(stack, tmp_path):
    score = {"whole_milli": 100_000, "work_log_milli": 10_000}
    assert put_in_force(stack, default() | {"version": 5, "effective_from": "2027-01-01", "score": score}).is_success
    stack.say(worked(5_000, 1), bank.day_closed(date(2027, 1, 31)))
    stack.until(lambda: entries(stack, period=JANUARY) == [("vested", RETAIL, 5_000)])
    stack.say(worked(7_500, 2))
    stack.until(lambda: len(entries(stack, period=JANUARY)) == 3)
    assert entries(stack, period=JANUARY) == [
        ("adjusted", RETAIL, -5_000),
        ("vested", RETAIL, 5_000),
        ("vested", RETAIL, 7_500),
    ]
    for line in stack.get("/lines", period=JANUARY).json()["lines"]:
        assert stack.get(f"/hr/lines/{line['line_id']}/explain").json()["agrees"], line
    total = stack.get(f"/scores/{JANUARY}/{RETAIL}/explain", role="retail", staff=RETAIL, unit="B01-O2").json()
    assert (total["points_milli"], total["recomputed_milli"], total["agrees"]) == (7_500, 7_500, True)
    assert [tree["points_milli"] for tree in total["because"]] == [5_000, -5_000, 7_500]
    hidden = stack.get(f"/scores/{JANUARY}/{RETAIL}/explain", role="corporate", staff=CORPORATE, unit="B01")
    problem(hidden, 404, "not_found")
    problem(stack.get(f"/scores/{JANUARY}/S9999/explain"), 404, "not_found")
    closed = stack.get(f"/scores/{OCTOBER}/{RETAIL}/explain").json()
    assert (closed["points_milli"], closed["agrees"]) == (900, True)
    (shown,) = stack.get(f"/scores/{JANUARY}").json()["scores"]
    assert shown["points_milli"] == 7_500
    assert shown["terms"] == [{"indicator": "work_log", "points_milli": 7_500, "projected": False}]
    answer = stack.post(f"/periods/{JANUARY}/close", "hr", "HR01")
    assert answer.is_success, answer.text
    told = stack.get("/hr/statements/4").json()
    assert [(one["indicator"], one["points_milli"]) for one in told["lines"]] == [
        ("work_log", 5_000),
        ("work_log", -5_000),
        ("work_log", 7_500),
    ]
    assert "statement 4 (period 2027-01)" in pull(stack, tmp_path).stdout


def test_i9_a_thousand_late_facts_move_no_closed_statement_and_no_closed_score(stack):
    """Uses counted otherwise, new splits, dormancy and alerts, about every day of the closed months and after."""

    def closed():
        statements = [stack.get(f"/hr/statements/{seq}").content for seq in (1, 2, 3, 4)]
        return statements, [stack.get(f"/scores/{month}").json() for month in (OCTOBER, NOVEMBER, "2026-12", JANUARY)]

    before, chance = closed(), Random(9)
    for number in range(1_000):
        stack.say(late(chance, number))
    last = (bank.activity(300, count=7), bank.activated(2_000), bank.dormant(301), bank.alert("open", 302))
    stack.say(*last)
    stack.until(lambda: seen_by_deal(stack) >= {day(300), 2_000, day(301), day(302)}, 300)
    assert len(stack.logs["incentives"].load(f"deal-{LEAD}")) > 500
    assert closed() == before


def late(chance, number):
    """A fact about any day, as it may come after the close."""
    on = chance.randrange(200)
    match chance.choices(("use", "split", "dormant", "alert"), (90, 4, 3, 3)):
        case ["use"]:
            return bank.activity(on, count=chance.randrange(3))
        case ["split"]:
            return bank.activated(number + 2, on, chance.randrange(10_001))
        case ["dormant"]:
            return bank.dormant(on)
        case _:
            return bank.alert(chance.choice(("open", "dismissed")), on)


def seen_by_deal(stack):
    """Days and proposals of the facts that a deal has gathered."""
    events = (one for commit in stack.logs["incentives"].load(f"deal-{LEAD}") for one in commit.events)
    facts = (one for one in events if isinstance(one, SplitNoted | UseNoted | DormancyNoted | AlertNoted))
    return {one.proposal if isinstance(one, SplitNoted) else one.on for one in facts}


def test_everything_holds_in_the_end(stack):
    def behind():
        log = stack.logs["incentives"]
        places = stack.client["incentives"]["checkpoints"].find({"_id": {"$regex": "/incentives/[0-9]$"}})
        return [p["_id"] for p in places if p["position"] < log.head(int(p["_id"][-1]))]

    stack.until(lambda: not behind(), 120)
    assert stack.client["incentives"]["parked"].count_documents({}) == 0
    for projection in PROJECTIONS:
        assert list(projection_holds(stack.client, stack.logs, "incentives", projection)) == []
    for name, check in checks(stack.client, stack.logs).items():
        assert list(check()) == [], name
