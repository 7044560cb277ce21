"""R1 for foreign extracts: what a mapping makes of them, and how it refuses what it cannot run."""

import csv
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import infra.mappings
from infra.mappings.engine import run_mapping
from infra.mappings.groups import daily, month_end
from infra.mappings.shape import read_mapping
from infra.mappings.transforms import BadTransform, transform
from infra.stack.broken import Broken
from services.registry.intake import BANK_CURRENCIES, plan
from tests.public_data import BERKA_DATA
from tests.services.registry.world import Registry

BERKA = Path(infra.mappings.__file__).parent / "berka.yaml"


@pytest.mark.parametrize(
    ("name", "argument", "value", "made"),
    [
        ("trim", True, "  a b ", "a b"),
        ("trim", True, "   ", None),
        ("upper", True, "ab", "AB"),
        ("lower", True, "Ab", "ab"),
        ("prefix", "C", "12", "C12"),
        ("suffix", "-x", "12", "12-x"),
        ("take", 6, "931107 00:00:00", "931107"),
        ("empty", ["?", 0], "0", None),
        ("empty", ["?"], "x", "x"),
        ("map", {"A": "now", 7: None}, "A", "now"),
        ("map", {"A": "now", 7: None}, "7", None),
        ("map", {"A": "now"}, "B", "B"),
        ("map", {"A": True, "*": False}, "B", "false"),
        ("map", {"A": "x", "*": "y"}, None, "y"),
        ("flag", ["J", 1], "1", "true"),
        ("flag", ["J"], None, "false"),
        ("date", "YYMMDD", "930101", "1993-01-01"),
        ("date", "YYMMDD", "110229", "110229"),
        ("date", "DD.MM.YYYY", "31.08.2026", "2026-08-31"),
        ("date", "YYYY-MM-DD", "2026-8-31", "2026-8-31"),
        ("date", "YYMMDD", "soon", "soon"),
        ("birth_number", True, "706213", "1970-12-13"),
        ("birth_number", True, "450204", "1945-02-04"),
        ("birth_number", True, "701313", "701313"),
        ("minor", 2, "700.00", "70000"),
        ("minor", 2, "-24,2", "-2420"),
        ("minor", 2, "1.005", "1.005"),
        ("minor", 2, "many", "many"),
        ("minor", 2, "NaN", "NaN"),
        ("minor", 0, "7", "7"),
    ],
)
def test_transforms(name, argument, value, made):
    assert transform(name, argument, 1900)(value) == made


@pytest.mark.parametrize("name", ["trim", "prefix", "take", "date", "minor", "birth_number", "upper"])
def test_nothing_stays_nothing(name):
    argument = {"prefix": "C", "take": 2, "date": "YYMMDD", "minor": 2}.get(name, True)
    assert transform(name, argument, 1900)(None) is None


@given(st.sampled_from(["date", "birth_number", "minor"]), st.text(max_size=12))
def test_what_cannot_be_read_goes_through_as_it_is(name, value):
    argument = {"date": "YYMMDD", "minor": 2}.get(name, True)
    made = transform(name, argument, 1900)(value)
    assert made == value or all(char in "0123456789-" for char in made)


@pytest.mark.parametrize(
    ("name", "argument"), [("eval", "x"), ("take", "6"), ("take", True), ("date", "YYMM"), ("map", []), ("prefix", 7)]
)
def test_unknown_transforms_and_arguments_are_refused(name, argument):
    with pytest.raises(BadTransform):
        transform(name, argument, 2000)


def rows(*lines):
    return [{"account": account, "day": day, "balance": balance, "op": op} for account, day, balance, op in lines]


def days(record):
    return record["day"]


