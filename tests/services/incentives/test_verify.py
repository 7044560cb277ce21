"""``liandong verify`` finds a line that does not follow, a changed ledger, and a broken chain."""

from datetime import UTC, datetime

import msgspec
import pytest

from services.incentives.domain.statements import STATEMENTS
from services.incentives.events import CreditPosted, PlanActivated
from services.incentives.projections import LEDGER
from services.incentives.verify import chain_holds, lines_explain_themselves, scores_agree
from shared.core.memory_store import MemoryStore
from shared.core.recorded import Commit, Meta
from tests.services.incentives.books_example import KEY, close
from tests.services.incentives.examples import LEAD, PLANS, vested
from tests.services.incentives.test_deal import history

AT = datetime(2026, 11, 1, 2, tzinfo=UTC)


def log_of(*streams):
    store = MemoryStore("incentives")
    for n, (stream, events) in enumerate(streams):
        store.append([Commit("incentives", stream, 1, 0, tuple(events), Meta(f"c{n}", "S1"), AT)])
    store.number()
    return store


def ledger_of(log):
    documents = {}
    LEDGER.fold(documents, log.stream(0))
    return lambda: [line for line in documents.values() if line["points_milli"]]


PLAN = ("plan-ebank-2026.1", [PlanActivated(PLANS[0].plan, PLANS[0].plan_hash)])
DEAL = (f"deal-{LEAD}", history(*vested()))


@pytest.fixture
def sealed():
    """A log with a plan, a deal and one statement over both."""
    first = log_of(PLAN, DEAL)
    command = close(STATEMENTS.initial, "2026-10", ledger_of(first)(), {0: first.head(0)})
    events = STATEMENTS.decide(STATEMENTS.initial, command)
    return ("statements-all", events)


def test_i12_nothing_differs(sealed):
    log = log_of(PLAN, DEAL, sealed)
    assert list(scores_agree(log, ledger_of(log))) == []
    assert list(lines_explain_themselves(log)) == []
    assert list(chain_holds(log, ledger_of(log))) == []


def test_i7_a_line_that_does_not_follow_is_found(sealed):
    stream, events = DEAL
    forged = [msgspec.structs.replace(e, points_milli=601) if _pays(e, 600) else e for e in events]
    log = log_of(PLAN, (stream, forged), sealed)
    assert len(list(lines_explain_themselves(log))) == 1
    assert len(list(scores_agree(log, ledger_of(log)))) == 1
    assert list(chain_holds(log, ledger_of(log))) == ["statement 1 does not hash to its seal any more"]


def _pays(event, points):
    return isinstance(event, CreditPosted) and event.points_milli == points


@pytest.mark.parametrize("changed", ["signature", "kid", "prev_hash", "hash"])
def test_i12_a_forged_seal_is_found(sealed, changed):
    stream, (key, seal) = sealed
    value = getattr(seal, changed)
    forged = msgspec.structs.replace(seal, **{changed: ("0" if value[0] != "0" else "1") + value[1:]})
    log = log_of(PLAN, DEAL, (stream, (key, forged)))
    assert list(chain_holds(log, ledger_of(log)))


def test_i12_a_key_that_was_put_in_place_of_the_right_one_is_found(sealed):
    stream, (key, seal) = sealed
    log = log_of(PLAN, DEAL, (stream, (msgspec.structs.replace(key, x="A" * 43), seal)))
    assert list(chain_holds(log, ledger_of(log))) == [f"statement 1 has no good signature of key {KEY.kid}"]
