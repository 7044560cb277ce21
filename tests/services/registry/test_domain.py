"""R1 on one business key: the same again, a correction, an older row, an old file handed over once more."""

from datetime import UTC, date, datetime

import msgspec
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.registry.domain.rows import (
    ACTIVITY,
    BALANCE,
    DAY,
    FEED,
    HOLDING,
    TRANSFER,
    MoveBalance,
    NoteFeed,
    RecordRow,
)
from services.registry.events import (
    ActivityRecorded,
    BalanceMoved,
    BalanceRecorded,
    DayClosed,
    FeedLoaded,
    HoldingMoved,
    HoldingRecorded,
    TransferRecorded,
)
from shared.core.errors import RuleBroken
from tests.kit import given

AUGUST, SEPTEMBER = date(2026, 8, 31), date(2026, 9, 30)
HELD = HoldingRecorded(
    holding_id="H1",
    customer_id="P000001",
    product="mobile",
    unit_id="O01",
    opened_on=date(2026, 8, 1),
    closed_on=None,
    opening_ref=None,
    business_date=AUGUST,
)
CLOSED = msgspec.structs.replace(HELD, closed_on=SEPTEMBER, business_date=SEPTEMBER)
THEIRS = msgspec.structs.replace(HELD, customer_id="P000002", business_date=SEPTEMBER)
MOVED = HoldingMoved("H1", "P000001", "P000002", SEPTEMBER)
STOOD = BalanceRecorded("H1", "P000001", "now", "2026-08", 5, "CNY", AUGUST)
STOOD_THERE = msgspec.structs.replace(STOOD, customer_id="P000002")
LEFT = BalanceMoved("H1", "2026-08", "P000001", "P000002", AUGUST)
USED = ActivityRecorded(
    holding_id="H1",
    customer_id="P000001",
    product="mobile",
    opening_ref=None,
    uses=3,
    authenticated_uses=2,
    business_date=AUGUST,
)
SENT = TransferRecorded(
    transfer_id="T1",
    holding_id="H1",
    customer_id="P000001",
    opening_ref=None,
    amount_minor=2_000_000,
    limit_minor=2_000_000,
    currency="CNY",
    at=datetime(2026, 8, 31, 1, 15, tzinfo=UTC),
    direction="out",
    counterparty=None,
    business_date=AUGUST,
)
UNUSED = msgspec.structs.replace(USED, uses=0, authenticated_uses=0)


def on(fact, day):
    return msgspec.structs.replace(fact, business_date=day)


def test_r1_the_first_row_of_a_key_is_a_fact():
    given(HOLDING).when(RecordRow(HELD)).then(HELD)


def test_r1_the_same_row_again_changes_nothing():
    given(HOLDING, HELD).when(RecordRow(HELD)).nothing()


def test_r1_the_same_content_as_of_a_later_day_changes_nothing():
    given(HOLDING, HELD).when(RecordRow(on(HELD, SEPTEMBER))).nothing()


def test_r1_a_correction_is_a_new_fact():
    given(HOLDING, HELD).when(RecordRow(CLOSED)).then(CLOSED)


def test_r1_a_transfer_that_is_corrected_to_another_holding_says_from_which():
    smaller, other = msgspec.structs.replace(SENT, amount_minor=1), msgspec.structs.replace(SENT, holding_id="H2")
    told, back = msgspec.structs.replace(other, moved_from="H1"), msgspec.structs.replace(SENT, moved_from="H2")
    given(TRANSFER, SENT).when(RecordRow(smaller)).then(smaller)
    given(TRANSFER, SENT).when(RecordRow(other)).then(told)
    given(TRANSFER, SENT, told).when(RecordRow(other)).nothing()
    given(TRANSFER, SENT, told).when(RecordRow(SENT, repeated=True)).nothing()
    given(TRANSFER, SENT, told).when(RecordRow(SENT)).then(back)


def test_r1_who_had_a_holding_until_it_was_corrected_is_told_before_the_new_row():
    given(HOLDING, HELD).when(RecordRow(THEIRS)).then(MOVED, THEIRS)
    given(HOLDING, HELD, MOVED, THEIRS).when(RecordRow(THEIRS)).nothing()
    closed = msgspec.structs.replace(THEIRS, closed_on=SEPTEMBER)
    given(HOLDING, HELD, MOVED, THEIRS).when(RecordRow(closed)).then(closed)
    back = on(HELD, SEPTEMBER)
    given(HOLDING, HELD, MOVED, THEIRS).when(RecordRow(back)).then(
        HoldingMoved("H1", "P000002", "P000001", SEPTEMBER), back
    )


def test_r1_who_was_not_told_before_is_told_when_the_row_comes_again():
    given(HOLDING, HELD, THEIRS).when(RecordRow(on(THEIRS, date(2026, 10, 1)))).then(MOVED, THEIRS)
    given(HOLDING, HELD, THEIRS, MOVED, THEIRS).when(RecordRow(THEIRS)).nothing()
    given(HOLDING, HELD, THEIRS).when(RecordRow(HELD, repeated=True)).nothing()


