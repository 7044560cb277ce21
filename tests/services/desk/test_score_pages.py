"""One's own score on the desk: a month with its terms and lines, why each line is there, and the same on paper."""

import csv
import io
import re

import pytest

from services.desk.web import score as score_page
from services.desk.web import score_paper
from services.desk.web.labels import label
from services.desk.web.reading import Names
from tests.services.desk import story

pytestmark = pytest.mark.stack
MONTH = "2026-09"


def line(line_id, points, entry="vested", staff=story.ZHANG, indicator="payroll_active", on="2026-09-12"):
    return {
        "line_id": line_id, "lead_id": "l1", "opening_id": "l1.payroll.1", "product": "payroll", "indicator": indicator,
        "staff_id": staff, "unit_id": "B01", "entry": entry, "points_milli": points, "stake_milli": points, "on": on,
        "of_period": MONTH, "adjusts": None, "reason": "3 days of authenticated use", "computation": "x",
        "plan_id": "ebank-2026", "plan_version": 1,
    }  # fmt: skip


def score(staff, points, **more):
    target = {"indicator": "payroll_active", "points_milli": points, "target_milli": 20_000, "completion_bps": 3_000,
              "completion": "30.00 %", "behind": True}  # fmt: skip
    term = {"indicator": "payroll_active.completion", "points_milli": 6_000, "projected": True, "computation": "6,000"}
    return {"staff_id": staff, "unit_id": "B01", "points_milli": points, "indicators": [target], "terms": [term]} | more


TREE = {
    "line_id": "n1", "said": "vested 6,000 thousandths for S0101", "points_milli": 6_000, "recomputed_milli": 6_000,
    "agrees": True, "computation": "payroll_active 10,000 × 6,000 bps = 6,000", "adjusts": "n0",
    "rule": {"plan_id": "ebank-2026", "version": 1, "hash": "0" * 64},
    "because": [{"what": "split", "said": "agreed on 2026-09-01", "event": "leads/lead-l1@5"}],
}  # fmt: skip


@pytest.fixture
def scored(front):
    found = {
        "period": MONTH,
        "seq": None,
        "elapsed_bps": 10_000,
        "plan_id": "ebank-2026",
        "plan_version": 1,
        "late": [],
    }
    front.tell("GET", "/api/incentives/periods", 200, {"periods": [{"period": MONTH}, {"period": "2026-08"}]})
    for month in (MONTH, "2026-08"):
        scores = [score(story.ZHANG, 6_000), score(story.LI, 9_000)] if month == MONTH else []
        front.tell("GET", f"/api/incentives/scores/{month}", 200, found | {"period": month, "scores": scores})
    lines = [line("n2", -500, "reversed"), line("n1", 6_500), line("n3", 9_000, staff=story.LI)]
    front.tell("GET", "/api/incentives/lines", 200, {"lines": lines})
    front.tell("GET", "/api/incentives/lines/n1/explain", 200, TREE)
    return front


def test_i5_a_month_shows_its_targets_terms_and_lines(browser, scored):
    page = browser(story.ZHANG).open("/score").text
    assert f"<small>{MONTH}</small>" in page
    assert re.findall(r'id="line-(n\d)"', page) == ["n1", "n2"]
    for told in ("6.000", "30.00 %", "behind schedule", "Payroll service in use: completion", "if the month ended now",
                 "−0.500", "Not closed yet", "3 days of authenticated use"):  # fmt: skip
        assert told in page, told
    scored.tell("GET", "/api/incentives/lines", 200, {"lines": []})
    assert "Nothing was earned in this month." in browser(story.ZHANG).open("/score?month=2026-08").text


def test_i5_the_lines_of_a_month_are_taken_as_a_file(browser, scored):
    visitor = browser(story.ZHANG).open("/score?as=csv")
    head, first, second = csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff")))
    assert head == ["Date", "Indicator", "Entry", "Points", "Reason", "Line"]
    assert [(row[0], row[3], row[5]) for row in (first, second)] == [
        ("2026-09-12", "6.5", "n1"),
        ("2026-09-12", "-0.5", "n2"),
    ]
    assert [one["name"] for one in scored.taken] == [f"score-{story.ZHANG}-{MONTH}.csv"]


