"""The facts by which a bundle rule is judged (rule B8).

Streams: ``trial-<customer>.<bundle>.<rules version>``: one customer's first offer by a rule, or their being held out of
it; ``popularity-<month>``: what customers held at a month's end.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from services.bundling.rules.usage import Threshold
from shared.core.event import Event

Arm = Literal["offered", "held_out"]


class TrialBegun(Event, frozen=True, tag="trial_begun"):
    """``items`` are what the rule picked; ``popular`` as many products that most customers of the kind had at the time
    and this one lacked: what one would offer without any rule. Empty where nothing was counted yet.
    """

    trial_id: str
    customer_id: str
    lead_id: str
    bundle: str
    rules_version: int
    arm: Arm
    items: tuple[str, ...]
    popular: tuple[str, ...]
    active: Threshold
    unit_id: str
    on: date


class TrialMeasured(Event, frozen=True, tag="trial_measured"):
    """How it stood ``days`` days after the offer, as known once that day had closed: ``used`` where the customer had
    used something of the ``items`` themselves since, ``active`` where something of it was in use (动户) that day; and
    the same of the ``popular`` products.
    """

    trial_id: str
    days: int
    used: bool
    active: bool
    popular_used: bool
    popular_active: bool
    on: date


class PopularityCounted(Event, frozen=True, tag="popularity_counted"):
    """By product, the customers of each kind who held it at the end of ``month`` (``YYYY-MM``)."""

    month: str
    company: Mapping[str, int]
    person: Mapping[str, int]
    on: date


TrialEvent = TrialBegun | TrialMeasured | PopularityCounted
