"""R1, R2 over whole feeds, on a log in memory."""

import dataclasses
import random
from contextlib import suppress

import msgspec
import pytest

from services.registry.domain.rows import NoteFeed
from services.registry.events import ActivityRecorded, CustomerRecorded, TransferRecorded
from services.registry.feed import batch_feed
from services.registry.kinds import KINDS
from services.registry.loader import load
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from tests.services.registry.world import (
    ACTIVITY,
    BALANCE,
    CUSTOMERS,
    PERSON,
    RELATIONSHIP,
    SIGN_IN,
    STAFF,
    TRANSFER,
    UNITS,
    WORLD,
    Registry,
    dated,
    sample,
)


@pytest.fixture
def registry():
    return Registry().with_world()


ROWS = WORLD | {
    "relationships": [RELATIONSHIP],
    "balances": [BALANCE],
    "activity": [ACTIVITY],
    "transfers": [TRANSFER],
    "sign_ins": [SIGN_IN],
    "days": [{}],
}


@pytest.mark.parametrize("kind", KINDS)
def test_r1_loading_the_same_feed_twice_changes_nothing(kind):
    registry = Registry().with_world()
    rows = dated(ROWS[kind])
    registry.load(kind, rows)
    before = registry.store.load_many([kind]), len(registry.store._commits)
    assert registry.load(kind, rows) == (0, len(rows), 0)
    assert (registry.store.load_many([kind]), len(registry.store._commits)) == before


@pytest.mark.parametrize("kind", KINDS)
def test_r1_the_same_rows_in_another_feed_change_nothing(kind):
    registry = Registry().with_world()
    registry.load(kind, dated(ROWS[kind]))
    assert registry.load(kind, dated(ROWS[kind]), name="again")[0] == 0


def test_r1_a_correction_is_a_new_fact_beside_the_old_one(registry):
    assert registry.load("activity", [sample("activity")]) == (1, 0, 0)
    assert registry.load("activity", [sample("activity", uses=5)]) == (1, 0, 0)
    assert [fact.uses for fact in registry.facts("activity-H1.2026-08-31")] == [3, 5]


def test_r1_an_old_file_loaded_once_more_does_not_undo_a_correction(registry):
    old, new = [sample("activity")], [sample("activity", uses=5)]
    registry.load("activity", old, "monday")
    registry.load("activity", [*old, sample("activity", holding_id="H9")], "unchanged there")
    registry.load("activity", new, "tuesday")
    assert registry.load("activity", old, "monday") == (0, 1, 0)
    assert registry.load("activity", [*old, sample("activity", holding_id="H9")], "unchanged there") == (0, 1, 1)
    assert registry.facts("activity-H1.2026-08-31")[-1].uses == 5


def test_r1_a_row_as_of_an_earlier_day_is_rejected_and_its_neighbours_load(registry):
    later = [sample("holdings", closed_on="2026-09-30", business_date="2026-09-30")]
    registry.load("holdings", later)
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(9)]
    rows.insert(4, sample("holdings"))
    assert registry.load("holdings", rows) == (9, 0, 1)
    assert registry.report("holdings", rows, "again") == [(5, "business_date", "older_than_known", None)]


def test_r1_facts_take_from_the_holding_what_the_row_need_not_repeat(registry):
    registry.load("activity", [sample("activity")])
    registry.load("transfers", [sample("transfers")])
    (used,) = registry.facts("activity-H1.2026-08-31")
    (sent,) = registry.facts("transfer-T1")
    assert isinstance(used, ActivityRecorded)
    assert isinstance(sent, TransferRecorded)
    assert (used.customer_id, used.product, used.opening_ref) == ("P000001", "mobile", "l1.mobile.1")
    assert (sent.customer_id, sent.opening_ref) == ("P000001", "l1.mobile.1")
    assert sent.at.isoformat() == "2026-08-31T01:15:00+00:00"


