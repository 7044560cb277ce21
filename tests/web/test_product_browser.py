"""The product manager's screens in a real browser over the whole stack: looked at in each look, and worked with."""

from datetime import UTC, datetime, timedelta

import pytest

from infra.demo_bank.customers import LINKED_PEOPLE
from shared.core.days import bank_day
from shared.runtime.auth import Principal
from tests.web.visitor import HEAVIEST, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
SCREENS = {
    "catalogue": "/product",
    "rules": "/product/rules",
    "rule-set": "/product/rules/in-force",
    "rule-draft": "/product/rules/new",
    "bench": f"/product/bench?customer={LINKED_PEOPLE[0]}",
    "results": "/product/results",
    "needs": "/product/needs",
    "scorecards": "/product/scorecards",
    "scorecard-new": "/product/scorecards/new",
    "campaigns": "/product/campaigns",
    "campaign-new": "/product/campaigns/new",
}
LOOKS = [
    ("desktop", "light", "en"),
    ("desktop", "dark", "zh-CN"),
    ("phone", "light", "zh-CN"),
    ("phone", "dark", "en"),
]
SECOND = Principal("S9801", "何军", frozenset({"product"}), "HO", "ebanking")


def looked_at(visitor, name):
    """What axe finds; that it fits, and is not heavy."""
    visitor.picture(name)
    assert visitor.page.locator("h1").count() == 1, name
    assert not visitor.scrolls_sideways(), name
    assert visitor.bytes_of_page() <= HEAVIEST, name
    return visitor.faults()


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
def test_every_product_screen_can_be_seen_and_used_by_all(played, chromium, size, theme, language):
    found = {}
    with Visitor(chromium, played.url, language, size, theme) as visitor:
        visitor.sign_in(played.identity("product"))
        for name, path in SCREENS.items():
            visitor.open(path)
            assert visitor.page.get_attribute("html", "lang") == language
            faults = looked_at(visitor, f"product-{name}-{language}-{theme}-{size}")
            found |= {name: faults} if faults else {}
        assert found == {}
        assert visitor.complaints == []


def test_b2_rules_are_drafted_mended_tried_and_published_by_another(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("product")).page
        page.goto(f"{played.url}/product/rules/new")
        written = page.locator("#content-text").input_value()
        first = page.evaluate("document.querySelector('#content-text').value.match(/effective_from: (.*)/)[1]")
        later = written.replace(first, "2099-01-01").replace("years: 45", "years: 0")
        page.locator("#content-text").fill(later)
        page.get_by_role("button", name="Keep as a draft").click()
        page.get_by_text("There is 1 fault in the file.").wait_for()
        assert page.get_by_role("link", name="Line").count() == 1
        assert not looked_at(visitor, "product-rule-faults")
        visitor.complaints.clear()  # the browser tells of every answer over 400
        page.locator("#content-text").fill(later.replace("years: 0", "years: 99"))
        page.get_by_role("button", name="Keep as a draft").click()
        page.get_by_text("The draft is kept.").wait_for()
        assert visitor.says("now asks: is at most 99 years old")
        assert page.get_by_role("button", name="Publish").count() == 0
        assert not looked_at(visitor, "product-rule-drafted")
        digest = page.url.split("/rules/")[1].split("?")[0]
        page.get_by_role("link", name="Try on a customer").click()
        page.get_by_label("Customer number").fill(LINKED_PEOPLE[0])
        page.get_by_role("button", name="Try").click()
        page.get_by_text("Bundles, and why").wait_for()
        assert page.get_by_label("By the rules").input_value() == digest
        assert not looked_at(visitor, "product-bench-draft")
        played.stage.person(SECOND).post(f"/api/bundling/rules/{digest}/publish", {})
        page.goto(f"{played.url}/product/rules?status=published")
        assert "何军" in page.content() or SECOND.staff_id in page.content()
        page.goto(f"{played.url}/product?on=2099-01-01")
        assert "is at most 99 years old" in page.content()
        assert visitor.complaints == []


def test_l12_a_campaign_is_drafted_started_watched_and_cancelled(played, chromium):
    today = bank_day(datetime.now(UTC))
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("product")).page
        page.goto(f"{played.url}/product/campaigns")
        page.locator("[accesskey=n]").click()
        page.get_by_label("Name of the campaign").fill("Cards for one outlet")
        page.get_by_label("Unit").fill("O05")
        page.locator("#lacks").get_by_label("Credit card").check()
        page.get_by_label("Need").fill("credit_card")
        page.get_by_role("button", name="Keep as a draft").click()
        page.get_by_text("Some fields are not as they must be").wait_for()
        assert page.get_by_label("Name of the campaign").input_value() == "Cards for one outlet"
        assert page.locator("#lacks").get_by_label("Credit card").is_checked()
        assert not looked_at(visitor, "product-campaign-refused")
        visitor.complaints.clear()  # the browser tells of every answer over 400
        page.locator("#products").get_by_label("Credit card").check()
        page.get_by_label("Opens on").fill(today.isoformat())
        page.get_by_label("Last day").fill((today + timedelta(days=60)).isoformat())
        page.get_by_role("button", name="Keep as a draft").click()
        page.get_by_text("The campaign is drafted.").wait_for()
        page.get_by_role("button", name="Start the campaign").click()
        page.get_by_text("The campaign is started.").wait_for()
        page.evaluate("window.mark = 1")
        page.locator("#far").get_by_text("everybody had their turn").wait_for(timeout=60_000)
        assert page.evaluate("window.mark") == 1
        assert not looked_at(visitor, "product-campaign-running")
        page.get_by_label("Why").last.select_option("budget")
        page.get_by_role("button", name="Cancel it").click()
        page.get_by_text("The campaign is cancelled.").wait_for()
        page.goto(f"{played.url}/product/campaigns")
        assert "Cards for one outlet" in page.content()
        assert not looked_at(visitor, "product-campaigns-one")
        assert visitor.complaints == []
