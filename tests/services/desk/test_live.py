"""Server-sent events: who listens is told of what concerns them, within a moment, and is let go when the desk stops."""

import threading
import time
from collections import deque

import pytest
from pymongo import UpdateOne

from services.desk.projections import PROJECTIONS
from services.desk.web import live
from services.desk.web.live import CHANGED, STILL_HERE, Live, topics_of
from tests.services.desk import story

pytestmark = pytest.mark.stack


@pytest.fixture
def listening(bank):
    made = Live(bank.client["desk"], [projection.name for projection in PROJECTIONS])
    yield made
    made.close()


class Page:
    """An open page: what it was told, each with when."""

    def __init__(self, listening, *topics, read_at=None):
        self.answer = listening.answer(topics, read_at)
        self.told = []
        self.gone = False
        threading.Thread(target=self._read, daemon=True).start()
        self.until(lambda: self.told)

    def _read(self):
        for event in self.answer.response:
            if self.gone:
                break
            self.told.append(event)
        self.answer.close()  # as the server does, in the thread that wrote
        self.told.append("end")

    def until(self, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, self.told
            time.sleep(0.01)


def change(bank, lead_id, **fields):
    bank.client["desk"]["corporate_desk"].update_one({"_id": lead_id}, {"$set": fields})


def settled(page, bank, lead_id="l1"):
    """The watcher runs: what happens from here on is told."""
    for number in range(100):
        change(bank, lead_id, mark=number)
        time.sleep(0.1)
        if CHANGED in page.told:
            time.sleep(live.PACE_SECONDS + live.GATHER_SECONDS + 0.5)
            page.told.clear()
            return page
    raise AssertionError(page.told)


def test_a_page_is_told_of_its_own_documents_alone(bank, listening):
    mine, others = Page(listening, "corporate_desk/l1"), Page(listening, "corporate_desk/l2")
    settled(mine, bank)
    others.told.clear()  # all are told when the watch begins
    change(bank, "l1", mark="x")
    mine.until(lambda: CHANGED in mine.told)
    assert CHANGED not in others.told


def test_an_owner_is_told_of_what_becomes_theirs(bank, listening):
    page = settled(Page(listening, f"corporate_desk@{story.CHEN}", "corporate_desk/l1"), bank)
    change(bank, "l2", owner_id=story.CHEN)
    page.until(lambda: CHANGED in page.told)
    change(bank, "l2", owner_id=story.ZHANG)


def test_many_changes_in_one_go_are_told_once(bank, listening):
    page = settled(Page(listening, "corporate_desk/l1"), bank)
    changes = [UpdateOne({"_id": "l1"}, {"$set": {"mark": -number}}) for number in range(50)]
    bank.client["desk"]["corporate_desk"].bulk_write(changes)
    page.until(lambda: CHANGED in page.told)
    time.sleep(live.GATHER_SECONDS)
    assert page.told.count(CHANGED) == 1


def test_what_changes_between_the_reading_of_a_page_and_its_listening_is_told(bank, listening):
    first = settled(Page(listening, "corporate_desk/l1"), bank)
    read_at = live.milliseconds()
    change(bank, "l1", mark="between")
    first.until(lambda: CHANGED in first.told)
    late, unconcerned = (Page(listening, f"corporate_desk/{lead}", read_at=read_at) for lead in ("l1", "l2"))
    late.until(lambda: CHANGED in late.told)
    afterwards = Page(listening, "corporate_desk/l1", read_at=live.milliseconds())
    time.sleep(live.GATHER_SECONDS + 0.2)
    assert CHANGED not in unconcerned.told + afterwards.told


def test_a_page_that_was_read_before_all_that_is_remembered_is_told_to_read_anew(bank, listening, monkeypatch):
    monkeypatch.setattr(live, "REMEMBERED", 2)
    listening._recent = deque(maxlen=2)
    first = settled(Page(listening, "corporate_desk/l1"), bank)
    read_at = live.milliseconds()
    for number in range(3):
        change(bank, "l2", mark=f"forgotten {number}")
    change(bank, "l1", mark="remembered")
    first.until(lambda: CHANGED in first.told)
    long_ago = Page(listening, "corporate_desk/l3", read_at=read_at)
    long_ago.until(lambda: CHANGED in long_ago.told)


def test_a_page_read_before_the_watch_began_is_told_to_read_anew(bank, listening):
    page = Page(listening, "corporate_desk/l1", read_at=live.milliseconds())
    page.until(lambda: CHANGED in page.told)


def test_a_stop_lets_the_pages_go_at_once(listening):
    page = Page(listening, "corporate_desk")
    listening.close()
    page.until(lambda: page.told[-1] == "end", seconds=live.PACE_SECONDS + 2)
    assert listening.answer(["x"]).status_code == 503


def test_more_pages_than_threads_are_told_to_come_later(listening, monkeypatch):
    monkeypatch.setattr(live, "MOST_LISTENERS", 1)
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    first = Page(listening, "corporate_desk")
    refused = listening.answer(["corporate_desk"])
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")
    first.gone = True
    first.until(lambda: first.told[-1] == "end")
    assert listening.answer(["corporate_desk"]).status_code == 200


def test_a_silent_page_is_looked_after(listening, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    page = Page(listening, "corporate_desk")
    page.until(lambda: page.told.count(STILL_HERE) > 3)


def test_the_topics_of_a_change():
    told = {"ns": {"coll": "corporate_desk__v3"}, "documentKey": {"_id": "l1"},
            "fullDocument": {"owner_id": "S1", "queue": None}}  # fmt: skip
    assert topics_of(told) == {"corporate_desk", "corporate_desk/l1", "corporate_desk@S1"}
    told["fullDocument"]["taken_from"] = "retail:O01"
    assert topics_of(told) == {"corporate_desk", "corporate_desk/l1", "corporate_desk@S1", "corporate_desk@retail:O01"}
    linked = {"ns": {"coll": "relationships"}, "documentKey": {"_id": "e1"}, "fullDocument": {"parties": ["C1", "P1"]}}
    assert topics_of(linked) == {"relationships", "relationships/e1", "relationships@C1", "relationships@P1"}
    assert topics_of({"ns": {"coll": "hr_desk"}, "documentKey": {"_id": 1}}) == {"hr_desk", "hr_desk/1"}