def test_r1_a_load_that_is_sent_again_while_it_hangs_tells_one_answer(registry):
    """The second finds every row there, and may be the first to answer: what was noted is what both say."""
    feed = batch_feed(KINDS["activity"].shape, "t0", [sample("activity")])
    command = Meta("key-1", actor="OPS01")
    hanging = dataclasses.replace(registry.ports, note=lambda intent, meta: (_ for _ in ()).throw(TimeoutError))
    with pytest.raises(TimeoutError):
        load(feed, hanging, command)
    late = []

    def note(intent, meta):
        """The first one comes to its end just before the second notes what it found."""
        other = NoteFeed(msgspec.structs.replace(intent.command.loaded, recorded=1, unchanged=0))
        late.append(registry.executor.execute(Intent(intent.decider, intent.key, other), meta))
        return registry.executor.execute(intent, meta)

    second = load(feed, dataclasses.replace(registry.ports, note=note), command).loaded
    assert (second.recorded, second.unchanged) == (1, 0)
    assert late[0].events == (second,)
    again = load(feed, registry.ports, Meta("key-2", actor="OPS01")).loaded
    assert (again.recorded, again.unchanged) == (0, 1), "another request is told of itself"


@pytest.mark.parametrize("seed", range(3))
def test_r1_rows_of_a_tree_load_in_any_order(seed):
    registry = Registry()
    units = [sample("units", unit_id="HO", parent_id=None)]
    units += [sample("units", unit_id=f"U{n}", parent_id=f"U{n - 1}" if n else "HO") for n in range(1_500)]
    random.Random(seed).shuffle(units)
    assert registry.load("units", units) == (1_501, 0, 0)


def test_r2_a_circle_of_managers_is_rejected_and_the_rest_loads(registry):
    staff = dated(STAFF, "2026-09-01")
    circle = [STAFF[0] | {"staff_id": one, "manager_id": boss} for one, boss in (("A", "B"), ("B", "A"))]
    own = [STAFF[0] | {"staff_id": "C", "manager_id": "C"}]
    rows = staff + dated(circle + own)
    assert registry.load("staff", rows) == (0, 2, 3)
    assert {(code, column) for _, column, code, _ in registry.report("staff", rows, "x")} == {
        ("unknown_reference", "manager_id")
    }


REFERENCES = [
    ("units", "parent_id"),
    ("staff", "unit_id"),
    ("staff", "manager_id"),
    ("customers", "outlet_id"),
    ("customers", "manager_id"),
    ("holdings", "customer_id"),
    ("holdings", "unit_id"),
    ("balances", "holding_id"),
    ("activity", "holding_id"),
    ("transfers", "holding_id"),
    ("sign_ins", "holding_id"),
    ("relationships", "from_id"),
    ("relationships", "to_id"),
]


@pytest.mark.parametrize(("kind", "column"), REFERENCES)
def test_r2_an_unknown_reference_is_rejected_by_column(registry, kind, column):
    rows = [sample(kind, **{column: "NOBODY"})]
    value = None if kind == "customers" else "NOBODY"
    assert registry.report(kind, rows) == [(1, column, "unknown_reference", value)]


def test_r1_what_comes_after_a_corrected_holding_is_of_whose_it_is_now(registry):
    registry.load("customers", dated([PERSON | {"customer_id": "P000002"}]))
    assert registry.load("holdings", [sample("holdings", customer_id="P000002")], "corrected") == (1, 0, 0)
    registry.load("activity", [sample("activity")])
    (used,) = registry.facts("activity-H1.2026-08-31")
    (first, moved, newest) = registry.facts("holding-H1")
    assert (first.customer_id, newest.customer_id, used.customer_id) == ("P000001", "P000002", "P000002")
    assert (moved.from_customer_id, moved.to_customer_id) == ("P000001", "P000002")