def test_r1_a_balance_goes_with_its_holding_once():
    move = MoveBalance("P000001", "P000002")
    given(BALANCE).when(move).nothing()
    given(BALANCE, STOOD).when(move).then(LEFT, STOOD_THERE)
    given(BALANCE, STOOD, LEFT, STOOD_THERE).when(move).nothing()
    given(BALANCE, STOOD, LEFT, STOOD_THERE).when(RecordRow(STOOD_THERE)).nothing()
    given(BALANCE, STOOD).when(RecordRow(STOOD_THERE)).then(LEFT, STOOD_THERE)
    more = msgspec.structs.replace(STOOD_THERE, balance_minor=7)
    given(BALANCE, STOOD, LEFT, STOOD_THERE).when(RecordRow(more)).then(more)


def test_r1_of_a_balance_whose_holding_went_on_to_a_third_the_first_is_told_all_the_same():
    third = msgspec.structs.replace(STOOD, customer_id="P000003")
    told = msgspec.structs.replace(LEFT, to_customer_id="P000003")
    given(BALANCE, STOOD, third).when(MoveBalance("P000001", "P000002")).then(told, third)
    given(BALANCE, STOOD, told, third).when(MoveBalance("P000001", "P000002")).nothing()


def test_r1_a_correction_of_the_same_day_is_a_new_fact():
    given(ACTIVITY, USED).when(RecordRow(UNUSED)).then(UNUSED)


def test_r1_a_correction_can_be_taken_back_by_another_feed():
    given(ACTIVITY, USED, UNUSED).when(RecordRow(USED)).then(USED)


def test_r1_an_old_feed_handed_over_again_does_not_undo_a_correction():
    given(ACTIVITY, USED, UNUSED).when(RecordRow(USED, repeated=True)).nothing()
    given(HOLDING, HELD, CLOSED).when(RecordRow(HELD, repeated=True)).nothing()


def test_r1_a_row_as_of_an_earlier_day_than_the_newest_is_refused():
    refused = given(HOLDING, CLOSED).when(RecordRow(HELD)).refused("older_than_known", rule="R1")
    assert "2026-08-31" in refused.message
    assert "2026-09-30" in refused.message


def test_r1_a_day_is_closed_once():
    given(DAY, DayClosed(AUGUST)).when(RecordRow(DayClosed(AUGUST))).nothing()


def feed(recorded, unchanged, rejected):
    return FeedLoaded("f1", "units", "units.csv", "d", recorded + unchanged + rejected, recorded, unchanged, rejected)


def test_r1_a_feed_that_brings_nothing_new_is_noted_once():
    given(FEED).when(NoteFeed(feed(0, 0, 0))).then(feed(0, 0, 0))
    given(FEED, feed(3, 0, 1)).when(NoteFeed(feed(0, 3, 1))).nothing()
    given(FEED, feed(3, 0, 1)).when(NoteFeed(feed(1, 3, 0))).then(feed(1, 3, 0))


rows = st.builds(
    HoldingRecorded,
    holding_id=st.just("H1"),
    customer_id=st.sampled_from(["P1", "P2"]),
    product=st.just("mobile"),
    unit_id=st.just("O01"),
    opened_on=st.just(date(2026, 1, 1)),
    closed_on=st.none() | st.sampled_from([AUGUST, SEPTEMBER]),
    opening_ref=st.none(),
    business_date=st.dates(date(2026, 8, 1), date(2026, 8, 9)),
)


@for_all(st.lists(rows, max_size=8), rows, st.booleans())
def test_r1_recording_is_idempotent(history, row, repeated):
    state = HOLDING.fold(history)
    command = RecordRow(row, repeated)
    try:
        made = HOLDING.decide(state, command)
    except RuleBroken:
        return
    assert HOLDING.decide(HOLDING.fold(made, state), command) == []


@for_all(st.lists(rows, max_size=8), rows)
def test_r1_what_is_recorded_is_the_newest_and_never_older(history, row):
    state = HOLDING.fold(history)
    try:
        made = HOLDING.decide(state, RecordRow(row))
    except RuleBroken:
        assert row.business_date < history[-1].business_date
        return
    assert made[-1:] in ([], [row], history[-1:])
    if made and history and made[-1] is row:
        assert row.business_date >= history[-1].business_date


@for_all(st.lists(rows, max_size=8))
def test_evolve_never_raises_on_what_was_recorded(history):
    assert HOLDING.fold(history).known.facts == tuple(history)
    assert FEED.fold([feed(n, 0, 0) for n in range(len(history))]).newest == (
        feed(len(history) - 1, 0, 0) if history else None
    )


@for_all(st.lists(rows, max_size=8))
def test_r1_a_holding_is_in_the_end_one_customers_for_whoever_listens(wishes):
    told = []
    for row in sorted(wishes, key=lambda one: one.business_date):
        told += HOLDING.decide(HOLDING.fold(told), RecordRow(row))
    owners = set()
    for event in told:
        match event:
            case HoldingMoved(from_customer_id=one):
                owners.remove(one)
            case HoldingRecorded(customer_id=one):
                owners.add(one)
        assert isinstance(event, HoldingMoved) or owners == {event.customer_id}
