"""Rules B1, B2, B5 on the offer: proposed, presented, accepted or declined, opening requested."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from services.bundling.domain import (
    OFFER,
    AcceptItem,
    DeclineItem,
    NoteCheck,
    PresentOffer,
    ProposeOffer,
    RequestOpening,
    TakeWon,
    status,
)
from services.bundling.rules.bundles import Answer
from services.bundling.rules.catalogue import sold
from services.bundling.rules.reason import Reason
from shared.core.errors import Forbidden
from tests.kit import given
from tests.services.bundling.examples import (
    ACTIVE,
    CHANNEL,
    EVIDENCE,
    LEAD,
    OPEN,
    OPENING,
    PERSON,
    SELLER,
    STRANGER,
    TODAY,
    UNDER_WAY,
    WHY,
    accepted,
    cleared,
    closed,
    declined,
    opened,
    presented,
    proposed,
    refused,
    requested,
)


def answer(*items, bundle="precise_mobile", yes=True, visit=False, reasons=WHY):
    return Answer(bundle, 1, yes, items or ("mobile",), visit, reasons)


def propose(ruled=None, *, held=("debit_card",), hand=SELLER, about=PERSON, on=TODAY, **drawn):
    return ProposeOffer(
        lead_id=LEAD,
        lead_customer_id=about,
        customer_id=PERSON,
        customer_kind="person",
        answer=ruled or answer(),
        active=ACTIVE,
        sold=sold(on),
        held=held,
        hand=hand,
        on=on,
        **drawn,
    )


def accept(product="mobile", channel="branch", hand=SELLER):
    return AcceptItem(product=product, channel=channel, hand=hand, on=TODAY)


def decline(product="mobile", reason="uses another bank's"):
    return DeclineItem(product=product, reason=reason, channel="branch", hand=SELLER, on=TODAY)


def present(channel="branch", hand=SELLER):
    return PresentOffer(channel=channel, hand=hand, on=TODAY)


def request(product="mobile", evidence=EVIDENCE, hand=SELLER, held=("debit_card",)):
    return RequestOpening(product=product, evidence=evidence, sold=sold(TODAY), held=held, hand=hand, on=TODAY)


def won(*products):
    return TakeWon(
        lead_id=LEAD,
        customer_id=PERSON,
        customer_kind="person",
        products=products,
        rules_version=1,
        active=ACTIVE,
        sold=sold(TODAY),
        won_by=SELLER.staff_id,
        unit_id=SELLER.unit_id,
        on=TODAY,
    )


def test_b2_an_offer_keeps_its_reasons_and_the_versions_it_was_made_under():
    given(OFFER).when(propose()).then(proposed())


def test_b2_a_bundle_whose_rule_says_no_is_refused_with_the_reasons():
    too_old = Reason("age_at_most(45 years)", False, "47 years old in 2026, by the birth year", TODAY)
    ruled = answer(yes=False, reasons=(*WHY, too_old))
    error = given(OFFER).when(propose(ruled)).refused("bundle_not_for_customer", rule="B2")
    assert "age_at_most(45 years): 47 years old" in error.message
    assert "holds(online)" not in error.message


def test_b2_a_service_visit_is_no_offer():
    ruled = Answer("dormant_revive", 1, True, (), True, WHY)
    given(OFFER).when(propose(ruled)).refused("service_visit_only", rule="B2")


def test_b1_a_missing_prerequisite_blocks_the_offer():
    error = given(OFFER).when(propose(held=("mortgage",))).refused("product_blocked", rule="B1")
    assert "mobile needs now or" in error.message


def test_b1_what_comes_in_the_same_bundle_or_stands_on_the_offer_meets_a_prerequisite():
    both = answer("corporate_ebank", "online_reconciliation", bundle="new_corporate_account")
    given(OFFER).when(propose(both, held=())).refused("product_blocked", rule="B1")
    offer = given(OFFER, proposed("settlement", bundle="won"), accepted("settlement")).when(propose(both, held=()))
    assert len(offer.decide()) == 1


def test_b1_a_declined_item_meets_no_prerequisite():
    history = (proposed("settlement", bundle="won"), accepted("settlement"), declined("settlement"))
    ruled = answer("corporate_ebank", bundle="new_corporate_account")
    given(OFFER, *history).when(propose(ruled, held=())).refused("product_blocked", rule="B1")


def test_b1_a_product_outside_the_catalogue_cannot_be_offered():
    given(OFFER).when(propose(answer("teleportation"))).refused("not_in_catalogue", rule="B1")
    given(OFFER).when(propose(on=date(1999, 12, 31))).refused("not_in_catalogue", rule="B1")


def test_b5_the_same_bundle_twice_is_one_proposal():
    given(OFFER, proposed()).when(propose()).nothing()


def test_b5_a_product_stands_once_on_a_leads_offer():
    given(OFFER, proposed()).when(propose(answer(bundle="payroll"))).refused("already_offered", rule="B5")
    more = answer("online", "telephone", "mobile", bundle="new_personal_account")
    given(OFFER, proposed()).when(propose(more)).then(proposed("online", "telephone", bundle="new_personal_account"))


def test_b5_an_offer_is_for_the_leads_own_customer():
    given(OFFER).when(propose(about="P0002")).refused("not_the_leads_customer", rule="B5")


@pytest.mark.parametrize("wish", [propose, present, accept, request])
def test_only_the_leads_team_works_on_its_offer(wish):
    with pytest.raises(Forbidden) as caught:
        given(OFFER, proposed(), presented()).when(wish(hand=STRANGER)).decide()
    assert caught.value.code == "not_on_the_team"


def test_b5_presented_once_a_channel():
    given(OFFER, proposed()).when(present()).then(presented())
    given(OFFER, proposed(), presented()).when(present()).nothing()
    given(OFFER, proposed(), presented()).when(present("online")).then(presented("online"))


LATELY = {"telephone": date(2026, 2, 1)}


def test_b6_what_the_customer_said_no_to_lately_is_left_out_of_a_proposal():
    ruled = answer("online", "telephone", bundle="new_personal_account")
    (event,) = given(OFFER).when(replace(propose(ruled), declined=LATELY)).decide()
    assert [item.product for item in event.items] == ["online"]
    left_out = Reason("left_out(telephone)", True, "declined on 2026-02-01, again from 2026-04-03", date(2026, 2, 1))
    assert event.reasons == (*WHY, left_out)


def test_b6_what_was_left_out_of_a_bundle_is_proposed_once_its_time_is_over():
    ruled = answer("online", "telephone", bundle="new_personal_account")
    begun = (proposed("online", bundle="new_personal_account"),)
    given(OFFER, *begun).when(replace(propose(ruled), declined=LATELY)).nothing()
    (event,) = given(OFFER, *begun).when(propose(ruled)).decide()
    assert [item.product for item in event.items] == ["telephone"]


def test_b6_a_proposal_of_nothing_else_is_refused_and_says_from_when():
    wish = replace(propose(answer("telephone", bundle="new_personal_account")), declined=LATELY)
    assert (
        "no on 2026-02-01, again from 2026-04-03"
        in given(OFFER).when(wish).refused("declined_lately", rule="B6").message
    )


def test_b6_a_no_with_another_lead_after_the_proposal_is_not_presented_unless_asked_for():
    both, one = proposed("online", "telephone"), proposed("telephone")
    wish = replace(present(), declined=LATELY)
    given(OFFER, both).when(wish).then(presented(left_out=("telephone",)))
    given(OFFER, one).when(wish).refused("declined_lately", rule="B6")
    given(OFFER, one).when(replace(wish, asked_for=True)).then(presented(asked_for=True))


def test_b6_a_no_with_another_lead_holds_for_what_was_presented_before_too():
    wish = replace(present("online"), declined=LATELY)
    given(OFFER, proposed("telephone"), presented()).when(wish).refused("declined_lately", rule="B6")
    both = (proposed("online", "telephone"), presented())
    given(OFFER, *both).when(wish).then(presented("online", left_out=("telephone",)))


def test_b6_what_was_left_out_is_presented_once_its_time_is_over():
    shown = (proposed("online", "telephone"), presented(left_out=("telephone",)))
    given(OFFER, *shown).when(accept("telephone")).refused("not_presented", rule="B5")
    given(OFFER, *shown).when(replace(present(), declined=LATELY)).nothing()
    given(OFFER, *shown).when(present()).then(presented())


def test_b5_a_later_bundle_has_to_be_presented_too():
    history = (proposed(), presented(), accepted(), proposed("online", bundle="new_personal_account"))
    given(OFFER, *history).when(accept("online")).refused("not_presented", rule="B5")
    given(OFFER, *history).when(present()).then(presented())


def test_b5_an_item_is_accepted_or_declined_after_it_was_presented():
    given(OFFER, proposed()).when(accept()).refused("not_presented", rule="B5")
    given(OFFER, proposed()).when(decline()).refused("not_presented", rule="B5")
    given(OFFER, proposed(), presented()).when(accept()).then(accepted())
    given(OFFER, proposed(), presented()).when(decline()).then(declined())


def test_b5_begun_in_a_branch_finished_online():
    given(OFFER, proposed(), presented("branch")).when(accept(channel="online", hand=CHANNEL)).then(
        accepted(channel="online")
    )


def test_b5_each_item_is_answered_on_its_own():
    history = (proposed("online", "telephone", "mobile"), presented(), accepted("mobile"))
    given(OFFER, *history).when(decline("telephone")).then(declined("telephone"))


def test_b5_the_customer_may_think_again_until_the_opening_is_requested():
    given(OFFER, proposed(), presented(), declined()).when(accept()).then(accepted())
    given(OFFER, proposed(), presented(), accepted()).when(decline()).then(declined())
    given(OFFER, *UNDER_WAY).when(decline()).refused("opening_under_way", rule="B5")
    given(OFFER, *UNDER_WAY, refused()).when(decline()).then(declined())


def test_b5_the_same_answer_again_changes_nothing():
    given(OFFER, proposed(), presented(), accepted()).when(accept(channel="online")).nothing()
    given(OFFER, proposed(), presented(), declined()).when(decline(reason="other")).nothing()


def test_b5_what_is_not_on_the_offer_is_named():
    error = given(OFFER, proposed(), presented()).when(accept("online")).refused("not_on_the_offer", rule="B5")
    assert "mobile" in error.message


def test_b1_what_is_opened_has_what_it_needs_still():
    pair = ("corporate_ebank", "online_reconciliation")
    kept = (proposed(*pair, bundle="new_corporate_account"), presented(), accepted("online_reconciliation"))
    wish = request("online_reconciliation", held=("settlement",))
    asked = requested(product="online_reconciliation")
    told = given(OFFER, *kept, declined("corporate_ebank")).when(wish).refused("product_blocked", rule="B1")
    assert told.message == "online_reconciliation cannot be opened: online_reconciliation needs corporate_ebank"
    given(OFFER, *kept).when(wish).refused("product_blocked", rule="B1")
    given(OFFER, *kept, accepted("corporate_ebank")).when(wish).then(asked)
    given(OFFER, *kept).when(request("online_reconciliation", held=pair[:1])).then(asked)
    sold_by_a_win = (proposed("online_reconciliation", bundle="won"), accepted("online_reconciliation"))
    given(OFFER, *sold_by_a_win).when(wish).then(asked)


def test_b5_an_opening_is_requested_for_what_was_accepted():
    given(OFFER, proposed(), presented(), accepted()).when(request()).then(requested())
    given(OFFER, proposed(), presented()).when(request()).refused("not_accepted", rule="B5")
    given(OFFER, proposed(), presented(), declined()).when(request()).refused("not_accepted", rule="B5")


def test_c2_who_asks_and_the_whole_team_of_the_lead_sold_it():
    (asked,) = given(OFFER, proposed(), presented(), accepted()).when(request()).decide()
    assert (asked.seller_id, asked.sellers) == (SELLER.staff_id, SELLER.team)
    head = msgspec.structs.replace(SELLER, staff_id="M0001", roles=("branch",))
    (asked,) = given(OFFER, proposed(), presented(), accepted()).when(request(hand=head)).decide()
    assert (asked.seller_id, asked.sellers) == ("M0001", ("C0003", "M0001", "R0007"))


def test_b5_never_a_second_opening_while_one_is_pending_or_after_one_is_cleared():
    other = msgspec.structs.replace(EVIDENCE, checker_id="S0103")
    given(OFFER, *UNDER_WAY).when(request()).nothing()
    given(OFFER, *UNDER_WAY).when(request(evidence=other)).refused("opening_pending", rule="B5")
    given(OFFER, *UNDER_WAY, cleared()).when(request(evidence=other)).refused("already_opened", rule="B5")


def test_b5_after_a_refusal_the_opening_may_be_tried_again():
    given(OFFER, *UNDER_WAY, refused()).when(request()).then(requested(attempt=2))
    given(OFFER, *UNDER_WAY, refused(), requested(attempt=2), refused(attempt=2)).when(request()).then(
        requested(attempt=3)
    )


def test_b5_what_was_opened_in_spite_of_a_refusal_has_to_be_closed_first():
    history = (*UNDER_WAY, opened(), refused())
    given(OFFER, *history).when(request()).refused("already_opened", rule="B5")
    given(OFFER, *history, closed(5)).when(request()).then(requested(attempt=2))


def test_b5_what_a_win_names_is_on_the_offer_as_accepted():
    why = Reason("won", True, f"won with lead {LEAD}", TODAY)
    offer = msgspec.structs.replace(proposed("payroll", "corporate_ebank", bundle="won"), reasons=(why,))
    given(OFFER).when(won("payroll", "corporate_ebank", "payroll")).then(
        offer, accepted("payroll"), accepted("corporate_ebank")
    )
    given(OFFER, offer, accepted("payroll"), accepted("corporate_ebank")).when(won("payroll")).nothing()


def test_b5_a_win_accepts_what_was_only_proposed():
    given(OFFER, proposed()).when(won("mobile")).then(accepted())
    given(OFFER, proposed(), presented(), declined()).when(won("mobile")).then(accepted())


def test_b5_what_a_win_names_can_be_opened_at_once():
    history = given(OFFER).when(won("mobile")).decide()
    given(OFFER, *history).when(request()).then(requested())


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ((proposed(),), "proposed"),
        ((proposed(), presented()), "presented"),
        ((proposed(), presented(), declined()), "declined"),
        (UNDER_WAY, "opening_requested"),
        ((*UNDER_WAY, refused()), "refused"),
        ((*UNDER_WAY, refused(), requested(2)), "opening_requested"),
        ((*UNDER_WAY, cleared()), "cleared"),
        (OPEN, "opened"),
    ],
)
def test_b5_an_item_stands_somewhere_in_its_life(history, expected):
    assert status(OFFER.fold(history).items["mobile"]) == expected


def test_b5_the_word_of_compliance_is_noted_once():
    given(OFFER, *UNDER_WAY).when(NoteCheck(OPENING, cleared=True)).then(cleared())
    given(OFFER, *UNDER_WAY, cleared()).when(NoteCheck(OPENING, cleared=True)).nothing()
    said = NoteCheck(OPENING, cleared=False, rule="C1.two_operators", reason="S0101 both made and checked it")
    given(OFFER, *UNDER_WAY).when(said).then(refused())
    given(OFFER, *UNDER_WAY, refused()).when(said).nothing()


def test_b5_a_reference_that_was_never_given_out_is_refused():
    given(OFFER, *UNDER_WAY).when(NoteCheck(f"{LEAD}.mobile.7", cleared=True)).refused("unknown_opening", rule="B5")
