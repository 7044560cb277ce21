"""A place is stored only for what was read: a log that ends too early is waited for, or refused."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from shared.runtime import refold
from shared.runtime.refold import LogBehind, Refold
from tests.shared.bank_projections import BALANCES

KEY = "bank.balances/bank/0"


class Late:
    """A log of 5 events that nobody here wants, whose end shows only after some looks."""

    service = "bank"
    database = SimpleNamespace(client=SimpleNamespace(start_session=lambda **_: nullcontext("session")))

    def __init__(self, looks):
        self.left, self.read_at = looks, []

    def head(self, _partition, session):
        assert session == "session"
        self.left -= 1
        return 3 if self.left >= 0 else 5

    def documents(self, _partition, _after, upto, _types, session):
        assert session == "session"
        self.read_at.append((upto, self.left))
        return iter(())


def folding(log):
    return Refold(BALANCES, {KEY: (log, 0)}, None, {KEY: set()})


def test_what_a_log_does_not_show_yet_is_waited_for(monkeypatch):
    monkeypatch.setattr(refold, "LOOK_SECONDS", 0.0)
    log = Late(looks=3)
    fold = folding(log)
    assert list(fold.read({KEY: 5})) == []
    assert (log.read_at, fold.places) == ([(5, -1)], {KEY: 5})


def test_what_it_never_shows_is_no_place_that_was_reached(monkeypatch):
    monkeypatch.setattr(refold, "PATIENCE_SECONDS", 0.0)
    log = Late(looks=99)
    fold = folding(log)
    with pytest.raises(LogBehind, match=r"up to 5"):
        list(fold.read({KEY: 5}))
    assert (log.read_at, fold.places) == ([], {KEY: 0})


def test_a_switch_takes_in_what_its_own_transaction_shows_or_nothing():
    fold = folding(Late(looks=1))
    with pytest.raises(LogBehind):
        fold.take_in({KEY: 5}, "session")
    assert fold.take_in({KEY: 5}, "session") == {KEY: 5}
