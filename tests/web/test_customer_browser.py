"""The screen of customers in a real browser over the whole stack: found, seen, followed along the chain, unmasked once."""

import pytest

from tests.web.visitor import HEAVIEST, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
TEXTILE, PERSON = "C000001", "P000001"
WIN = 'main a[href^="/customers/wins/"]'
OPPORTUNITY = 'main a[href^="/customers/opportunities/"]'
WALKS = {
    "corporate": [
        ("list", "/customers"),
        ("company", f"/customers/{TEXTILE}"),
        ("win", WIN),
        ("opportunity", OPPORTUNITY),
    ],
    "retail": [("person", f"/customers/{PERSON}"), ("links", f"/customers/{TEXTILE}/links?page=2")],
    "branch": [("list", "/customers?kind=company"), ("person", f"/customers/{PERSON}")],
    "product": [("found", "/customers?view=all&q=王"), ("company", f"/customers/{TEXTILE}")],
    "compliance": [("company", f"/customers/{TEXTILE}"), ("nobody", "/customers?view=all&q=nobody-is-called-so")],
}
LOOKS = [("desktop", "light", "en"), ("phone", "dark", "zh-CN"), ("desktop", "dark", "zh-CN"), ("phone", "light", "en")]


def open_place(visitor, place):
    """A path, or a link of the page before."""
    page = visitor.page
    visitor.open(place if place.startswith("/") else page.locator(place).first.get_attribute("href"))


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
@pytest.mark.parametrize("part", WALKS)
def test_each_role_sees_its_customers(played, chromium, part, size, theme, language):
    found = {}
    with Visitor(chromium, played.url, language, size, theme) as visitor:
        visitor.sign_in(played.identity(part))
        for name, place in WALKS[part]:
            open_place(visitor, place)
            visitor.picture(f"customer-{part}-{name}-{language}-{theme}-{size}")
            assert visitor.page.get_attribute("html", "lang") == language
            assert visitor.page.locator("h1").count() == 1, name
            assert not visitor.scrolls_sideways(), name
            assert visitor.bytes_of_page() <= HEAVIEST, name
            found |= {name: faults} if (faults := visitor.faults()) else {}
        assert found == {}
        assert visitor.complaints == []


def test_k5_from_a_company_to_an_employee_and_back_to_the_win(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("corporate")).page
        visitor.open("/customers")
        page.get_by_label("Number or name").fill(TEXTILE)
        page.get_by_role("button", name="Find", exact=True).click()
        page.wait_for_url(f"**/customers/{TEXTILE}")
        assert visitor.has("#links svg a", 24)
        links = page.locator("#links svg a")
        assert "legal representative" in links.first.text_content()
        page.locator(WIN).first.click()
        page.locator("h1", has_text="What a win brought").wait_for()
        page.locator(OPPORTUNITY).first.click()
        page.locator(".steps li").nth(1).wait_for()
        page.locator(".steps a", has_text="All that this win brought").first.click()
        page.locator("h1", has_text="What a win brought").wait_for()
        assert visitor.complaints == []


def test_r5_a_number_is_shown_once_for_a_reason(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("corporate")).page
        visitor.open(f"/customers/{TEXTILE}")
        page.get_by_text("See personal data in clear").click()
        page.locator("#unmask").get_by_label("Telephone").check()
        page.locator("#unmask").get_by_label("Reason").select_option("customer_contact")
        page.get_by_label("In your own words").fill("to agree on a visit")
        page.get_by_role("button", name="Show it once").click()
        number = page.locator("#in-clear dd").inner_text()
        assert number.startswith("0572")
        visitor.picture("customer-unmasked-en")
        assert visitor.faults() == []
        page.get_by_role("link", name="Hide it now").click()
        page.locator("#in-clear").wait_for(state="detached")
        assert number not in page.content()
        assert visitor.complaints == []
    seen = played.stage["compliance"].get(f"/api/registry/unmaskings?customer_id={TEXTILE}")["unmaskings"]
    assert (seen[0]["fields"], seen[0]["reason"]) == (["phone"], "customer_contact")
    assert number not in str(seen)


def test_r5_what_one_may_not_see_is_refused_in_place(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("corporate")).page
        visitor.open(f"/customers/{TEXTILE}")
        page.get_by_text("See personal data in clear").click()
        page.locator("#unmask").get_by_label("Identity number").check()
        page.locator("#unmask").get_by_label("Reason").select_option("complaint")
        page.get_by_label("In your own words").fill("somebody complained")
        page.get_by_role("button", name="Show it once").click()
        page.get_by_role("alert").get_by_text("Not done: rule R5").first.wait_for()
        assert page.locator("#unmask").get_by_label("Identity number").is_checked()
        assert page.get_by_label("In your own words").input_value() == "somebody complained"


def test_r5_who_has_a_telephone_is_found(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("compliance")).page
        visitor.open("/customers")
        page.get_by_text("Find by a telephone or identity number").click()
        page.get_by_label("Number to look up", exact=True).fill("142 0000 0000")
        page.get_by_role("button", name="Look up").click()
        page.locator("main table, main .empty").first.wait_for()
        assert "142 0000 0000" not in page.url
        assert visitor.complaints == []
