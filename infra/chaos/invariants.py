"""What must hold after every round, whatever happened in it. Each check yields what is broken, in words."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from infra.chaos.amqp import Amqp, digest
from infra.chaos.clerk import Clerk
from infra.chaos.cluster import Cluster
from infra.chaos.journal import Answer, Command, Journal
from infra.chaos.outside import QUEUE, Outside
from infra.connected import Connected
from infra.drain import behind
from infra.every_check import every_check
from infra.projector import OWNERS
from shared.core.ids import derived
from shared.runtime.broker import DEAD, event_exchange
from shared.runtime.codec import to_message

Check = Callable[[], Iterator[str]]
# Whoever hears of the first must answer it exactly once: (source, its event, reacting service, subscription).
EFFECTS = (
    ("leads", "lead_won", "bundling", "bundling.offer_won_products"),
    ("leads", "lead_won", "linkage", "linkage.wins"),
    ("leads", "lead_activated", "incentives", "incentives.note_leads"),
    ("bundling", "opening_requested", "compliance", "compliance.receive_openings"),
    ("compliance", "opening_cleared", "bundling", "bundling.note_checks"),
)


@dataclass(frozen=True)
class Evidence:
    """What the checks look at."""

    cluster: Cluster
    here: Connected
    journal: Journal
    clerk: Clerk
    amqp: Amqp
    outside: Outside
    patience: float = 120.0
    """Seconds to wait for everything to catch up."""


def checks(e: Evidence) -> dict[str, Check]:
    """By a name for people; the first waits until everything has caught up."""
    return {
        "everything caught up": partial(drained, e.here, e.patience),
        "every program runs": partial(all_run, e.cluster, e.patience),
        "acknowledged commands kept exactly once": partial(commands_kept, e),
        **every_check(e.here),
        "each reaction took effect exactly once": partial(effects_once, e.here),
        "every event published": partial(all_published, e),
        "every message consumed; dead letters are ours": partial(queues_empty, e),
        "nothing is parked": partial(none_parked, e.here),
        "statements byte-identical": partial(statements_same, e.clerk),
        "no personal data in logs, messages, errors": partial(nothing_personal, e),
    }


def drained(here: Connected, patience: float) -> Iterator[str]:
    deadline = time.monotonic() + patience
    while places := behind(here):
        if time.monotonic() > deadline:
            yield f"still behind after {patience:.0f} s: {', '.join(places[:5])}"
            return
        time.sleep(0.2)


def all_run(cluster: Cluster, patience: float) -> Iterator[str]:
    deadline = time.monotonic() + patience
    for name, program in cluster.programs.items():
        while cluster.supervisor.pid(name) is None or (program.ready is not None and not program.ready()):
            if time.monotonic() > deadline:
                yield f"{name} does not run"
                break
            time.sleep(0.2)


def commands_kept(e: Evidence) -> Iterator[str]:
    """Acknowledged: one commit. Refused: none. Nothing is unknown any more. The same answer to every repeat."""
    yield from e.journal.differing
    found = {service: _commits_by_command(e.here, service) for service in e.here.logs.stores}
    for command, answer in e.journal.commands():
        yield from _kept(command, answer, found[command.service])


def _commits_by_command(here: Connected, service: str) -> dict[str, list[str]]:
    by_command: dict[str, list[str]] = {}
    asked = {"meta.command_id": {"$regex": "^key-"}}
    for commit in here.logs[service].commits.find(asked, {"meta.command_id": 1}):
        by_command.setdefault(commit["meta"]["command_id"], []).append(commit["_id"])
    return by_command


def _kept(command: Command, answer: Answer, commits: dict[str, list[str]]) -> Iterator[str]:
    key = f"key-{derived(command.staff_id, command.key)}"
    made = commits.get(key, [])
    what = f"{command.path} under {command.key} ({answer.outcome})"
    match answer.outcome:
        case "unknown":
            yield f"{what} was never answered"
        case "refused" if made:
            yield f"{what} made {made}"
        case "acknowledged" if len(made) != 1:
            yield f"{what} has {len(made)} commits: {made}"
        case "acknowledged" if (told := str(answer.body.get("position", ""))) != f"{command.service}/{made[0]}":
            yield f"{what} was told {told}, and stands at {made[0]}"


def effects_once(here: Connected) -> Iterator[str]:
    for source, event, service, subscription in EFFECTS:
        asked = {"meta.actor": subscription}
        done = [c["meta"]["causation_id"] for c in here.logs[service].commits.find(asked, {"meta": 1})]
        if len(done) != len(set(done)):
            yield f"{subscription} answered some event of {source} twice"
        wanted = {
            f"{source}/{commit['stream']}@{commit['version'] + offset}"
            for commit in here.logs[source].commits.find({"events.type": event})
            for offset, one in enumerate(commit["events"])
            if one["type"] == event
        }
        for missing in sorted(wanted - set(done))[:3]:
            yield f"{subscription} never answered {missing} ({event})"


def all_published(e: Evidence) -> Iterator[str]:
    """The relays' own checkpoints are at the heads, and somebody outside has heard every event."""
    deadline, here = time.monotonic() + e.patience, e.here
    for service, store in here.logs.stores.items():
        while True:
            stored = here.client[service].sequence.find_one({"_id": "publisher-0"}) or {"position": 0}
            if stored["position"] == store.head(0):
                break
            if time.monotonic() > deadline:
                yield f"{service} is published to {stored['position']}, numbered to {store.head(0)}"
                break
            time.sleep(0.2)
    for lost in e.outside.missing():
        yield f"position {lost} was never heard outside"


