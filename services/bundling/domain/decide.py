"""What an offer answers to each wish (rules B1, B2, B5)."""

from collections.abc import Iterator
from typing import Any, assert_never

from services.bundling.domain import milestones, references
from services.bundling.domain.commands import (
    AcceptItem,
    DeclineItem,
    Hand,
    NoteCheck,
    NoteDayClosed,
    NoteHolding,
    NoteUse,
    OfferCommand,
    PresentOffer,
    ProposeOffer,
    RequestOpening,
    TakeWon,
)
from services.bundling.domain.contacts import declined_lately
from services.bundling.domain.state import Offer, OfferItem, evolve
from services.bundling.events import (
    Item,
    ItemAccepted,
    ItemDeclined,
    OfferEvent,
    OfferHeldOut,
    OfferPresented,
    OfferProposed,
    OpeningRequested,
)
from services.bundling.rules import catalogue
from services.bundling.rules.contact import again_from
from services.bundling.rules.reason import Reason
from shared.core.decider import Decider
from shared.core.errors import Forbidden, RuleBroken

WON = "won"
"""The bundle of what a win names: not a rule's, but the customer's own words."""

ANY_CUSTOMER = frozenset({"branch", "ops"})
"""Counters and the bank's own channels serve whoever comes: what one branch began may be finished anywhere (B5)."""


def decide(  # noqa: C901, PLR0911 -- one match, a branch a wish
    offer: Offer, command: OfferCommand
) -> list[OfferEvent]:
    match command:
        case ProposeOffer():
            return _propose(offer, command)
        case TakeWon():
            return list(_take_won(offer, command))
        case PresentOffer(hand=hand):
            _known_to(hand)
            return _present(offer, command)
        case AcceptItem(product=product, channel=channel, hand=hand, on=on):
            _known_to(hand)
            if _answered(offer, product).choice == "accepted":
                return []
            return [ItemAccepted(offer_id=offer.lead_id, product=product, channel=channel, on=on)]
        case DeclineItem(product=product, hand=hand):
            _known_to(hand)
            return _decline(offer, _answered(offer, product), command)
        case RequestOpening(hand=hand):
            _known_to(hand)
            return _request(offer, command)
        case NoteCheck():
            return milestones.checked(offer, command)
        case NoteHolding():
            return milestones.held(offer, command)
        case NoteUse():
            return milestones.used(offer, command)
        case NoteDayClosed():
            return milestones.day_closed(offer, command)
        case _:
            assert_never(command)


OFFER: Decider[Offer, OfferCommand] = Decider(category="offer", initial=Offer(), decide=decide, evolve=evolve)


def _known_to(hand: Hand) -> None:
    if hand.staff_id not in hand.team and ANY_CUSTOMER.isdisjoint(hand.roles):
        message = f"{hand.staff_id} is not on the team of this lead; ask one of {', '.join(hand.team) or 'its owners'}"
        raise Forbidden("not_on_the_team", message)


def _propose(offer: Offer, command: ProposeOffer) -> list[OfferEvent]:
    _known_to(command.hand)
    answer = command.answer
    if command.customer_id != command.lead_customer_id:
        message = f"Lead {command.lead_id} is about {command.lead_customer_id}, not about {command.customer_id}"
        raise RuleBroken("not_the_leads_customer", message, rule="B5")
    if answer.bundle in offer.bundles and all(code in offer.items or code in command.declined for code in answer.items):
        return []
    if not answer.yes:
        reasons = "; ".join(f"{one.condition}: {one.fact}" for one in answer.reasons if not one.holds)
        raise RuleBroken("bundle_not_for_customer", f"{answer.bundle} is not for this customer: {reasons}", rule="B2")
    if answer.service_visit:
        message = f"{answer.bundle} asks for a service visit; there is no product in it to offer"
        raise RuleBroken("service_visit_only", message, rule="B2")
    new = [code for code in answer.items if code not in offer.items]
    products = [code for code in new if code not in command.declined]
    if new and not products:
        raise declined_lately(command.customer_id, {code: command.declined[code] for code in new})
    if not products:
        message = f"All of {answer.bundle} stands on this lead's offer already: {', '.join(answer.items)}"
        raise RuleBroken("already_offered", message, rule="B5")
    taken = [code for code, item in offer.items.items() if item.choice != "declined"]
    sold = [_sold(code, command) for code in products]
    blocked = [why for one in sold for why in catalogue.obstacles(one, {*command.held, *taken, *products})]
    if blocked:
        raise RuleBroken("product_blocked", f"{answer.bundle} cannot be offered: {'; '.join(blocked)}", rule="B1")
    if command.held_out and not command.asked_for:
        return _hold_out(offer, command, products)
    return [
        OfferProposed(
            **_about(command),
            bundle=answer.bundle,
            rules_version=answer.rules_version,
            active=command.active,
            items=_items(sold),
            reasons=(*answer.reasons, *(_left_out(code, command) for code in new if code not in products)),
            proposed_by=command.hand.staff_id,
            unit_id=command.hand.unit_id,
            asked_for=command.asked_for,
        )
    ]


def _hold_out(offer: Offer, command: ProposeOffer, products: list[str]) -> list[OfferEvent]:
    """At the moment of the proposal and not before, so that both arms of the comparison begin alike (rule B8)."""
    answer = command.answer
    if answer.bundle in offer.held_out:
        return []
    return [
        OfferHeldOut(
            **_about(command),
            bundle=answer.bundle,
            rules_version=answer.rules_version,
            active=command.active,
            items=tuple(products),
            unit_id=command.hand.unit_id,
        )
    ]


def _left_out(code: str, command: ProposeOffer) -> Reason:
    day = command.declined[code]
    return Reason(f"left_out({code})", holds=True, fact=f"declined on {day}, again from {again_from(day)}", as_of=day)