def test_r2_a_reference_can_come_later_and_the_same_feed_then_loads(registry):
    rows = [sample("holdings", holding_id="H2", customer_id="P000002"), sample("holdings", holding_id="H3")]
    assert registry.load("holdings", rows) == (1, 0, 1)
    registry.load("customers", dated([PERSON | {"customer_id": "P000002"}]))
    assert registry.load("holdings", rows) == (1, 1, 0)


def test_r2_only_a_company_has_linked_people(registry):
    registry.load("customers", dated([PERSON | {"customer_id": "P000002"}]))
    rows = [sample("relationships", from_id="P000001", to_id="P000002")]
    assert registry.report("relationships", rows) == [(1, "from_id", "unknown_reference", "P000001")]


def test_r2_a_key_twice_in_a_feed_with_other_content_is_rejected_once(registry):
    rows = [sample("activity"), sample("activity"), sample("activity", uses=-2), sample("activity", uses=9)]
    assert registry.report("activity", rows) == [
        (3, "uses", "bad_value", "-2"),
        (4, "holding_id", "duplicate_key", "H1"),
    ]
    assert [fact.uses for fact in registry.facts("activity-H1.2026-08-31")] == [3]
    assert registry.load("activity", rows) == (0, 2, 2)


def test_r2_minus_one_and_minus_two_are_other_content(registry):
    """The built-in hash takes them for the same."""
    rows = [sample("balances", balance_minor=-1), sample("balances", balance_minor=-2)]
    assert registry.load("balances", rows) == (1, 0, 1)


def test_r2_a_wrong_century_is_rejected_and_the_rest_loads(registry):
    rows = [sample("activity", business_date="2126-08-31"), sample("activity")]
    assert registry.report("activity", rows) == [(1, "business_date", "bad_value", "2126-08-31")]
    assert len(registry.facts("activity-H1.2026-08-31")) == 1
    rehearsed = [sample("activity", business_date="2028-08-31")]
    assert registry.load("activity", rehearsed) == (1, 0, 0)


def test_r2_a_wrong_currency_is_rejected_unless_the_bank_works_in_it():
    assert Registry().with_world().load("balances", [sample("balances", currency="CZK")]) == (0, 0, 1)
    assert Registry(("CNY", "CZK")).with_world().load("balances", [sample("balances", currency="CZK")]) == (1, 0, 0)


def test_r2_good_rows_load_beside_thousands_of_bad_ones(registry):
    rows = [sample("activity", holding_id="H1" if n == 2_500 else f"X{n}") for n in range(4_000)]
    assert registry.load("activity", rows) == (1, 0, 3_999)
    feed_id = batch_feed(KINDS["activity"].shape, "batch", rows).feed_id
    kept = list(registry.rejects.of(feed_id))
    assert len(kept) == 3_999
    assert [one.line for one in registry.rejects.of(feed_id, from_line=2_500, limit=2)] == [2_500, 2_502]


def test_r2_the_report_of_the_last_load_is_the_report(registry):
    rows = [sample("holdings", holding_id="H2", customer_id="P000002")]
    registry.load("holdings", rows)
    registry.load("customers", dated([PERSON | {"customer_id": "P000002"}]))
    registry.load("holdings", rows)
    assert list(registry.rejects.of(batch_feed(KINDS["holdings"].shape, "batch", rows).feed_id)) == []
    assert len(registry.rejects.runs) == 0 or all(not found for found in registry.rejects.runs.values())


def test_r2_each_fault_of_a_row_is_told(registry):
    rows = [sample("activity", uses="x", business_date="soon", colour="red")]
    assert [column for _, column, _, _ in registry.report("activity", rows)] == ["uses", "business_date", "colour"]
    assert registry.load("activity", rows, "again") == (0, 0, 1)


