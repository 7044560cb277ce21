"""What a page of the desk takes: the slowest screen's 95th percentile, over the demo bank and over one of a million
customers, and the heaviest page.
"""

import io
import re
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import httpx
from rich.console import Console

from infra.bench.ground import Ground
from infra.bench.measure import Row, spread
from infra.bench.rows import crowd
from infra.bootstrap import cast, make_bank_files
from infra.connected import remember
from infra.demo.stage import Stage
from infra.demo.story import play

TIMES = 20
"""Each screen, after one that warms up."""
SCREENS: Mapping[str, Sequence[str]] = {
    "corporate": (
        "/corporate/day",
        "/corporate",
        "/corporate?layout=board",
        "/corporate?view=won",
        "/corporate/new?q=C0",
        "/score?month=2026-09",
    ),
    "retail": ("/retail/day", "/retail", "/retail?view=accept", "/customers", "/customers?q=P0001"),
    "branch": ("/branch?month=2026-09&on=2026-09-30", "/branch/leads?state=won", "/branch/funnel"),
    "compliance": ("/compliance?state=all", "/compliance/alerts?state=all", "/compliance/samples?state=all"),
    "product": ("/product", "/product/rules", "/product/results", "/product/campaigns", "/product/scorecards"),
    "designer": ("/plans",),
    "approver": ("/plans/awards", "/plans/disputes"),
    "hr": ("/hr", "/hr/statements/1"),
    "bank": ("/ops", "/ops/parked", "/ops/feeds", "/ops/load-test"),
}
ONE_OF: Mapping[str, Sequence[tuple[str, str]]] = {
    "corporate": (("/corporate?view=won", r'href="(/corporate/leads/[^"?#]+)"'),),
    "retail": (
        ("/retail?view=won", r'href="(/retail/leads/[^"?#]+)"'),
        ("/customers?q=P0001", r'href="(/customers/[^"?#]+)"'),
    ),
    "compliance": (("/compliance?state=all", r'href="(/compliance/openings/[^"?#]+)"'),),
    "designer": (("/plans", r'href="(/plans/versions/[^"?#]+)"'),),
}
"""A page of one thing, as the first link of a list names it."""
PARTS_OF_A_PAGE = re.compile(r'(?:src|href)="(/static/[^"]+)"')


def desk(ground: Ground) -> list[Row]:
    """The whole system runs, with the demo's story in it; each page is asked for through the front door."""
    if ground.stack is None:
        raise RuntimeError("the desk is measured on the whole stack")
    context = ground.stack.context
    remember(context.run_dir, context.settings())
    quiet = Console(file=io.StringIO())
    stage = Stage(context.public_url, context.secrets, context.run_dir, cast(), quiet)
    play(stage, make_bank_files(context.run_dir))
    stage.close()
    few, heaviest = _visited(ground, context.public_url)
    crowd.lay(ground.client, ground.seen)
    many, _ = _visited(ground, context.public_url)
    return [
        _slowest("desk_page_p95_ms", few),
        Row("desk_page_kb", heaviest / 1024, None, "KB", 0.0),
        _slowest("desk_million_p95_ms", many),
    ]


def _visited(ground: Ground, url: str) -> tuple[dict[str, list[float]], int]:
    """The milliseconds that each page took, and the bytes of the heaviest."""
    taken: dict[str, list[float]] = {}
    heaviest = 0
    for number, (part, paths) in enumerate(SCREENS.items(), start=1):
        with closing(_signed_in(url, part)) as browser:
            for path in (*paths, *_ones(browser, part)):
                heaviest = max(heaviest, _weight(browser, path))
                taken[path] = [_ms(browser, path) for _ in range(TIMES)]
        ground.seen(number, len(SCREENS))
    return taken, heaviest


def _slowest(name: str, taken: Mapping[str, list[float]]) -> Row:
    path = max(taken, key=lambda one: _p95(taken[one]))
    return Row(name, _p95(taken[path]), None, "ms", spread(taken[path]), path)


def _signed_in(url: str, part: str) -> httpx.Client:
    browser = httpx.Client(base_url=url, headers={"Accept-Language": "zh-CN"}, follow_redirects=True, timeout=60)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/sign-in").text)
    form = {"csrf_token": token[1] if token else "", "staff_id": cast()[part].staff_id}
    browser.post("/sign-in", data=form, headers={"Referer": url}).raise_for_status()
    return browser


def _ones(browser: httpx.Client, part: str) -> Iterator[str]:
    for page, link in ONE_OF.get(part, ()):
        if found := re.search(link, browser.get(page).text):
            yield found[1]


def _ms(browser: httpx.Client, path: str) -> float:
    begun = time.perf_counter()
    browser.get(path).raise_for_status()
    return (time.perf_counter() - begun) * 1_000


def _weight(browser: httpx.Client, path: str) -> int:
    """Bytes of a page with its styles, scripts and pictures, uncompressed."""
    page = browser.get(path).raise_for_status()
    parts = sorted(set(PARTS_OF_A_PAGE.findall(page.text)))
    return len(page.content) + sum(len(browser.get(part).content) for part in parts)


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[18]
