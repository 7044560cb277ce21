"""What rows refer to: looked up in the log once per load, and brought before them where they are of one kind."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import cast

from services.registry.domain.rows import Fact
from services.registry.events import CustomerErased
from services.registry.kinds import Kind, Row, streams
from services.registry.rejects import Code
from shared.core.recorded import Commit

REMEMBERED = 50_000
"""Facts that a load keeps at hand, some 30 MB."""
Fault = tuple[str, str]
Rejecting = Callable[[int, Code, Sequence[Fault], Row], None]


class Known:
    """The newest fact of each stream that rows have referred to; None for those that do not exist, and for an erased
    customer that they were.
    """

    def __init__(self, load_many: Callable[[Sequence[str]], Mapping[str, Sequence[Commit]]]) -> None:
        self._load_many = load_many
        self._newest: dict[str, Fact | CustomerErased | None] = {}

    def fetch(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Look up, in one read, what the rows refer to and nobody has looked up yet. What rows of earlier batches
        referred to is forgotten once it is too much: the log has it.
        """
        if len(self._newest) > REMEMBERED:
            self._newest.clear()
        wanted = [stream for stream in dict.fromkeys(streams(kind, rows)) if self._newest.get(stream) is None]
        if wanted:
            for stream, commits in self._load_many(wanted).items():
                self._newest[stream] = cast("Fact | CustomerErased", commits[-1].events[-1]) if commits else None

    def note(self, stream: str, fact: Fact) -> None:
        """A row of this load that later ones may refer to."""
        self._newest[stream] = fact

    def resolve(self, kind: Kind, row: Row) -> tuple[dict[str, Fact], list[Fault]]:
        """The newest fact behind each reference, and what is wrong with the others."""
        refs: dict[str, Fact] = {}
        faults: list[Fault] = []
        for column, to, must_be in kind.references:
            key = row[column]
            if key is None:
                continue
            fact = self._newest.get(to.stream(key))
            if fact is None:
                faults.append((column, f"there is no {to.category} with this number; load it first"))
            elif isinstance(fact, CustomerErased):
                faults.append((column, "was erased: nothing new is taken in about them"))
            elif must_be is not None and not must_be[1](fact):
                faults.append((column, f"is not {must_be[0]}"))
            else:
                refs[column] = fact
        return refs, faults


def by_reference(kind: Kind, rows: Iterable[tuple[int, Row]], reject: Rejecting) -> Iterator[tuple[int, Row]]:
    """Rows whose parents are in the same file come after them; those in a circle are rejected."""
    parent = str(kind.parent)
    found = {kind.key_of(row): (number, row) for number, row in rows}
    while True:
        graph = {key: {row[parent]} & found.keys() for key, (_, row) in found.items()}
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as circle:
            for key in dict.fromkeys(circle.args[1]):
                number, row = found.pop(key)
                reject(number, "unknown_reference", [(parent, "leads back to the row itself in a circle")], row)
        else:
            return (found[key] for key in order)