def test_a_month_ends_with_its_last_row_and_is_carried_to_the_next():
    made = month_end(
        rows(
            ("1", "2026-01-09", "5", ""),
            ("1", "2026-01-31", "6", ""),
            ("1", "2026-01-31", "7", ""),
            ("1", "2026-01-02", "4", ""),
            ("1", "2026-04-01", "9", ""),
            ("2", "2025-12-31", "1", ""),
        ),
        ["account"],
        days,
        "2026-05",
    )
    found = [(r["account"], r["month_end.month"], r["month_end.last_day"], r["balance"]) for r in made]
    assert found == [
        ("1", "2026-01", "2026-01-31", "7"),
        ("1", "2026-02", "2026-02-28", "7"),
        ("1", "2026-03", "2026-03-31", "7"),
        ("1", "2026-04", "2026-04-30", "9"),
        ("1", "2026-05", "2026-05-31", "9"),
        *(("2", f"{year}-{month:02}", last, "1") for year, month, last in (
            (2025, 12, "2025-12-31"), (2026, 1, "2026-01-31"), (2026, 2, "2026-02-28"),
            (2026, 3, "2026-03-31"), (2026, 4, "2026-04-30"), (2026, 5, "2026-05-31"),
        )),
    ]  # fmt: skip


def test_a_month_after_until_is_kept_and_a_day_that_is_none_is_no_month():
    made = month_end(rows(("1", "2026-07-01", "5", ""), ("1", "soon", "6", "")), ["account"], days, "2026-05")
    assert [(r["month_end.month"], r["balance"]) for r in made] == [("2026-07", "5"), ("soon", "6")]


def test_days_are_counted_by_condition_and_those_without_any_are_left():
    made = daily(
        rows(("1", "2026-01-09", "", "IN"), ("1", "2026-01-09", "", "CARD"), ("1", "2026-01-10", "", "FEE")),
        ["account"],
        days,
        {"uses": {"op": ["IN", "CARD"]}, "own": {"op": ["CARD"]}},
    )
    assert [(r["daily.date"], r["daily.uses"], r["daily.own"]) for r in made] == [("2026-01-09", "2", "1")]


SMALL = {
    "mapping": "small",
    "sources": {"a": {"file": "a.csv"}, "b": {"file": "b.csv", "delimiter": ";", "columns": ["id", "who"]}},
    "feeds": [
        {"kind": "units", "rows": [{"unit_id": "HO", "name": "x", "name_en": "x", "kind": "head_office", "parent_id": None}]},
        {
            "kind": "holdings",
            "from": "a",
            "join": [{"with": "b", "by": {"id": "b_id"}, "where": {"who": ["P1", "P2"]}}],
            "unless": {"state": ["dead"]},
            "columns": {
                "holding_id": {"from": ["no", "b_id"], "with": "-", "do": [{"prefix": "H"}]},
                "customer_id": {"from": "b.who"},
                "product": {"is": "now"},
            },
        },
    ],
}  # fmt: skip


@pytest.fixture
def extract(tmp_path):
    directory = tmp_path / "extract"
    directory.mkdir()
    (directory / "a.csv").write_text("no,b_id,state\n1,7,\n2,8,dead\n3,9,\n", encoding="utf-8")
    (directory / "b.csv").write_text("7;P1\n9;P9\n", encoding="utf-8")
    return directory


def mapping(tmp_path, said):
    path = tmp_path / "m.yaml"
    path.write_text(said if isinstance(said, str) else yaml.safe_dump(said), encoding="utf-8")
    return read_mapping(path)


def test_rows_are_joined_filtered_and_written_with_their_manifest(tmp_path, extract):
    out = tmp_path / "out"
    out.mkdir()
    (out / "days.csv").write_text("of an earlier run", encoding="utf-8")
    assert run_mapping(mapping(tmp_path, SMALL), extract, out) == {"units": 1, "holdings": 2}
    with (out / "holdings.csv").open(encoding="utf-8", newline="") as file:
        made = [(row["holding_id"], row["customer_id"], row["product"], row["unit_id"]) for row in csv.DictReader(file)]
    assert made == [("H1-7", "P1", "now", ""), ("H3-9", "", "now", "")]
    assert [feed.kind for feed in plan([out])] == ["units", "holdings"]


