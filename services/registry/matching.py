"""Finds customers who are probably one person or firm, over all that are known (rule L4).

Who has nothing in common is never compared: each customer is put into blocks, by telephone, identity number and name,
and only those within one block are. Names and numbers are opened here and nowhere else, a batch at a time; what is laid
down in between are their blind marks (``vault``), and they are removed when the work is done. What comes of it are
facts that say which two, how alike, and in what, never the name or number itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Protocol

import msgspec

from services.registry.domain.matches import MATCH, NoteMatch, match_of
from services.registry.likeness import Alike, alike, compare
from services.registry.names import spellings
from services.registry.people import LoadMany, recorded_customers
from services.registry.rules.matching import MatchRules, in_force
from services.registry.vault import Vault
from shared.core.reaction import Intent
from shared.core.recorded import Meta

Work = Sequence[tuple[Intent, Meta]]


class Blocks(Protocol):
    """Where customers' blind marks lie while they are compared."""

    def clear(self) -> None: ...

    def add(self, marks: Mapping[str, Sequence[str]]) -> None: ...

    def shared(self, most: int) -> Iterator[list[str]]:
        """The customers of each mark that more than one has, at most so many of each."""


class Found(msgspec.Struct):
    """How far it has come. ``left_out`` are blocks with more customers than the rules allow."""

    customers: int = 0
    compared: int = 0
    left_out: int = 0
    told: int = 0


class Matcher:
    """``record`` decides many commands and tells how many facts each made; ``run`` names this run's commands."""

    def __init__(
        self,
        load_many: LoadMany,
        record: Callable[[Work], Sequence[int]],
        vault: Vault,
        blocks: Blocks,
        on: date,
        run: str,
        by: str,
    ) -> None:
        self._load_many = load_many
        self._record = record
        self._vault = vault
        self._blocks = blocks
        self._on = on
        self._run = run
        self._by = by
        self._rules: MatchRules = in_force(on)
        self.found = Found()

    def find(
        self, batches: Iterable[Sequence[str]], noted: Iterable[Sequence[str]], progress: Callable[[Found], None]
    ) -> Found:
        """``batches`` are all customers' ids; ``noted`` the pairs that were found before: they may be alike no more.

        Killed at any moment and run again, it tells nothing twice.
        """
        self._blocks.clear()
        for ids in batches:
            self._blocks.add({one.customer_id: list(self._marks(one)) for one in self._opened(ids).values()})
            self.found.customers += len(ids)
            progress(self.found)
        for ids in self._blocks.shared(self._rules.largest_block + 1):
            if len(ids) > self._rules.largest_block:
                self.found.left_out += 1
                continue
            self._compare(self._opened(ids), combinations(sorted(ids), 2))
            progress(self.found)
        for one, other in noted:
            self._compare(self._opened((one, other)), [(one, other)])
        self._blocks.clear()
        return self.found

    def _compare(self, known: Mapping[str, Alike], pairs: Iterable[tuple[str, str]]) -> None:
        work = [
            (Intent(MATCH, match_of(one, other), self._note(known[one], known[other])), self._meta(one, other))
            for one, other in pairs
            if one in known and other in known
        ]
        self.found.compared += len(work)
        self.found.told += sum(self._record(work)) if work else 0

    def _note(self, one: Alike, other: Alike) -> NoteMatch:
        score, reasons = compare(one, other, self._rules)
        return NoteMatch(one.customer_id, other.customer_id, score, reasons, self._rules, self._on)

    def _meta(self, one: str, other: str) -> Meta:
        return Meta(f"duplicates-{self._run}/{match_of(one, other)}", actor=self._by, role="ops")

    def _opened(self, ids: Sequence[str]) -> dict[str, Alike]:
        """Of those who were not erased."""
        facts = recorded_customers(self._load_many, ids)
        opened = self._vault.open_many({one: fact.sealed for one, fact in facts.items()})
        return {one: alike(one, facts[one].kind, facts[one].birth_year, data) for one, data in opened.items()}

    def _marks(self, one: Alike) -> Iterator[str]:
        """A person's name alone is no block: too many share it."""
        for field, value in (("phone", one.phone), ("id_number", one.id_number)):
            if value:
                yield self._vault.blind(f"alike\0{field}\0{one.kind}\0{value}")
        if one.name and (one.kind == "company" or one.birth_year is not None):
            for spelling in spellings(one.name):
                yield self._vault.blind(f"alike\0name\0{one.kind}\0{one.birth_year}\0{spelling}")
