"""Compliance's screen in a real browser over the whole stack: the queue, a decision, a colleague's, an alert, a sample."""

from datetime import date

import pytest

from infra.demo.corporate import EVIDENCE, request_opening
from infra.demo_bank import SEED
from infra.demo_bank.network import staff
from infra.public import until
from shared.runtime.auth import Principal
from tests.web.visitor import HEAVIEST, SIZES, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
SEEN = {
    "zh-CN": ("合规工作台", "风险预警", "限额附近密集转账", "抽样检查"),
    "en": ("Compliance desk", "Alerts", "Burst at the limit", "Samples that are inspected"),
}


def waiting(stack, company):
    """An opening that a branch asks for, on good papers; its id."""
    corporate, retail = stack.stage["corporate"], stack.stage["retail"]
    body = {
        "customer_id": company, "customer_kind": "company", "need": "corporate e-banking", "products": ["corporate_ebank"],
        "source": "branch", "outlet_id": corporate.principal.unit_id, "value_minor": 5_000_000, "on": "2026-10-08",
    }  # fmt: skip
    lead = corporate.post("/api/leads", body)["id"]
    corporate.post(f"/api/leads/{lead}/invite", {"staff_id": retail.principal.staff_id, "line": "retail"})
    shares = [{"line": "corporate", "bps": 6_000}, {"line": "retail", "bps": 4_000}]
    corporate.post(f"/api/leads/{lead}/split", {"shares": shares})
    for side in (corporate, retail):
        side.post(f"/api/leads/{lead}/accept", {"proposal": 1, "on": "2026-10-08"})
    corporate.post(
        f"/api/leads/{lead}/win", {"products": ["corporate_ebank"], "value_minor": 5_000_000, "on": "2026-10-09"}
    )
    people = {part: stack.identity(part).staff_id for part in ("maker", "checker", "caller")}
    evidence = EVIDENCE | {
        "maker_id": people["maker"],
        "checker_id": people["checker"],
        "call_back_by": people["caller"],
    }
    request_opening(corporate, lead, "corporate_ebank", evidence | {"on": date(2026, 10, 9).isoformat()})
    opening = f"{lead}.corporate_ebank.1"
    until(
        lambda: stack.stage["compliance"].find(f"/api/compliance/openings/{opening}"), f"compliance receives {opening}"
    )
    until(
        lambda: stack.connected.client["desk"]["compliance_desk"].find_one({"_id": opening}),
        f"the desk shows {opening}",
    )
    return opening


@pytest.fixture(scope="module")
def queue(played):
    """Four openings that wait."""
    return [waiting(played, company) for company in ("C000002", "C000003", "C000004", "C000005")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", SEEN)
def test_the_screen_in_each_language_and_size(played, queue, chromium, language, size):
    with Visitor(chromium, played.url, language, size) as visitor:
        page = visitor.sign_in(played.identity("compliance")).page

        def look(name, words=""):
            assert visitor.says(words)
            assert page.locator("h1").count() == 1
            visitor.picture(f"compliance-{name}-{language}-{size}")
            assert not visitor.scrolls_sideways()
            assert visitor.bytes_of_page() <= HEAVIEST
            assert visitor.faults() == []

        desk, alerts, burst, samples = SEEN[language]
        look("queue", desk)
        page.locator(f"tbody th a[href$='{queue[0]}']").click()
        look("opening", queue[0])
        page.goto(f"{played.url}/compliance/alerts?state=all&pattern=burst")
        look("alerts", alerts)
        page.locator("tbody th a").first.click()
        page.locator("figure svg").wait_for()
        look("alert", burst)
        page.goto(f"{played.url}/compliance/samples?state=all")
        look("samples", samples)
        page.locator("tbody th a").first.click()
        look("sample", "seed" if language == "en" else "随机种子")
        page.locator("tbody th a").first.click()
        page.locator("#inspected").wait_for()
        look("inspected")
        assert "</form>" in page.content()
        assert visitor.complaints == []


def test_the_figure_is_seen_on_a_dark_ground(played, chromium):
    with Visitor(chromium, played.url, size="phone", theme="dark") as visitor:
        page = visitor.sign_in(played.identity("compliance")).page
        page.goto(f"{played.url}/compliance/alerts?state=all&pattern=burst")
        page.locator("tbody th a").first.click()
        visitor.picture("compliance-alert-dark-phone")
        ground = visitor.evaluate("getComputedStyle(document.querySelector('figure')).backgroundColor")
        bar = visitor.evaluate("getComputedStyle(document.querySelector('figure rect')).fill")
        assert bar != ground
        assert not visitor.scrolls_sideways()
        assert visitor.faults() == []
        assert visitor.complaints == []


def test_c1_an_officer_refuses_and_clears(played, queue, chromium):
    refused, cleared = queue[:2]
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("compliance")).page
        page.goto(f"{played.url}/compliance/openings/{refused}")
        page.get_by_label("Reason", exact=True).fill("The signature differs from the one on file")
        page.get_by_role("button", name="Refuse the opening").click()
        page.locator("#rule-error").wait_for()
        assert page.get_by_label("Reason", exact=True).input_value() == "The signature differs from the one on file"
        visitor.complaints.clear()  # the browser tells of every answer over 400
        page.get_by_label("Rule", exact=True).select_option("C1.other")
        page.get_by_role("button", name="Refuse the opening").click()
        page.get_by_text("The opening is refused.").wait_for()
        page.goto(f"{played.url}/compliance/openings/{cleared}")
        page.get_by_role("button", name="Clear the opening").dblclick()
        page.get_by_text("The opening is cleared.").wait_for()
        assert page.locator("h1").inner_text().endswith("Cleared")
        assert visitor.complaints == []


