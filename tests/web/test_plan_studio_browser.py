"""The plan studio in a real browser over the whole stack: read, tried, drafted, approved by a second person, decided."""

import pytest

from tests.web.visitor import SIZES, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
DRAFT = "/plans/draft?base=ebank-2026.1"
LANGUAGES = {
    "zh-CN": ("激励方案", "方案说明", "历史测算", "明细与总数核对"),
    "en": ("Incentive plans", "In plain words", "Try it over the history", "Rows against totals"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_i8_a_designer_reads_a_plan_and_tries_another(played, chromium, language, size):
    title, plainly, tries, totals = LANGUAGES[language]
    with Visitor(chromium, played.url, language, size) as visitor:
        page = visitor.sign_in(played.identity("designer")).page
        assert page.locator("h1").inner_text() == title
        visitor.picture(f"plans-{language}-{size}")
        assert not visitor.scrolls_sideways()
        page.locator("#plan-ebank-2026-1 a").click()
        assert visitor.says(plainly)
        visitor.picture(f"plan-{language}-{size}")
        assert not visitor.scrolls_sideways()
        page.goto(f"{played.url}{DRAFT}")
        page.locator("[id='indicators.4.points_milli']").fill("3")
        page.locator("[id='indicators.0.points_milli']").fill("5")
        page.locator("[id='roll_up_bps.0']").fill("10")
        visitor.picture(f"plan-draft-{language}-{size}")
        assert not visitor.scrolls_sideways()
        page.get_by_role("button", name=tries).click()
        page.locator("#told svg rect").first.wait_for()
        assert visitor.says(totals)
        assert "✗" not in page.locator("#told").inner_text()
        assert page.locator("[id='roll_up_bps.0']").input_value() == "10"
        visitor.picture(f"plan-tried-{language}-{size}")
        assert not visitor.scrolls_sideways()
        assert page.locator("h1").count() == 1
        assert visitor.faults() == []
        assert visitor.complaints == []


def test_i1_a_plan_from_its_form_to_active_by_two_people(played, chromium):
    """It begins long after everything else, so that it changes nothing for anybody."""
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("designer")).page
        page.goto(f"{played.url}{DRAFT}")
        page.get_by_label("Name of the plan").fill("far-ahead")
        page.get_by_label("Version", exact=True).fill("1")
        page.get_by_label("Takes effect on").fill("2099-01-01")
        page.locator("[id='indicators.0.weight_bps']").fill("30")
        page.locator("#do-keep").click()
        assert "rule I1" in page.locator("#trouble").inner_text()
        assert page.get_by_label("Name of the plan").input_value() == "far-ahead"
        visitor.picture("plan-draft-refused-en")
        assert visitor.faults() == []
        visitor.complaints.clear()  # the browser tells of every answer over 400
        page.locator("[id='indicators.0.weight_bps']").fill("20")
        page.locator("#do-keep").click()
        page.get_by_text("The draft is kept.").wait_for()
        page.locator("#do-run").click()
        page.locator("#told svg").wait_for()
        page.locator("#do-submit").click()
        page.get_by_text("The plan is submitted.").wait_for()
        assert visitor.says("you cannot approve it: rule I1")
        visitor.picture("plan-submitted-en")
        assert visitor.complaints == []
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("approver")).page
        page.goto(f"{played.url}/plans/versions/far-ahead/1")
        page.locator("#do-run").click()
        page.locator("#do-approve").wait_for()
        visitor.picture("plan-to-approve-en")
        page.locator("#do-approve").click()
        page.get_by_text("The plan is approved.").wait_for()
        page.locator("#do-activate").click()
        page.get_by_text("stays as it is from now on").wait_for()
        assert visitor.has(".timeline li", 5)
        visitor.picture("plan-active-en")
        assert visitor.complaints == []


def test_i13_an_award_comes_to_an_open_page_and_is_rejected(played, chromium):
    retail = played.identity("retail")
    body = {
        "entry": "awarded", "staff_id": retail.staff_id, "unit_id": retail.unit_id, "points_milli": 2_000,
        "reason": "helped another outlet", "evidence": ["note 7"], "on": "2026-12-01",
    }  # fmt: skip
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("approver")).page
        page.goto(f"{played.url}/plans/awards")
        made = played.stage["hr"].post("/api/incentives/awards", body)
        page.locator(f"#award-{made['id']} a").first.click()
        assert visitor.faults() == []
        visitor.picture("award-en")
        page.get_by_label("Reason").fill("no ground")
        page.locator("#do-reject").click()
        page.get_by_text("Rejected: nothing was paid or taken.").wait_for()
        visitor.picture("award-rejected-en")
        assert visitor.complaints == []


def test_a_run_works_without_scripts(played, chromium):
    context = chromium.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{played.url}/sign-in")
        page.click(f'button[name="staff_id"][value="{played.identity("designer").staff_id}"]')
        page.goto(f"{played.url}{DRAFT}")
        page.locator("#do-check").click()
        page.locator("#told svg").wait_for()
        assert "What this version would have paid" in page.content()
    finally:
        context.close()
