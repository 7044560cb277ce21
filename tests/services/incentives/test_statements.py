"""I9 and I12: one chain, in order, without a hole; acknowledged in the same order."""

import msgspec

from services.incentives.domain.statements import GENESIS, STATEMENTS, AcknowledgeStatement
from services.incentives.events import SigningKeyPublished, StatementAcknowledged, StatementSealed
from tests.kit import given
from tests.services.incentives.books_example import AT, KEY, close, closed, line

EMPTY = STATEMENTS.initial
LINES = [line(3), line(4, 900, staff="S0042")]
OCTOBER = ("2026-10", LINES, 10)
NOVEMBER = ("2026-11", [*LINES, line(14, period="2026-11")], 20)


def events(*months):
    state = closed(*months)
    return (*state.keys, *state.seals)


def ack(seq, digest):
    return AcknowledgeStatement(seq, digest, "HR", AT)


def test_i12_the_first_statement_publishes_its_key_and_follows_nothing():
    key, sealed = given(STATEMENTS).when(close(EMPTY, *OCTOBER[:2], {0: 10})).decide()
    assert key == SigningKeyPublished(KEY.kid, KEY.public)
    assert isinstance(sealed, StatementSealed)
    assert (sealed.seq, sealed.prev_hash, sealed.lines, sealed.points_milli) == (1, GENESIS, 2, 1_500)


def test_i12_the_next_follows_it_and_publishes_nothing_again():
    first = closed(OCTOBER)
    (second,) = given(STATEMENTS, *events(OCTOBER)).when(close(first, *NOVEMBER[:2], {0: 20})).decide()
    assert (second.seq, second.prev_hash) == (2, first.seals[0].hash)


def test_i9_closing_again_changes_nothing():
    given(STATEMENTS, *events(OCTOBER)).when(close(closed(OCTOBER), *OCTOBER[:2], {0: 30})).nothing()


def test_i9_a_month_that_is_not_complete_does_not_close():
    command = close(EMPTY, *OCTOBER[:2], {0: 10}, completed=False)
    given(STATEMENTS).when(command).refused("period_not_complete", rule="I9")


def test_i9_months_close_in_order():
    command = close(EMPTY, *NOVEMBER[:2], {0: 20}, earlier=("2026-10",))
    given(STATEMENTS).when(command).refused("earlier_period_open", rule="I9")
    behind = close(closed(NOVEMBER), *OCTOBER[:2], {0: 30})
    given(STATEMENTS, *events(NOVEMBER)).when(behind).refused("period_passed", rule="I9")


def test_i12_a_month_does_not_close_while_the_second_opinion_differs():
    command = close(EMPTY, *OCTOBER[:2], {0: 10}, differences=("lead x, S1, 2026-10: ledger 1, recomputed 2",))
    assert "lead x" in given(STATEMENTS).when(command).refused("recomputation_differs", rule="I12").message


def test_i12_a_seal_prepared_on_an_older_chain_is_refused():
    late = close(EMPTY, *NOVEMBER[:2], {0: 20})
    given(STATEMENTS, *events(OCTOBER)).when(late).refused("seal_overtaken", rule="I12")


def test_i12_acknowledged_in_order():
    state = closed(OCTOBER, NOVEMBER)
    first, second = (sealed.hash for sealed in state.seals)
    history = [*events(OCTOBER, NOVEMBER)]
    (done,) = given(STATEMENTS, *history).when(ack(1, first)).decide()
    assert done == StatementAcknowledged(1, first, "HR", AT)
    given(STATEMENTS, *history, done).when(ack(2, second)).then(StatementAcknowledged(2, second, "HR", AT))


def test_i12_acknowledging_again_changes_nothing():
    state = closed(OCTOBER, NOVEMBER)
    acks = [StatementAcknowledged(s.seq, s.hash, "HR", AT) for s in state.seals]
    for sealed in state.seals:
        given(STATEMENTS, *events(OCTOBER, NOVEMBER), *acks).when(ack(sealed.seq, sealed.hash)).nothing()


def test_i12_a_skipped_or_unknown_statement_is_refused():
    state = closed(OCTOBER, NOVEMBER)
    history = events(OCTOBER, NOVEMBER)
    given(STATEMENTS, *history).when(ack(2, state.seals[1].hash)).refused("ack_out_of_order", rule="I12")
    given(STATEMENTS, *history).when(ack(3, "0" * 64)).refused("ack_out_of_order", rule="I12")
    given(STATEMENTS).when(ack(1, "0" * 64)).refused("ack_out_of_order", rule="I12")


def test_i12_another_hash_is_refused_even_for_an_acknowledged_one():
    state = closed(OCTOBER)
    history = (*events(OCTOBER), StatementAcknowledged(1, state.seals[0].hash, "HR", AT))
    given(STATEMENTS, *events(OCTOBER)).when(ack(1, "0" * 64)).refused("ack_hash_mismatch", rule="I12")
    given(STATEMENTS, *history).when(ack(1, "0" * 64)).refused("ack_hash_mismatch", rule="I12")


def test_a_seal_changed_afterwards_would_break_the_chain():
    state = closed(OCTOBER, NOVEMBER)
    assert state.seals[1].prev_hash == state.seals[0].hash
    assert msgspec.structs.replace(state.seals[0], points_milli=1).hash == state.seals[1].prev_hash