def changed(said, *path):
    """``SMALL`` with something else at a place."""
    copy = yaml.safe_load(yaml.safe_dump(SMALL))
    place = copy
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = said
    return copy


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("mapping: [", "is not YAML, line 1"),
        ({"mapping": "x"}, "sources"),
        (changed("clients", "feeds", 1, "kind"), "feeds.1.kind"),
        (changed("nowhere", "feeds", 1, "from"), "no source 'nowhere'"),
        (changed({"is": 1, "from": "no"}, "feeds", 1, "columns", "product"), "either 'is' or 'from'"),
        (changed({"is": 1}, "feeds", 1, "columns", "colour"), "colour is no column of holdings"),
        (changed("../a.csv", "sources", "a", "file"), "sources.a"),
        (changed(";;", "sources", "a", "delimiter"), "delimiter"),
        (changed("now()", "feeds", 1, "columns", "product"), "product"),
    ],
)
def test_a_mapping_that_is_none_is_refused_with_the_place(tmp_path, said, says):
    with pytest.raises(Broken) as caught:
        mapping(tmp_path, said)
    assert "m.yaml" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (changed({"from": "nothing"}, "feeds", 1, "columns", "product"), "a has no column 'nothing'; it has no, b_id"),
        (changed({"from": "b.nothing"}, "feeds", 1, "columns", "product"), "'b.nothing'"),
        (changed([{"with": "b", "by": {"ident": "b_id"}}], "feeds", 1, "join"), "b has no column 'ident'"),
        (changed({"colour": ["x"]}, "feeds", 1, "where"), "'colour'"),
        (changed({"from": "no", "do": [{"eval": "1"}]}, "feeds", 1, "columns", "product"), "no transform 'eval'"),
        (changed("c.csv", "sources", "a", "file"), "c.csv: cannot be read"),
        (changed("klingon", "sources", "a", "encoding"), "no encoding 'klingon'"),
    ],
)
def test_a_mapping_that_does_not_fit_the_extract_is_refused_before_anything_is_written(tmp_path, extract, said, says):
    with pytest.raises(Broken) as caught:
        run_mapping(mapping(tmp_path, said), extract, tmp_path / "out")
    assert says in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "says"), [("no,b_id,state\n1,7\n", "line 2: has 2 fields"), ('no,b_id,state\n"1', "line 2")]
)
def test_a_bad_line_of_the_extract_is_named(tmp_path, extract, content, says):
    (extract / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(Broken, match=r"a\.csv") as caught:
        run_mapping(mapping(tmp_path, SMALL), extract, tmp_path / "out")
    assert says in str(caught.value)


@pytest.mark.skipif(
    not BERKA_DATA.is_dir(), reason=f"no Berka data in {BERKA_DATA} (LIANDONG_DATA names the directory above)"
)
def test_r1_the_berka_extract_loads_whole_and_twice_the_same(tmp_path):
    counts = run_mapping(read_mapping(BERKA), BERKA_DATA, tmp_path)
    assert counts == {
        "units": 78,
        "customers": 4_048,
        "holdings": 4_592,
        "balances": 8_062,
        "activity": 24_537,
        "transfers": 36_464,
    }
    registry = Registry(BANK_CURRENCIES | set(read_mapping(BERKA)["currencies"]))
    for feed in plan([tmp_path]):
        loaded = registry.take(feed).loaded
        assert (loaded.recorded, loaded.rejected) == (counts[feed.kind], 0), feed.name
    (woman,) = registry.facts("customer-CZ1")  # client 1 has the birth number 706213
    assert (woman.birth_year, woman.display_name, woman.outlet_id) == (1970, "C**", "D18")
    assert registry.vault.open("CZ1", woman.sealed)["birth_date"] == "1970-12-13"
    (balance,) = registry.facts("balance-A100.1993-12")
    assert (balance.balance_minor, balance.currency, balance.product) == (60_000, "CZK", "now")
    (card,) = registry.facts("holding-K1005")
    assert (card.product, card.opened_on.isoformat()) == ("credit_card", "1993-11-07")
    assert [registry.take(feed).loaded.unchanged for feed in plan([tmp_path])] == list(counts.values())


def test_the_shipped_mapping_is_sound():
    assert read_mapping(BERKA)["currencies"] == ["CZK"]
