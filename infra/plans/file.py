"""A plan as a YAML file (rule I1): what it says, or everything that is wrong with it, each with its line. Its shape is
that of ``services/incentives/plans/ebank-2026.yaml``.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from marshmallow import ValidationError

from infra.yaml_places import Fault, NotYaml, Placed, read_text
from services.incentives.domain.plan import PLAN, DraftPlan
from services.incentives.events import Plan
from services.incentives.schemas import PlanBody
from shared.core.errors import RuleBroken
from shared.core.places import Place

DATES = ("effective_from", "until")
"""YAML reads them as dates of its own."""


class Checked(NamedTuple):
    """``plan`` is None where there are faults."""

    plan: Plan | None
    faults: tuple[Fault, ...]


def read_plan(path: Path) -> Checked:
    """Raises ``Broken`` where it cannot be read at all."""
    return check(read_text(path))


def check(text: str) -> Checked:
    try:
        placed = Placed(text)
    except NotYaml as error:
        return Checked(None, (error.fault,))
    data = placed.data
    if not isinstance(data, dict):
        return Checked(None, (placed.fault((), f"must be an object with {', '.join(PlanBody().fields)}"),))
    given = data | {name: on.isoformat() for name in DATES if isinstance(on := data.get(name), date)}
    try:
        plan: Plan = PlanBody().load(given)["plan"]
        PLAN.decide(PLAN.initial, DraftPlan(plan, "nobody"))
    except ValidationError as error:
        told = [placed.fault(place, says) for place, says in _places(error.messages_dict, ())]
        return Checked(None, tuple(sorted(told)))
    except RuleBroken as broken:
        return Checked(None, (placed.fault(("indicators",), broken.message),))
    return Checked(plan, ())


def _places(messages: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Each message with its place; marshmallow nests them as the data is nested."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _places(inner, place if key == "_schema" else (*place, key))
    else:
        yield from ((place, str(one)) for one in messages)
