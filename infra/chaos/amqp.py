"""The tools' own hand on the broker: publish what nobody should, look into queues, ask who leads one."""

import hashlib
import json
import os
import re
import subprocess
import time
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import NackError

from infra.chaos.cluster import NODES, Cluster
from infra.stack.broken import Broken
from infra.stack.rabbitmq import LIBRARIES
from shared.runtime.broker import DEAD, parameters

PATIENCE_SECONDS = 30.0
MEMBERS_SECONDS = 5.0
RENEW_SECONDS = 90.0
WAKE_SECONDS, LED_MS = 90.0, 500
ADD_MEMBER_MS = 10_000
RENEW = """
[{{catch rabbit_quorum_queue:delete_member(<<"/">>, Queue, '{node}'),
   catch rabbit_quorum_queue:add_member(<<"/">>, Queue, '{node}', {wait_ms})}} || Queue <- [{names}]].
"""
WAKE = """
[begin {{Name, _}} = amqqueue:get_pid(Q), #{{nodes := Nodes}} = amqqueue:get_type_state(Q),
   [catch ra:trigger_election({{Name, Node}}) || Node <- Nodes], Name end
 || Q <- rabbit_amqqueue:list(), amqqueue:is_quorum(Q),
    begin {{Led, _}} = amqqueue:get_pid(Q), #{{nodes := Asked}} = amqqueue:get_type_state(Q),
      element(1, ra:members([{{Led, Node}} || Node <- Asked], {wait_ms})) =/= ok end].
"""
QUEUE_NAME = re.compile(r"'%2F_([^']+)'")
LAST, HELD = "last_node", "already_started"
DELETE = """
[catch rabbit_amqqueue:with(rabbit_misc:r(<<"/">>, queue, Queue),
   fun(Q) -> rabbit_amqqueue:delete(Q, false, false, <<"operator">>) end) || Queue <- [{names}],
   {{error, last_node}} =:= (catch rabbit_quorum_queue:delete_member(<<"/">>, Queue, '{node}'))].
"""


