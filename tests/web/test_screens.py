"""Every screen of the desk, in both sizes, themes and languages: nothing serious for axe, nothing sideways, nothing
heavy, no complaint of the browser; and a picture of each, to be looked at.
"""

import pytest

from tests.web.visitor import HEAVIEST, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
FIRST = "first"
"""Instead of a path: the first link that begins so, on the screen before."""
SCREENS = {
    None: [("sign-in", "/sign-in")],
    "corporate": [
        ("day", "/corporate/day"),
        ("leads", "/corporate"),
        ("board", "/corporate?layout=board"),
        ("won", "/corporate?view=won"),
        ("lead", (FIRST, "/corporate/leads/")),
        ("find", "/corporate/new?q=C0"),
        ("new", (FIRST, "/corporate/new?customer_id=")),
        ("score", "/score?month=2026-09"),
        ("score-line", (FIRST, "/score/lines/")),
    ],
    "retail": [("day", "/retail/day"), ("leads", "/retail"), ("lead", (FIRST, "/retail/leads/"))],
    "branch": [("board", "/branch?month=2026-09&on=2026-09-30"), ("leads", "/branch/leads?state=won")],
    "compliance": [
        ("queue", "/compliance?state=all"),
        ("opening", (FIRST, "/compliance/openings/")),
        ("alerts", "/compliance/alerts?state=all"),
        ("alert", (FIRST, "/compliance/alerts/")),
        ("samples", "/compliance/samples?state=all"),
        ("sample", (FIRST, "/compliance/samples/")),
    ],
    "designer": [
        ("plans", "/plans"),
        ("plan", (FIRST, "/plans/versions/")),
        ("draft", "/plans/draft?base=ebank-2026.1"),
        ("side-by-side", "/plans/compare?old=ebank-2026.1&new=ebank-2026.1&show=all"),
    ],
    "approver": [
        ("plans", "/plans"),
        ("plan", (FIRST, "/plans/versions/")),
        ("awards", "/plans/awards"),
        ("disputes", "/plans/disputes"),
    ],
    "hr": [("statements", "/hr"), ("statement", (FIRST, "/hr/statements/"))],
    "auditor": [
        ("compliance", "/compliance?state=all"),
        ("files", "/audit/files"),
        ("looks", "/audit/looks"),
        ("standing", "/ops"),
    ],
    "bank": [
        ("standing", "/ops?show=all"),
        ("parked", "/ops/parked"),
        ("feeds", "/ops/feeds"),
        ("load-test", "/ops/load-test"),
    ],
}
LOOKS = [
    ("desktop", "light", "en"),
    ("desktop", "dark", "zh-CN"),
    ("phone", "light", "zh-CN"),
    ("phone", "dark", "en"),
]


def find(visitor, place):
    if isinstance(place, str):
        visitor.open(place)
        return
    link = visitor.page.locator(f'main a[href^="{place[1]}"]').first
    visitor.open(link.get_attribute("href"))


@pytest.mark.parametrize(("size", "theme", "language"), LOOKS)
@pytest.mark.parametrize("part", SCREENS)
def test_every_screen_can_be_seen_and_used_by_all(played, chromium, part, size, theme, language):
    found = {}
    with Visitor(chromium, played.url, language, size, theme) as visitor:
        if part:
            visitor.sign_in(played.identity(part))
        for name, place in SCREENS[part]:
            find(visitor, place)
            visitor.picture("-".join(filter(None, [part, name, language, theme, size])))
            assert visitor.page.get_attribute("html", "lang") == language
            assert visitor.page.locator("h1").count() == 1, name
            assert not visitor.scrolls_sideways(), name
            assert visitor.bytes_of_page() <= HEAVIEST, name
            found |= {name: faults} if (faults := visitor.faults()) else {}
        assert found == {}
        assert visitor.complaints == []


@pytest.mark.parametrize("part", [part for part in SCREENS if part])
def test_every_table_can_be_taken_along(played, chromium, part):
    with Visitor(chromium, played.url) as visitor:
        visitor.sign_in(played.identity(part))
        for name, place in SCREENS[part]:
            find(visitor, place)
            files = visitor.page.locator('main a:has-text("CSV")').evaluate_all("all => all.map(one => one.href)")
            assert len(files) >= visitor.page.locator("main table:not(.u-legend)").count(), (
                name
            )  # a chart's legend is none
            for address in files:
                answer = visitor.page.request.get(address)
                assert (answer.status, answer.headers["content-type"].partition(";")[0]) == (200, "text/csv"), address


def test_the_look_can_be_chosen_and_stays(played, chromium):
    with Visitor(chromium, played.url) as visitor:
        visitor.sign_in(played.identity("retail"))
        assert ground(visitor) == "rgb(243, 246, 248)"
        for look in ("Look: as the system", "Look: light"):
            visitor.page.get_by_role("button", name=look).click()
        assert ground(visitor) == "rgb(16, 23, 29)"
        visitor.page.get_by_role("button", name="Sign out").click()
        assert ground(visitor) == "rgb(16, 23, 29)"


def ground(visitor):
    return visitor.evaluate("getComputedStyle(document.body).backgroundColor")
