"""Leads and linkage as real processes behind the front door; what registry knows is laid in its log."""

from datetime import UTC, date, datetime

from pymongo import MongoClient

from infra.bootstrap import prepare
from infra.processes import PROCESSES
from infra.public import Public
from infra.stack.stack import Stack
from services.catalogue import EVENTS, UPCASTS
from services.leads.events import LeadLost, LeadOpened, LeadWon
from services.registry.events import (
    ActivityRecorded,
    BalanceRecorded,
    CustomerErased,
    CustomerRecorded,
    CustomersMatched,
    DayClosed,
    HoldingRecorded,
    RelationshipRecorded,
    StaffLeft,
    StaffRecorded,
    UnitRecorded,
)
from shared.core.decider import Command, Decider
from shared.core.event import Event
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.auth import Principal
from shared.runtime.execute import Executor
from shared.runtime.wiring import Logs

OURS = ("leads", "linkage", "relay", "projector")
DAY = date(2026, 9, 1)
TELLER = Decider("", None, lambda _state, command: [command.event], lambda state, _event: state)


class Say(Command, frozen=True):
    event: Event


class Bank:
    """``say`` lays facts of registry in its log; ``as_`` is somebody at the front door."""

    def __init__(self, run_dir):
        self.stack = Stack(run_dir, processes=[p for p in PROCESSES if p.name in OURS], prepare=prepare)
        self.callers = {}

    def __enter__(self):
        self.stack.__enter__()
        self.client = MongoClient(self.stack.context.mongo_uri, tz_aware=True)
        self.logs = Logs(self.client, EVENTS, UPCASTS, 1)
        return self

    def __exit__(self, *error):
        for caller in self.callers.values():
            caller.__exit__(*error)
        self.client.close()
        self.stack.__exit__(*error)

    def as_(self, staff_id, role, unit="O01", line=None):
        if staff_id not in self.callers:
            principal = Principal(staff_id, staff_id, frozenset({role}), unit, line or role)
            context = self.stack.context
            self.callers[staff_id] = Public(context.public_url, context.secrets, principal)
        return self.callers[staff_id]

    def say(self, *events, service="registry"):
        executor = Executor(self.logs[service], lambda: datetime.now(UTC))
        work = []
        for event in events:
            category, key = place_of(event)
            decider = Decider(category, None, TELLER.decide, TELLER.evolve)
            work.append((Intent(decider, key, Say(event)), Meta(f"{key}-{len(work)}-{id(event)}", "test")))
        executor.execute_many(work)


PLACES = {
    LeadOpened: ("lead", lambda one: one.lead_id),
    LeadWon: ("lead", lambda one: one.lead_id),
    LeadLost: ("lead", lambda one: one.lead_id),
    StaffRecorded: ("staff", lambda one: one.staff_id),
    UnitRecorded: ("unit", lambda one: one.unit_id),
    CustomerRecorded: ("customer", lambda one: one.customer_id),
    CustomerErased: ("customer", lambda one: one.customer_id),
    CustomersMatched: ("match", lambda one: f"{one.one_id}.{one.other_id}"),
    DayClosed: ("day", lambda one: one.business_date.isoformat()),
    StaffLeft: ("staff", lambda one: one.staff_id),
    BalanceRecorded: ("balance", lambda one: one.holding_id),
    ActivityRecorded: ("activity", lambda one: one.holding_id),
    HoldingRecorded: ("holding", lambda one: one.holding_id),
    RelationshipRecorded: ("relationship", lambda one: f"{one.from_id}.{one.to_id}.{one.kind}"),
}


def place_of(event):
    category, key = PLACES[type(event)]
    return category, key(event)


def unit(unit_id, kind="outlet", parent=None):
    return UnitRecorded(unit_id, "x", "x", kind, parent, DAY)


def staff(staff_id, role="retail", unit="O01", line=None):
    return StaffRecorded(staff_id, "李娜", unit, line or role, role, None, date(2019, 4, 1), None, DAY)


def left(staff_id, day, role="retail", unit="O01"):
    return StaffLeft(staff_id, unit, role, role, None, day, day)


def customer(customer_id, outlet="O01", *, consent=True):
    kind = "company" if customer_id.startswith("C") else "person"
    return CustomerRecorded(customer_id, kind, "x", "", None, outlet, None, consent, False, DAY)


def employee(company, person, *, consent=True, until=None):
    return RelationshipRecorded(company, person, "employee", date(2020, 1, 1), until, "payroll", 9_000, consent, DAY)


def holding(person, product, opened):
    return HoldingRecorded(f"H-{person}-{product}", person, product, "O01", opened, None, None, DAY)
