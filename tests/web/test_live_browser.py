"""What a colleague does appears within a second, and nothing that one is typing is lost; a lost connection heals."""

import time

import pytest
from playwright.sync_api import expect

from tests.web.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
SOON = 10_000
"""Milliseconds. A second on a quiet machine; these run beside other work."""


def opened(stack, customer_id):
    body = {
        "customer_id": customer_id, "customer_kind": "company", "need": f"live {customer_id}", "products": ["settlement"],
        "source": "branch", "outlet_id": stack.identity("retail").unit_id, "value_minor": 5_000_000, "on": "2026-09-15",
    }  # fmt: skip
    lead = stack.stage["corporate"].post("/api/leads", body)
    stack.stage["retail"].post(f"/api/leads/{lead['id']}/claim", {})
    return lead


def propose(stack, lead, corporate=6_000):
    shares = [{"line": "corporate", "bps": corporate}, {"line": "retail", "bps": 10_000 - corporate}]
    return stack.stage["corporate"].post(f"/api/leads/{lead}/split", {"shares": shares})["position"]


def test_a_list_shows_what_a_colleague_does_without_being_reloaded(stack, chromium):
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.goto(f"{stack.url}/retail?view=accept")
        page.evaluate("window.mark = 1")
        waiting = page.locator("#lists [aria-current] .count")
        before = int(waiting.inner_text())
        lead = opened(stack, "C0003")["id"]
        propose(stack, lead)
        page.locator(f"#lead-{lead}").wait_for(timeout=SOON)
        expect(waiting).to_have_text(str(before + 1))
        stack.stage["retail"].post(f"/api/leads/{lead}/accept", {"proposal": 1})
        page.locator(f"#lead-{lead}").wait_for(state="detached", timeout=SOON)
        assert page.evaluate("window.mark") == 1
        assert visitor.complaints == []


def test_a_list_shows_what_a_colleague_did_before_it_began_to_listen(stack, chromium):
    done = []

    def late(route):
        if not done:
            done.append(opened(stack, "C0008")["id"])
            propose(stack, done[0])
            time.sleep(2)  # the desk has learned of it long before the page listens
        route.continue_()

    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.route("**/live?*", late)
        with page.expect_response("**/live?*"):
            page.goto(f"{stack.url}/retail?view=accept")
        page.locator(f"#lead-{done[0]}").wait_for(timeout=SOON)
        assert visitor.complaints == []


def test_all_of_a_list_are_ticked_at_once(stack, chromium):
    lead = opened(stack, "C0007")["id"]
    propose(stack, lead)
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.goto(f"{stack.url}/retail?view=accept")
        page.locator(f"#lead-{lead}").wait_for(timeout=SOON)
        page.get_by_label("Tick all").check()
        boxes = page.locator("input[name='lead']")
        assert boxes.count() >= 1
        assert all(boxes.nth(place).is_checked() for place in range(boxes.count()))
        page.get_by_role("button", name="Accept all that are ticked").click()
        page.locator(f"#lead-{lead}").wait_for(state="detached", timeout=SOON)
        assert visitor.complaints == []


def test_l2_who_works_on_the_same_lead_sees_what_changed_and_keeps_what_was_typed(stack, chromium):
    lead = opened(stack, "C0004")["id"]
    position = propose(stack, lead)
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.goto(f"{stack.url}/retail/leads/{lead}?after={position}")
        page.get_by_text("Close as lost").first.click()
        page.locator("#text").fill("half a thought")
        propose(stack, lead, corporate=7_000)
        page.get_by_text("Changed since you opened this page").wait_for(timeout=SOON)
        assert "Corporate 70%" in page.locator("#changed").inner_text()
        assert page.locator("#text").input_value() == "half a thought"
        visitor.picture("lead-changed-meanwhile")
        page.locator("form[action$='/lose'] button").click()
        page.get_by_text("The lead has changed").or_(page.get_by_text("You decided on version")).first.wait_for()
        assert page.locator("#text").input_value() == "half a thought"