def test_i9_what_came_after_the_close_is_told_apart(browser, scored):
    found = {"period": MONTH, "seq": 3, "elapsed_bps": 10_000, "plan_id": "ebank-2026", "plan_version": 1, "late": []}
    scored.tell("GET", f"/api/incentives/scores/{MONTH}", 200, found | {"scores": [score(story.ZHANG, 6_500)]})
    scored.tell("GET", f"/api/incentives/scores/{MONTH}/{story.ZHANG}/explain", 200, {"because": [TREE]})
    page = browser(story.ZHANG).open("/score").text
    assert page.count("in a later statement") == 1
    assert re.search(r'id="line-n2".*?in a later statement', page, re.DOTALL)


def test_who_leads_sees_their_people(browser, scored):
    page = browser(story.ZHANG).open(f"/score?of={story.LI}").text
    assert "<h1>李娜" in page
    assert re.findall(r'id="line-(n\d)"', page) == ["n3"]
    assert "My people" in page


def test_what_is_not_told_is_not_there(browser, scored):
    for path in ("/score?of=S9999", "/score?month=soon", "/score/lines/n7"):
        assert browser(story.ZHANG).open(path).page.status_code == 404
    assert browser("S0301").open("/score").page.status_code == 403


def test_i7_a_line_says_why_it_is_there(browser, scored):
    page = browser(story.ZHANG).open("/score/lines/n1").text
    for told in ("✓ agrees", "payroll_active 10,000 × 6,000 bps", "leads/lead-l1@5", 'href="/score/lines/n0"'):
        assert told in page, told
    scored.tell("GET", "/api/incentives/lines/n1/explain", 200, TREE | {"agrees": False, "rule": None, "adjusts": None})
    assert "✗ does not agree" in browser(story.ZHANG).open("/score/lines/n1").text


def test_i5_only_the_lines_of_the_person_are_asked_for_and_a_cut_is_told(browser, scored, monkeypatch):
    """Of a branch manager's many people, everybody's lines would be cut first."""
    monkeypatch.setattr(score_page, "MOST_LINES", 2)
    scored.tell("GET", "/api/incentives/lines", 200, {"lines": [line("n2", -500, "reversed"), line("n1", 6_500)]})
    page = browser(story.ZHANG).open("/score").text
    asked = next(query for path, query in scored.queries if path == "/api/incentives/lines")
    assert asked == {"period": MONTH, "staff_id": story.ZHANG, "limit": "2"}
    assert "these are the 2 newest" in page


def test_r5_a_paper_is_a_file_that_is_noted(browser, scored):
    assert browser(story.ZHANG).open("/score/paper").page.mimetype == "application/pdf"
    assert [one["name"] for one in scored.taken] == [f"score-{story.ZHANG}-{MONTH}.pdf"]


def test_i7_a_month_says_why_it_comes_to_that(browser, scored):
    tree = {"staff_id": story.ZHANG, "period": MONTH, "points_milli": 6_000, "recomputed_milli": 6_000, "agrees": True,
            "because": [TREE]}  # fmt: skip
    scored.tell("GET", f"/api/incentives/scores/{MONTH}/{story.ZHANG}/explain", 200, tree)
    page = browser(story.ZHANG).open(f"/score/why?month={MONTH}").text
    assert page.count("✓ agrees") == 2
    assert "leads/lead-l1@5" in page
    for path in ("/score/why", f"/score/why?month={MONTH}&of=S9999"):
        assert browser(story.ZHANG).open(path).page.status_code == 404


def test_a_score_service_that_does_not_answer_is_said(browser, front):
    front.tell("GET", "/api/incentives/periods", 503, {})
    front.tell("GET", "/api/incentives/lines/n1/explain", 503, {})
    for path in ("/score", "/score/paper", "/score/lines/n1"):
        visitor = browser(story.ZHANG).open(path)
        assert visitor.page.status_code == 503
        assert "did not answer" in visitor.text


