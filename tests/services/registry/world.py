"""A small bank's rows, and a registry in memory to load them into."""

import csv
import itertools
from collections import defaultdict
from datetime import UTC, date, datetime

from services.registry.feed import batch_feed
from services.registry.kinds import KINDS
from services.registry.loader import Ports, load
from services.registry.people import People
from services.registry.secret_files import KEY_BYTES
from services.registry.vault import Vault
from shared.core.memory_store import MemoryStore
from shared.core.recorded import Meta
from shared.runtime.execute import Executor

AUGUST = "2026-08-31"

UNITS = [
    {"unit_id": "O01", "name": "织里网点", "name_en": "Zhili", "kind": "outlet", "parent_id": "B01"},
    {"unit_id": "HO", "name": "总行", "name_en": "Head office", "kind": "head_office", "parent_id": None},
    {"unit_id": "B01", "name": "湖州支行", "name_en": "Huzhou", "kind": "branch", "parent_id": "HO"},
]
STAFF = [
    {
        "staff_id": "S0002",
        "name": "李娜",
        "unit_id": "O01",
        "line": "corporate",
        "role": "corporate",
        "manager_id": "S0001",
        "valid_from": "2020-01-01",
        "valid_to": None,
    },
    {
        "staff_id": "S0001",
        "name": "王强",
        "unit_id": "B01",
        "line": "management",
        "role": "branch",
        "manager_id": None,
        "valid_from": "2020-01-01",
        "valid_to": None,
    },
]
COMPANY = {
    "customer_id": "C000001", "kind": "company", "name": "锦华纺织有限公司", "phone": "057200000000",
    "id_number": "91330502MA2ABCDE0A", "birth_date": None, "outlet_id": "O01", "manager_id": "S0002",
    "consent_marketing": "true", "corporate_customer": "true",
}  # fmt: skip
PERSON = COMPANY | {
    "customer_id": "P000001", "kind": "person", "name": "欧阳小明", "phone": "13812345678",
    "id_number": "330499198001010011", "birth_date": "1980-01-01", "corporate_customer": "false",
}  # fmt: skip
CUSTOMERS = [COMPANY, PERSON]
HOLDING = {
    "holding_id": "H1", "customer_id": "P000001", "product": "mobile", "unit_id": "O01", "opened_on": "2026-08-01",
    "closed_on": None, "opening_ref": "l1.mobile.1",
}  # fmt: skip
ACTIVITY = {"holding_id": "H1", "uses": 3, "authenticated_uses": 2}
BALANCE = {"holding_id": "H1", "month": "2026-08", "balance_minor": 2_500_000, "currency": "CNY"}
RELATIONSHIP = {
    "from_id": "C000001", "to_id": "P000001", "kind": "employee", "valid_from": "2025-01-01", "valid_to": None,
    "source": "payroll", "confidence_bps": 9_000, "consent": True,
}  # fmt: skip
TRANSFER = {
    "transfer_id": "T1", "holding_id": "H1", "amount_minor": 2_000_000, "limit_minor": 2_000_000, "currency": "CNY",
    "at": "2026-08-31T09:15:00+08:00",
}  # fmt: skip
SIGN_IN = {
    "sign_in_id": "N1", "holding_id": "H1", "device": "9f86d081884c7d65", "kind": "sign_in",
    "at": "2026-08-31T09:15:00+08:00",
}  # fmt: skip
WORLD = {"units": UNITS, "staff": STAFF, "customers": CUSTOMERS, "holdings": [HOLDING]}
SAMPLES = {
    "units": UNITS[0], "staff": STAFF[0], "customers": PERSON, "relationships": RELATIONSHIP, "holdings": HOLDING,
    "balances": BALANCE, "activity": ACTIVITY, "transfers": TRANSFER, "sign_ins": SIGN_IN, "days": {},
}  # fmt: skip


def dated(rows, on=AUGUST):
    return [{"business_date": on} | row for row in rows]


def sample(kind, **changed):
    return {"business_date": AUGUST} | SAMPLES[kind] | changed


def write(path, rows, columns=None):
    """A CSV file as a bank writes it."""
    columns = columns or KINDS[path.stem.partition("-")[0]].schema.columns()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


