"""What a reaction answers is waited for, whoever else wakes the green thread meanwhile."""

import socket

import eventlet
import pytest
from eventlet.event import Event as Outcome
from eventlet.green import select

from shared.runtime.listen import answer


def test_a_wait_that_is_woken_too_early_goes_on():
    """As pika does: the thread waits for a socket that can be read and written, which wakes it twice."""
    ours, theirs = socket.socketpair()
    outcome = Outcome()

    def consumer():
        select.select([ours], [ours], [], 1)
        return answer(outcome)

    with ours, theirs:
        theirs.send(b"x")
        waits = eventlet.spawn(consumer)
        eventlet.spawn_after(0.05, outcome.send, "the answer")
        assert waits.wait() == "the answer"


def test_what_goes_wrong_is_raised():
    outcome = Outcome()
    outcome.send(None, (ValueError, ValueError("no"), None))
    waits = eventlet.spawn(answer, outcome)
    with pytest.raises(ValueError, match="no"):
        waits.wait()
