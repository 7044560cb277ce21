"""What the facts about an opening come to: cleared or refused, opened, activated, active or dormant, closed (rule B5).

Facts come in any order and are corrected later. Each is kept as it comes; what follows from them is computed anew
from all that are known, so that it comes out the same however often, or how late, one looks.
"""

from datetime import date

from services.bundling.domain.commands import NoteCheck, NoteDayClosed, NoteHolding, NoteUse
from services.bundling.domain.state import Offer, OfferItem, Opening, evolve
from services.bundling.events import (
    ItemActivated,
    ItemActive,
    ItemCleared,
    ItemClosed,
    ItemDormant,
    ItemOpened,
    ItemRefused,
    ItemUsed,
    OfferEvent,
)
from services.bundling.rules import usage
from shared.core.errors import RuleBroken


def checked(offer: Offer, command: NoteCheck) -> list[OfferEvent]:
    item, opening = _found(offer, command.opening_id)
    if opening.check != "pending":
        return []
    if command.cleared:
        return [ItemCleared(offer.lead_id, offer.lead_id, item.product, opening.opening_id)]
    rule, reason = command.rule or "", command.reason or ""
    return [ItemRefused(offer.lead_id, offer.lead_id, item.product, opening.opening_id, rule, reason)]


def held(offer: Offer, command: NoteHolding) -> list[OfferEvent]:
    item, opening = _found(offer, command.opening_id)
    place = (offer.lead_id, offer.lead_id, item.product, opening.opening_id)
    events: list[OfferEvent] = []
    reopened = opening.closed_on is not None and command.closed_on is None
    if reopened or (opening.holding_id, opening.opened_on) != (command.holding_id, command.opened_on):
        events.append(ItemOpened(*place, command.holding_id, command.opened_on))
    if command.closed_on is not None and (events or command.closed_on != opening.closed_on):
        events.append(ItemClosed(*place, command.closed_on))
    return _with_standing(offer, events, opening.opening_id)


def used(offer: Offer, command: NoteUse) -> list[OfferEvent]:
    item, opening = _found(offer, command.opening_id)
    if opening.uses.get(command.on, 0) == command.authenticated_uses:
        return []
    event = ItemUsed(
        offer.lead_id, offer.lead_id, item.product, opening.opening_id, command.authenticated_uses, command.on
    )
    if evolve(offer, event) == offer:  # a day too far back to matter to anything still open
        return []
    return _with_standing(offer, [event], opening.opening_id)


def day_closed(offer: Offer, command: NoteDayClosed) -> list[OfferEvent]:
    return [event for opening_id in command.openings for event in _standing(offer, opening_id, command.on)]


def _found(offer: Offer, opening_id: str) -> tuple[OfferItem, Opening]:
    found = offer.opening(opening_id)
    if found is None:
        message = f"No opening {opening_id} was ever requested; correct the reference in the feed"
        raise RuleBroken("unknown_opening", message, rule="B5")
    return found


def _with_standing(offer: Offer, events: list[OfferEvent], opening_id: str) -> list[OfferEvent]:
    after = offer
    for event in events:
        after = evolve(after, event)
    return [*events, *_standing(after, opening_id, None)]


def _standing(offer: Offer, opening_id: str, closed_day: date | None) -> list[OfferEvent]:
    """The changes of standing that are not noted yet. Use counts at once; the lack of it only once the day on which
    it shows is closed.
    """
    item, opening = _found(offer, opening_id)
    if opening.opened_on is None:
        return []
    place = (offer.lead_id, offer.lead_id, item.product, opening_id)
    events: list[OfferEvent] = []
    first = usage.first_use(opening.uses, opening.opened_on)
    if opening.activated_on is None and first is not None:
        events.append(ItemActivated(*place, first))
    if opening.closed_on is not None:
        return events
    bar, since = item.threshold, opening.since or opening.opened_on
    for turn, day in usage.turns(opening.counted, bar, since, active=opening.standing == "active"):
        if turn == "active":
            events.append(ItemActive(*place, day))
        elif closed_day is not None and day <= closed_day:
            reason = f"fewer than {bar.uses} authenticated uses in the {bar.days} days to {day}"
            events.append(ItemDormant(*place, day, reason))
        else:
            break
    return events
