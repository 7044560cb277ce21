"""The whole story on the whole stack, while processes die; then everything is computed again and compared."""

import random
import threading
import uuid

import pika
import pytest

from infra.demo.story import play
from infra.projector import projections
from infra.verify import collection_hash
from shared.runtime.aliases import live
from shared.runtime.broker import parameters, queue_name
from shared.runtime.projector import projections_queue, subscribe
from tests.system.checking import settle, verified

pytestmark = [pytest.mark.stack, pytest.mark.system]
VICTIMS = ("relay", "projector", "incentives", "leads", "linkage", "bundling")


@pytest.fixture(scope="module")
def told(stack):
    """The stack after the story was played once, with a process killed every few seconds."""
    ended = threading.Event()

    def kill():
        chance = random.Random(5)
        while not ended.wait(5):
            stack.kill(chance.choice(VICTIMS))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        play(stack.stage, stack.bank_files())
    finally:
        ended.set()
        killer.join()
    return stack


def test_each_answer_of_the_story_is_as_described(told):
    """Also those of a front door whose services are being killed."""
    assert told.contract.answers > 100
    assert told.contract.broken == {}


def test_the_story_holds_while_processes_are_killed(told):
    settle(told)
    assert "Second try with maker" in told.said.getvalue()
    assert sum(told.stack.servers.supervisor.deaths().values()) > 0
    assert verified(told) == {}


def test_every_queue_purged_and_all_catch_up(told):
    settle(told)
    with pika.BlockingConnection(parameters(told.connected.settings.amqp_uri)) as connection:
        channel = connection.channel()
        person = told.stage["corporate"]
        for n in range(30):
            body = {
                "customer_id": f"C90{n:04d}", "customer_kind": "company", "need": "settlement", "products": ["settlement"],
                "source": "branch", "outlet_id": person.principal.unit_id, "value_minor": 1, "on": "2026-09-01",
            }  # fmt: skip
            person.post("/api/leads", body)
            for owner, owned in projections().items():
                for projection in owned:
                    for source in projection.sources:
                        channel.queue_purge(queue_name(projections_queue(owner), source, 0))
    settle(told)
    assert verified(told) == {}


def test_every_message_twice_and_shuffled_gives_identical_hashes(told):
    """Each projection is built anew from messages delivered twice and out of order within a window."""
    settle(told)
    here = told.connected
    scratch = f"again_{uuid.uuid4().hex[:8]}"
    chance = random.Random(9)
    for owner, owned in projections().items():
        for projection in owned:
            seen = {d.pop("_id"): d for d in live(here.client[owner], projection).find()}
            for subscription in subscribe(here.client[scratch], projection, here.logs.stores):
                messages = [e for e in subscription.source.envelopes(0, 0) for _ in range(2)]
                for start in range(0, len(messages), 600):
                    window = messages[start : start + 600]
                    chance.shuffle(window)
                    subscription.deliver(window[:300])
                    subscription.deliver(window[300:])
            again = {d.pop("_id"): d for d in here.client[scratch][projection.name].find()}
            assert collection_hash(again) == collection_hash(seen), projection.name
            here.client.drop_database(scratch)


def test_nothing_personal_is_in_a_log_or_a_message(told):
    """Names, phones and ID numbers of people stand in no event and in no process's log."""
    text = (told.bank_files() / "customers.csv").read_text(encoding="utf-8-sig")
    header, *rows = [line.split(",") for line in text.splitlines()]
    people = [dict(zip(header, row, strict=False)) for row in rows]
    secrets = [
        p[field] for p in people[:2_000:40] if p["kind"] == "person" for field in ("phone", "id_number") if p[field]
    ]
    assert secrets
    logs = "".join(path.read_text(errors="replace") for path in (told.run_dir / "log").glob("*.log"))
    for service in told.connected.logs.stores:
        stored = str(list(told.connected.client[service].commits.find({}, {"events": 1}).limit(20_000)))
        assert not [secret for secret in secrets if secret in stored]
    assert not [secret for secret in secrets if secret in logs]
