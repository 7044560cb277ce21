"""Rule B6: two marketing contacts a month over all channels, sixty days of quiet after a no, and consent."""

from datetime import date

import pytest
from hypothesis import given as holds
from hypothesis import strategies as st

from services.bundling.contact_events import CustomerContacted, Made, ProductDeclined
from services.bundling.domain.contacts import CONTACTS, MakeContact, NoteDeclined
from services.bundling.rules.contact import CONTACT, again_from, in_month
from shared.core.errors import RuleBroken
from tests.kit import given
from tests.services.bundling.examples import PERSON, TODAY, day


def contact(lead="one", channel="phone", *, products=("mobile",), consent=True, on=TODAY):
    return MakeContact(PERSON, lead, channel, products, consent, "R0007", on)


def contacted(lead="one", channel="phone", *, products=("mobile",), on=TODAY):
    return CustomerContacted(PERSON, lead, channel, products, "R0007", 1, on)


def said_no(product="mobile", on=TODAY, lead="one"):
    return ProductDeclined(PERSON, lead, product, on)


def test_b6_the_third_contact_of_a_month_is_refused_whatever_the_channel():
    twice = (contacted(), contacted("two", "branch", on=day(3)))
    given(CONTACTS, contacted()).when(contact("two", "branch", on=day(3))).then(twice[1])
    error = given(CONTACTS, *twice).when(contact("three", "online", on=day(20))).refused("contact_limit", rule="B6")
    assert "2 marketing contacts in 2026-03" in error.message
    assert "2026-03-02 (phone, lead one), 2026-03-05 (branch, lead two)" in error.message


def test_b6_the_next_month_counts_anew():
    twice = (contacted(on=date(2026, 3, 30)), contacted("two", on=date(2026, 3, 31)))
    given(CONTACTS, *twice).when(contact("three", on=date(2026, 4, 1))).then(contacted("three", on=date(2026, 4, 1)))
    given(CONTACTS, *twice).when(contact("three", on=date(2026, 3, 1))).refused("contact_limit", rule="B6")


def test_b6_one_lead_on_one_day_is_one_contact_through_all_channels():
    given(CONTACTS, contacted()).when(contact(channel="branch")).nothing()
    given(CONTACTS, contacted()).when(contact(on=day(1))).then(contacted(on=day(1)))


def test_b6_without_consent_nobody_is_approached():
    given(CONTACTS).when(contact(consent=False)).refused("no_consent", rule="B6")


@pytest.mark.parametrize(("after", "refused"), [(0, True), (1, True), (60, True), (61, False), (-1, False)])
def test_b6_the_same_thing_is_not_offered_within_sixty_days_of_a_no(after, refused):
    wish = given(CONTACTS, said_no()).when(contact("two", on=day(after)))
    if refused:
        assert f"again from {day(61)}" in wish.refused("declined_lately", rule="B6").message
    else:
        wish.then(contacted("two", on=day(after)))


def test_b6_another_thing_may_be_offered_after_a_no():
    wish = contact("two", products=("telephone",), on=day(1))
    given(CONTACTS, said_no()).when(wish).then(contacted("two", products=("telephone",), on=day(1)))


def test_b6_the_newest_no_counts_in_whatever_order_they_are_noted():
    given(CONTACTS).when(NoteDeclined(PERSON, "one", "mobile", TODAY)).then(said_no())
    given(CONTACTS, said_no()).when(NoteDeclined(PERSON, "two", "mobile", day(-5))).nothing()
    given(CONTACTS, said_no()).when(NoteDeclined(PERSON, "two", "mobile", TODAY)).nothing()
    later = said_no(on=day(10), lead="two")
    given(CONTACTS, said_no()).when(NoteDeclined(PERSON, "two", "mobile", day(10))).then(later)
    assert again_from(CONTACTS.fold([later, said_no()]).declined["mobile"]) == day(71)


WISHES = st.lists(
    st.one_of(
        st.builds(
            contact,
            st.sampled_from(("one", "two", "three", "four")),
            st.sampled_from(("branch", "online", "phone")),
            products=st.sampled_from((("mobile",), ("telephone",), ("mobile", "telephone"))),
            on=st.integers(0, 90).map(day),
        ),
        st.builds(NoteDeclined, st.just(PERSON), st.just("one"), st.just("mobile"), st.integers(0, 90).map(day)),
    ),
    max_size=40,
)


@holds(WISHES)
def test_b6_no_order_of_wishes_makes_a_third_contact_of_a_month_nor_breaks_a_quiet_time(wishes):
    state, made = CONTACTS.initial, []
    for wish in wishes:
        try:
            events = CONTACTS.decide(state, wish)
        except RuleBroken:
            continue
        if events and isinstance(wish, MakeContact):
            no = state.declined.get("mobile")
            assert not (no and "mobile" in wish.products and no <= wish.on < again_from(no))
            made += [Made(one.lead_id, one.channel, one.on) for one in events]
        state = CONTACTS.fold(events, state)
    assert all(len(in_month(made, one.on)) <= CONTACT.per_month for one in made)