def queues_empty(e: Evidence) -> Iterator[str]:
    deadline, nudged, amqp = time.monotonic() + e.patience, False, e.amqp
    while True:
        queues = amqp.queues()
        full = {name: count for name, count in queues.items() if count and name not in {DEAD, QUEUE}}
        if queues and not full:
            break
        if time.monotonic() > deadline:
            yield f"not consumed: {amqp.state(full)}" if queues else "the broker lists no queue"
            return
        if not nudged and time.monotonic() > deadline - e.patience / 2:
            nudge(e, full)
            nudged = True
        time.sleep(0.5)
    letters = {digest(body): body for body in amqp.dead_letters()}
    for unexpected in letters.keys() - amqp.planted:
        yield f"a dead letter that nobody planted: {letters[unexpected][:120]!r}"
    for lost in amqp.planted - letters.keys():
        yield f"a message that cannot be read is not among the dead letters: {lost[:12]}"
    amqp.planted.clear()


def nudge(e: Evidence, queues: Iterable[str]) -> None:
    """Send the newest event of their logs once more, so that the broker notices the delivery before it that was lost.

    A delivery that dies with the queue's leader is sent again when the next one comes: on a quiet bank, never. Who has
    been forgotten as a consumer does not take the nudge either.
    """
    for source, partition in {tuple(name.rsplit(".", 2)[1:]) for name in queues}:
        store = e.here.logs[source]
        newest = [to_message(one) for one in store.envelopes(int(partition), store.head(int(partition)) - 1)]
        e.amqp.publish(event_exchange(source, int(partition)), "nudge", newest)
    e.amqp.operated += [f"{name} still held a message: the newest event was sent again" for name in sorted(queues)]


def none_parked(here: Connected) -> Iterator[str]:
    for owner in OWNERS:
        for parked in here.client[owner].parked.find().limit(3):
            yield f"{parked['event_id']} is parked in {parked['subscription']}: {parked['error']}"


def statements_same(clerk: Clerk) -> Iterator[str]:
    for seq, before in clerk.statements.items():
        if (again := clerk.pull(seq)) != before:
            yield f"statement {seq} had {len(before)} bytes, and now {len(again or b'')} others"


def nothing_personal(e: Evidence) -> Iterator[str]:
    """Names, telephones and identity numbers of everybody whom the driver loaded, wherever they do not belong. What is
    part of the name of somebody on the staff, who are named openly, proves nothing.
    """
    staff = " ".join(str(one.get("name")) for one in e.here.client["registry"]["staff"].find({}, {"name": 1}))
    secrets = {one for one in e.clerk.personal | set(_loaded_people(e.journal)) if one not in staff}
    for place, text in _places(e):
        yield from (f"{place} holds {secret[:2]}…" for secret in secrets if secret in text)


def _places(e: Evidence) -> Iterator[tuple[str, str]]:
    for log in sorted((e.cluster.run_dir / "log").glob("*.log")):
        yield log.name, log.read_text(errors="replace")
    yield "a message", e.outside.said()
    for owner in OWNERS:
        for kind in ("parked", "discarded"):
            yield f"{owner}.{kind}", str(list(e.here.client[owner][kind].find()))
    yield "registry.keys", str(list(e.here.client["registry"]["keys"].find({}, {"wrapped": 0})))
    refused = [str(answer.body) for _, answer in e.journal.commands() if answer.outcome == "refused"]
    yield "an error's text", "\n".join(refused)


def _loaded_people(journal: Journal) -> Iterator[str]:
    for command, _ in journal.commands():
        if command.path.endswith("/feeds/customers") and not command.key.startswith("bank"):
            for row in command.body["rows"]:
                if row["kind"] == "person":
                    yield from (str(row[column]) for column in ("name", "phone", "id_number") if row[column])
