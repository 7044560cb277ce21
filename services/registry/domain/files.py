"""A file that somebody takes from a screen: each taking is a fact, once (rule R5)."""

from datetime import date

from services.registry.events import FileTaken
from shared.core.decider import Command, Decider


class NoteFile(Command, frozen=True):
    """``rows`` is None for what is no table."""

    taking_id: str
    name: str
    page: str
    rows: int | None
    staff_id: str
    roles: tuple[str, ...]
    on: date


def decide_file(noted: bool, command: NoteFile) -> list[FileTaken]:
    if noted:
        return []
    return [
        FileTaken(
            taking_id=command.taking_id,
            name=command.name,
            page=command.page,
            rows=command.rows,
            staff_id=command.staff_id,
            roles=command.roles,
            on=command.on,
        )
    ]


def evolve_file(_noted: bool, _event: FileTaken) -> bool:
    return True


FILE: Decider[bool, NoteFile] = Decider("file", False, decide_file, evolve_file)
