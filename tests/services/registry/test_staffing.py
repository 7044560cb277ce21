"""R7: managers in post against the norm, as of a day, also after moves, corrections and returns."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.staff import Posting
from services.registry.events import StaffRecorded
from services.registry.projections import POSTINGS, in_post
from services.registry.rules.staffing import VERSIONS, Base, StaffingRules, in_force, staffing, total
from services.registry.staffing import KEPT_SECONDS, Bases
from shared.core.recorded import Meta, Recorded

RULES = in_force(date(2026, 8, 31))
CAME = date(2020, 1, 1)
LI = StaffRecorded("S1", "李娜", "O01", "retail", "retail", None, CAME, None, date(2026, 8, 31))


@pytest.mark.parametrize(
    ("kind", "base", "norm"),
    [
        ("branch", Base(), 3),
        ("outlet", Base(40, 8, 1), 1),
        ("outlet", Base(40, 8, 0), 0),
        ("outlet", Base(4_000, 100, 0), 1),
        ("outlet", Base(4_000, 200, 5), 2),
        ("branch", Base(9_000, 401, 5), 4),
        ("head_office", Base(), 0),
    ],
)
def test_r7_the_norm_follows_the_kind_corporate_business_and_a_rich_base(kind, base, norm):
    assert staffing(RULES, kind, [], base).norm == norm


def test_r7_figures_of_a_unit():
    roles = ["corporate", "retail", "retail", "product", "branch", "ops"]
    found = staffing(RULES, "branch", roles, Base(100, 20, 3))
    assert (found.staff, found.customer_managers, found.norm, found.short) == (6, 3, 3, 0)
    assert (found.marketers, found.marketers_share_bps, found.customers_per_manager) == (4, 6_666, 34)
    empty = staffing(RULES, "outlet", [], Base(7, 0, 7))
    assert (empty.short, empty.marketers_share_bps, empty.customers_per_manager) == (1, None, None)


def test_r7_the_norm_is_data_of_a_rule_version():
    assert VERSIONS[0].norm == {"branch": 3, "outlet": 1, "head_office": 0}
    other = msgspec.structs.replace(RULES, version=2, norm={"branch": 5}, key_customers_per_manager=10)
    assert isinstance(other, StaffingRules)
    assert staffing(other, "branch", ["retail"], Base(9, 9, 1)).short == 4
    assert staffing(other, "outlet", ["retail"], Base(9, 20, 1)).norm == 2


def test_r7_who_is_over_in_one_unit_does_not_fill_another():
    rich = staffing(RULES, "outlet", ["retail"] * 4, Base(10, 1, 1))
    poor = staffing(RULES, "outlet", ["ops"], Base(30, 1, 1))
    both = total([rich, poor])
    assert (both.customer_managers, both.norm, both.short) == (4, 2, 1)
    assert (both.staff, both.customers, both.customers_per_manager, both.marketers_share_bps) == (5, 40, 10, 8_000)


def posts(*rows):
    documents = {}
    at = datetime(2026, 9, 1, tzinfo=UTC)
    for version, row in enumerate(rows, 1):
        POSTINGS.fold(documents, [Recorded("registry", "staff-S1", version, 0, version, at, row, Meta("c", "s"))])
    return documents["S1"]


def row(**changed):
    return msgspec.structs.replace(LI, **changed)


def unit_on(person, day):
    post = in_post(person, date.fromisoformat(day))
    return post and post.unit_id


def test_r7_a_move_keeps_where_one_served_before():
    told_since_when = posts(LI, row(unit_id="O02", valid_from=date(2026, 9, 10), business_date=date(2026, 9, 15)))
    not_told = posts(LI, row(unit_id="O02", business_date=date(2026, 9, 10)))
    for person in (told_since_when, not_told):
        days = ("2019-12-31", "2020-01-01", "2026-09-09", "2026-09-10", "2030-01-01")
        assert [unit_on(person, day) for day in days] == [None, "O01", "O01", "O02", "O02"]


def test_r7_who_left_is_not_in_post_and_who_returns_is():
    left = row(valid_to=date(2026, 9, 30), business_date=date(2026, 9, 1))
    back = row(valid_from=date(2026, 11, 1), business_date=date(2026, 11, 1))
    person = posts(LI, left, back)
    days = ("2026-09-30", "2026-10-01", "2026-10-31", "2026-11-01")
    assert [unit_on(person, day) for day in days] == ["O01", None, None, "O01"]
    stays = posts(LI, left, row(business_date=date(2026, 9, 2)))
    assert unit_on(stays, "2026-10-01") == "O01"


def test_r7_a_correction_of_the_first_row_replaces_it():
    assert posts(LI, row(unit_id="O09", valid_from=CAME, business_date=CAME))["postings"] == [
        {"unit_id": "O09", "line": "retail", "role": "retail", "since": "2020-01-01", "until": None}
    ]


rows = st.builds(
    row,
    unit_id=st.sampled_from(["O01", "O02"]),
    role=st.sampled_from(["retail", "branch"]),
    valid_from=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
    valid_to=st.none() | st.dates(date(2026, 1, 9), date(2026, 1, 19)),
    business_date=st.dates(date(2026, 1, 1), date(2026, 1, 9)),
)


@given(st.lists(rows, min_size=1, max_size=8), st.dates(date(2025, 12, 1), date(2026, 2, 1)))
def test_r7_nobody_is_in_two_posts_on_a_day_and_the_newest_row_names_the_last_one(history, day):
    person = posts(*sorted(history, key=lambda one: one.business_date))
    assert sum(one.holds(day) for one in msgspec.convert(person["postings"], list[Posting])) <= 1
    newest = max(reversed(history), key=lambda one: one.business_date)
    last = person["postings"][-1]
    assert (last["unit_id"], last["role"]) == (newest.unit_id, newest.role)


class Living:
    """A reader over one collection."""

    def __init__(self, collection):
        self.live = lambda _projection: collection


@pytest.fixture
def customers(mongo):
    mongo.drop_database("staffing")
    kept = mongo.staffing.customers
    kept.insert_many(
        [
            {"outlet_id": "O1", "tier": "key", "corporate_customer": True},
            {"outlet_id": "O1", "tier": "level_1", "corporate_customer": False},
            {"outlet_id": "O1", "tier": "key", "corporate_customer": False, "erased_at": "2026-09-01T00:00:00+00:00"},
            {"outlet_id": "O2", "corporate_customer": True},
        ]
    )
    yield kept
    mongo.drop_database("staffing")


@pytest.mark.stack
def test_r7_the_erased_are_nobodys_customers(customers):
    found = Bases().of(Living(customers), ["O1", "O2", "O3"], anew=False)
    assert found == {"O1": Base(2, 1, 1), "O2": Base(1, 0, 1), "O3": Base()}


@pytest.mark.stack
def test_r7_customers_are_counted_anew_after_a_minute_or_for_who_asks(customers):
    now = [0.0]
    bases, shown = Bases(lambda: now[0]), Living(customers)

    def count(*, anew=False):
        return bases.of(shown, ["O2"], anew=anew)["O2"].customers

    assert count() == 1
    customers.insert_one({"outlet_id": "O2"})
    assert (count(), count(anew=True), count()) == (1, 2, 2)
    customers.insert_one({"outlet_id": "O2"})
    now[0] = KEPT_SECONDS - 1
    assert count() == 2
    now[0] = KEPT_SECONDS
    assert count() == 3
