"""What the driver asked and what it was told: an append-only file of JSON lines, one for each try of a command."""

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Json = dict[str, Any]
Outcome = Literal["acknowledged", "unknown", "refused"]


@dataclass(frozen=True)
class Command:
    """One POST under an Idempotency-Key. ``n`` counts within its thread; seed, thread and n make the key."""

    seed: int
    thread: str
    n: int
    key: str
    staff_id: str
    path: str
    body: Json

    @property
    def service(self) -> str:
        """``/api/leads/…`` → ``leads``."""
        return self.path.split("/")[2]


@dataclass(frozen=True)
class Answer:
    """``unknown``: nobody knows yet what became of it. ``body`` is empty then."""

    outcome: Outcome
    status: int | None
    body: Json


class Journal:
    """Holds the newest answer to each command, and all of them on disk."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Command, Answer]] = {}
        self.differing: list[str] = []

    def note(self, command: Command, answer: Answer) -> None:
        line = {"at": datetime.now(UTC).isoformat(), **asdict(command), "method": "POST", **asdict(answer)}
        line["body"], line["answer"] = command.body, answer.body
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()
            self._compare(command, answer)
            self._known[command.key] = (command, answer)

    def _compare(self, command: Command, answer: Answer) -> None:
        """A command that was answered once is answered the same for ever."""
        before = self._known.get(command.key, (command, answer))[1]
        if before.outcome == "acknowledged" and answer.outcome != "unknown" and before.body != answer.body:
            self.differing.append(f"{command.path} under {command.key}: {before.body}, and later {answer.body}")

    def commands(self) -> Iterator[tuple[Command, Answer]]:
        with self._lock:
            known = list(self._known.values())
        return iter(known)

    def counts(self) -> dict[str, int]:
        found = {"acknowledged": 0, "unknown": 0, "refused": 0}
        for _, answer in self.commands():
            found[answer.outcome] += 1
        return found

    def close(self) -> None:
        self._file.close()
