"""R4: who left or moved, told once, when the bank's day is over."""

import random
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.registry.domain.rows import RecordRow
from services.registry.domain.staff import STAFF, NoteDay
from services.registry.events import StaffLeft, StaffMoved, StaffRecorded
from services.registry.figures import ShownPosts
from services.registry.reactions import STAFF_FACTS, follow_staff
from shared.core.reaction import follow
from tests.kit import given
from tests.services.registry.shown import Shown
from tests.services.registry.world import STAFF as ROWS
from tests.services.registry.world import Registry, dated

AUGUST, TENTH, END = date(2026, 8, 31), date(2026, 9, 10), date(2026, 9, 30)
LI = StaffRecorded("S0002", "李娜", "O01", "corporate", "corporate", "S0001", date(2020, 1, 1), None, AUGUST)
LEAVES = msgspec.structs.replace(LI, valid_to=END, business_date=TENTH)
MOVES = msgspec.structs.replace(LI, unit_id="B01", valid_from=TENTH, business_date=date(2026, 9, 5))
LEFT = StaffLeft("S0002", "O01", "corporate", "corporate", "S0001", END, END)
MOVED = StaffMoved("S0002", "O01", "corporate", "corporate", "B01", "corporate", "corporate", TENTH, TENTH)


def test_r4_who_leaves_has_left_when_their_last_day_is_over():
    given(STAFF, LI, LEAVES).when(NoteDay(END - timedelta(days=1))).nothing()
    given(STAFF, LI, LEAVES).when(NoteDay(END)).then(LEFT)
    given(STAFF, LI, LEAVES, LEFT).when(NoteDay(END + timedelta(days=1))).nothing()


def test_r4_a_day_that_never_closed_is_made_up_for_by_the_next_one():
    later = date(2026, 10, 2)
    given(STAFF, LI, LEAVES).when(NoteDay(later)).then(msgspec.structs.replace(LEFT, business_date=later))


def test_r4_who_moves_has_moved_on_that_day():
    given(STAFF, LI, MOVES).when(NoteDay(date(2026, 9, 9))).nothing()
    given(STAFF, LI, MOVES).when(NoteDay(TENTH)).then(MOVED)
    given(STAFF, LI, MOVES, MOVED).when(NoteDay(END)).nothing()
    given(STAFF, LI, MOVES, MOVED).when(NoteDay(AUGUST)).nothing()


@pytest.mark.parametrize("changed", [{"line": "retail"}, {"role": "branch"}, {"unit_id": "O02"}])
def test_r4_another_line_role_or_unit_is_a_move(changed):
    row = msgspec.structs.replace(MOVES, unit_id="O01")
    (moved,) = given(STAFF, LI, msgspec.structs.replace(row, **changed)).when(NoteDay(TENTH)).decide()
    assert isinstance(moved, StaffMoved)


def test_r4_who_stays_after_all_has_not_left_and_who_returns_can_leave_again():
    stays = msgspec.structs.replace(LI, business_date=date(2026, 9, 11))
    given(STAFF, LI, LEAVES, stays).when(NoteDay(END)).nothing()
    back = msgspec.structs.replace(LI, valid_from=date(2026, 11, 1), business_date=date(2026, 11, 1))
    given(STAFF, LI, LEAVES, LEFT, back).when(NoteDay(date(2026, 11, 2))).nothing()
    again = msgspec.structs.replace(back, valid_to=date(2026, 12, 31))
    (left,) = given(STAFF, LI, LEAVES, LEFT, back, again).when(NoteDay(date(2026, 12, 31))).decide()
    assert left.last_day == date(2026, 12, 31)


def test_r4_rows_and_what_follows_from_them_share_a_stream():
    given(STAFF, LI, LEAVES, LEFT).when(RecordRow(LEAVES)).nothing()


def settle(registry, seen, dice=None):
    """Deliver what came after ``seen`` once, or twice and shuffled; how far it got."""
    react = follow_staff(ShownPosts(Shown(registry.store)))
    registry.store.number()
    fresh = [one for one in registry.store.stream(0, seen) if isinstance(one.event, STAFF_FACTS)]
    again = dice.sample(fresh, len(fresh)) if dice else []
    for recorded in [*fresh, *again]:
        work = [(intent, follow(recorded, "registry.note_posts", intent)) for intent in react(recorded)]
        registry.executor.execute_many(work)
    return registry.store.head(0)


def told(registry):
    return [one for one in registry.facts("staff-S0002") if not isinstance(one, StaffRecorded)]


def send(registry, **changed):
    on = changed.pop("on")
    registry.load("staff", dated([ROWS[0] | changed], on), f"staff {on} {changed}")


def close(registry, *days):
    for day in days:
        registry.load("days", [{"business_date": day}], day)


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_r4_the_close_of_a_day_tells_it_once_whatever_is_delivered_twice(seed):
    registry, dice = Registry().with_world(), random.Random(seed) if seed else None
    seen = settle(registry, 0, dice)
    send(registry, on="2026-09-01", unit_id="B01", valid_from="2026-09-10")
    close(registry, "2026-09-01", "2026-09-09")
    seen = settle(registry, seen, dice)
    assert told(registry) == []
    close(registry, "2026-09-10")
    seen = settle(registry, seen, dice)
    assert told(registry) == [MOVED]
    send(registry, on="2026-09-20", unit_id="B01", valid_from="2026-09-10", valid_to="2026-09-30")
    close(registry, "2026-09-29", "2026-10-01")  # the 30th never closes
    settle(registry, seen, dice)
    assert [type(one) for one in told(registry)] == [StaffMoved, StaffLeft]
    assert (told(registry)[1].last_day, told(registry)[1].business_date) == (END, date(2026, 10, 1))


def test_r4_a_row_that_comes_after_the_day_closed_is_told_at_once():
    registry = Registry().with_world()
    close(registry, "2026-09-30")
    seen = settle(registry, 0)
    send(registry, on="2026-10-01", valid_to="2026-09-15")
    settle(registry, seen)
    assert [one.last_day for one in told(registry)] == [date(2026, 9, 15)]


days = st.dates(date(2026, 9, 1), date(2026, 9, 12))
rows = st.builds(
    msgspec.structs.replace,
    st.just(LI),
    unit_id=st.sampled_from(["O01", "O02"]),
    valid_from=days,
    valid_to=st.none() | st.dates(date(2026, 9, 12), date(2026, 9, 14)),
    business_date=days,
)


@for_all(st.lists(rows, min_size=1, max_size=5), st.lists(days, max_size=6))
def test_r4_noting_a_day_is_idempotent_and_the_last_word_is_where_they_serve(history, closes):
    state = STAFF.fold(sorted(history, key=lambda one: one.business_date))
    for day in [*sorted(closes), date(2026, 9, 30)]:
        made = STAFF.decide(state, NoteDay(day))
        state = STAFF.fold(made, state)
        assert STAFF.decide(state, NoteDay(day)) == []
    last = state.postings[-1]
    assert state.place == last.place
    assert state.left == last.until or last.until is None
