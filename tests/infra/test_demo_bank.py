"""The demo bank: its size, its story, the same bytes for the same seed, and nothing in it that a registry refuses."""

import csv
from collections import Counter
from datetime import date

import pytest

from infra.demo_bank import LAST_DAY, SEED
from infra.demo_bank.bank import demo_bank, write_bank
from infra.demo_bank.cast import cast
from infra.demo_bank.numbers import (
    credit_check,
    organisation_check,
    resident_check,
)
from services.registry.intake import plan
from tests.services.registry.world import Registry


@pytest.fixture(scope="module")
def bank():
    return demo_bank(SEED)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    path = tmp_path_factory.mktemp("bank")
    write_bank(path, SEED)
    return path


def by_id(rows, column):
    return {row[column]: row for row in rows}


def test_its_size(bank):
    assert Counter(row["kind"] for row in bank["units"]) == {"head_office": 1, "branch": 3, "outlet": 12}
    assert Counter(row["kind"] for row in bank["customers"]) == {"company": 200, "person": 5_000}
    sizes = {kind: len(rows) for kind, rows in bank.items()}
    assert sizes["staff"] == 120
    expected = {"relationships": 5_200, "holdings": 9_000, "balances": 6_000, "activity": 12_000}
    for kind, about in expected.items():
        assert abs(sizes[kind] - about) < about * 0.1, kind


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(directory, tmp_path):
    write_bank(tmp_path / "same", SEED)
    write_bank(tmp_path / "other", SEED + 1)
    for path in directory.iterdir():
        assert (tmp_path / "same" / path.name).read_bytes() == path.read_bytes()
    for kind in ("staff", "customers", "holdings", "activity"):
        assert (tmp_path / "other" / f"{kind}.csv").read_bytes() != (directory / f"{kind}.csv").read_bytes()


def test_r1_r2_every_row_loads_and_a_second_time_nothing_changes(directory, bank):
    registry = Registry()
    for feed in plan([directory]):
        loaded = registry.take(feed).loaded
        assert (loaded.recorded, loaded.rejected) == (len(bank[feed.kind]), 0), feed.name
    for feed in plan([directory]):
        assert registry.take(feed).loaded.unchanged == len(bank[feed.kind])


def test_the_textile_company_has_forty_linked_people_of_whom_thirty_one_can_be_reached(bank):
    customers = by_id(bank["customers"], "customer_id")
    edges = [row for row in bank["relationships"] if row["from_id"] == "C000001" and row["to_id"].startswith("P")]
    assert len(edges) == len({row["to_id"] for row in edges}) == 40
    assert {row["kind"] for row in edges} == {"legal_representative", "owner", "finance_staff", "employee"}
    reached = [row["to_id"] for row in edges if row["consent"] and row["valid_to"] is None]
    assert len(reached) == 31
    assert tuple(reached) == cast().consenting_people
    assert all(customers[person]["consent_marketing"] for person in reached)
    mobile = {row["customer_id"] for row in bank["holdings"] if row["product"] == "mobile" and row["closed_on"] is None}
    assert len(mobile & set(reached)) == 8
    assert len({customers[person]["outlet_id"] for person in reached}) > 1
    assert Counter(customers[person]["outlet_id"] for person in reached)["O01"] > 20


def test_the_textile_company_has_none_of_what_it_is_to_be_won_for(bank):
    company = by_id(bank["customers"], "customer_id")["C000001"]
    assert (company["name"], company["outlet_id"]) == ("锦华纺织有限公司", "O01")
    assert company["manager_id"] == cast().corporate_manager.staff_id
    held = {row["product"] for row in bank["holdings"] if row["customer_id"] == "C000001"}
    assert held == {"term_deposit"}


def test_relationships_are_as_in_life(bank):
    edges = bank["relationships"]
    consent = sum(row["consent"] for row in edges) / len(edges)
    assert 0.75 < consent < 0.85
    assert 0.01 < sum(row["valid_to"] is not None for row in edges) / len(edges) < 0.08
    assert len({row["kind"] for row in edges}) == 6


