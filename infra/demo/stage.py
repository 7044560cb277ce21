"""Where the story is played: its people as callers of the API, its voice, and what has been shown to hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console, RenderableType

from infra.public import Heard, Json, Public, Unexpected, unheard
from shared.runtime.auth import Principal


@dataclass
class Stage:
    """``cast`` names the people by their part: corporate, retail, compliance, designer, approver, hr, bank, …"""

    url: str
    secrets: Path
    run_dir: Path
    cast: Mapping[str, Principal]
    console: Console
    heard: Heard = unheard
    """Told each answer that somebody on stage gets."""
    steps: int = 0
    things: Json = field(default_factory=dict)
    _callers: dict[str, Public] = field(default_factory=dict)

    def __getitem__(self, part: str) -> Public:
        """The person who plays a part, signed in."""
        if part not in self._callers:
            self._callers[part] = Public(self.url, self.secrets, self.cast[part], self.heard)
        return self._callers[part]

    def person(self, principal: Principal) -> Public:
        """Somebody who is not in the cast."""
        if principal.staff_id not in self._callers:
            self._callers[principal.staff_id] = Public(self.url, self.secrets, principal, self.heard)
        return self._callers[principal.staff_id]

    def step(self, title: str) -> None:
        self.steps += 1
        self.console.print(f"\n[bold]{self.steps}. {title}[/]")

    def tell(self, text: str) -> None:
        self.console.print(text, highlight=True)

    def draw(self, figure: RenderableType) -> None:
        """A table or a tree."""
        self.console.print(figure)

    def holds(self, condition: object, what: str) -> None:
        """Say what must be so; the story ends where it is not. Raises ``Unexpected``."""
        if not condition:
            raise Unexpected(f"step {self.steps}: {what}")

    def close(self) -> None:
        for caller in self._callers.values():
            caller.__exit__(None, None, None)


def points(milli: int) -> str:
    """Thousandths as people write them: 1500 → ``1.500``."""
    sign = "-" if milli < 0 else ""
    return f"{sign}{abs(milli) // 1000:,}.{abs(milli) % 1000:03d}"


def yuan(minor: int) -> str:
    return f"¥{minor // 100:,}.{minor % 100:02d}"
