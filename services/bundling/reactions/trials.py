"""Offers → trials of the rules behind them, and the close of a day → what came of those that are due (rule B8)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from services.bundling.domain.trial import POPULARITY, TRIAL, BeginTrial, CountPopularity, MeasureTrial
from services.bundling.events import OfferHeldOut, OfferProposed
from services.bundling.rules.facts import Facts
from services.bundling.trial_events import Arm, TrialBegun
from services.registry.events import DayClosed
from shared.core.months import month_over
from shared.core.reaction import Intent, Reaction
from shared.core.recorded import Recorded

Offered = OfferProposed | OfferHeldOut
Popular = Callable[[Offered, int], tuple[str, ...]]
"""As many products that most customers have and this one lacks."""
Holders = Mapping[str, int]
Due = Callable[[date], Iterable[tuple[str, Facts]]]
"""The trials that the close of a day has to look at, each with what is known of its customer."""
Count = Callable[[Recorded, str], tuple[Holders, Holders] | None]
"""Who held what at a month's end, companies and persons; None where that was counted already."""


def begin_trials(popular: Popular, since: datetime) -> Reaction:
    """What a customer asked for themselves, or bought with a win, says nothing of a rule; nor does what was offered
    long before: its first days of use are forgotten.
    """

    def begin(recorded: Recorded) -> list[Intent]:
        if recorded.recorded_at < since:
            return []
        match recorded.event:
            case OfferHeldOut() as held_out:
                begun = _begun(held_out, "held_out", held_out.items, popular)
            case OfferProposed(asked_for=False) as proposed:
                begun = _begun(proposed, "offered", tuple(one.product for one in proposed.items), popular)
            case _:
                return []
        return [Intent(TRIAL, begun.trial_id, BeginTrial(begun))]

    return begin


def _begun(offered: Offered, arm: Arm, items: tuple[str, ...], popular: Popular) -> TrialBegun:
    return TrialBegun(
        trial_id=f"{offered.customer_id}.{offered.bundle}.{offered.rules_version}",
        customer_id=offered.customer_id,
        lead_id=offered.lead_id,
        bundle=offered.bundle,
        rules_version=offered.rules_version,
        arm=arm,
        items=items,
        popular=popular(offered, len(items)),
        active=offered.active,
        unit_id=offered.unit_id,
        on=offered.on,
    )


def measure_trials(due: Due, count: Count) -> Reaction:
    def measure(recorded: Recorded) -> list[Intent]:
        match recorded.event:
            case DayClosed(business_date=day):
                month = month_over(day)
                counted = count(recorded, month)
                counts = [Intent(POPULARITY, month, CountPopularity(month, *counted, day))] if counted else []
                measures = [Intent(TRIAL, trial_id, MeasureTrial(facts, day)) for trial_id, facts in due(day)]
                return [*counts, *measures]
            case _:
                return []

    return measure
