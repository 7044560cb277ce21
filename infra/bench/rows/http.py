"""A command over HTTP to the service that owns it, beside the way that nameko's examples go: HTTP, RPC, insert."""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection

from infra.bench.ground import Ground
from infra.bench.history import DAY
from infra.bench.measure import Row, compared, in_turn, per_second
from infra.bench.stock.programs import gateway
from shared.runtime.auth import Principal, issue_token

CLIENTS = 8  # connections that stay open, each with one command under way
COMMANDS = 800
STOCK_COMMANDS = 240
ROUNDS = 5
OWNER = Principal("S0001", "bench", frozenset({"corporate"}), "O01", "corporate")


def http_vs_rpc(ground: Ground) -> list[Row]:
    """The leads service as it runs, at its own port, no other process of ours beside it; two stock processes."""
    if ground.stack is None:
        raise RuntimeError("the leads service must run")
    headers = bearer(ground)
    port = ground.stack.context.ports["leads"]
    with gateway(ground) as stock:
        rates = in_turn(
            ground.seen,
            lambda: _rate(port, COMMANDS, headers),
            lambda: _rate(stock, STOCK_COMMANDS, {}),
            rounds=ROUNDS,
        )
    ground.client.drop_database("stock_keeper")
    ground.client.leads.commits.delete_many({})
    return [compared("http_vs_rpc", "commands/s", *rates)]


def bearer(ground: Ground) -> dict[str, str]:
    """What a corporate manager's requests carry."""
    if ground.stack is None:
        raise RuntimeError("the stack must run")
    token = issue_token(ground.stack.context.secrets, OWNER, datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


def lead() -> dict[str, object]:
    """The body of a command that opens a lead, each on a customer of its own: two would be duplicates."""
    return {
        "customer_id": f"L{uuid.uuid4().hex[:12]}",
        "customer_kind": "company",
        "need": "payroll for 40 people",
        "products": ["payroll", "corporate_ebank"],
        "source": "branch",
        "outlet_id": "O01",
        "value_minor": 1_000_000,
        "on": DAY.isoformat(),
    }


class Client:
    """One connection that stays open."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {**headers, "Content-Type": "application/json"}

    def open_lead(self) -> dict[str, str]:
        """The answer to one command. Raises where it is not 201."""
        self._connection.request("POST", "/api/leads", json.dumps(lead()).encode(), self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise RuntimeError(f"a command was answered {answer.status}: {body[:200]!r}")
        return dict(json.loads(body))

    def close(self) -> None:
        self._connection.close()


def _rate(port: int, commands: int, headers: Mapping[str, str]) -> float:
    """Commands a second of several clients, each in a thread, until all are answered."""
    left, lock = iter(range(commands)), threading.Lock()

    def play() -> None:
        client = Client(port, headers)
        while True:
            with lock:
                if next(left, None) is None:
                    break
            client.open_lead()
        client.close()

    return per_second(commands, lambda: together(CLIENTS, play))


def together(number: int, work: Callable[[], None]) -> None:
    """Run ``work`` in as many threads; the first error of any of them is raised here."""
    with ThreadPoolExecutor(number) as pool:
        for done in [pool.submit(work) for _ in range(number)]:
            done.result()
