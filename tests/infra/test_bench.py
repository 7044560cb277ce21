"""The measuring code: what a row says, what is kept of a run, the picture. What it measures is real, and not here."""

import json
from itertools import count, islice
from xml.etree import ElementTree as ET

import bson
import pytest

from infra.bench import __main__ as bench
from infra.bench.budgets import BUDGETS, Budget
from infra.bench.chart import BUDGET_AT, LONGEST, chart, length, reached
from infra.bench.history import codec, documents, envelopes, events_in, openings
from infra.bench.measure import Row, compared, in_turn, per_second, spread
from infra.bench.report import figures, keep, markdown, number

NAMES = [
    "append",
    "relay",
    "projector",
    "projector_vs_nameko",
    "http_vs_rpc",
    "latency_growth",
    "visible_p50_ms",
    "visible_p99_ms",
    "rebuild",
    "import",
    "rule_evaluation",
    "tier_run",
    "alert_stream",
    "what_if",
    "period_close",
    "spawn",
    "spawn_beside_p99_ms",
    "desk_page_p95_ms",
    "desk_million_p95_ms",
    "desk_page_kb",
]
APPEND = Row("append", 900.0, 1_000.0, "commits/s", 0.1)
SLOW_RELAY = Row("relay", 500.0, 1_000.0, "events/s", 0.1)
P99 = Row("visible_p99_ms", 120.0, None, "ms", 0.2)


def test_the_rows_are_those_of_the_table():
    assert list(BUDGETS) == NAMES
    assert sorted(name for m in bench.MEASUREMENTS for name in m.rows) == sorted(NAMES)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (Row("append", 800.0, 1_000.0, "", 0), True),
        (Row("append", 799.0, 1_000.0, "", 0), False),
        (Row("latency_growth", 1.2, 1.0, "", 0), True),
        (Row("latency_growth", 1.21, 1.0, "", 0), False),
        (Row("visible_p50_ms", 50.0, None, "", 0), True),
        (Row("visible_p50_ms", 50.1, None, "", 0), False),
        (Row("rebuild", 20_000.0, None, "", 0), True),
        (Row("rebuild", 19_999.0, None, "", 0), False),
    ],
)
def test_a_budget_bounds_the_ratio_or_the_figure_itself(row, met):
    assert row.met is met


def test_a_row_is_made_of_medians():
    row = compared("append", "commits/s", [1.0, 100.0, 3.0], [2.0, 4.0, 2.0])
    assert (row.ours, row.base, row.ratio) == (3.0, 2.0, 1.5)


def test_spread_is_the_interquartile_range_over_the_median():
    assert spread([10.0, 10.0, 10.0]) == 0
    assert spread([8.0, 9.0, 10.0, 11.0, 12.0]) == pytest.approx(0.3)


def test_ways_take_turns_and_the_first_round_only_warms_up():
    order, told, numbers = [], [], count()

    def way(name):
        order.append(name)
        return float(next(numbers))

    rates = in_turn(lambda done, of: told.append((done, of)), lambda: way("ours"), lambda: way("base"), rounds=2)
    assert order == ["ours", "base"] * 3
    assert rates == [[2.0, 4.0], [3.0, 5.0]]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_rate_is_what_was_done_over_the_time_it_took():
    assert per_second(10, lambda: None) > 0


def test_bench_json_holds_one_entry_a_row_and_nothing_else(tmp_path):
    keep([APPEND, P99], tmp_path, "a machine")
    assert json.loads((tmp_path / "bench.json").read_text()) == {
        "append": {"ours": 900.0, "base": 1_000.0, "ratio": 0.9, "unit": "commits/s", "spread": 0.1},
        "visible_p99_ms": {"ours": 120.0, "base": None, "ratio": None, "unit": "ms", "spread": 0.2},
    }
    assert list(figures([P99])) == ["visible_p99_ms"]


def test_the_page_names_the_machine_and_each_verdict():
    text = markdown([APPEND, SLOW_RELAY], "2 cores, 24 GiB")
    assert text.startswith("2 cores, 24 GiB\n")
    assert "| 900 commits/s | 1,000 commits/s | 0.90 × | 10% | ≥ 0.8 × | met |" in text
    assert "| 0.50 × | 10% | ≥ 0.6 × | missed |" in text


@pytest.mark.parametrize(("value", "text"), [(0.8421, "0.842"), (12.34, "12.3"), (1234.5, "1,234"), (99.96, "100")])
def test_figures_show_the_digits_that_matter(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("budget", "text"),
    [
        (Budget("x", "y", at_least=0.8), "≥ 0.8 ×"),
        (Budget("x", at_least=20_000), "≥ 20,000 events/s"),
        (Budget("x", at_most=50), "≤ 50 events/s"),
    ],
)
def test_a_budget_reads_as_a_table_shows_it(budget, text):
    assert budget.text("events/s") == text


def test_a_bar_that_reaches_the_line_is_met_whichever_way_the_budget_bounds():
    assert reached(APPEND) == pytest.approx(1.125)
    assert reached(SLOW_RELAY) == pytest.approx(0.5 / 0.6)
    assert reached(P99) == pytest.approx(250 / 120)
    assert length(1.0) == BUDGET_AT
    assert length(0.5) == BUDGET_AT / 2
    assert BUDGET_AT < length(1.01) < length(2.0) < length(10_000.0) == LONGEST


def test_the_chart_is_svg_whose_verdicts_are_words():
    root = ET.fromstring(chart([APPEND, SLOW_RELAY, P99], "2 cores <&> 24 GiB"))  # noqa: S314 -- our own text
    words = "".join(root.itertext())
    assert "2 cores <&> 24 GiB" in words
    assert words.count("✓ met") == 2
    assert words.count("✗ missed") == 1
    assert "1.5" not in root.get("viewBox", "")
    assert [group.get("class") for group in root.iter("{http://www.w3.org/2000/svg}g")] == ["met", "missed", "met"]


def test_an_unknown_row_is_refused_by_name(monkeypatch, capsys):
    monkeypatch.setenv("ROWS", "append,speed")
    assert bench.main() == 2
    assert "there is no row speed" in capsys.readouterr().out


def test_the_made_log_is_dense_gapless_and_readable():
    versions, made = {}, codec()
    for position, envelope in enumerate(envelopes(60, together=5), start=1):
        assert envelope.position == position
        assert envelope.version == versions.get(envelope.stream, 0) + 1
        versions[envelope.stream] = envelope.version
        assert envelope.stream.endswith(made.open(envelope).event.lead_id)
    assert len(versions) == 10


@pytest.mark.parametrize("commits", [0, 1, 999, 1_000, 2_500, 6_000, 13_001])
def test_events_are_counted_without_making_them(commits):
    made = sum(len(bson.decode(document.raw)["events"]) for document in documents(commits, numbered=False))
    assert events_in(commits) == made


def test_ids_of_the_made_log_are_its_own():
    log = [bson.decode(document.raw) for document in documents(60, numbered=False, together=5)]
    assert len({d["_id"] for d in log}) == len({d["meta"]["command_id"] for d in log}) == 60
    assert {d["position"] for d in log} == {None}
    first, second = islice(openings(), 2)
    assert first.stream != second.stream
