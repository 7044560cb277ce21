"""Operations in a real browser over the whole stack: live charts, a service that dies and comes back, and a parked event
that is tried again once its cause is mended.
"""

import os
import signal

import pytest

from infra.projector import OWNERS
from infra.public import until
from services.registry.events import StaffRecorded
from shared.core.recorded import Commit, Meta
from shared.runtime.wiring import now
from tests.web.visitor import HEAVIEST, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.system, pytest.mark.browser]
SOON = 15_000
"""Milliseconds: two samples, or two looks, on a busy machine."""
NEWER = 9
SEEN = {
    "zh-CN": ("运行状况", "各团队落后的事件数", "进程", "没有搁置事件。"),
    "en": ("How it stands", "Behind, by team, in events", "Processes", "Nothing is parked."),
}


def drawn(page):
    return page.locator(".chart canvas")


@pytest.mark.parametrize("language", SEEN)
def test_how_everything_stands_is_told_and_drawn(played, chromium, language):
    heading, chart, processes, nothing = SEEN[language]
    with Visitor(chromium, played.url, language) as visitor:
        page = visitor.sign_in(played.identity("bank")).page
        page.get_by_role("heading", name=heading, exact=True).wait_for()
        page.get_by_role("heading", name=processes, exact=True).wait_for()
        page.get_by_text(chart, exact=True).wait_for()
        drawn(page).nth(3).wait_for(timeout=SOON)
        assert page.locator(".u-legend .u-series").count() > 8
        assert visitor.bytes_of_page() <= HEAVIEST
        visitor.picture(f"operations-charts-{language}")
        assert visitor.faults() == []
        visitor.open("/ops/parked")
        page.get_by_text(nothing).wait_for()
        assert visitor.complaints == []


def test_charts_follow_what_happens_and_the_look_of_the_page(played, chromium):
    with Visitor(chromium, played.url, theme="dark") as visitor:
        page = visitor.sign_in(played.identity("bank")).page
        drawn(page).nth(3).wait_for(timeout=SOON)
        before = page.evaluate("document.querySelector('.chart canvas').toDataURL()")
        page.wait_for_function(
            "before => document.querySelector('.chart canvas').toDataURL() !== before", arg=before, timeout=SOON
        )
        visitor.picture("operations-charts-dark")
        page.emulate_media(color_scheme="light")
        assert visitor.complaints == []


def test_a_service_that_dies_is_seen_and_comes_back_by_itself(played, chromium):
    supervisor = played.stack.servers.supervisor
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("bank")).page
        page.evaluate("window.mark = 1")
        row = page.locator("#processes tbody tr").filter(has_text="bundling")
        deaths = supervisor.deaths()["bundling"]
        os.kill(supervisor.pid("bundling"), signal.SIGKILL)
        row.locator("td[data-label='Deaths']").get_by_text(str(deaths + 1), exact=True).wait_for(timeout=SOON)
        row.get_by_text("running").wait_for(timeout=SOON)
        assert page.evaluate("window.mark") == 1
    supervisor.wait_ready(["bundling"], seconds=60)


@pytest.fixture
def unreadable(played):
    """An event of a schema that nobody knows yet, parked by all who take it; mended afterwards whatever happens."""
    store = played.connected.logs["registry"]
    today = now().date()
    fact = StaffRecorded("PARKED1", "名", "B1O1", "retail", "product", None, today, None, today)
    commit = Commit("registry", "staff-PARKED1", 1, 0, (fact,), Meta("parked-1", "test"), now().replace(microsecond=0))
    document = store.codec.to_document(commit)
    document["events"][0]["schema"] = NEWER
    store.commits.insert_one(document)
    until(lambda: parked(played) >= 3, "it is parked")
    yield commit.stream
    mend(played, commit.stream)
    for owner in OWNERS:
        played.connected.client[owner].parked.update_many({"stream": commit.stream}, {"$set": {"released": True}})
    until(lambda: not parked(played), "it is handled")


def parked(stack):
    return sum(stack.connected.client[owner].parked.count_documents({}) for owner in OWNERS)


def mend(stack, stream):
    known = {"$set": {"events.0.schema": StaffRecorded.schema}}
    stack.connected.logs["registry"].commits.update_one({"stream": stream}, known)


def test_a_parked_event_is_seen_and_tried_again_once_its_cause_is_mended(played, chromium, unreadable):
    with Visitor(chromium, played.url) as visitor:
        page = visitor.sign_in(played.identity("bank")).page
        page.locator("#troubles").get_by_text("parked and wait for a decision").click()
        mine = page.locator("article.parked").filter(has_text="desk.staff")
        mine.get_by_text("schema 9").wait_for()
        visitor.picture("operations-parked")
        assert visitor.faults() == []
        assert "名" not in page.locator("main").inner_text()
        mend(played, unreadable)
        mine.get_by_role("button", name="Try again").click()
        page.get_by_text("They are tried again.").wait_for()
        until(
            lambda: (
                not played.connected.client["desk"].parked.count_documents({"subscription": "desk.staff/registry/0"})
            ),
            "the desk has taken it in",
        )
        page.reload()
        assert page.locator("article.parked").filter(has_text="desk.staff").count() == 0
        assert visitor.complaints == []
