"""Trials of the bundle rules, when each is due to be measured, and what customers held at a month's end (rule B8)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, cast

import msgspec

from services.bundling.rules.trials import HORIZONS
from services.bundling.trial_events import PopularityCounted, TrialBegun, TrialMeasured
from shared.core.projection import Document, Projection
from shared.core.recorded import Recorded

BANK = "bank"
MEASURES = ("used", "active", "popular_used", "popular_active")


def _step(document: Document | None, recorded: Recorded) -> Document:
    match cast("TrialBegun | TrialMeasured", recorded.event):
        case TrialBegun() as begun:
            told = {
                name: getattr(begun, name)
                for name in ("trial_id", "customer_id", "bundle", "rules_version", "arm", "unit_id")
            }
            known = {**told, "on": begun.on.isoformat(), "compared": bool(begun.popular), "measured": {}}
            return {**known, "wake": _wake(begun.on, ())}
        case TrialMeasured() as measured:
            old = document or {}
            found = {**old["measured"], str(measured.days): {name: getattr(measured, name) for name in MEASURES}}
            return {**old, "measured": found, "wake": _wake(date.fromisoformat(old["on"]), found)}


def _wake(on: date, measured: Mapping[str, Any] | tuple[()]) -> str | None:
    """The day on whose close it is measured next."""
    due = (days for days in HORIZONS if str(days) not in measured)
    return next(((on + timedelta(days=days)).isoformat() for days in due), None)


TRIALS = Projection(
    name="trials",
    sources={"bundling": (TrialBegun, TrialMeasured)},
    keys=lambda recorded: [cast("TrialBegun | TrialMeasured", recorded.event).trial_id],
    step=_step,
    indexes=(("wake",), ("bundle", "rules_version")),
)


def due(on: date) -> Document:
    """The query for the trials that the close of a day has to look at."""
    return {"wake": {"$lte": on.isoformat()}}


def _newest(document: Document | None, recorded: Recorded) -> Document:
    """A month that is counted late does not take the place of a newer one."""
    counted: dict[str, Any] = msgspec.to_builtins(cast("PopularityCounted", recorded.event))
    told = {name: counted[name] for name in ("month", "company", "person")}
    return told if document is None or document["month"] < told["month"] else document


POPULARITY_NOW = Projection(
    name="popularity", sources={"bundling": (PopularityCounted,)}, keys=lambda _: [BANK], step=_newest
)
