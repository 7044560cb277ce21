"""What incentives computes over a whole history, as much as one core does: a draft plan over every deal, and the close
of a month, the second opinion and the seal included. Nothing is read or kept here.
"""

import random
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra.bench.ground import Ground
from infra.bench.measure import Row, in_turn, per_core_second, spread
from services.incentives import reference, sealing
from services.incentives.domain.deal import DEAL, Note
from services.incentives.domain.facts import Fact, identity
from services.incentives.domain.statements import STATEMENTS
from services.incentives.events import (
    AccountNoted,
    CheckNoted,
    CreditPosted,
    Indicator,
    OpeningNoted,
    Plan,
    PlanActivated,
    Share,
    SplitNoted,
    UseNoted,
    Vesting,
)
from services.incentives.keys import SigningKey
from services.incentives.projections import facts_of
from services.incentives.rules import ActivePlan, plan_hash
from services.incentives.sealing import Close
from services.incentives.what_if import tally
from shared.core.event import Event
from shared.core.projection import Document

SEED, DEALS = 20260915, 4_000
ON, MONTH = date(2026, 8, 3), "2026-08"
AT = datetime(2026, 9, 1, 2, tzinfo=UTC)
PLAN = Plan(
    plan_id="bench",
    version=1,
    effective_from=date(2026, 1, 1),
    indicators=(Indicator("mobile_active", "mobile", 1_500, 10_000, 15_000, 15_000),),
    vesting=Vesting(active_days=3, window_days=30, within_days=90),
    reversal_days=180,
    tie_policy="share_and_skip",
)
ACTIVE = ActivePlan(PLAN, plan_hash(PLAN))
DRAFT = msgspec.structs.replace(PLAN, version=2, reversal_days=90)


def incentives(ground: Ground) -> list[Row]:
    dice = random.Random(SEED)  # noqa: S311 -- the same deals for everybody
    facts = [_deal(number, dice) for number in range(DEALS)]
    deals = [_document(deal) for deal in facts]
    events = [event for deal in facts for event in (*deal, *_lines(deal))]
    lines = [_shown(place, line) for place, line in enumerate(events, 1) if isinstance(line, CreditPosted)]
    ways: Sequence[Callable[[], float]] = (
        lambda: per_core_second(len(lines), lambda: tally(map(facts_of, deals), (ACTIVE,), DRAFT)),
        lambda: per_core_second(len(lines), lambda: _close(events, lines)),
    )
    names = ("what_if", "period_close")
    return [
        Row(name, statistics.median(found), None, "lines/s", spread(found))
        for name, found in zip(names, in_turn(ground.seen, *ways), strict=True)
    ]


def _close(events: Sequence[Event], lines: Sequence[Document]) -> None:
    """As a close does it: both opinions compared, every line of the month put under one seal."""
    recomputed = reference.recompute([PlanActivated(PLAN, ACTIVE.plan_hash), *events])
    if found := reference.differences(recomputed, lines):
        raise AssertionError(found[0])
    sealing.seal(STATEMENTS.initial, Close(MONTH, ACTIVE, {0: len(events)}, AT), lines, KEY)


KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def _deal(number: int, dice: random.Random) -> tuple[Fact, ...]:
    lead = f"lead{number:06}"
    opening, holding = f"{lead}.mobile.1", f"H{number:06}"
    shares = (
        Share("corporate", f"S{dice.randrange(400):04}", "B01", 4_000),
        Share("retail", f"S{dice.randrange(400, 900):04}", "B01-O1", 6_000),
    )
    uses = sorted(dice.sample(range(20), 5))
    return (
        SplitNoted(lead, 1, shares, ON, f"leads/lead-{lead}@5"),
        OpeningNoted(lead, opening, "mobile", ON, f"bundling/offer-{lead}@3"),
        CheckNoted(opening, cleared=True, rule=None, on=ON, source=f"compliance/opening-{opening}@2"),
        AccountNoted(opening, holding, ON, None, f"registry/holding-{holding}@1"),
        *(
            UseNoted(opening, holding, 1, day, f"registry/activity-{holding}.{day}@1")
            for day in (ON + timedelta(days=n) for n in uses)
        ),
    )


def _lines(deal: Sequence[Fact]) -> list[CreditPosted]:
    made = DEAL.decide(DEAL.initial, Note(tuple(deal), (ACTIVE,)))
    return [event for event in made if isinstance(event, CreditPosted)]


def _document(deal: Sequence[Fact]) -> Document:
    return {"facts": {" ".join(identity(fact)): msgspec.to_builtins(fact) for fact in deal}}


def _shown(position: int, line: CreditPosted) -> Document:
    return {**msgspec.to_builtins(line), "partition": 0, "position": position}