@pytest.mark.parametrize(("language", "title"), [("en", "Score of 2026-09"), ("zh-CN", "2026-09 积分单")])
def test_a_month_on_paper(app, browser, scored, language, title):
    visitor = browser(story.ZHANG, language).open(f"/score/paper?month={MONTH}")
    assert visitor.page.content_type == "application/pdf"
    assert visitor.page.headers["Content-Disposition"] == f'attachment; filename="score-{story.ZHANG}-{MONTH}.pdf"'
    assert visitor.page.get_data().startswith(b"%PDF-")
    with app.test_request_context(headers={"Accept-Language": language}):
        made = score_paper.paper(
            month=MONTH, of=story.ZHANG, score=score(story.ZHANG, 6_000), found={"seq": 3},
            lines=[line("n1", 6_500) | {"later": False}, line("n2", -500) | {"later": True}],
            names=Names({}, {story.ZHANG: {"name": "张伟"}}, {}),
        )  # fmt: skip
        assert made[0].text == title
        assert "张伟 S0101" in made[1].text
        told = [
            cell.text for table in made if hasattr(table, "_cellvalues") for row in table._cellvalues for cell in row
        ]
        assert {"6.500", "30.00 %", "n1"} <= set(told)
        assert sum(cell.startswith("n2 · ") for cell in told) == 1


def test_an_indicator_is_called_by_what_it_is(app):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert label("indicator", "mobile_active") == "Mobile banking in use"
        assert label("indicator", "mobile_active.team") == "Mobile banking in use: my people's"
        assert label("indicator", "autumn:mobile_active.team") == "autumn · Mobile banking in use: my people's"
        assert label("indicator", "work_log") == "Work log"
        assert label("indicator", "something_new.completion") == "something_new: completion"


DISPUTE = {
    "dispute_id": "n1", "line_id": "n1", "reason": "两笔都已激活", "evidence": ["doc-7"], "raised_by": story.ZHANG, "on": "2026-10-05",
    "due_on": "2026-10-19", "overdue": False, "status": "refused", "outcome": "refused", "points_milli": 0,
    "decided_by": "S0301", "decided_on": "2026-10-09", "because": "只激活了一笔", "adjusted_by": None,
}  # fmt: skip


@pytest.fixture
def earned(scored):
    """The line is one of its own, and changes no other."""
    scored.tell("GET", "/api/incentives/lines/n1/explain", 200, TREE | {"adjusts": None})
    return scored


def test_i10_what_only_changes_a_line_is_not_disputed_by_itself(browser, scored):
    page = browser(story.ZHANG).open("/score/lines/n1").text
    assert "what is wrong is disputed there" in page
    assert "Raise the dispute" not in page


def test_i10_a_line_is_disputed_with_a_reason_and_proofs(browser, earned):
    visitor = browser(story.ZHANG).open("/score/lines/n1")
    kept = visitor.form("/score/lines/n1/dispute")
    visitor.send("/score/lines/n1/dispute", ("reason", " "), form=kept)
    assert visitor.page.status_code == 422
    assert "Say what is wrong with the line." in visitor.text
    assert earned.commands == []
    earned.tell(
        "POST", "/api/incentives/disputes", 201, {"id": "n1", "version": 1, "position": "incentives/dispute-n1@1"}
    )
    earned.tell("GET", "/api/incentives/disputes/n1", 200, DISPUTE)
    visitor.send("/score/lines/n1/dispute", ("reason", "两笔都已激活"), ("evidence", "doc-7\n\n doc-8 "), form=kept)
    assert earned.commands[0][2] == {"line_id": "n1", "reason": "两笔都已激活", "evidence": ["doc-7", "doc-8"]}
    assert "Your dispute is raised." in visitor.text


def test_i10_what_became_of_a_dispute_is_told(browser, scored):
    scored.tell("GET", "/api/incentives/disputes/n1", 200, DISPUTE)
    page = browser(story.ZHANG).open("/score/lines/n1").text
    assert "只激活了一笔" in page
    assert "Oct 9, 2026" in page
    assert "Raise the dispute" not in page


def test_i10_a_refused_dispute_keeps_what_was_typed(browser, earned):
    detail = "It was corrected already."
    earned.refuse("POST", "/api/incentives/disputes", 409, code="corrected_already", detail=detail, rule="I10")
    visitor = browser(story.ZHANG).open("/score/lines/n1")
    visitor.send("/score/lines/n1/dispute", ("reason", "算错了"), ("evidence", "doc-7"))
    assert visitor.page.status_code == 409
    assert "Not done: rule I10" in visitor.text
    assert "算错了" in visitor.text
