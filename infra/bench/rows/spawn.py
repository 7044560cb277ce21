"""What a win at a big company brings, a lead for each linked person, and what others notice of it meanwhile."""

import statistics
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial

from infra.bench.ground import Ground
from infra.bench.measure import Row, per_second, spread, wait_until
from infra.bench.rows.visible import Team
from services.catalogue import EVENTS, UPCASTS
from services.leads.events import LeadOpened, LeadWon, Share
from services.leads.projections import LEADS
from services.linkage.projections import PARTIES
from services.registry.events import CustomerRecorded, RelationshipRecorded, StaffRecorded, UnitRecorded
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.app import Reader
from shared.runtime.execute import Executor
from shared.runtime.wiring import Logs

PEOPLE = 1_000  # linked with each company
AT_ONCE = 1_000  # facts laid in one write
MANAGERS = 10  # at the outlet, among whom the leads are dealt
ROUNDS = 5
RATE = 20.0  # leads a second that others open meanwhile
DAY = date(2026, 9, 1)
WINNER, OUTLET = "S0001", "O01"


class Lay(Command, frozen=True):
    event: Event


def spawn(ground: Ground) -> list[Row]:
    """The whole system runs. The company and its people are in registry's log, the win in that of leads; it counts from
    the win to the last lead in the list. In every other round others open leads meanwhile, as at any time.
    """
    bank, team = Bank(ground), Team(ground)
    rates: list[float] = []
    waits: list[float] = []
    for number in range(2 * ROUNDS):
        company = bank.company(number)
        win = partial(bank.win, company)
        if number % 2:
            waits += _beside(team, win)
        else:
            rates.append(per_second(PEOPLE, win))
        ground.seen(number + 1, 2 * ROUNDS)
    p99 = statistics.quantiles(waits, n=100)[98]
    return [
        Row("spawn", statistics.median(rates), None, "leads/s", spread(rates)),
        Row("spawn_beside_p99_ms", p99, None, "ms", spread(waits)),
    ]


class Bank:
    """Lays facts in the logs, as services do, and sees what becomes of them."""

    def __init__(self, ground: Ground) -> None:
        logs = Logs(ground.client, EVENTS, UPCASTS, partitions=1)
        self._logs = {name: Executor(logs[name], lambda: datetime.now(UTC)) for name in ("registry", "leads")}
        self._linkage = Reader("linkage", ground.client, logs)
        self._leads = Reader("leads", ground.client, logs)
        posts = (
            StaffRecorded(f"S9{number:03}", "李娜", OUTLET, "retail", "retail", None, DAY, None, DAY)
            for number in range(MANAGERS)
        )
        self._lay("registry", "unit", [(OUTLET, UnitRecorded(OUTLET, "网点", "Outlet", "outlet", None, DAY))])
        self._lay("registry", "staff", [(post.staff_id, post) for post in posts])

    def company(self, number: int) -> str:
        """A company with its people, once linkage knows them."""
        company, people = f"C9{number:03}", [f"P9{number:03}.{one:05}" for one in range(PEOPLE)]
        customers = [_customer(company, "company"), *(_customer(person, "person") for person in people)]
        self._lay("registry", "customer", [(one.customer_id, one) for one in customers])
        edges = [
            RelationshipRecorded(company, person, "employee", DAY, None, "payroll", 9_000, True, DAY)
            for person in people
        ]
        self._lay("registry", "relationship", [(f"{company}.{edge.to_id}.employee", edge) for edge in edges])
        wait_until(lambda: self._edges(company) == PEOPLE, f"the people of {company}", every=0.1)
        wait_until(lambda: self._edges(people[-1]) is not None, "the last of them", every=0.1)
        return company

    def win(self, company: str) -> None:
        """Returns once each of its people has a lead."""
        lead_id = f"won{company.lower()}"
        sold = ("payroll",)
        opened = LeadOpened(
            lead_id, company, "company", "payroll", sold, "branch", WINNER, "corporate", OUTLET, OUTLET, 0, DAY
        )
        shares = (Share("corporate", WINNER, OUTLET, 10_000),)
        won = LeadWon(lead_id, company, "company", "corporate", sold, shares, WINNER, OUTLET, OUTLET, 0, DAY)
        self._lay("leads", "lead", [(lead_id, opened), (lead_id, won)])
        people = company.replace("C", "P", 1)
        theirs = {"customer_id": {"$gte": f"{people}.", "$lt": f"{people}~"}}
        leads = self._leads.live(LEADS)
        wait_until(lambda: leads.count_documents(theirs) == PEOPLE, f"what the win at {company} brings", every=0.05)

    def _edges(self, customer_id: str) -> int | None:
        found = self._linkage.documents(PARTIES, {"_id": customer_id, "kind": {"$ne": None}}, limit=1)
        return found[0]["edges"] if found else None

    def _lay(self, service: str, category: str, events: list[tuple[str, Event]]) -> None:
        told: Decider[None, Lay] = Decider(category, None, lambda _, lay: [lay.event], lambda state, _: state)
        for first in range(0, len(events), AT_ONCE):
            work = [
                (Intent(told, key, Lay(event)), Meta(f"{category}/{key}/{type(event).__name__}", "bench"))
                for key, event in events[first : first + AT_ONCE]
            ]
            self._logs[service].execute_many(work)


def _customer(customer_id: str, kind: str) -> CustomerRecorded:
    return CustomerRecorded(customer_id, kind, "x", "", None, OUTLET, None, True, False, DAY)  # type: ignore[arg-type]


def _beside(team: Team, work: Callable[[], None]) -> list[float]:
    """Milliseconds from when each of others' commands was due until its lead was read, while ``work`` goes on."""
    done = threading.Event()

    def others() -> list[float]:
        return team.waits(RATE, lambda _seconds: not done.is_set(), warm=0.0)

    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(others)
        try:
            work()
        finally:
            done.set()
        return waits.result()
