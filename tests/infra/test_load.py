"""The load test's own parts: arrivals that wait for nobody, trays, figures and their limits."""

import os
import time
from datetime import UTC, datetime, timedelta

import pytest
import yaml

# Locust would make the whole test process cooperative; only its figures are wanted here.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
from locust.stats import RequestStats

from infra import load_report
from infra.load_report import LIMITS, Report, judged
from loadtests import handover
from loadtests.arrivals import Arrivals
from loadtests.handover import Tray
from loadtests.summary import summary


def kept():
    """Figures that keep every limit."""
    limits = yaml.safe_load(LIMITS.read_text(encoding="utf-8"))
    return limits | {"rate": 50.0, "requests": 1_500}


def test_moments_come_at_the_rate_whatever_the_answers_take():
    arrivals = Arrivals(100)
    first = arrivals.take()
    time.sleep(0.05)  # a slow answer: the moments that passed meanwhile are not moved
    assert [round((arrivals.take() - first) * 1000) for _ in range(8)] == [10, 20, 30, 40, 50, 60, 70, 80]
    assert time.perf_counter() >= first + 0.08


def test_a_tray_is_first_in_first_out_and_what_is_later_rests(monkeypatch):
    monkeypatch.setattr(handover, "SOON_SECONDS", 0.05)
    tray = Tray()
    tray.put("one")
    tray.put("two", later=True)
    assert tray.take() == "one"
    assert tray.take() is None
    time.sleep(0.06)
    assert tray.take() == "two"


def test_figures_are_gathered_by_what_the_limits_are_about():
    stats = RequestStats()
    for milliseconds in (10, 20, 30):
        stats.log_request("POST", "lead: open", milliseconds, 100)
        stats.log_request("GET", "my leads", milliseconds * 2, 100)
    stats.log_request("VISIBLE", "command to visible", 70, 0)
    stats.log_request("POST", "lead: win", 90, 0)
    stats.log_error("POST", "lead: win", "503")
    found = summary(stats)
    assert (found["requests"], found["failures"]) == (7, 1)
    assert (found["command_p50_ms"], found["command_p99_ms"]) == (30, 90)
    assert (found["read_p50_ms"], found["visible_p99_ms"]) == (40, 70)
    assert (found["visible_count"], found["heard_count"]) == (1, 0)


def missed(figures):
    return [one.name for one in judged(figures, 50) if not one.kept]


def report(figures, **facts):
    facts = {"drained": True, "invariants_held": True} | facts
    return Report(datetime(2026, 9, 1, tzinfo=UTC), 50.0, judged(figures, 50), **facts)


def test_figures_within_their_limits_pass():
    assert missed(kept()) == []
    assert report(kept()).passed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("failures", 1),
        ("command_p99_ms", 99_999),
        ("drain_seconds", 999.0),
        ("rate", 40.0),
        ("heard_share", 0.5),
        ("visible_count", 0),
    ],
)
def test_a_figure_over_its_limit_is_named(name, value):
    figures = kept() | {name: value}
    assert missed(figures) == ["rate_share" if name == "rate" else name]
    assert not report(figures).passed


@pytest.mark.parametrize("fact", ["drained", "invariants_held"])
def test_fast_and_wrong_fails(fact):
    assert not report(kept(), **{fact: False}).passed


def test_a_report_is_kept_for_who_looks_later(tmp_path):
    assert load_report.last_report(tmp_path) is None
    load_report.keep(report(kept()), tmp_path)
    assert load_report.last_report(tmp_path) == report(kept())
    load_report.forget(tmp_path)
    assert load_report.last_report(tmp_path) is None


def test_half_a_report_is_none(tmp_path):
    (tmp_path / "load.json").write_text('{"rate": 5')
    assert load_report.last_report(tmp_path) is None


def test_how_it_went_is_read_from_what_locust_writes(tmp_path):
    assert list(load_report.seconds(tmp_path)) == []
    (tmp_path / "load_stats_history.csv").write_text(
        "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,99%\n"
        "1788220800,10,,Aggregated,0.0,0.0,N/A,N/A,N/A\n"
        "1788220801,20,POST,lead: open,5.0,0.0,11,12,13\n"
        "1788220801,20,,Aggregated,49.5,0.5,12,15,90\n"
    )
    first, second = load_report.seconds(tmp_path)
    assert (first.p50_ms, first.p99_ms) == (None, None)
    assert (second.rate, second.failures, second.users, second.p50_ms, second.p99_ms) == (49.5, 0.5, 20, 12.0, 90.0)
    assert second.at - first.at == timedelta(seconds=1)
