"""What Prometheus finds at each process: counts that agree with what was done, and no label that grows with the data."""

import os
import signal

import httpx
import pika
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shared.runtime.broker import parameters, queue_name
from tests.infra.pids import until
from tests.shared.bank import COMMANDS

pytestmark = pytest.mark.stack
MIRROR = {"subscription": "bank.mirror", "source": "bank", "partition": "0"}
BALANCES = {"subscription": "bank.balances", "source": "bank", "partition": "0"}


@pytest.fixture
def bank(bank):
    for name in COMMANDS:
        bank.await_ready(name)
    return bank


def scrape(bank, name):
    """Every sample of a process, as (name, labels, value)."""
    answer = httpx.get(f"http://127.0.0.1:{bank.ports[name]}/metrics", timeout=10)
    assert answer.status_code == 200
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    ]


def value(bank, name, metric, **labels):
    found = [v for sample, has, v in scrape(bank, name) if sample == metric and labels.items() <= has.items()]
    return found[0] if len(found) == 1 else None


def play(bank, accounts=3, takes=5):
    for n in range(accounts):
        key = bank.http.post("/api/bank", json={"owner": f"Owner {n}", "branch": "B"}).json()["id"]
        for _ in range(takes):
            assert bank.http.post(f"/api/bank/{key}/take", json={"amount": 1}).status_code == 200
    bank.http.get("/api/bank/nobody")
    bank.http.get("/nowhere")


def test_requests_commits_relay_and_subscriptions_add_up(bank, mongo):
    play(bank)
    events = 3 + 15 + 15  # opened, taken, mirrored
    requests = {"service": "bank", "method": "POST", "route": "/api/bank/<key>/take", "status": "200"}
    assert value(bank, "service", "liandong_http_requests_total", **requests) == 15
    assert value(bank, "service", "liandong_http_requests_total", route="none", status="404", method="none") == 1
    assert value(bank, "service", "liandong_http_request_seconds_count", route="/api/bank", method="POST") == 3
    until(lambda: value(bank, "service", "liandong_events_appended_total", service="bank") == events)
    until(lambda: value(bank, "relay", "liandong_relay_published_position", service="bank", partition="0") == events)
    assert value(bank, "relay", "liandong_relay_numbered_position", service="bank", partition="0") == events
    assert value(bank, "relay", "liandong_relay_active", service="bank") == 1
    until(lambda: value(bank, "projector", "liandong_subscription_checkpoint", **BALANCES) == events)
    until(lambda: value(bank, "projector", "liandong_subscription_lag_events", **BALANCES) == 0)
    assert value(bank, "projector", "liandong_subscription_events_total", **BALANCES) == events
    assert value(bank, "projector", "liandong_parked_events", **BALANCES) == 0
    until(lambda: value(bank, "service", "liandong_subscription_events_total", **MIRROR) == events - 3)
    assert value(bank, "relay", "liandong_process_info", process="relay") == 1
    assert value(bank, "service", "process_resident_memory_bytes") > 1e6
    mongo.bank.parked.insert_one({"subscription": "bank.balances/bank/0", "stream": "x", "position": 1})
    until(lambda: value(bank, "projector", "liandong_parked_events", **BALANCES) == 1)


def test_a_lag_shows_while_a_projection_waits(bank, mongo):
    """Its documents are locked by somebody's transaction: the log goes on, and the distance shows."""
    play(bank, accounts=1)
    until(lambda: value(bank, "projector", "liandong_subscription_lag_events", **BALANCES) == 0)
    with mongo.start_session() as session, session.start_transaction():
        mongo.bank.checkpoints.update_one({"_id": "bank.balances/bank/0"}, {"$set": {"held": 1}}, session=session)
        play(bank, accounts=1)
        until(lambda: (value(bank, "projector", "liandong_subscription_lag_events", **BALANCES) or 0) >= 6)
        session.abort_transaction()
    until(lambda: value(bank, "projector", "liandong_subscription_lag_events", **BALANCES) == 0, seconds=40)


def test_no_label_grows_with_the_data_and_nothing_personal_is_in_it(bank):
    play(bank, accounts=1, takes=1)
    events = 1 + 1 + 1  # opened, taken, mirrored
    until(lambda: value(bank, "relay", "liandong_relay_published_position", service="bank", partition="0") == events)
    until(lambda: value(bank, "projector", "liandong_subscription_checkpoint", **BALANCES) == events)
    shapes = {name: {(sample, tuple(labels.items())) for sample, labels, _ in scrape(bank, name)} for name in COMMANDS}
    play(bank, accounts=6, takes=2)
    for name in COMMANDS:
        samples = scrape(bank, name)
        assert not {(s, tuple(labels.items())) for s, labels, _ in samples} - shapes[name]
        assert "Owner" not in str(samples)
        assert "S0001" not in str(samples)


def test_what_cannot_be_decoded_is_counted(bank, servers):
    with pika.BlockingConnection(parameters(servers.amqp_uri)) as connection:
        queue = queue_name("bank.projections", "bank", 0)
        connection.channel().basic_publish("", queue, b"\xff no event")
    until(lambda: value(bank, "projector", "liandong_undecodable_messages_total", queue=queue) == 1)


def test_a_scrape_without_a_database_answers_what_needs_none(bank, servers):
    if "MONGO_URI" in os.environ:
        pytest.skip("a given database is not ours to freeze")
    mongod = servers.supervisor.pid("mongod")
    os.kill(mongod, signal.SIGSTOP)
    try:
        until(lambda: "liandong_subscription_lag_events" not in {name for name, *_ in scrape(bank, "projector")})
        assert value(bank, "projector", "liandong_subscription_checkpoint", **BALANCES) is not None
        assert value(bank, "projector", "liandong_loop_age_seconds", loop="bank.projections.bank.0") is not None
    finally:
        os.kill(mongod, signal.SIGCONT)