def test_r5_no_personal_data_in_clear_in_the_log_or_in_a_report(registry):
    secrets = [CUSTOMERS[1][column] for column in ("name", "phone", "id_number", "birth_date")]
    secrets += [CUSTOMERS[0][column] for column in ("phone", "id_number")]
    shifted = {**sample("customers"), "outlet_id": PERSON["phone"], "manager_id": PERSON["id_number"]}
    wrong = {**sample("customers"), "phone": PERSON["name"], "birth_date": PERSON["id_number"], "kind": PERSON["phone"]}
    registry.load("customers", [shifted, wrong])
    kept = repr(registry.store._commits) + repr(registry.rejects.runs)
    assert "customer-P000001" in kept
    for secret in secrets:
        assert secret not in kept


def test_r5_names_of_companies_are_shown_and_names_of_people_masked(registry):
    (company,) = registry.facts("customer-C000001")
    (person,) = registry.facts("customer-P000001")
    assert isinstance(person, CustomerRecorded)
    assert (company.display_name, company.birth_year) == ("锦华纺织有限公司", None)
    assert (person.display_name, person.birth_year) == ("欧**", 1980)
    assert registry.vault.open("P000001", person.sealed)["name"] == "欧阳小明"


def test_r5_a_new_phone_is_a_new_fact(registry):
    assert registry.load("customers", dated([PERSON | {"phone": "13900000000"}])) == (1, 0, 0)
    assert registry.load("customers", dated([PERSON | {"phone": "13900000000"}]), "next day") == (0, 1, 0)


def crash_in_batch(registry, doomed):
    """The database goes away in that batch, counted from 1, and comes back."""
    record, calls = registry.ports.record, []

    def crashing(work):
        calls.append(work)
        if len(calls) == doomed:
            raise ConnectionError("the database is gone")
        return record(work)

    registry.ports = dataclasses.replace(registry.ports, record=crashing)


def test_r3_a_load_goes_on_where_it_stopped(registry):
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(2_500)]
    crash_in_batch(registry, 2)
    with pytest.raises(ConnectionError):
        registry.load("holdings", rows)
    asked, load_many = [], registry.ports.load_many
    registry.ports = dataclasses.replace(registry.ports, load_many=lambda some: asked.extend(some) or load_many(some))
    heard = []
    report = registry.take(batch_feed(KINDS["holdings"].shape, "batch", rows), heard.append)
    assert (report.loaded.recorded, report.loaded.unchanged) == (2_500, 0)
    assert heard == [2_000, 2_500, 2_500]
    assert len(asked) < 10  # of what a batch refers to; not one of the first 1,000 rows
    assert registry.load("holdings", rows) == (0, 2_500, 0)
    assert registry.places.places == {}


def test_r3_rows_recorded_before_a_crash_of_the_place_are_found_done(registry):
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(2_500)]
    crash_in_batch(registry, 2)
    with pytest.raises(ConnectionError):
        registry.load("holdings", rows)
    registry.places.places.clear()  # killed between the batch and the place
    assert registry.load("holdings", rows) == (1_500, 1_000, 0)


def test_r3_rejects_kept_before_a_kill_are_not_kept_twice(registry):
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(2_500)]
    rows[700] = rows[1_700] = sample("holdings", holding_id="X", customer_id="P9")
    keep, lines = registry.places.keep, []

    def killed(feed_id, place):
        lines.append(place.line)
        if len(lines) == 2:
            raise KeyboardInterrupt
        keep(feed_id, place)

    registry.places.keep = killed
    with pytest.raises(KeyboardInterrupt):
        registry.load("holdings", rows)
    report = registry.report("holdings", rows)
    assert [line for line, *_ in report] == [701]
    rows[1_700] = sample("holdings", holding_id="Y", customer_id="P9")
    lines.clear()
    with pytest.raises(KeyboardInterrupt):
        registry.load("holdings", rows, "other")
    assert [line for line, *_ in registry.report("holdings", rows, "other")] == [701, 1_701]


