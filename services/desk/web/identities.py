"""Who may sign in: the demo bank's cast, from a file among the secrets. A bank's own provider takes its place."""

from pathlib import Path

import msgspec

from shared.runtime.auth import Principal

NAME = "demo-identities.json"


class NoIdentities(Exception):
    """Nobody can sign in; the message says why and what to do."""


class Identity(msgspec.Struct, frozen=True):
    """One who may sign in. ``unit_id`` and ``line`` are None for who belongs to no unit or line; where there is no
    ``name_en``, the name is used.
    """

    staff_id: str
    name: str
    roles: tuple[str, ...]
    unit_id: str | None = None
    line: str | None = None
    name_en: str | None = None
    part: str | None = None
    """Their part in the demonstration."""

    def principal(self) -> Principal:
        return Principal(self.staff_id, self.name, frozenset(self.roles), self.unit_id, self.line)


class Identities:
    """Read at each question: the file may be written after this process started, and a role may be taken away."""

    def __init__(self, secrets: Path) -> None:
        self._path = secrets / NAME

    def all(self) -> tuple[Identity, ...]:
        """Everybody once, in the order of the file. Raises ``NoIdentities``."""
        try:
            told = msgspec.json.decode(self._path.read_bytes(), type=tuple[Identity, ...])
        except FileNotFoundError:
            raise NoIdentities(f"{NAME} is missing in the secrets directory") from None
        except (OSError, msgspec.DecodeError) as error:
            raise NoIdentities(f"{NAME} cannot be read: {error}") from None
        return tuple({one.staff_id: one for one in told}.values())

    def find(self, staff_id: str | None) -> Identity | None:
        try:
            return next((one for one in self.all() if one.staff_id == staff_id), None)
        except NoIdentities:
            return None
