"""What a run of a plan over the history says (rule I8): who gains, who loses, by how much, and that it adds up.

Points are thousandths. The drawing is in units of its own, ``WIDTH`` by ``HEIGHT``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any

Json = Mapping[str, Any]
MOST_SHOWN = 200
SIDE = 7
"""The most bars on either side of those for whom nothing changes."""
WIDTH, HEIGHT = 720, 260
TOP, BOTTOM, GAP = 26, 40, 4


@dataclass(frozen=True)
class Bar:
    """People by what they gain or lose: more than ``low``, at most ``high`` (of losses: at least ``low``, less than
    ``high``); both are 0 for those for whom nothing changes. ``milli``: what it comes to for all of them.
    """

    low: int
    high: int
    people: int
    milli: int
    x: float
    y: float
    width: float
    height: float
    marked: bool

    @property
    def colour(self) -> str:
        return "good" if self.high > 0 else "bad" if self.low < 0 else "quiet"

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def edge(self) -> float:
        """Where its outer end is written under the axis."""
        left, right = self.x - GAP / 2, self.x + self.width + GAP / 2
        return round(right if self.high > 0 else left if self.low < 0 else self.middle, 1)

    @property
    def outer(self) -> int:
        return self.high if self.high > 0 else self.low


@dataclass(frozen=True)
class OfUnit:
    unit_id: str
    people: int
    old_milli: int
    new_milli: int

    @property
    def difference_milli(self) -> int:
        return self.new_milli - self.old_milli


@dataclass(frozen=True)
class Gains:
    """``found`` is the API's answer, whose people stand in the order of what they gain."""

    found: Json

    @property
    def people(self) -> Sequence[Json]:
        told: Sequence[Json] = self.found["people"]
        return told

    @cached_property
    def differences(self) -> tuple[int, ...]:
        return tuple(one["difference_milli"] for one in self.people)

    @property
    def gaining(self) -> int:
        return sum(one > 0 for one in self.differences)

    @property
    def losing(self) -> int:
        return sum(one < 0 for one in self.differences)

    @property
    def same(self) -> int:
        return len(self.differences) - self.gaining - self.losing

    @property
    def gained_milli(self) -> int:
        return sum(one for one in self.differences if one > 0)

    @property
    def lost_milli(self) -> int:
        return sum(one for one in self.differences if one < 0)

    @property
    def adds_up(self) -> bool:
        """Whether the rows come to the totals that were told beside them."""
        old, new = (sum(one[name] for one in self.people) for name in ("old_milli", "new_milli"))
        totals = (self.found["old_milli"], self.found["new_milli"], self.found["cost_milli"])
        return (old, new, sum(self.differences)) == totals

    @property
    def shown(self) -> Sequence[Json]:
        """All people, or of very many those who gain most and those who lose most."""
        if len(self.people) <= MOST_SHOWN:
            return self.people
        return [*self.people[: MOST_SHOWN // 2], *self.people[-(MOST_SHOWN // 2) :]]

    @property
    def staff(self) -> list[str]:
        """Who is shown."""
        return [one["staff_id"] for one in self.shown]

    @property
    def unit_ids(self) -> list[str]:
        return [unit.unit_id for unit in self.units]

    @property
    def left_out(self) -> int:
        return len(self.people) - len(self.shown)

    @cached_property
    def units(self) -> list[OfUnit]:
        """What it comes to by unit, the one that gains most first."""
        many, old, new = Counter[str](), Counter[str](), Counter[str]()
        for one in self.people:
            many[one["unit_id"]] += 1
            old[one["unit_id"]] += one["old_milli"]
            new[one["unit_id"]] += one["new_milli"]
        found = [OfUnit(unit, many[unit], old[unit], new[unit]) for unit in many]
        return sorted(found, key=lambda unit: (-unit.difference_milli, unit.unit_id))

    @cached_property
    def bars(self) -> list[Bar]:
        return bars(self.differences)


def bars(differences: Iterable[int]) -> list[Bar]:
    """One bar for each step of what is gained or lost, in the order from the greatest loss to the greatest gain."""
    told = tuple(differences)
    step = round_step(max((abs(one) for one in told), default=0))
    people, milli = Counter[int](), Counter[int]()
    for one in told:
        people[_steps(one, step)] += 1
        milli[_steps(one, step)] += one
    places = range(min((0, *people)), max((0, *people)) + 1)
    pitch, most = WIDTH / len(places), max(people.values(), default=1)
    drawn = []
    for number, place in enumerate(places):
        height = round((HEIGHT - TOP - BOTTOM) * people[place] / most, 1)
        bar = Bar(
            low=(place - 1 if place > 0 else place) * step,
            high=(place + 1 if place < 0 else place) * step,
            people=people[place],
            milli=milli[place],
            x=round(number * pitch + GAP / 2, 1),
            y=round(HEIGHT - BOTTOM - height, 1),
            width=round(pitch - GAP, 1),
            height=height,
            marked=len(places) <= SIDE + 2 or place % 2 == 0,
        )
        drawn.append(bar)
    return drawn


def _steps(difference: int, step: int) -> int:
    """1 for a gain of at most one step, −1 for such a loss, 0 for none."""
    whole = -(-abs(difference) // step)
    return whole if difference > 0 else -whole


def round_step(largest: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, … thousandths of which ``SIDE`` reach the largest."""
    steps = (digit * int(10**power) for power in count() for digit in (1, 2, 5))
    return next(step for step in steps if step * SIDE >= largest)
