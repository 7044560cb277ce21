"""The load test's own parts: arrivals that wait for nobody, trays, figures and their limits."""

import os
import time

import pytest
import yaml

# Locust would make the whole test process cooperative; only its figures are wanted here.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
from locust.stats import RequestStats

from infra.load import HERE, judge
from loadtests import handover
from loadtests.arrivals import Arrivals
from loadtests.handover import Tray
from loadtests.summary import summary


def kept():
    """Figures that keep every limit."""
    limits = yaml.safe_load((HERE / "limits.yaml").read_text(encoding="utf-8"))
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


def test_figures_within_their_limits_pass(monkeypatch):
    monkeypatch.setenv("RATE", "50")
    assert judge(kept()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("failures", 1), ("command_p99_ms", 99_999), ("drain_seconds", 999.0), ("rate", 40.0)]
)
def test_a_figure_over_its_limit_is_named(monkeypatch, name, value):
    monkeypatch.setenv("RATE", "50")
    assert judge(kept() | {name: value}) == ["rate_share" if name == "rate" else name]