def test_r3_a_load_that_was_killed_after_its_note_is_noted_once(registry):
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(1_100)]
    keep = registry.places.forget
    registry.places.forget = lambda _feed_id: None
    registry.load("holdings", rows)
    registry.places.forget = keep
    assert registry.load("holdings", rows) == (1_100, 0, 0)
    assert len(registry.facts(f"feed-{batch_feed(KINDS['holdings'].shape, 'batch', rows).feed_id}")) == 1


def mixed(size, dice):
    """Good rows, rows that repeat others with the same or other content, rows that are wrong or refer to nobody."""
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(size)]
    for number in dice.sample(range(size), size // 5):
        rows[number] = dice.choice(
            [
                rows[dice.randrange(size)],
                rows[dice.randrange(size)] | {"product": "online"},
                rows[number] | {"opened_on": "2026-02-30"},
                rows[number] | {"customer_id": "P9"},
            ]
        )
    return rows


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("doomed", [1, 2, 3, 4])
def test_r3_killed_in_any_batch_the_report_is_that_of_a_load_that_was_not(doomed, seed):
    rows = mixed(3_600, random.Random(seed))
    whole, killed = Registry().with_world(), Registry().with_world()
    crash_in_batch(killed, doomed)
    with suppress(ConnectionError):
        killed.load("holdings", rows)
    feed = batch_feed(KINDS["holdings"].shape, "batch", rows)
    one, other = whole.take(feed), killed.take(feed)
    assert one.loaded == other.loaded
    assert [*whole.rejects.of(feed.feed_id)] == [*killed.rejects.of(feed.feed_id)]
    assert one.first == other.first


def test_r3_what_a_load_remembers_does_not_grow_with_the_file(registry, monkeypatch):
    monkeypatch.setattr("services.registry.references.REMEMBERED", 100)
    registry.load("holdings", [sample("holdings", holding_id=f"N{n}") for n in range(3_000)])
    feed = batch_feed(KINDS["activity"].shape, "a", [sample("activity", holding_id=f"N{n}") for n in range(3_000)])
    suspected = sum(feed.may_repeat(line) for line in feed.lines())
    assert suspected < 150
    assert registry.take(feed).loaded.recorded == 3_000


def test_r1_a_key_that_comes_twice_is_always_suspected():
    rows = [sample("activity", holding_id=f"N{n % 700}") for n in range(1_000)]
    feed = batch_feed(KINDS["activity"].shape, "a", rows)
    assert all(feed.may_repeat(line) for line in feed.lines() if int(line.values["holding_id"][1:]) < 300)


def test_r1_a_load_taken_up_again_does_not_undo_what_was_corrected_meanwhile(registry):
    registry.load("holdings", [sample("holdings", holding_id=f"N{n}") for n in range(1_100)])
    activity = [sample("activity", holding_id=f"N{n}") for n in range(1_100)]
    crash_in_batch(registry, 2)
    with pytest.raises(ConnectionError):
        registry.load("activity", activity, "monday")
    corrected = {**activity[0], "uses": 9}
    assert registry.load("activity", [corrected], "tuesday") == (1, 0, 0)
    registry.load("activity", activity, "monday")
    assert registry.facts("activity-N0.2026-08-31")[-1].uses == 9


def test_progress_is_told_and_ends_at_the_number_of_rows(registry):
    heard = []
    rows = [sample("holdings", holding_id=f"N{n}") for n in range(2_500)]
    registry.take(batch_feed(KINDS["holdings"].shape, "batch", rows), heard.append)
    assert heard == [1_000, 2_000, 2_500, 2_500]


def test_what_was_loaded_is_noted_with_its_figures(registry):
    feed = batch_feed(KINDS["units"].shape, "b", dated(UNITS))
    report = registry.take(feed)
    assert registry.facts(f"feed-{feed.feed_id}") == [report.loaded]
    assert report.commit_id == f"feed-{feed.feed_id}@1"
    assert (report.loaded.rows, report.loaded.digest, report.loaded.name) == (3, feed.figures.sha256, "b")