class Amqp:
    """``planted`` are the digests of what we published and no subscription can read; ``operated`` is what was done, as
    an operator would, to queues that the broker did not bring back by itself.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.planted: set[str] = set()
        self.operated: list[str] = []

    @contextmanager
    def channel(self) -> Iterator[BlockingChannel]:
        connection = pika.BlockingConnection(parameters(self._cluster.context.amqp_uri))
        try:
            yield connection.channel()
        finally:
            if connection.is_open:
                connection.close()

    def publish(self, exchange: str, routing_key: str, bodies: Sequence[bytes]) -> None:
        """A queue that looks for a leader refuses for a moment, or until it is woken. Each try has a connection of its
        own, as the relay's have: a channel may hold to a leader that is gone.
        """
        left, deadline, woken = deque(bodies), time.monotonic() + PATIENCE_SECONDS, False
        while left:
            try:
                self._publish(exchange, routing_key, left)
            except NackError:
                if time.monotonic() > deadline:
                    if woken:
                        raise
                    self.wake()
                    deadline, woken = time.monotonic() + PATIENCE_SECONDS, True
                time.sleep(0.5)

    def _publish(self, exchange: str, routing_key: str, bodies: deque[bytes]) -> None:
        with self.channel() as channel:
            channel.confirm_delivery()
            while bodies:
                channel.basic_publish(exchange, routing_key, bodies[0])
                bodies.popleft()

    def plant(self, exchange: str, routing_key: str, bodies: Sequence[bytes]) -> None:
        """Publish what cannot be read: it must be found among the dead letters, and nothing else may be there."""
        self.planted |= {digest(body) for body in bodies}
        self.publish(exchange, routing_key, bodies)

    def dead_letters(self) -> list[bytes]:
        """Take all dead letters out."""
        found: list[bytes] = []
        with self.channel() as channel:
            while True:
                method, _, body = channel.basic_get(DEAD)
                if method is None:
                    return found
                found.append(body)
                channel.basic_ack(method.delivery_tag)

    def queues(self) -> dict[str, int]:
        """All queues, with the messages in each: ready, or handed out and not yet acknowledged."""
        lines = (line.split("\t") for line in self.control("-q", "list_queues", "name", "messages").splitlines())
        return {line[0]: int(line[1]) for line in lines if len(line) == 2 and line[1].isdecimal()}

    def subscribed(self) -> list[str]:
        """The queues of our own subscriptions. Raises ``Broken`` where the broker names none."""
        found = [name for name in self.queues() if name.rpartition(".")[2].isdecimal()]
        if not found:
            raise Broken("the broker names no queue")
        return found

    def state(self, names: Collection[str]) -> list[str]:
        """What the broker says of these queues, for a person."""
        columns = ("messages_ready", "messages_unacknowledged", "consumers", "leader", "online")
        lines = self.control("-q", "list_queues", "name", *columns).splitlines()
        return [line.replace("\t", " ") for line in lines if line.partition("\t")[0] in names]

    def delete_queues(self) -> None:
        with self.channel() as channel:
            for queue in self.queues():
                channel.queue_delete(queue)

    def must_be_one(self) -> None:
        """Raises ``Broken`` where the nodes run each for itself: then no fault of theirs would mean anything."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while apart := set(NODES) - self._together():
            if time.monotonic() > deadline:
                raise Broken(f"the RabbitMQ nodes are no cluster: {', '.join(sorted(apart))} not of it")
            time.sleep(0.5)

    def rejoin(self) -> None:
        """Start again the nodes that run apart from the others although they could reach them: one that stood still
        comes back to a cluster that has gone on without it, and may stay for itself.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self._together()) < len(NODES):
            if time.monotonic() > deadline:
                break
            time.sleep(1)
        else:
            return
        most = max((self._together([name]) for name in NODES), key=len)
        for name in [one for one in NODES if one not in most]:
            self._cluster.restart(name)
            self.operated.append(f"{name} ran apart from the others: it was started again")
        self.must_be_one()

    def _together(self, on: Sequence[str] = NODES) -> set[str]:
        """The nodes that run as one cluster, as the first that answers sees it."""
        status = json.loads(self.control("cluster_status", "--formatter", "json", on=on) or "{}")
        return {node.partition("@")[0] for node in status.get("running_nodes", [])}

    def wake(self) -> None:
        """Have the members of every queue without a leader vote, until each is led.

        After a cut, a queue's members may wait for a leader that is gone, and go on waiting: none of them stands for
        election unless told to. Who reads such a queue has the log meanwhile; who publishes to it is refused.
        """
        deadline, woken = time.monotonic() + WAKE_SECONDS, set[str]()
        while silent := QUEUE_NAME.findall(self.control("eval", WAKE.format(wait_ms=LED_MS))):
            if time.monotonic() > deadline:
                raise Broken(f"queues without a leader: {', '.join(silent)}")
            woken.update(silent)
            time.sleep(1)
        self._note(sorted(woken), "without a leader: their members were made to vote")

    def renew_members(self, name: str, patience: float = MEMBERS_SECONDS) -> None:
        """Give a node anew what it holds of those queues whose member there does not run.

        A node whose disk was full may have left a gap in a member's own log; such a member starts never again, and the
        queue goes on with the others, until one more of them is away. It is what ``rabbitmq-queues delete_member`` and
        ``add_member`` do, without a program to start for each. A queue whose last member is lost is deleted: who reads
        it declares it again, and has the log. A node that does not let go of the old member is started again, once.
        A member is missing when it does not run after ``patience`` seconds.
        """
        node, others = self._cluster.node(name), [one for one in NODES if one != name]
        first = lost = self._without_member(node, patience)
        deadline, said, restarted = time.monotonic() + RENEW_SECONDS, "", False
        while lost:
            if time.monotonic() > deadline:
                raise Broken(f"queues without their member on {name}: {', '.join(lost)}: {said}")
            names = ", ".join(f'<<"{queue}">>' for queue in lost)
            said = self.control("eval", RENEW.format(node=node, names=names, wait_ms=ADD_MEMBER_MS), on=others)
            if LAST in said:
                self.control("eval", DELETE.format(node=node, names=names), on=others)
            if HELD in said and not restarted:
                self._cluster.restart(name)
                restarted = True
            lost = self._without_member(node, MEMBERS_SECONDS)
        self._note(first, f"without a member on {name}: it was made anew")

    def _note(self, queues: Sequence[str], what: str) -> None:
        if queues:
            self.operated.append(f"{len(queues)} queues {what} ({', '.join(queues[:3])}{'…' if queues[3:] else ''})")

    def _without_member(self, node: str, patience: float) -> list[str]:
        """Queues that have no running member on a node that just started, once it has had its time."""
        deadline = time.monotonic() + patience
        while True:
            told = [line.partition("\t") for line in self.control("-q", "list_queues", "name", "online").splitlines()]
            found = [queue for queue, _, online in told if online.startswith("[") and node not in online]
            if not found or time.monotonic() > deadline:
                return found
            time.sleep(0.5)

    def leader(self, queue: str) -> str | None:
        """The node that leads a queue, by name."""
        for line in self.control("-q", "list_queues", "name", "leader").splitlines():
            name, _, node = line.partition("\t")
            if name == queue:
                return next((n for n in NODES if self._cluster.node(n) == node), None)
        return None

    def control(self, *command: str, on: Sequence[str] = NODES) -> str:
        """What ``rabbitmqctl`` says on the first of these nodes that answers; nothing if none does."""
        for name in on:
            environ = os.environ | {
                "HOME": str(self._cluster.run_dir / name),
                "RABBITMQ_USE_LONGNAME": "true",
                "RABBITMQ_NODENAME": self._cluster.node(name),
                "ERL_EPMD_PORT": str(self._cluster.ports["epmd"]),
                "RABBITMQ_CONF_ENV_FILE": str(self._cluster.run_dir / name / "env.conf"),
            }
            done = subprocess.run(
                [*self._cluster.place(name).prefix, str(_rabbitmqctl()), *command],
                env=environ,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            if done.returncode == 0:
                return done.stdout
        return ""


def _rabbitmqctl() -> Path:
    for library in LIBRARIES:
        for script in sorted(Path(library).glob("*/sbin/rabbitmqctl"), reverse=True):
            return script
    raise Broken("no rabbitmqctl found")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
