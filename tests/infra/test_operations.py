"""The operations service: how everything stands, whoever is down; parked events by two people; the last load test."""

import json
import os
import signal
from datetime import UTC, datetime

import httpx
import jsonschema_rs
import pytest

from infra import load_report
from infra.docs.openapi import openapi
from infra.load_report import Report, judged
from infra.operations.watch import sample
from infra.processes import PROCESSES
from infra.stack.measured import Measured
from infra.stack.stack import Stack
from infra.standing import Queue, Relay, Standing, Subscription
from shared.runtime.auth import Principal, issue_token, make_identity_keys
from tests.infra.accounts import SECRET, STREAM
from tests.infra.pids import until

OURS = [process for process in PROCESSES if process.name == "operations"]
PLACE = f"/api/operations/parked/leads.balances/{STREAM}"
FIRST, NOON = f"leads/{STREAM}@4", "2026-09-01T12:00:00+00:00"


@pytest.fixture(scope="module")
def running(servers, tmp_path_factory):
    """The operations service and the front door, on the session's servers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MONGO_URI", servers.mongo_uri)
        patch.setenv("AMQP_URI", servers.amqp_uri)
        run_dir = tmp_path_factory.mktemp("run")
        with Stack(run_dir, processes=OURS, prepare=lambda context: make_identity_keys(context.secrets)) as stack:
            yield stack


@pytest.fixture
def as_staff(running):
    """Calls the API as somebody, and holds each answer against its description."""
    document = openapi()

    def call(method, path, staff="OPS1", roles=("ops",), status=200, **body):
        principal = Principal(staff, staff, frozenset(roles))
        token = issue_token(running.context.secrets, principal, datetime.now(UTC))
        given = {"json": body} if body else {}
        answer = httpx.request(
            method, f"{running.context.public_url}{path}", headers={"Authorization": f"Bearer {token}"}, **given
        )
        assert answer.status_code == status, answer.text
        assert SECRET not in answer.text
        if not answer.headers["content-type"].startswith("application/json"):
            return answer
        ((_, shape),) = described(document, method, path)["responses"]["200"]["content"].items()
        valid = jsonschema_rs.Draft202012Validator({**shape["schema"], "components": document["components"]})
        assert [error.message for error in valid.iter_errors(answer.json())] == []
        return answer.json()

    return call


def described(document, method, path):
    path = path.partition("?")[0].replace(STREAM, "{stream}").replace("leads.balances", "{subscription}")
    return document["paths"][path][method.lower()]


@pytest.mark.stack
@pytest.mark.parametrize("path", ["standing", "history", "parked", "load-test", "load-test/report"])
def test_only_operations_and_auditors_look(as_staff, path):
    as_staff("GET", f"/api/operations/{path}", roles=("branch", "corporate", "hr"), status=403)


@pytest.mark.stack
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("redrive", {}),
        ("discard", {"event_id": FIRST, "reason": "x"}),
        ("discard/confirm", {"event_id": FIRST, "proposed_at": NOON}),
    ],
)
def test_an_auditor_decides_nothing(as_staff, subscription, name, body):
    as_staff("POST", f"{PLACE}/{name}", roles=("auditor",), status=403, **body)


@pytest.mark.stack
def test_the_standing_tells_what_is_behind_and_parked_and_runs(as_staff, subscription, mongo, running):
    mongo.leads.checkpoints.update_one({"_id": subscription.key}, {"$inc": {"position": -3}})
    until(lambda: as_staff("GET", "/api/operations/standing")["standing"]["parked"], seconds=10)
    told = as_staff("GET", "/api/operations/standing", roles=("auditor",))
    assert told["silent"] == []
    (mine,) = [one for one in told["standing"]["subscriptions"] if one["name"] == "leads.balances"]
    assert (mine["owner"], mine["source"], mine["lag"], mine["parked"]) == ("leads", "leads", 3, 3)
    processes = {one["process"]: one for one in told["processes"]}
    assert processes["operations"]["pid"] == running.servers.supervisor.pid("operations")
    assert processes["operations"]["resident"] > 1_000_000


@pytest.mark.stack
def test_what_was_is_kept_sample_by_sample(as_staff, subscription):
    def samples():
        return as_staff("GET", "/api/operations/history")["samples"]

    until(lambda: len(samples()) > 1, seconds=20)
    first, second = samples()[:2]
    assert 3 < (at(second) - at(first)).total_seconds() < 15
    assert second["resident"] > 0


def at(one):
    return datetime.fromisoformat(one["at"])


@pytest.mark.stack
def test_the_parked_are_shown_by_stream_and_tried_again(as_staff, subscription, mongo):
    (told,) = as_staff("GET", "/api/operations/parked")["parked"]
    assert (told["subscription"], told["source"], told["stream"]) == ("leads.balances", "leads", STREAM)
    assert (told["event_id"], told["waiting"], told["released"]) == (f"leads/{STREAM}@4", 2, False)
    assert "schema 9" in told["error"]
    mongo.leads.commits.update_one({"_id": f"{STREAM}@4"}, {"$set": {"events.0.schema": 1}})
    assert as_staff("POST", f"{PLACE}/redrive") == {"released": 3}
    assert as_staff("GET", "/api/operations/parked")["parked"][0]["released"]
    assert subscription.redrive() == 3
    assert as_staff("GET", "/api/operations/parked")["parked"] == []
    assert as_staff("POST", f"{PLACE}/redrive", status=404).json()["code"] == "not_parked"


@pytest.mark.stack
def test_two_people_leave_an_event_out(as_staff, subscription, mongo):
    def decide(what, status=200, staff="OPS1", event_id=FIRST, **body):
        return as_staff("POST", f"{PLACE}/{what}", status=status, staff=staff, event_id=event_id, **body)

    assert decide("discard/confirm", 409, proposed_at=NOON).json()["code"] == "not_proposed"
    assert "reason" in decide("discard", 422, reason="").json()["errors"]
    decide("discard", reason="a test row")
    (seen,) = as_staff("GET", "/api/operations/parked")["parked"]
    stands = {"proposed_at": seen["discard"]["proposed_at"]}
    assert decide("discard/confirm", 403, **stands).json()["code"] == "own_proposal"
    decide("discard/confirm", staff="OPS2", **stands)
    assert decide("discard", 409, staff="OPS3", reason="x").json()["code"] == "already_confirmed"
    subscription.redrive()
    assert as_staff("GET", "/api/operations/parked")["parked"] == []
    (left_out,) = as_staff("GET", "/api/operations/parked?discarded=true")["parked"]
    decided = left_out["discard"]
    assert (decided["proposed_by"], decided["confirmed_by"], decided["reason"]) == ("OPS1", "OPS2", "a test row")


@pytest.mark.stack
def test_nobody_agrees_to_what_was_not_looked_at(as_staff, subscription, mongo):
    """The stream may wait for another event by the time somebody presses the button, or be proposed for another reason."""

    def refused(what, **body):
        return as_staff("POST", f"{PLACE}/{what}", status=409, staff="OPS2", **body).json()["code"]

    assert refused("discard", event_id=f"leads/{STREAM}@3", reason="an older one") == "another_event"
    as_staff("POST", f"{PLACE}/discard", event_id=FIRST, reason="a test row")
    (seen,) = as_staff("GET", "/api/operations/parked")["parked"]
    looked_at = {"proposed_at": seen["discard"]["proposed_at"]}
    assert refused("discard/confirm", event_id=f"leads/{STREAM}@3", **looked_at) == "another_event"
    as_staff("POST", f"{PLACE}/discard", event_id=FIRST, reason="for another reason")
    assert refused("discard/confirm", event_id=FIRST, **looked_at) == "proposal_changed"
    assert "confirmed_by" not in mongo.leads.parked.find_one({"event_id": FIRST})["discard"]


@pytest.mark.stack
def test_a_subscription_that_there_is_not_is_named(as_staff, running):
    told = as_staff("POST", "/api/operations/parked/nobody.offers/x/redrive", status=404).json()
    assert (told["code"], "nobody.offers" in told["detail"]) == ("no_subscription", True)


@pytest.mark.stack
def test_the_last_load_test_is_told_and_its_page_given(as_staff, running):
    run_dir = running.context.run_dir
    for path in ("load-test", "load-test/report"):
        assert as_staff("GET", f"/api/operations/{path}", status=404).json()["code"] == "no_load_test"
    figures = judged({"failures": 0, "rate": 49.0, "command_p99_ms": 5_000.0}, 50.0)
    load_report.keep(Report(datetime.now(UTC), 50.0, figures, drained=True, invariants_held=True), run_dir)
    (run_dir / "load_stats_history.csv").write_text(
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,99%\n1788220800,10,,Aggregated,48.0,0.0,N/A,20\n"
    )
    (run_dir / "load.html").write_text("<p>locust</p>")
    told = as_staff("GET", "/api/operations/load-test")
    assert (told["passed"], [one["name"] for one in told["figures"] if not one["kept"]]) == (False, ["command_p99_ms"])
    assert [(one["rate"], one["p50_ms"], one["p99_ms"]) for one in told["seconds"]] == [(48.0, None, 20.0)]
    page = as_staff("GET", "/api/operations/load-test/report")
    assert page.text == "<p>locust</p>"
    assert page.headers["content-disposition"].startswith("attachment")


@pytest.mark.stack
def test_it_comes_back_after_a_kill(as_staff, running):
    supervisor = running.servers.supervisor
    before = supervisor.deaths()["operations"]
    os.kill(supervisor.pid("operations"), signal.SIGKILL)
    until(lambda: supervisor.deaths()["operations"] > before, seconds=20)
    supervisor.wait_ready(["operations"], seconds=30)
    (mine,) = [
        one for one in as_staff("GET", "/api/operations/standing")["processes"] if one["process"] == "operations"
    ]
    assert mine["deaths"] == before + 1


def test_a_sample_adds_up_by_owner_and_counts_the_unnumbered_of_a_service_once():
    standing = Standing(
        relays=[Relay("leads", 0, 10, 8, 3), Relay("leads", 1, 5, 5, 3), Relay("registry", 0, 7, 7, 0)],
        subscriptions=[
            Subscription("desk.hr", "leads", 0, 8, 2, 0, "q1"),
            Subscription("desk.staff", "registry", 0, 6, 1, 1, "q2"),
            Subscription("bundling.offers", "leads", 0, 10, 0, 0, "q3"),
        ],
        queues=[Queue("q1", 4, 1), Queue("q2", None, 0)],
        dead_lettered=0,
        parked=1,
        discarded=0,
        oldest_unacknowledged=None,
    )
    now = datetime.now(UTC)
    found = sample(now, [Measured("leads", 1, 0, 100), Measured("desk", None, 2, 0)], standing)
    assert found.lag == {"bundling": 0, "desk": 3}
    assert (found.appended, found.published, found.unpublished) == (22, 20, 5)
    assert (found.queued, found.parked, found.resident, found.at) == (4, 1, 100, now)


def test_the_description_names_who_may_decide():
    paths = openapi()["paths"]
    decisions = [path for path in paths if path.startswith("/api/operations/parked/")]
    assert len(decisions) == 3
    assert all("Roles: ops." in json.dumps(paths[path]["post"]["description"]) for path in decisions)
