"""What a reader goes by when it says that a projection has seen something."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from pymongo import MongoClient

from shared.core.errors import NotYetVisible
from shared.runtime import app
from shared.runtime.app import Reader
from shared.runtime.projector import subscribe
from shared.runtime.sequencer import Sequencer
from tests.shared.bank_projections import BALANCES
from tests.shared.examples import commit


@pytest.fixture
def away():
    """A client that asks nobody."""
    with MongoClient("mongodb://127.0.0.1:1", connect=False) as client:
        yield client


def test_places_that_are_remembered_are_those_that_no_failover_takes_back(away):
    assert Reader("bank", away, {})._progress._database.read_concern.level == "majority"


class Log:
    """A log of which some commits wait for their places: one gets its own at each look."""

    partitions = 1

    def __init__(self, *waiting):
        self.unnumbered, self.asked = list(waiting), []

    def waiting(self, _session):
        return list(self.unnumbered)

    def have_places(self, commit_ids, _session):
        self.asked.append(tuple(commit_ids))
        left = set(commit_ids) & set(self.unnumbered)
        if left:
            self.unnumbered.remove(min(left))
        return not left

    def head(self, _partition, _session):
        assert not self.unnumbered
        return 7


def test_all_that_waited_for_its_place_when_it_was_asked_is_waited_for_whatever_the_clock_says(away, monkeypatch):
    monkeypatch.setattr(app, "ASKED_AT_ONCE", 2)
    log, seen = Log("a@1", "b@1", "c@1"), []
    reader = Reader("bank", away, {"bank": log}, sleep=lambda _: None)
    reader._is_at = lambda _projection, source, partition, head, _session: (
        seen.append((source, partition, head)) or True
    )
    reader.level(BALANCES)
    assert log.asked == [("a@1", "b@1")] * 3 + [("c@1",)] * 2
    assert seen == [("bank", 0, 7)]


@pytest.mark.stack
@pytest.mark.parametrize("ahead", [-1, 1])
def test_a_projection_is_level_once_it_has_seen_what_was_kept_whoever_wrote_it(mongo, bank_store, monkeypatch, ahead):
    """Hours by which the clock of the one who wrote it is ahead of ours."""
    monkeypatch.setattr(app, "WAIT_SECONDS", 0.3)
    reader = Reader("bank", mongo, {"bank": bank_store})
    (subscription,) = subscribe(mongo.bank, BALANCES, {"bank": bank_store})
    reader.level(BALANCES)
    recorded_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=ahead)
    bank_store.append([msgspec.structs.replace(commit("account-1", 1), recorded_at=recorded_at)])
    with pytest.raises(NotYetVisible):
        reader.level(BALANCES)
    sequencer = Sequencer(mongo, bank_store)
    sequencer.claim()
    sequencer.sweep()
    with pytest.raises(NotYetVisible):
        reader.level(BALANCES)
    subscription.catch_up()
    reader.level(BALANCES)
