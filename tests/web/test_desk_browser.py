"""The desks in a real browser over the whole stack: seen in both languages, worked with, and looked at as pictures."""

import pytest

from tests.web.visitor import PICTURES, SIZES, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
SEEN = {
    ("corporate", "zh-CN"): ("对公工作台", "进行中", "客户", "分成"),
    ("corporate", "en"): ("Corporate desk", "In progress", "Customer", "Split"),
    ("retail", "zh-CN"): ("零售工作台", "待我确认", "公私联动"),
    ("retail", "en"): ("Retail desk", "To accept", "Win with"),
    ("hr", "zh-CN"): ("积分对账单", "2026-09", "月度结算"),
    ("hr", "en"): ("Score statements", "2026-09", "Month's close"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("part", "language"), SEEN)
def test_each_desk_in_each_language(played, chromium, part, language, size):
    with Visitor(chromium, played.url, language, size) as visitor:
        visitor.sign_in(played.identity(part))
        visitor.page.goto(f"{played.url}/{part}")
        assert visitor.page.get_attribute("html", "lang") == language
        for text in SEEN[part, language]:
            assert text in visitor.page.content()
        visitor.picture(f"{part}-{language}-{size}")
        assert not visitor.scrolls_sideways()
        if part != "hr":
            visitor.page.goto(f"{played.url}/{part}?view=won")
        visitor.page.locator("tbody th a").last.click()
        visitor.picture(f"{part}-one-{language}-{size}")
        assert visitor.has("h1", 1)
        assert not visitor.scrolls_sideways()
        assert visitor.complaints == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("language", "why", "agrees"), [("zh-CN", "为什么？", "一致"), ("en", "Why?", "agrees")])
def test_i7_a_person_sees_a_month_why_each_line_is_there_and_takes_it_home(
    played, chromium, language, why, agrees, size
):
    with Visitor(chromium, played.url, language, size) as visitor:
        visitor.sign_in(played.identity("corporate"))
        visitor.page.goto(f"{played.url}/score?month=2026-09")
        visitor.picture(f"score-{language}-{size}")
        assert not visitor.scrolls_sideways()
        paper = visitor.page.request.get(f"{played.url}/score/paper?month=2026-09")
        assert paper.body().startswith(b"%PDF-")
        PICTURES.joinpath(f"score-{language}.pdf").write_bytes(paper.body())
        visitor.page.get_by_text(why, exact=True).first.click()
        assert visitor.says(agrees)
        visitor.picture(f"score-line-{language}-{size}")
        assert not visitor.scrolls_sideways()
        assert visitor.complaints == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_sign_in_page_names_the_cast(stack, chromium, language):
    with Visitor(chromium, stack.url, language) as visitor:
        visitor.page.goto(stack.url)
        assert stack.identity("corporate").name in visitor.page.content()
        visitor.picture(f"sign-in-{language}")
        assert visitor.complaints == []


def open_lead(stack):
    """Opened through the API by the corporate side; the retail side waits at the outlet."""
    body = {
        "customer_id": "C0002", "customer_kind": "company", "need": "online_reconciliation",
        "products": ["online_reconciliation"], "source": "branch", "outlet_id": stack.identity("retail").unit_id,
        "value_minor": 5_000_000, "on": "2026-09-15",
    }  # fmt: skip
    return stack.stage["corporate"].post("/api/leads", body)


def propose_split(stack, lead):
    shares = [{"line": "corporate", "bps": 6_000}, {"line": "retail", "bps": 4_000}]
    return stack.stage["corporate"].post(f"/api/leads/{lead}/split", {"shares": shares})["position"]


def test_l2_a_lead_is_claimed_accepted_and_won_on_the_desks(stack, chromium):
    opened = open_lead(stack)
    lead = opened["id"]
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.goto(f"{stack.url}/retail?view=queue&after={opened['position']}")
        page.locator(f"#lead-{lead}").get_by_role("button").click()
        page.get_by_text("The lead is yours now.").wait_for()
        assert visitor.complaints == []
    position = propose_split(stack, lead)
    for part in ("corporate", "retail"):
        with Visitor(chromium, stack.url) as visitor:
            visitor.sign_in(stack.identity(part)).page.goto(f"{stack.url}/{part}/leads/{lead}?after={position}")
            visitor.page.get_by_role("button", name="Accept").dblclick()
            visitor.page.get_by_text("You accepted the split.").wait_for()
            assert visitor.complaints == []
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("corporate")).page
        page.goto(f"{stack.url}/corporate/leads/{lead}")
        assert page.get_by_label("Online reconciliation").is_checked()
        page.get_by_label("Online reconciliation").uncheck()
        page.get_by_role("button", name="Mark as won").click()
        assert page.get_by_role("alert").inner_text().startswith("Not done")
        visitor.complaints.clear()  # the browser tells of every answer over 400
        page.get_by_label("Online reconciliation").check()
        page.get_by_role("button", name="Mark as won").click()
        page.get_by_text("The lead is won.").wait_for()
        assert page.locator("h1").inner_text().endswith("Won")
        visitor.picture("corporate-won-en")
        assert visitor.complaints == []


def test_a_desk_can_be_worked_without_a_mouse(stack, chromium):
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.page
        page.goto(stack.url)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
        box = page.locator(".skip").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        person = stack.identity("hr")
        for _ in range(60):
            if page.evaluate("document.activeElement.value") == person.staff_id:
                break
            page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        page.wait_for_url(f"{stack.url}/hr")