def test_people_are_of_all_ages_and_their_numbers_are_valid(bank):
    people = [row for row in bank["customers"] if row["kind"] == "person"]
    assert 0.2 < sum(row["birth_date"] < date(1981, 8, 31) for row in people) / len(people) < 0.45
    for row in people:
        number = row["id_number"]
        assert resident_check(number[:17]) == number[17]
        assert number[6:14] == row["birth_date"].strftime("%Y%m%d")
    for row in bank["customers"][:200]:
        number = row["id_number"]
        assert len(number) == 18
        assert organisation_check(number[8:16]) == number[16]
        assert credit_check(number[:17]) == number[17]


def test_check_digits_are_those_of_published_examples():
    assert resident_check("11010519491231002") == "X"  # GB 11643
    assert organisation_check("D2143569") == "X"  # GB 11714
    assert credit_check("91350100M000100Y4") == "3"  # GB 32100


def test_history_ends_on_the_last_day(bank):
    assert date(2026, 8, 31) == LAST_DAY
    assert [row["business_date"] for row in bank["days"]] == [LAST_DAY]
    days = [row["business_date"] for row in bank["activity"]]
    assert (min(days), max(days)) == (date(2026, 7, 3), LAST_DAY)
    opened = by_id(bank["holdings"], "holding_id")
    for row in bank["activity"]:
        assert opened[row["holding_id"]]["opened_on"] <= row["business_date"]
        assert opened[row["holding_id"]]["closed_on"] is None
        assert 0 <= row["authenticated_uses"] <= row["uses"]
    assert all(row["amount_minor"] < row["limit_minor"] * 0.95 for row in bank["transfers"])


def test_balances_reach_each_tier_and_its_edges(bank):
    found = [row["balance_minor"] for row in bank["balances"]]
    assert {10_000_00, 25_000_00} < set(found)
    assert min(found) < 10_000_00
    assert max(found) > 25_000_00


def test_managers_lead_to_the_head_of_the_bank(bank):
    staff = by_id(bank["staff"], "staff_id")
    for row in bank["staff"]:
        steps = 0
        while row["manager_id"] is not None:
            row = staff[row["manager_id"]]  # noqa: PLW2901 -- up the chain
            steps += 1
            assert steps < 6
        assert row["staff_id"] == "S0001"


def test_every_outlet_can_sell_and_open(bank):
    for unit in bank["units"]:
        people = Counter((row["role"], row["line"]) for row in bank["staff"] if row["unit_id"] == unit["unit_id"])
        if unit["kind"] == "branch":
            assert people[("corporate", "corporate")] == 3  # rule R7
        if unit["kind"] in {"branch", "outlet"}:
            assert people[("corporate", "corporate")] >= 1
            assert people[("retail", "retail")] >= 2
            assert people[("branch", "ebanking")] == 2
            assert people[("branch", "management")] == 1


def test_the_cast_can_play_its_parts(bank):
    players = cast(SEED)
    staff = by_id(bank["staff"], "staff_id")
    for name in (
        "corporate_manager", "retail_manager", "maker", "checker", "caller", "outlet_head", "branch_manager",
        "compliance_officer", "product_manager", "designer", "approver", "hr_officer", "ops", "auditor",
    ):  # fmt: skip
        player = getattr(players, name)
        row = staff[player.staff_id]
        assert (player.name, player.unit_id, player.role) == (row["name"], row["unit_id"], row["role"])
    seller = players.corporate_manager.staff_id
    assert len({seller, players.maker.staff_id, players.checker.staff_id, players.caller.staff_id}) == 4
    officer = staff[players.compliance_officer.staff_id]
    while officer["manager_id"] is not None:
        assert officer["manager_id"] not in {seller, players.outlet_head.staff_id, players.branch_manager.staff_id}
        officer = staff[officer["manager_id"]]
    assert staff[seller]["manager_id"] == players.outlet_head.staff_id
    assert staff[players.outlet_head.staff_id]["manager_id"] == players.branch_manager.staff_id


def test_files_say_what_the_rows_say(directory, bank):
    with (directory / "customers.csv").open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file))
    assert first["consent_marketing"] == "true"
    assert first["birth_date"] == ""
    assert len(list(directory.iterdir())) == len(bank) + 1
