"""R1, R2 over HTTP, on the real service, relay and projector."""

import csv
import io
import shutil
import subprocess
import sys
import time

import pytest

from infra.verify import projection_holds
from services.registry.projections import CUSTOMERS, MATCHES
from services.registry.secret_files import MASTER_FILE
from services.registry.verify import erased_have_no_key
from shared.runtime.wiring import Logs
from tests.services.registry.processes import COMMANDS, EVENTS, Processes
from tests.services.registry.world import COMPANY, PERSON, WORLD, dated, sample
from tests.shared.bank import ROOT, free_port

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def registry(servers, mongo, tmp_path_factory):
    mongo.drop_database("registry")
    processes = Processes(servers, tmp_path_factory.mktemp("registry"))
    try:
        processes.start()
        for kind, rows in WORLD.items():
            answer = send(processes, kind, dated(rows))
            assert answer.status_code == 200, answer.text
            assert answer.json()["rejected"] == 0
        yield processes
    finally:
        processes.stop()
        mongo.drop_database("registry")


def send(registry, kind, rows, name="batch", **headers):
    return registry.http.post(f"/api/registry/feeds/{kind}", json={"name": name, "rows": rows}, headers=headers)


def show(registry, path, **asked):
    return registry.http.get(f"/api/registry/{path}", params=asked)