class MemoryKeys:
    def __init__(self):
        self.keys = {}
        self.marks = defaultdict(set)
        self.drawn = {}

    def find(self, customer_ids):
        return {one: self.keys[one] for one in customer_ids if one in self.keys}

    def add(self, keys):
        self.keys = dict(keys) | self.keys

    def mark(self, marks):
        for customer_id, some in marks.items():
            if self.keys.get(customer_id):
                self.marks[customer_id] |= set(some)

    def holders(self, mark):
        return sorted(one for one, marks in self.marks.items() if mark in marks)

    def shared(self, fewest, most):
        for mark in sorted(set().union(*self.marks.values())):
            if len(self.holders(mark)) >= fewest:
                yield mark, self.holders(mark)[:most]

    def alias(self, mark):
        return self.drawn.setdefault(mark, f"alias-{len(self.drawn)}")

    def aliases(self):
        return dict(self.drawn)

    def destroy(self, customer_id):
        for mark in self.marks.pop(customer_id, ()):
            if not self.holders(mark):
                self.drawn.pop(mark, None)
        had, self.keys[customer_id] = self.keys.get(customer_id), b""
        return bool(had)

    def empty(self):
        return not self.keys

    def unmarked(self):
        return not self.marks


class MemoryRejects:
    def __init__(self):
        self.runs = defaultdict(list)
        self.published = {}

    def add(self, run, rejects):
        self.runs[run] += rejects

    def cut(self, run, line):
        self.runs[run] = [one for one in self.runs[run] if one.line <= line]

    def publish(self, feed_id, run):
        self.published[feed_id] = run
        for old in [one for one in self.runs if f"{feed_id}/" <= one < run]:
            del self.runs[old]

    def of(self, feed_id, from_line=1, limit=0):
        found = self.runs.get(self.published.get(feed_id), [])
        wanted = sorted((one for one in found if one.line >= from_line), key=lambda one: one.line)
        return iter(wanted[: limit or None])


class MemoryBlocks:
    def __init__(self):
        self.marks = {}
        self.cleared = 0

    def clear(self):
        self.marks = {}
        self.cleared += 1

    def add(self, marks):
        self.marks |= marks

    def shared(self, most):
        blocks = defaultdict(list)
        for customer_id, marks in self.marks.items():
            for mark in marks:
                blocks[mark].append(customer_id)
        return iter([sorted(ids[:most]) for ids in blocks.values() if len(ids) > 1])


class MemoryPlaces:
    def __init__(self):
        self.places = {}
        self.find = self.places.get
        self.keep = self.places.__setitem__

    def forget(self, feed_id):
        self.places.pop(feed_id, None)


class Registry:
    """Loads rows into a log in memory."""

    def __init__(self, currencies=("CNY",)):
        self.store = MemoryStore("registry")
        self.executor = Executor(self.store, lambda: datetime(2026, 9, 1, tzinfo=UTC))
        self.keys = MemoryKeys()
        self.vault = Vault(bytes(KEY_BYTES - 1) + b"m", bytes(KEY_BYTES - 1) + b"b", self.keys)
        self.people = People(self.store, self.vault)
        self.rejects = MemoryRejects()
        self.places = MemoryPlaces()
        self.calls = itertools.count(1)
        self.ports = Ports(
            load_many=self.store.load_many,
            record=self.executor.execute_many,
            note=self.executor.execute,
            vault=self.vault,
            rejects=self.rejects,
            places=self.places,
            new_id=lambda: f"{next(self.calls):06}",
            today=lambda: date(2026, 9, 1),
            currencies=frozenset(currencies),
        )

    def take(self, feed, progress=lambda _rows: None):
        by = Meta(command_id=f"load-{next(self.calls)}", actor="S0009", role="ops")
        return load(feed, self.ports, by, progress)

    def load(self, kind, rows, name="batch"):
        """The counts ``(recorded, unchanged, rejected)``."""
        loaded = self.take(batch_feed(KINDS[kind].shape, name, rows)).loaded
        assert loaded.rows == loaded.recorded + loaded.unchanged + loaded.rejected
        return loaded.recorded, loaded.unchanged, loaded.rejected

    def report(self, kind, rows, name="batch"):
        """Each reject as ``(line, column, code, value)``."""
        first = self.take(batch_feed(KINDS[kind].shape, name, rows)).first
        return [(one.line, one.column, one.code, one.value) for one in first]

    def facts(self, stream):
        return [event for commit in self.store.load(stream) for event in commit.events]

    def with_world(self):
        for kind, rows in WORLD.items():
            assert self.load(kind, dated(rows))[2] == 0
        return self