def test_l2_a_lead_that_becomes_active_can_be_won_in_the_window_that_was_open(stack, chromium):
    lead = opened(stack, "C0005")["id"]
    position = propose(stack, lead)
    stack.stage["corporate"].post(f"/api/leads/{lead}/accept", {"proposal": 1})
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("corporate")).page
        page.goto(f"{stack.url}/corporate/leads/{lead}?after={position}")
        page.get_by_text("Waits for the other side").wait_for()
        assert not page.get_by_role("heading", name="Mark as won").is_visible()
        stack.stage["retail"].post(f"/api/leads/{lead}/accept", {"proposal": 1})
        page.get_by_role("heading", name="Mark as won").wait_for(timeout=SOON)
        page.get_by_label("Value in yuan").fill("12,000")
        stack.stage["retail"].post(f"/api/leads/{lead}/qualify", {})
        page.locator("#heading").get_by_text("Qualified").wait_for(timeout=SOON)
        assert page.get_by_label("Value in yuan").input_value() == "12,000"
        assert visitor.complaints == []


def test_l2_a_partner_is_found_by_name_and_the_other_share_follows(played, chromium):
    body = {
        "customer_id": "C000021", "customer_kind": "company", "need": "a partner", "products": ["settlement"],
        "source": "branch", "outlet_id": played.identity("retail").unit_id, "value_minor": 5_000_000, "on": "2026-09-15",
    }  # fmt: skip
    lead = played.stage["corporate"].post("/api/leads", body)
    partner = played.identity("retail")
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("corporate")).page
        page.goto(f"{played.url}/corporate/leads/{lead['id']}?after={lead['position']}")
        page.get_by_role("link", name="Invite a partner").click()
        page.locator("#staff_id").wait_for()
        assert page.locator(f"#partners option[value='{partner.staff_id}'][label^='{partner.name}']").count() == 1
        visitor.picture("lead-next-partner")
        assert visitor.faults() == []
        page.locator("#staff_id").fill(partner.staff_id)
        page.get_by_role("button", name="Invite", exact=True).click()
        page.get_by_text("Next: how the score is split").wait_for()
        page.get_by_role("link", name="Propose a split").click()
        page.locator("#share-corporate").fill("70")
        assert page.locator("#share-retail").input_value() == "30"
        page.get_by_role("button", name="Propose", exact=True).click()
        page.get_by_text("The split waits for your word").wait_for()
        assert visitor.complaints == []


def test_a_new_lead_is_opened_and_warns_of_a_like_one_while_typing(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("corporate")).page
        page.get_by_role("link", name="New lead").click()
        page.locator("#customer_id").press_sequentially("C00002", delay=20)
        page.locator("#found a").first.click()
        again = page.url
        page.locator("#need").fill("a settlement account for the new plant")
        page.get_by_label("Corporate settlement account").check()
        page.get_by_role("button", name="Open the lead").click()
        page.get_by_text("The lead is open.").wait_for()
        first = page.url
        page.goto(again)
        page.get_by_text("in progress already").wait_for()
        page.locator("#need").press_sequentially("a settlement account for the new plant", delay=2)
        page.get_by_text("about the same need").wait_for(timeout=SOON)
        page.get_by_label("Corporate settlement account").check()
        visitor.picture("lead-new-warned")
        page.get_by_role("button", name="Open the lead").click()
        page.get_by_text("Not done: rule L4").wait_for()
        assert page.locator("#need").input_value() == "a settlement account for the new plant"
        assert first != page.url


def test_a_lost_connection_is_shown_and_heals(stack, chromium):
    with Visitor(chromium, stack.url) as visitor:
        page = visitor.sign_in(stack.identity("retail")).page
        page.goto(f"{stack.url}/retail")
        page.locator(".leads, .empty").first.wait_for()
        stack.kill("desk")
        page.locator("#lost").wait_for(state="visible")
        visitor.picture("lost-connection")
        page.locator("#lost").wait_for(state="hidden", timeout=90_000)
        lead = opened(stack, "C0006")["id"]
        page.locator(f"#lead-{lead}").wait_for(timeout=SOON)
