"""R1, R2 over HTTP, on the real service, relay and projector."""

import csv
import io
import shutil
import subprocess

import pytest

from services.registry.vault import MASTER_FILE
from tests.services.registry.processes import COMMANDS, Processes
from tests.services.registry.world import PERSON, WORLD, dated, sample
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


def test_tools_look_up_units_staff_and_customers(registry):
    position = send(registry, "days", [{"business_date": "2026-08-31"}]).json()["position"]
    assert [one["unit_id"] for one in show(registry, "units", after=position).json()["units"]] == ["B01", "HO", "O01"]
    assert [one["unit_id"] for one in show(registry, "units", over="B01", limit=1).json()["units"]] == ["HO"]
    (manager,) = show(registry, "staff", role="corporate", unit_id="O01", after=position).json()["staff"]
    assert (manager["staff_id"], manager["manager_id"], manager["line"]) == ("S0002", "S0001", "corporate")
    (company,) = show(registry, "customers", kind="company", after=position).json()["customers"]
    assert company["display_name"] == "锦华纺织有限公司"


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
    assert MASTER_FILE in last_line
    assert "Restore it from the backup" in last_line
