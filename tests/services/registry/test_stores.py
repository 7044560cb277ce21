"""One contract for what keeps customers' keys and rejects reports: in memory, and on the real MongoDB."""

import uuid

import pytest

from services.registry.places import Place
from services.registry.rejects import Reject
from services.registry.stores import MongoBlocks, MongoKeys, MongoPlaces, MongoRejects
from tests.services.registry.world import MemoryBlocks, MemoryKeys, MemoryPlaces, MemoryRejects


@pytest.fixture
def database(request):
    client = request.getfixturevalue("mongo")
    database = client[f"registry_{uuid.uuid4().hex[:12]}"]
    yield database
    client.drop_database(database.name)


BOTH = ["memory", pytest.param("mongo", marks=pytest.mark.stack)]


@pytest.fixture(params=BOTH)
def keys(request):
    return MemoryKeys() if request.param == "memory" else MongoKeys(request.getfixturevalue("database"))


@pytest.fixture(params=BOTH)
def rejects(request):
    if request.param == "memory":
        return MemoryRejects()
    rejects = MongoRejects(request.getfixturevalue("database"))
    rejects.prepare()
    return rejects


@pytest.fixture(params=BOTH)
def places(request):
    return MemoryPlaces() if request.param == "memory" else MongoPlaces(request.getfixturevalue("database"))


@pytest.fixture(params=BOTH)
def blocks(request):
    return MemoryBlocks() if request.param == "memory" else MongoBlocks(request.getfixturevalue("database"))


def test_l4_customers_share_a_block_by_any_mark_until_all_is_cleared(blocks):
    blocks.add({"C1": ["name", "phone"], "C2": ["phone"], "C3": []})
    blocks.add({"C4": ["name", "alone"], "C5": ["phone"]})
    blocks.add({})
    assert sorted(blocks.shared(3)) == [["C1", "C2", "C5"], ["C1", "C4"]]
    assert sorted(map(len, blocks.shared(2))) == [2, 2]
    blocks.clear()
    assert list(blocks.shared(3)) == []


def test_the_first_key_of_a_customer_stays(keys):
    assert keys.empty()
    keys.add({"P1": b"one", "P2": b"two"})
    keys.add({"P0": b"nought", "P2": b"other", "P3": b"three"})
    assert not keys.empty()
    assert keys.find(["P0", "P1", "P2", "P3", "P4"]) == {"P0": b"nought", "P1": b"one", "P2": b"two", "P3": b"three"}


def test_r5_marks_go_with_the_key_and_do_not_come_back(keys):
    keys.add({"P1": b"one", "P2": b"two"})
    assert keys.unmarked()
    keys.mark({"P2": ["a", "b"], "P1": ["a"]})
    keys.mark({"P1": ["c"]})
    keys.mark({})
    assert not keys.unmarked()
    assert (keys.holders("a"), keys.holders("c"), keys.holders("d")) == (["P1", "P2"], ["P1"], [])
    assert keys.destroy("P1")
    assert not keys.destroy("P1")
    assert not keys.destroy("P7")
    keys.add({"P1": b"new", "P7": b"new"})
    keys.mark({"P1": ["a"], "P7": ["a"]})
    assert keys.find(["P1", "P2", "P7"]) == {"P1": b"", "P2": b"two", "P7": b""}
    assert keys.holders("a") == ["P2"]


def test_r5_a_mark_that_many_have_gets_an_id_that_goes_with_its_last_customer(keys):
    keys.add(dict.fromkeys(("P1", "P2", "P3", "P4"), b"key"))
    keys.mark({"P1": ["a"], "P2": ["a", "b"], "P3": ["a", "b"], "P4": ["a"]})
    assert dict(keys.shared(3, 2)) == {"a": ["P1", "P2"]}
    assert sorted(keys.shared(2, 9)) == [("a", ["P1", "P2", "P3", "P4"]), ("b", ["P2", "P3"])]
    assert keys.aliases() == {}
    drawn = keys.alias("b")
    assert (keys.alias("b"), keys.alias("a") != drawn, set(keys.aliases())) == (drawn, True, {"a", "b"})
    keys.destroy("P2")
    assert keys.aliases().keys() == {"a", "b"}
    keys.destroy("P3")
    assert keys.aliases().keys() == {"a"}


def rows(*lines):
    return [Reject(line, "uses", "bad_value", "must be 0 to 9", "x") for line in lines]


def test_r2_a_report_is_seen_once_it_is_published(rejects):
    rejects.add("f1/01", rows(5, 3))
    rejects.add("f1/01", [])
    assert list(rejects.of("f1")) == []
    rejects.publish("f1", "f1/01")
    assert list(rejects.of("f1")) == rows(3, 5)
    assert list(rejects.of("f1", from_line=4)) == rows(5)
    assert list(rejects.of("f1", limit=1)) == rows(3)


def test_r2_a_later_report_replaces_the_earlier_ones_and_no_other_feeds(rejects):
    rejects.add("f1/01", rows(1))
    rejects.publish("f1", "f1/01")
    rejects.add("f1/02", rows(2))  # of a load that never ended
    rejects.add("f2/01", rows(9))
    rejects.publish("f2", "f2/01")
    rejects.add("f1/03", rows(3))
    rejects.publish("f1", "f1/03")
    assert list(rejects.of("f1")) == rows(3)
    assert list(rejects.of("f2")) == rows(9)
    rejects.publish("f1", "f1/01")
    assert list(rejects.of("f1")) == []


def test_r3_the_place_of_a_load_is_kept_until_it_is_done(places):
    assert places.find("f1") is None
    for line in (1_000, 2_000):
        places.keep("f1", Place("f1/01", line, {"recorded": line}))
    places.keep("f2", Place("f2/01", 1, {}))
    assert places.find("f1") == Place("f1/01", 2_000, {"recorded": 2_000})
    places.forget("f1")
    places.forget("f1")
    assert (places.find("f1"), places.find("f2")) == (None, Place("f2/01", 1, {}))


def test_r3_rejects_after_the_place_are_dropped(rejects):
    rejects.add("f1/01", rows(1, 2, 3))
    rejects.add("f1/02", rows(3))
    rejects.cut("f1/01", 2)
    rejects.publish("f1", "f1/01")
    assert list(rejects.of("f1")) == rows(1, 2)
