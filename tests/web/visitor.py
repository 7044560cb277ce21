"""Somebody with a browser: what it complains of, what axe finds, and a picture of what is seen."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PICTURES = Path(__file__).resolve().parents[2] / ".run" / "screenshots"
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
HEAVIEST = 300 * 1024
"""Bytes of a page with all that it needs."""


class Visitor:
    """Of one language, size and theme. What the browser complains of is an error.

    A click returns when the next page begins: whatever is asked of a page here waits until it is there, with its styles.
    """

    def __init__(self, chromium, url, language="en", size="desktop", theme="light"):
        width, height = SIZES[size]
        viewport = {"width": width, "height": height}
        self.context = chromium.new_context(locale=language, viewport=viewport, color_scheme=theme)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints, self.weight = [], 0
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.url = url
        self.width = width

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()

    def sign_in(self, person):
        self.page.goto(f"{self.url}/sign-in")
        self.page.click(f'button[name="staff_id"][value="{person.staff_id}"]')
        return self

    def open(self, path):
        self.page.goto(f"{self.url}{path}")
        return self

    def says(self, text):
        expect(self.page.locator("body")).to_contain_text(text)
        return True

    def has(self, selector, count):
        expect(self.page.locator(selector)).to_have_count(count)
        return True

    def evaluate(self, script):
        self.page.wait_for_load_state()
        return self.page.evaluate(script)

    def picture(self, name):
        self.page.wait_for_load_state()
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        # The camera hides the caret of each input and leaves an empty style behind, which htmx would copy, against the policy.
        self.page.evaluate("document.querySelectorAll('[style=\"\"]').forEach((one) => one.removeAttribute('style'))")

    def scrolls_sideways(self):
        return self.evaluate("document.documentElement.scrollWidth") > self.width

    def faults(self):
        """What axe finds to be serious, as text: the rule, and where. What the browser says of axe itself is no news."""
        self.page.wait_for_load_state()
        before = len(self.complaints)
        found = Axe().run(self.page, options=WCAG).response["violations"]
        del self.complaints[before:]
        return [
            f"{one['id']}: {one['help']} ({', '.join(' '.join(map(str, node['target'])) for node in one['nodes'][:5])})"
            for one in found
            if one["impact"] in SERIOUS
        ]

    def bytes_of_page(self):
        """What the page with its styles, scripts and pictures takes, uncompressed."""
        return self.evaluate(
            """() => [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
                .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
        )
