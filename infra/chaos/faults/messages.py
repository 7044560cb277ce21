"""Messages and requests that nobody should send: duplicates and disorder, what cannot be read, what nobody knows."""

import json
import time

import httpx

from infra.chaos.faults.base import Fault, World
from infra.public import Json
from shared.runtime.auth import Principal, issue_token
from shared.runtime.broker import event_exchange
from shared.runtime.codec import to_message
from shared.runtime.wiring import now

NEWEST = 200
NESTED = 50_000
WINDOWS = 8
MEGABYTE = 1_000_000
PLANTED = ("leads", "compliance")


class Duplicates(Fault):
    """The newest events of every log, each twice, shuffled."""

    probe = "chain"

    def inject(self, world: World) -> str:
        sent = 0
        for service, store in world.here.logs.stores.items():
            newest = [to_message(e) for e in store.envelopes(0, max(0, store.head(0) - NEWEST))] * 2
            world.chance.shuffle(newest)
            world.amqp.publish(event_exchange(service, 0), "duplicate", newest)
            sent += len(newest)
        return f"{sent} messages"


class Lost(Fault):
    """Every subscription's queue is unbound for moments: what comes then is lost, and leaves a hole."""

    probe = "chain"

    def inject(self, world: World) -> str:
        queues = world.amqp.subscribed()
        for _ in range(WINDOWS):
            with world.amqp.channel() as channel:
                for change in (channel.queue_unbind, channel.queue_bind):
                    for queue in queues:
                        _, source, partition = queue.rsplit(".", 2)
                        change(queue, event_exchange(source, int(partition)), routing_key="#")
                    time.sleep(0.2)
        return f"{len(queues)} queues, {WINDOWS} times"


class Unreadable(Fault):
    """What is no event at all must end among the dead letters, and hold nobody up."""

    probe = "chain"

    def __init__(self, name: str, body: bytes) -> None:
        super().__init__(name)
        self._body = body

    def inject(self, world: World) -> str:
        for service in PLANTED:
            marked = self._body.replace(b"MARK", str(world.chance.randrange(10**12)).encode())
            world.amqp.plant(event_exchange(service, 0), "unreadable", [marked])
        return f"{len(self._body):,} bytes"


class UnknownMessages(Fault):
    """Readable, and yet of no type, schema or place that anybody knows: old places are duplicates, far ones holes."""

    probe = "chain"

    def inject(self, world: World) -> str:
        store = world.here.logs["leads"]
        head = store.head(0)
        example = json.loads(to_message(next(store.envelopes(0, head - 1))))
        changes: list[Json] = [
            {"type": "never_heard_of", "position": 1},
            {"schemaversion": 99, "position": 2},
            {"position": head + 10_000},
            {"type": "never_heard_of", "schemaversion": 99, "position": head + 20_000},
            {"position": -5},
        ]
        world.amqp.publish(event_exchange("leads", 0), "unknown", [json.dumps(example | c).encode() for c in changes])
        return f"{len(changes)} messages"


class BadRequests(Fault):
    """Each must be refused by its caller's fault, and none may be taken or called ours."""

    def inject(self, world: World) -> str:
        context = world.cluster.context
        teller = Principal("S0001", "chaos", frozenset({"corporate", "ops", "designer"}), "O01", "corporate")
        headers = {"Authorization": f"Bearer {issue_token(context.secrets, teller, now())}"}
        bodies = (b"{", b"\xff\xfe", b"[" * NESTED, b'{"a":' * NESTED, b"[]", b"null", b'{"need": 7}', b"1" * MEGABYTE)
        paths = ("/api/leads", "/api/registry/feeds/units", "/api/incentives/plans")
        with httpx.Client(base_url=context.public_url, headers=headers, timeout=10) as http:
            for path in paths:
                for body in (*bodies, b" " * 17 * MEGABYTE):
                    self._send(world, http, path, body)
        return f"{len(paths) * (len(bodies) + 1)} requests"

    def _send(self, world: World, http: httpx.Client, path: str, body: bytes) -> None:
        try:
            answer = http.post(path, content=body)
        except httpx.TransportError:
            return  # the door may close on a body that is far too long
        if not answer.is_client_error:
            world.violations.append(f"POST {path} with {body[:12]!r}… was answered {answer.status_code}")


MESSAGES: tuple[Fault, ...] = (
    Duplicates("duplicates-shuffled"),
    Lost("messages-lost"),
    Unreadable("message-malformed", b'{"specversion": MARK'),
    Unreadable("message-not-utf8", b"\xff\xfe\x00MARK"),
    Unreadable("message-oversized", b'{"MARK": "' + b"x" * MEGABYTE + b'"}'),
    Unreadable("message-nested", b'{"MARK": ' + b"[" * NESTED + b"]" * NESTED + b"}"),
    Unreadable("message-of-other-types", b'{"specversion": 1, "id": ["MARK"], "position": "one"}'),
    UnknownMessages("message-unknown"),
    BadRequests("bad-requests"),
)
