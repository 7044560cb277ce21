"""Somebody with a browser: what it complains of, what axe finds, and a picture of what is seen."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

PICTURES = Path(__file__).resolve().parents[2] / ".run" / "screenshots"
SIZES = {"desktop": (1366, 768), "phone": (390, 844)}
SERIOUS = {"serious", "critical"}
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
HEAVIEST = 300 * 1024
"""Bytes of a page with all that it needs."""


class Visitor:
    """Of one language, size and theme. What the browser complains of is an error."""

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

    def picture(self, name):
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def scrolls_sideways(self):
        return self.page.evaluate("document.documentElement.scrollWidth") > self.width

    def faults(self):
        """What axe finds to be serious, as text: the rule, and where. What the browser says of axe itself is no news."""
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
        return self.page.evaluate(
            """() => [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
                .reduce((sum, one) => sum + one.decodedBodySize, 0)"""
        )
