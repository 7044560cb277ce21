"""Plays the rounds: load, a fault at a time, its recovery; then quiet, and the invariants."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from infra.chaos.clerk import Clerk
from infra.chaos.driver import Driver
from infra.chaos.faults.base import Fault, NotPossible, World
from infra.chaos.invariants import Evidence, checks
from infra.chaos.probe import Probe
from infra.stack.broken import Broken

SHOWN = 3
BREATH_SECONDS = 0.5


@dataclass
class Happened:
    """One fault in one round. ``recovery`` is None where it was never seen to recover, ``hit`` says what was hit."""

    fault: str
    round: int
    hit: str
    recovery: float | None = None
    impossible: bool = False
    violations: list[str] = field(default_factory=list)


@dataclass
class Result:
    happened: list[Happened] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """What the invariants found, with the round."""
    operated: list[str] = field(default_factory=list)
    """What the broker did not bring back by itself and an operator would, with the round."""


@dataclass
class Play:
    """``told`` is given every line of what happens; ``step`` is called after each fault and check."""

    world: World
    evidence: Evidence
    driver: Driver
    clerk: Clerk
    probe: Probe
    told: Callable[[str], None]
    step: Callable[[str], None]
    seed: int = 1
    closing: bool = True
    """Whether each round closes a month."""
    result: Result = field(default_factory=Result)

    def round(self, number: int, faults: Sequence[Fault]) -> None:
        """All faults once, in an order by chance, while a month is worked and closed."""
        self.driver.month = number - 1
        self.driver.resume()
        closing = threading.Thread(target=self._close, args=(number,), daemon=True)
        order = list(faults)
        seeded(self.seed, f"order {number}").shuffle(order)
        for place, fault in enumerate(order):
            # Of its own each: how often one draws does not change what the next one draws.
            self.world.chance = seeded(self.seed, f"{number}.{place} {fault.name}")
            if place == len(order) // 2 and self.closing:
                closing.start()
            self._one(number, fault)
        if self.closing:
            closing.join(timeout=180)
        self.driver.pause(self.evidence.patience)
        self._operate(number, self.world.amqp.wake)
        self._check(number)

    def _close(self, number: int) -> None:
        try:
            self.clerk.close_month(number - 1)
        except Exception as error:  # noqa: BLE001 -- told as what it is: the month could not be closed
            self.result.broken.append(f"round {number}: the month's close: {error!r}")

    def _one(self, number: int, fault: Fault) -> None:
        happened = Happened(fault.name, number, "")
        self.result.happened.append(happened)
        try:
            happened.hit = fault.inject(self.world)
            since = time.monotonic()
            self.told(f"round {number}: {fault.name}: {happened.hit}")
            if lasts := fault.lasts(self.world):
                time.sleep(lasts)
            fault.heal(self.world)
            since = time.monotonic() if lasts else since
            happened.recovery = self.probe.seconds(fault.probe, since)
            self._operate(number, lambda: fault.tidy(self.world))
        except NotPossible as reason:
            happened.hit, happened.impossible = str(reason), True
        except Exception as error:  # noqa: BLE001 -- a fault that cannot be played is told, and fails the run
            happened.violations.append(f"could not be played: {error!r}")
            with contextlib.suppress(Exception):
                fault.heal(self.world)
        self._judge(fault, happened)
        self._rest(fault)

    def _rest(self, fault: Fault) -> None:
        """One fault at a time: what is still starting again has the machine to itself, and would be measured with the
        next one's recovery.
        """
        if not self.world.short:
            self.world.cluster.await_restarted(self.world.cluster.programs)
            time.sleep(fault.rest)
        time.sleep(BREATH_SECONDS)

    def _operate(self, number: int, act: Callable[[], None]) -> None:
        """We have recovered; of servers that an operator cannot mend either, what follows will tell."""
        try:
            act()
        except Broken as left:
            self.world.amqp.operated.append(f"not mended: {left}")
        self._note_operated(number)

    def _note_operated(self, number: int) -> None:
        done, self.world.amqp.operated[:] = list(self.world.amqp.operated), []
        for one in done:
            self.result.operated.append(f"round {number}: {one}")
            self.told(self.result.operated[-1])

    def _judge(self, fault: Fault, happened: Happened) -> None:
        happened.violations += self.world.violations
        self.world.violations.clear()
        if happened.recovery is None and not happened.impossible:
            happened.violations.append("not recovered")
        elif happened.recovery is not None and happened.recovery > fault.limit:
            happened.violations.append(f"recovered after {happened.recovery:.1f} s, over {fault.limit:.0f} s")
        took = "" if happened.recovery is None else f"recovered in {happened.recovery:.1f} s"
        self.told(f"round {happened.round}: {fault.name}: {took} {'; '.join(happened.violations)}".rstrip())
        self.step(fault.name)

    def _check(self, number: int) -> None:
        for name, check in checks(self.evidence).items():
            try:
                found = list(islice(check(), SHOWN))
            except Exception as error:  # noqa: BLE001 -- a check that cannot run has not held
                found = [f"could not be checked: {error!r}"]
            for difference in found:
                self.result.broken.append(f"round {number}: {name}: {difference}")
                self.told(self.result.broken[-1])
            self.step(name)
        for failure in self.driver.failures:
            self.result.broken.append(f"round {number}: {failure}")
        self.driver.failures.clear()
        self._note_operated(number)


def seeded(seed: int, what: str) -> random.Random:
    return random.Random(f"{seed}/{what}")  # noqa: S311 -- repeatable, not secret
