"""Fraud is expensive: a customer's product earns once, whoever opened it how often (rule I2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.incentives.claim_events import AccountClaimed, AccountPlaced, AccountReleased, ClaimDecided
from services.incentives.domain.claim import AGAIN_AFTER_DAYS, CLAIM, PLACED, ClaimAccount, PlaceAccount, ReleaseAccount
from services.incentives.reactions import claim_account, note_claims, release_claims
from services.incentives.reference import claims
from services.registry.events import HoldingRecorded
from tests.kit import given
from tests.services.bundling.examples import recorded
from tests.services.incentives.examples import CORPORATE, LEAD, OPENING, PLANS, RETAIL, claim, vested
from tests.services.incentives.test_deal import balance, history, lines

DAY = date(2026, 10, 1)
FIRST, SECOND, THIRD = "01j1.mobile.1", "01j2.mobile.1", "01j3.mobile.1"


def account(opening, opened=0, closed=None, holding="", version=1):
    holding = holding or f"H-{opening}"
    closed_on = None if closed is None else DAY + timedelta(days=closed)
    opened_on = DAY + timedelta(days=opened)
    source = f"registry/holding-{holding}@{version}"
    return AccountClaimed("P1", "mobile", opening, holding, opened_on, closed_on, source)


def play(accounts):
    events = []
    for one in accounts:
        events += CLAIM.decide(CLAIM.fold(events), ClaimAccount(one))
    return events


def denied(accounts):
    return dict(CLAIM.fold(play(accounts)).denied)


def test_i2_the_first_account_earns():
    given(CLAIM).when(ClaimAccount(account(FIRST))).then(account(FIRST))
    given(CLAIM, account(FIRST)).when(ClaimAccount(account(FIRST))).nothing()


def test_trick_splitting_a_deal_into_two_leads():
    second = account(SECOND, 3)
    given(CLAIM, account(FIRST)).when(ClaimAccount(second)).then(
        second, ClaimDecided("P1", "mobile", SECOND, FIRST, second.opened_on)
    )


@pytest.mark.parametrize(("gap", "earns"), [(0, False), (AGAIN_AFTER_DAYS - 1, False), (AGAIN_AFTER_DAYS, True)])
def test_trick_closing_and_opening_again(gap, earns):
    again = account(SECOND, 100 + gap)
    assert denied([account(FIRST, 0, 100), again]) == ({} if earns else {SECOND: FIRST})


def test_trick_opening_under_a_third_lead_once_the_second_was_denied():
    assert denied([account(FIRST), account(SECOND, 1), account(THIRD, 2)]) == {SECOND: FIRST, THIRD: FIRST}


def test_trick_an_account_told_late_with_an_earlier_date():
    """Whoever was first earns, not whoever is told first."""
    events = play([account(SECOND, 5), account(FIRST, 0)])
    assert events[-1] == ClaimDecided("P1", "mobile", SECOND, FIRST, DAY)
    corrected = play([account(SECOND, 5), account(FIRST, 0), account(FIRST, 9, version=2)])
    assert dict(CLAIM.fold(corrected).denied) == {FIRST: SECOND}


def test_i2_another_account_of_the_same_opening_is_no_second_claim():
    assert denied([account(FIRST), account(FIRST, 1, holding="H2")]) == {}


ACCOUNTS = st.builds(
    account,
    st.sampled_from((FIRST, SECOND, THIRD)),
    st.integers(0, 400),
    st.none() | st.integers(0, 500),
    st.sampled_from(("", "H8", "H9")),
    st.integers(1, 3),
)


@over(st.lists(ACCOUNTS, max_size=6, unique_by=lambda one: one.source), st.randoms())
def test_i12_in_any_order_the_same_may_earn_and_the_second_opinion_agrees(accounts, dice):
    shuffled = dice.sample([*accounts, *accounts], 2 * len(accounts))
    one, other = play(accounts), play(shuffled)
    assert CLAIM.fold(one).denied == CLAIM.fold(other).denied
    assert claims(one) == claims(other) == ()


def corrected(customer="P1", product="mobile", version=2):
    return PlaceAccount("H2", customer, product, SECOND, f"registry/holding-H2@{version}")


def test_r1_an_account_whose_customer_was_corrected_stands_in_nobodys_way_any_more():
    placed = AccountPlaced("H2", "P1", "mobile", None, "registry/holding-H2@1", SECOND, None)
    given(PLACED).when(corrected(version=1)).then(placed)
    given(PLACED, placed).when(corrected()).nothing()
    moved = AccountPlaced("H2", "P2", "mobile", ("P1", "mobile"), "registry/holding-H2@2", SECOND, None)
    given(PLACED, placed).when(corrected("P2")).then(moved)
    given(PLACED, placed, moved).when(corrected("P1", version=1)).nothing()
    assert release_claims(PLANS)(recorded(placed, "placed-H2", 1, "incentives")) == []
    (intent,) = release_claims(PLANS)(recorded(moved, "placed-H2", 2, "incentives"))
    released = AccountReleased("P1", "mobile", "H2", "registry/holding-H2@2")
    assert (intent.key, intent.command) == ("P1.mobile", ReleaseAccount(released))
    both = (account(FIRST), account(SECOND, 3, holding="H2"), ClaimDecided("P1", "mobile", SECOND, FIRST, DAY))
    freed = ClaimDecided("P1", "mobile", SECOND, None, DAY + timedelta(days=3))
    given(CLAIM, *both).when(ReleaseAccount(released)).then(released, freed)
    assert claims([*both, released, freed]) == ()
    assert claims([*both, released]) != ()
    late = ClaimAccount(account(SECOND, 3, holding="H2"))
    given(CLAIM, *both, released, freed).when(late).nothing()


def test_r1_an_account_whose_opening_was_corrected_counts_for_that_one():
    events = play([account(FIRST, holding="H1"), account(SECOND, holding="H1", version=2)])
    assert (dict(CLAIM.fold(events).denied), claims(events)) == ({}, ())


def test_i12_the_second_opinion_notices_what_was_decided_wrongly():
    events = [account(FIRST), account(SECOND, 3)]
    (said,) = claims(events)
    assert said.startswith(f"{SECOND}, mobile of P1: may not earn")
    assert (
        claims(
            [
                *events,
                ClaimDecided("P1", "mobile", SECOND, FIRST, DAY),
                ClaimDecided("P1", "mobile", FIRST, SECOND, DAY),
            ]
        )
        != ()
    )


def test_i2_a_denied_opening_earns_nothing_and_what_it_had_is_taken_back():
    assert lines(history(claim("01j0.mobile.1"), *vested())) == []
    paid = history(*vested())
    late = history(claim("01j0.mobile.1"), start=paid)
    assert balance(late) == {CORPORATE: 0, RETAIL: 0}
    assert balance(history(claim(None, 2), start=late)) == {CORPORATE: 600, RETAIL: 900}


def test_i2_the_banks_accounts_become_claims_and_what_is_decided_reaches_the_deal():
    row = HoldingRecorded("H1", "P1", "mobile", "B01-O2", DAY, None, OPENING, DAY)
    place, intent = claim_account(recorded(row, "holding-H1", 1))
    assert (place.decider, place.key) == (PLACED, "H1")
    assert (intent.decider, intent.key) == (CLAIM, "P1.mobile")
    assert intent.command.claimed.source == "registry/holding-H1@1"
    others = HoldingRecorded("H1", "P1", "mobile", "B01-O2", DAY, None, None, DAY)
    assert claim_account(recorded(others, "holding-H1", 1)) == []
    decided = recorded(ClaimDecided("P1", "mobile", OPENING, FIRST, DAY), "claim-P1.mobile", 1, "incentives")
    (told,) = note_claims(PLANS)(decided)
    assert (told.key, told.command.facts) == (LEAD, (claim(FIRST),))