def wait_until(holds, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def figures(answer):
    return [answer[name] for name in ("rows", "recorded", "unchanged", "rejected")]


def test_r1_a_batch_twice_changes_nothing(registry):
    rows = [sample("holdings", holding_id=f"A{n}") for n in range(1_000)]
    assert figures(send(registry, "holdings", rows).json()) == [1_000, 1_000, 0, 0]
    assert figures(send(registry, "holdings", rows).json()) == [1_000, 0, 1_000, 0]


def test_r1_one_row_twice_changes_nothing(registry):
    rows = [sample("holdings", holding_id="B1")]
    assert figures(send(registry, "holdings", rows).json()) == [1, 1, 0, 0]
    assert figures(send(registry, "holdings", rows).json()) == [1, 0, 1, 0]


def test_r1_an_idempotency_key_gives_the_same_answer(registry):
    rows = [sample("holdings", holding_id="C1"), sample("holdings", holding_id="C2", customer_id="P9")]
    first, second = (send(registry, "holdings", rows, **{"Idempotency-Key": "c"}) for _ in range(2))
    assert figures(first.json()) == [2, 1, 0, 1]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    other = send(registry, "holdings", rows[:1], **{"Idempotency-Key": "c"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_r2_the_report_is_in_the_answer_and_can_be_downloaded(registry):
    rows = [sample("activity"), sample("activity", holding_id="H2"), sample("activity", uses=-1, business_date="2026")]
    answer = send(registry, "activity", rows).json()
    assert figures(answer) == [3, 1, 0, 2]
    feed, after = answer["feed_id"], answer["position"]
    shown = show(registry, f"feeds/{feed}", after=after).json()
    assert (shown["kind"], shown["name"], figures(shown)) == ("activity", "batch", [3, 1, 0, 2])
    assert feed in [one["feed_id"] for one in show(registry, "feeds").json()["feeds"]]
    kept = show(registry, f"feeds/{feed}/rejects").json()["rejects"]
    assert answer["rejects"] == kept
    assert [(one["line"], one["column"], one["code"]) for one in kept] == [
        (2, "holding_id", "unknown_reference"),
        (3, "uses", "bad_value"),
        (3, "business_date", "bad_value"),
    ]
    sheet = registry.http.get(f"/api/registry/feeds/{feed}/rejects", headers={"Accept": "text/csv"})
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert f"rejects-{feed}.csv" in sheet.headers["content-disposition"]
    assert len(list(csv.reader(io.StringIO(sheet.text)))) == 4


def test_r5_a_customer_is_shown_masked(registry):
    position = send(registry, "customers", dated([PERSON | {"phone": "13900000001"}])).json()["position"]
    answer = show(registry, "customers/P000001", after=position)
    body = answer.json()
    assert (body["display_name"], body["birth_year"], body["outlet_id"]) == ("欧**", 1980, "O01")
    assert "A0" in [one["holding_id"] for one in body["holdings"]]
    for secret in ("139000", PERSON["name"], PERSON["id_number"], "sealed"):
        assert secret not in answer.text


def unmask(registry, who, customer_id="P000001", key=None, **asked):
    body = {"fields": ["phone"], "reason": "customer_contact", "note": "to agree on a visit"} | asked
    headers = registry.authorization(*who[1:], staff=who[0]) | ({"Idempotency-Key": key} if key else {})
    return registry.http.post(f"/api/registry/customers/{customer_id}/unmask", json=body, headers=headers)


def test_r5_unmasking_is_reasoned_scoped_audited_and_never_kept(registry):
    send(registry, "customers", dated([PERSON | {"phone": "13900000001"}]))
    seen = unmask(registry, ("S0002", "corporate"))
    assert (seen.status_code, seen.headers["cache-control"]) == (200, "no-store")
    assert (seen.json()["phone"], "name" in seen.json()) == ("13900000001", False)
    assert unmask(registry, ("S0007", "corporate")).json()["code"] == "may_not_unmask"
    assert unmask(registry, ("S0002", "corporate"), fields=["id_number"]).json()["rule"] == "R5"
    assert unmask(registry, ("S0002", "corporate"), reason="curious").status_code == 422
    assert unmask(registry, ("S0002", "corporate"), note=f"call {PERSON['name']}").json()["code"] == (
        "note_holds_personal_data"
    )
    assert unmask(registry, ("OPS01", "ops")).status_code == 403
    audit = {"headers": registry.authorization("auditor"), "params": {"customer_id": "P000001"}}
    wait_until(lambda: registry.http.get("/api/registry/unmaskings", **audit).json()["unmaskings"])
    answer = registry.http.get("/api/registry/unmaskings", **audit)
    (look,) = answer.json()["unmaskings"]
    assert (look["staff_id"], look["fields"], look["reason"]) == ("S0002", ["phone"], "customer_contact")
    assert look["unmasking_id"] == seen.json()["unmasking_id"]
    assert "139000" not in answer.text
    assert registry.http.get("/api/registry/unmaskings").status_code == 403


def test_r5_a_repeat_under_its_key_is_asked_again_whether_it_may(registry):
    person = PERSON | {"customer_id": "P000009", "name": "赵一", "birth_date": "1991-02-03", "id_number": "A0000009"}
    mine = person | {"phone": "13900000009", "manager_id": "S0002"}
    send(registry, "customers", dated([mine]))
    look = {"who": ("S0002", "corporate"), "customer_id": "P000009", "key": "a-look"}
    assert [unmask(registry, **look).json().get("phone") for _ in range(2)] == ["13900000009"] * 2
    send(registry, "customers", dated([mine | {"manager_id": None}]))
    assert unmask(registry, **look).json()["code"] == "may_not_unmask"


def test_r5_a_number_in_the_body_finds_masked_documents(registry):
    position = send(registry, "customers", dated([PERSON | {"phone": "13900000001"}])).json()["position"]
    show(registry, "customers/P000001", after=position)
    as_retail = {"headers": registry.authorization("retail")}
    found = registry.http.post("/api/registry/customers/lookup", json={"phone": "+86 139 0000 0001"}, **as_retail)
    assert found.headers["cache-control"] == "no-store"
    (person,) = found.json()["customers"]
    assert (person["customer_id"], person["display_name"], person["phone"]) == ("P000001", "欧**", "139****0001")
    assert PERSON["id_number"] not in found.text
    none = registry.http.post("/api/registry/customers/lookup", json={"id_number": "1234567"}, **as_retail)
    assert none.json() == {"customers": []}
    both = registry.http.post("/api/registry/customers/lookup", json={"phone": "1234", "id_number": "123"}, **as_retail)
    assert both.status_code == 422


def test_r5_an_erased_person_is_unreadable_here_too(registry, mongo):
    rows = dated([PERSON | {"customer_id": "P000099", "phone": "13700000099"}])
    show(registry, "customers/P000099", after=send(registry, "customers", rows).json()["position"])
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "erase", "P000099", "--reason", "asked", "--by", "OPS01", "--yes"],
        env=registry.environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "P000099 is erased" in done.stdout
    wait_until(lambda: "erased_at" in show(registry, "customers/P000099").json())
    shown = show(registry, "customers/P000099").json()
    assert (shown["display_name"], shown["phone"], shown["birth_year"]) == ("***", None, None)
    as_retail = {"headers": registry.authorization("retail")}
    found = registry.http.post("/api/registry/customers/lookup", json={"phone": "13700000099"}, **as_retail)
    assert found.json() == {"customers": []}
    (reject,) = send(registry, "customers", dated([rows[0] | {"consent_marketing": "false"}])).json()["rejects"]
    assert (reject["code"], reject["column"]) == ("customer_erased", "customer_id")
    assert [*erased_have_no_key(mongo["registry"])] == []
    assert [*projection_holds(mongo, Logs(mongo, EVENTS, {}, 1), "registry", CUSTOMERS)] == []
    again = subprocess.run(
        [sys.executable, "-m", "infra.cli", "erase", "P000099", "--reason", "asked", "--yes"],
        env=registry.environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (again.returncode, "was erased" in again.stderr) == (1, True)


def test_l4_customers_who_are_probably_one_are_found_and_judged(registry, mongo):
    firm = COMPANY | {"customer_id": "M1", "name": "湖州华联贸易有限公司", "phone": None, "id_number": None}
    twin = firm | {"customer_id": "M2", "name": "湖州華聯貿易（有限公司）"}
    last = send(registry, "customers", dated([firm, twin])).json()["position"]
    show(registry, "customers", after=last)
    for told in ("1 found or changed", "0 found or changed"):
        done = subprocess.run(
            [sys.executable, "-m", "infra.cli", "duplicates", "--by", "OPS01"],
            env=registry.environ, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert told in done.stdout
        wait_until(lambda: show(registry, "matches", customer_id="M2").json()["matches"])
    assert "alike" not in mongo["registry"].list_collection_names()
    (match,) = show(registry, "matches", customer_id="M2").json()["matches"]
    assert (match["score"], match["strong"], match["reasons"]) == (80, True, [{"what": "same_name", "points": 80}])
    assert [one["customer_id"] for one in match["customers"]] == ["M1", "M2"]
    judge, body = f"/api/registry/matches/{match['match_id']}/judge", {"same": False, "reason": "two firms"}
    assert registry.http.post(judge, json=body).status_code == 403
    as_branch = {"headers": registry.authorization("branch")}
    said = registry.http.post(judge, json=body, **as_branch)
    assert said.status_code == 200, said.text
    assert show(registry, "matches", after=said.json()["position"], customer_id="M2").json()["matches"] == []
    assert registry.http.post("/api/registry/matches/M1.M9/judge", json=body, **as_branch).status_code == 404
    assert [*projection_holds(mongo, Logs(mongo, EVENTS, {}, 1), "registry", MATCHES)] == []


def test_r6_tiers_follow_the_close_of_the_month(registry):
    rows = [PERSON | {"customer_id": f"T{n}", "phone": None, "id_number": None} for n in range(4)]
    send(registry, "customers", dated(rows))
    held = [sample("holdings", holding_id=f"T{n}", customer_id=f"T{n}") for n in range(4)]
    send(registry, "holdings", held)
    worth = zip(held, (60, 20, 15, 5), strict=True)
    send(
        registry,
        "balances",
        [sample("balances", holding_id=one["holding_id"], month="2026-06", balance_minor=m) for one, m in worth],
    )
    send(registry, "days", [{"business_date": "2026-06-30"}])
    wait_until(lambda: show(registry, "customers/T3").json().get("tier") == "level_2")
    tiers = [show(registry, f"customers/T{n}").json()["tier"] for n in range(4)]
    assert tiers == ["key", "key", "level_1", "level_2"]
    keys = show(registry, "customers", tier="key", outlet_id="O01").json()["customers"]
    assert {one["customer_id"] for one in keys} == {"T0", "T1"}
    (month,) = show(registry, "units/O01/tiers").json()["months"]
    assert (month["month"], month["key_share_bps"], month["contribution_minor"]) == ("2026-06", 8_000, 100)
    assert show(registry, "units/NONE/tiers").status_code == 404


def test_r7_staffing_of_a_unit_and_those_below(registry):
    shown = show(registry, "units/B01/staffing", on="2026-08-31").json()
    assert (shown["staff"], shown["norm"], shown["short"], shown["kind"]) == (1, 3, 3, "branch")
    (outlet,) = shown["below"]
    assert (outlet["unit_id"], outlet["customer_managers"], outlet["norm"], outlet["short"]) == ("O01", 1, 1, 0)
    assert (shown["total"]["staff"], shown["total"]["norm"]) == (2, 4)
    assert show(registry, "units/B01/staffing", on="2019-01-01").json()["total"]["staff"] == 0
    assert show(registry, "units/NONE/staffing").status_code == 404
    retail = registry.authorization("retail")
    assert registry.http.get("/api/registry/units/B01/staffing", headers=retail).status_code == 403


def test_r4_who_left_is_told_when_the_day_closes(registry, mongo):
    leaver = WORLD["staff"][0] | {"staff_id": "S0077", "unit_id": "HO", "valid_to": "2026-06-30"}
    send(registry, "staff", dated([leaver], "2026-06-01"))
    send(registry, "days", [{"business_date": "2026-07-01"}])
    wait_until(lambda: mongo.registry.commits.find_one({"stream": "staff-S0077", "events.type": "staff_left"}))
    (told,) = mongo.registry.commits.find({"stream": "staff-S0077", "events.type": "staff_left"})
    assert (told["events"][0]["data"]["last_day"], told["meta"]["actor"]) == ("2026-06-30", "registry.note_posts")


def test_tools_look_up_units_staff_and_customers(registry):
    position = send(registry, "days", [{"business_date": "2026-08-31"}]).json()["position"]
    assert [one["unit_id"] for one in show(registry, "units", after=position).json()["units"]] == ["B01", "HO", "O01"]
    assert [one["unit_id"] for one in show(registry, "units", over="B01", limit=1).json()["units"]] == ["HO"]
    (manager,) = show(registry, "staff", role="corporate", unit_id="O01", after=position).json()["staff"]
    assert (manager["staff_id"], manager["manager_id"], manager["line"]) == ("S0002", "S0001", "corporate")
    companies = show(registry, "customers", kind="company", after=position).json()["customers"]
    assert "锦华纺织有限公司" in {company["display_name"] for company in companies}
    assert {company["kind"] for company in companies} == {"company"}


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("clients", {"name": "x", "rows": [{}]}, 404, "unknown_kind"),
        ("units", {"name": "x", "rows": []}, 422, "invalid"),
        ("units", {"name": "x", "rows": [{}] * 1_001}, 422, "invalid"),
        ("units", {"name": "x", "rows": [1]}, 422, "invalid"),
        ("units", {"rows": [{}]}, 422, "invalid"),
    ],
)
def test_what_is_no_batch_is_refused(registry, kind, body, status, code):
    answer = registry.http.post(f"/api/registry/feeds/{kind}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_only_ops_hand_feeds_over(registry):
    answer = send(registry, "days", [{"business_date": "2026-08-31"}], **registry.authorization("retail"))
    assert answer.status_code == 403
    assert registry.http.get("/api/registry/units", headers={"Authorization": ""}).status_code == 401
    assert show(registry, "customers/NOBODY").status_code == 404
    assert show(registry, "feeds/none/rejects").status_code == 404


def test_a_service_without_its_master_key_says_so_and_ends(registry, tmp_path):
    shutil.copytree(registry.secrets, tmp_path / "secrets")
    (tmp_path / "secrets" / MASTER_FILE).unlink()
    environ = registry.environ | {"LIANDONG_SECRETS": str(tmp_path / "secrets"), "LIANDONG_PORT": str(free_port())}
    ended = subprocess.run(COMMANDS["service"], env=environ, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 2
    last_line = ended.stderr.decode().splitlines()[-1]
    assert MASTER_FILE in last_line, ended.stderr.decode()
    assert "Restore it from the backup" in last_line