def test_a_colleagues_decision_appears_by_itself(played, queue, chromium):
    opening = queue[2]
    with Visitor(chromium, played.url) as listing, Visitor(chromium, played.url) as reading:
        page = listing.sign_in(played.identity("compliance")).page
        page.goto(f"{played.url}/compliance?q={opening}")
        row = page.locator(f'[id="opening-{opening}"]')
        row.wait_for()
        one = reading.sign_in(played.identity("compliance")).page
        one.goto(f"{played.url}/compliance/openings/{opening}")
        one.get_by_label("Reason", exact=True).fill("half a sentence")
        page.wait_for_timeout(1_000)
        played.stage["compliance"].post(f"/api/compliance/openings/{opening}/clear", {"on": "2026-10-10"})
        row.wait_for(state="detached")
        one.locator("h1 .state.cleared").wait_for()
        assert one.get_by_label("Reason", exact=True).input_value() == "half a sentence"
        assert one.locator(".checks li").count() > 5
        assert listing.complaints == reading.complaints == []


def other_officer(stack):
    """Not the one of the cast, who cleared what the story opened, and inspects none of it (rule C2)."""
    known = stack.identity("compliance")
    rows = [row for row in staff(SEED) if row["role"] == "compliance" and row["staff_id"] != known.staff_id]
    return stack.stage.person(Principal(rows[-1]["staff_id"], rows[-1]["name"], known.roles, known.unit_id, known.line))


def test_c5_the_branch_reports_the_remedy_of_a_finding(played, chromium):
    found = until(lambda: played.stage["compliance"].get("/api/compliance/samples")["samples"], "a sample is drawn")[0]
    sample, opening = found["sample_id"], found["openings"][0]["opening_id"]
    finding = {"finding": "The copy of the identity card cannot be read", "remedy_due": "2099-12-31"}
    other_officer(played).post(f"/api/compliance/samples/{sample}/openings/{opening}/inspect", finding)
    place = f"{played.url}/compliance/samples/{sample}/openings/{opening}"
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("compliance")).page
        page.goto(place)
        page.get_by_text("Another officer must inspect it.").wait_for()
        assert visitor.complaints == []
    with Visitor(chromium, played.url, size="phone") as visitor:
        page = visitor.sign_in(played.identity("branch")).page
        page.goto(f"{played.url}/compliance/samples")
        page.locator(f'[id="sample-{sample}"] a').click()
        page.locator(f'[id="item-{opening}"] a').click()
        page.get_by_label("Remedy", exact=True).fill("Scanned again in the customer's presence")
        page.get_by_role("button", name="Report the remedy").click()
        page.get_by_text("The remedy is reported.").wait_for()
        assert visitor.has("h1 .state.remedied", 1)
        visitor.picture("compliance-remedied-phone")
        assert not visitor.scrolls_sideways()
        assert visitor.complaints == []
