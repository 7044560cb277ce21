"""Rules I1, I8: a plan as a file, its faults with their lines; and a draft over the history in any ranges."""

import random
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import services.incentives
from infra.cli import liandong
from infra.commands.what_if import people_table, summary
from infra.plans.file import check
from infra.plans.history import RANGE_DEALS, Work, add_up, over_history
from services.incentives.domain.facts import gathered, identity
from services.incentives.events import PeriodScore
from services.incentives.what_if import Months, Tally, table, tally, what_if
from shared.core.plain import plain
from tests.services.incentives.examples import PLANS, plan, vested
from tests.services.incentives.strategies import deals

TEXT = (Path(services.incentives.__file__).parent / "plans" / "ebank-2026.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version: 1", "version: one", (4, "version", "Not a valid integer.")),
        ("reversal_days: 180\n", "", (3, "reversal_days", "Missing data for required field.")),
        (
            "points_milli: 10000",
            "points_milli: 0",
            (7, "indicators[0].points_milli", "Must be greater than or equal to 1"),
        ),
        (
            "weight_bps: 2500",
            "weight_bps: 2400",
            (6, "indicators", "the weights sum to 9,900 bps and must sum to 10,000"),
        ),
        ("product: mobile", "produkt: mobile", (11, "indicators[4].produkt", "Unknown field.")),
        ("active_days: 3", "active_days: 0", (14, "vesting.active_days", "Must be greater than or equal to 1")),
        ("share_and_skip", "toss_a_coin", (16, "tie_policy", "Must be one of: share_and_skip.")),
        (
            "indicator: online_active",
            "indicator: mobile_active",
            (6, "indicators", "two indicators have the same name"),
        ),
    ],
)
def test_i1_each_fault_of_a_plan_is_told_with_its_line(old, new, fault):
    line, place, says = fault
    found = check(TEXT.replace(old, new, 1)).faults
    assert any((one.line, one.place) == (line, place) and says in one.says for one in found), found


@pytest.mark.parametrize("text", ["", "[]", "7", "a: {", "\t"])
def test_i1_what_is_no_plan_is_a_fault_and_no_crash(text):
    assert check(text).plan is None
    assert check(text).faults


def test_i1_the_command_checks_a_plan_without_a_stack(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(TEXT)
    done = CliRunner().invoke(liandong, ["what-if", str(file), "--check"])
    assert (done.exit_code, done.output) == (0, f"{file}: plan ebank-2026 version 1 from 2026-01-01, no fault\n")
    file.write_text(TEXT.replace("version: 1", "version: one"))
    done = CliRunner().invoke(liandong, ["what-if", str(file), "--check"])
    assert (done.exit_code, f"{file}, line 4, version: Not a valid integer." in done.output) == (1, True)


@given(st.lists(deals(), max_size=5), st.integers(0, 5), st.integers(0, 5))
def test_i8_the_ranges_do_not_matter(found, first, second):
    facts = [gathered(deal) for deal, _ in found]
    draft = plan(version=2, points=700)
    cuts = sorted((min(first, len(facts)), min(second, len(facts))))
    parts = [tally(part, PLANS, draft) for part in (facts[: cuts[0]], facts[cuts[0] : cuts[1]], facts[cuts[1] :])]
    random.Random(len(facts)).shuffle(parts)
    whole = Tally()
    for part in parts:
        whole.add(part)
    assert table(whole, PLANS, draft) == what_if(facts, PLANS, draft)
    scoring, months = plan(version=2, score=PeriodScore(100_000, 0)), Months({"2026-10", "2026-11"})
    assert table(whole, PLANS, draft, months) == what_if(facts, PLANS, draft, months)
    parts = Tally()
    for deal in facts:
        parts.add(tally([deal], PLANS, scoring))
    assert table(parts, PLANS, scoring, months) == what_if(facts, PLANS, scoring, months)


def test_i8_the_table_shows_both_ends_and_the_hashes():
    found = what_if([gathered(vested())], PLANS, plan(version=2, points=700))
    console = Console(width=120, record=True, file=StringIO())
    console.print(people_table(found))
    console.print(summary(found))
    text = console.export_text()
    assert found.what_if_hash in text
    assert "-0.480" in text


@pytest.mark.stack
def test_i8_over_more_deals_than_a_range_on_all_cores(mongo, servers):
    database = mongo["incentives"]
    database.drop_collection("deals")
    facts = {" ".join(identity(one)): plain(one) for one in vested()}
    many = 2 * RANGE_DEALS + 7
    database["deals"].insert_many({"_id": f"lead{n:06}", "facts": facts} for n in range(many))
    draft, heard = plan(version=2, points=3_000), []
    try:
        found = over_history(mongo, servers.mongo_uri, PLANS, draft, heard.append)
        assert (found.deals, found.old_milli, found.new_milli) == (many, 1_500 * many, 3_000 * many)
        assert heard[-1] == many
        assert add_up(Work(servers.mongo_uri, "lead000000", "lead000002", PLANS, draft)).deals == 2
    finally:
        database.drop_collection("deals")
