"""The board of a branch: its funnel from the desk's own leads, the rest as the public API tells it, each part by itself."""

import csv
import io
import re

import pytest

from tests.services.desk import story

pytestmark = pytest.mark.stack
HEAD = "S0401"
COUNTS = {"opened": 10, "activated": 6, "active": 4, "dormant": 2}
FIGURES = {"staff": 9, "marketers": 5, "customer_managers": 3, "norm": 4, "short": 1, "customers": 800, "key_customers": 160,
           "marketers_share_bps": 5555, "customers_per_manager": 267}  # fmt: skip


def tell(front, unit="B01", month="2026-09", overdue=()):
    indicators = [
        {"indicator": "mobile_active", "points_milli": 3_000, "target_milli": 12_000, "completion_bps": 2_500, "completion": "25%", "behind": True}
    ]  # fmt: skip
    score = {"staff_id": story.LI, "unit_id": "O01", "points_milli": 6_500, "indicators": indicators, "terms": []}
    scores = {
        "period": month,
        "seq": None,
        "elapsed_bps": 5_000,
        "plan_id": None,
        "plan_version": None,
        "scores": [score],
        "late": [],
    }
    front.tell("GET", f"/api/incentives/scores/{month}", 200, scores)
    places = [{"rank": 1, "staff_id": story.LI, "unit_id": "O01", "points_milli": 6_500}]
    front.tell("GET", f"/api/incentives/rankings/{month}", 200, {"period": month, "ranking": places})
    outlet = {"unit_id": "O01", "name": "春风路网点", "name_en": "Chunfeng Road outlet", "kind": "outlet", **FIGURES}
    front.tell("GET", f"/api/registry/units/{unit}/staffing", 200, {"unit_id": unit, **FIGURES, "below": [outlet]})
    front.tell("GET", "/api/leads/overdue", 200, {"leads": list(overdue)})
    ledger = {"customers": 7, "warnings": 1, "opened_per_customer": "1.43", "activated_per_customer": "0.86",
              "active_per_customer": "0.57", "products": [{"product": "mobile", **COUNTS}]}  # fmt: skip
    front.tell("GET", f"/api/bundling/units/{unit}/ledger", 200, ledger)


def lines(visitor):
    assert visitor.page.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))


def test_the_board_shows_each_part(browser, front):
    late = {
        "lead_id": "l2",
        "customer_id": story.PRINTING,
        "first_contact": {"due_on": "2026-09-08", "owner_id": story.ZHANG},
        "outlet_id": "O01",
        "sides": {"retail": {"unit_id": None}},
    }
    tell(front, overdue=[late])
    visitor = browser(HEAD)
    front.asked.clear()
    page = visitor.open("/branch?month=2026-09&on=2026-09-15").text
    assert "East City branch" in page
    assert re.search(r"新彩印务有限公司.*?Sep 8, 2026.*?张伟", page, re.DOTALL)
    assert "behind schedule" in page
    assert "50% is over" in page
    assert re.search(r"Ranking as of Sep 15, 2026.*?李娜.*?6\.500", page, re.DOTALL)
    assert "1.43" in page
    assert "Chunfeng Road outlet" in page
    asked = {path: None for _, path, *_ in front.asked}
    assert len(asked) == 5


def test_the_funnel_counts_the_leads_of_the_units_outlets(browser, front):
    tell(front)
    page = browser(HEAD).open("/branch?month=2026-09").text
    figure = page[page.index('id="funnel"') : page.index('id="overdue"')]
    now = {
        state: int(count) for state, count in re.findall(r'leads\?state=(\w+)&[^"]*" aria-label="[^"]*">(\d+)<', figure)
    }
    assert now == {"opened": 1, "proposed": 2, "active": 2, "qualified": 0, "won": 2}
    widths = [float(width) for width in re.findall(r'width="([\d.]+)"', figure)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] == 200.0
    rows = lines(browser(HEAD).open("/branch/leads?state=won&as=csv"))
    assert [row[0] for row in rows[1:]] == ["l8", "l1"]
    assert "l8" in browser(HEAD).open("/branch/leads?state=won").text


@pytest.mark.parametrize(
    ("part", "held"),
    [("ranking", "李娜"), ("scores", "25%"), ("staffing", "Chunfeng Road outlet"), ("ledger", "Mobile banking"), ("overdue", "Due on")],
)  # fmt: skip
def test_each_part_is_taken_as_a_file(browser, front, part, held):
    tell(front)
    rows = lines(browser(HEAD).open(f"/branch?month=2026-09&part={part}&as=csv"))
    assert any(held in row for row in rows)
    assert len({len(row) for row in rows}) == 1
    assert browser(HEAD).open("/branch?part=nothing&as=csv").page.status_code == 404


def test_a_part_that_is_not_answered_says_so_and_leaves_the_rest(browser, front):
    tell(front)
    front.tell(
        "GET", "/api/incentives/rankings/2026-09", 503, {"code": "service_unavailable"}, "application/problem+json"
    )
    visitor = browser(HEAD).open("/branch?month=2026-09")
    assert visitor.page.status_code == 200
    assert visitor.text.count("This part cannot be read just now.") == 1
    assert "Chunfeng Road outlet" in visitor.text


def test_the_units_below_can_be_chosen_and_no_others(browser, front):
    tell(front, unit="O02")
    page = browser(HEAD).open("/branch?unit=O02&month=2026-09").text
    assert '<option value="O02" selected>' in page
    assert 'value="HO"' not in page
    for unit in ("HO", "nowhere"):
        assert browser(HEAD).open(f"/branch?unit={unit}").page.status_code == 404


@pytest.mark.parametrize("crooked", ["month=2026-13", "on=yesterday", "level=galaxy"])
def test_a_crooked_address_shows_the_board_of_today(browser, crooked):
    assert browser(HEAD).open(f"/branch?{crooked}").page.status_code == 200


def test_the_board_is_for_branches_alone(browser, front):
    visitor = browser(story.LI)
    front.asked.clear()
    for path in ("/branch", "/branch/leads?state=won", "/branch/live"):
        assert visitor.open(path).page.status_code == 403
    assert front.asked == []
    assert browser(HEAD).open("/branch/leads?state=nothing").page.status_code == 404