def _present(offer: Offer, command: PresentOffer) -> list[OfferEvent]:
    unanswered = offer.unanswered
    left_out = () if command.asked_for else tuple(code for code in unanswered if code in command.declined)
    fresh = any(offer.items[code].choice == "proposed" and code not in left_out for code in unanswered)
    if command.channel in offer.presented and not fresh:
        return []
    if unanswered and len(left_out) == len(unanswered):
        raise declined_lately(offer.customer_id, {code: command.declined[code] for code in left_out})
    return [
        OfferPresented(
            offer_id=offer.lead_id,
            channel=command.channel,
            staff_id=command.hand.staff_id,
            on=command.on,
            left_out=left_out,
            asked_for=command.asked_for,
        )
    ]


def _take_won(offer: Offer, command: TakeWon) -> Iterator[OfferEvent]:
    """What was sold is not argued with here: prerequisites are for proposals, compliance looks at every opening."""
    named = dict.fromkeys(command.products)
    new = [_sold(code, command) for code in named if code not in offer.items]
    if new:
        yield OfferProposed(
            **_about(command),
            bundle=WON,
            rules_version=command.rules_version,
            active=command.active,
            items=_items(new),
            reasons=(Reason(condition=WON, holds=True, fact=f"won with lead {command.lead_id}", as_of=command.on),),
            proposed_by=command.won_by,
            unit_id=command.unit_id,
            asked_for=True,
        )
    for code in named:
        if code not in offer.items or offer.items[code].choice != "accepted":
            yield ItemAccepted(offer_id=command.lead_id, product=code, channel="branch", on=command.on)


def _about(command: ProposeOffer | TakeWon) -> dict[str, Any]:
    return {
        "offer_id": command.lead_id,
        "lead_id": command.lead_id,
        "customer_id": command.customer_id,
        "customer_kind": command.customer_kind,
        "on": command.on,
    }


def _items(sold: list[catalogue.Product]) -> tuple[Item, ...]:
    return tuple(Item(product=one.code, product_version=one.version) for one in sold)


def _sold(code: str, command: ProposeOffer | TakeWon) -> catalogue.Product:
    product = command.sold.get(code)
    if product is None:
        raise RuleBroken("not_in_catalogue", f"{code} is not in the catalogue of {command.on}", rule="B1")
    return product


def _item(offer: Offer, product: str) -> OfferItem:
    item = offer.items.get(product)
    if item is None:
        message = f"{product} is not on this offer; it holds {', '.join(offer.items) or 'nothing'}"
        raise RuleBroken("not_on_the_offer", message, rule="B5")
    return item


def _answered(offer: Offer, product: str) -> OfferItem:
    """An item on which the customer's word is worth something: it was shown first."""
    item = _item(offer, product)
    if item.choice == "proposed":
        message = f"{product} was not presented to the customer yet; present the offer first"
        raise RuleBroken("not_presented", message, rule="B5")
    return item


def _decline(offer: Offer, item: OfferItem, command: DeclineItem) -> list[OfferEvent]:
    """Until an opening is asked for, the customer may think again either way."""
    if item.choice == "declined":
        return []
    if item.openings and item.openings[-1].check != "refused":
        message = f"The opening of {item.product} is under way or done; it can be closed, no longer declined"
        raise RuleBroken("opening_under_way", message, rule="B5")
    return [
        ItemDeclined(
            offer_id=offer.lead_id,
            product=item.product,
            reason=command.reason,
            channel=command.channel,
            on=command.on,
        )
    ]


def _request(offer: Offer, command: RequestOpening) -> list[OfferEvent]:
    item = _item(offer, command.product)
    if item.choice != "accepted":
        raise RuleBroken(
            "not_accepted", f"The customer has not accepted {item.product}: it is {item.choice}", rule="B5"
        )
    last = item.openings[-1] if item.openings else None
    if last and last.check == "pending":
        if (last.seller_id, last.evidence) == (command.hand.staff_id, command.evidence):
            return []
        message = f"Opening {last.opening_id} waits for compliance; wait for its answer"
        raise RuleBroken("opening_pending", message, rule="B5")
    if last and (last.check == "cleared" or (last.opened_on and not last.closed_on)):
        message = f"{item.product} was cleared or opened already, as {last.opening_id}"
        raise RuleBroken("already_opened", message, rule="B5")
    _must_have_what_it_needs(offer, item, command)
    attempt = len(item.openings) + 1
    return [
        OpeningRequested(
            opening_id=references.opening_id(offer.lead_id, item.product, attempt),
            offer_id=offer.lead_id,
            lead_id=offer.lead_id,
            customer_id=offer.customer_id,
            customer_kind=offer.customer_kind,
            product=item.product,
            product_version=item.product_version,
            attempt=attempt,
            seller_id=command.hand.staff_id,
            sellers=tuple(sorted({command.hand.staff_id, *command.hand.team})),
            unit_id=command.hand.unit_id,
            evidence=command.evidence,
            on=command.on,
        )
    ]


def _must_have_what_it_needs(offer: Offer, item: OfferItem, command: RequestOpening) -> None:
    """What a bundle was offered with may have been declined since; what a win names is not argued with. A version that
    is sold no more is not looked at: its sale was made while it was.
    """
    product = command.sold.get(item.product)
    if item.bundle == WON or product is None or product.version != item.product_version:
        return
    accepted = [code for code, one in offer.items.items() if one.choice == "accepted"]
    if blocked := catalogue.obstacles(product, {*command.held, *accepted}):
        raise RuleBroken("product_blocked", f"{item.product} cannot be opened: {'; '.join(blocked)}", rule="B1")
