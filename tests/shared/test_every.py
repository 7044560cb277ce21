"""A timer that fails says so: nameko forgets what it raised, and the next turn fails like the last."""

import pytest
from prometheus_client.registry import REGISTRY
from pymongo.errors import AutoReconnect
from structlog.testing import capture_logs

from shared.runtime.every import apart, every


def failures(timer):
    return REGISTRY.get_sample_value("liandong_timer_failures_total", {"timer": timer}) or 0


def test_a_timer_that_raises_leaves_a_line_and_is_counted():
    error = KeyError("a bug")

    class Service:
        @every(1.0)
        def fall_over(self):
            raise error

    with capture_logs() as said:
        Service().fall_over()
    assert said == [{"event": "timer_failed", "log_level": "error", "timer": "fall_over", "exc_info": error}]
    assert failures("fall_over") == 1


def test_an_outage_is_waited_for():
    class Service:
        @every(1.0)
        def wait(self):
            for item in ("a", "b"):
                with apart("wait", item):
                    raise AutoReconnect

    with capture_logs() as said:
        Service().wait()
    assert said == [{"event": "timer_waits", "log_level": "warning", "timer": "wait", "error": "AutoReconnect"}]
    assert failures("wait") == 0


@pytest.mark.parametrize("bad", ["a", "b", "c"])
def test_an_item_that_fails_is_told_and_the_others_go_on(bad):
    done, before, error = [], failures("sweep"), ValueError("too large")
    with capture_logs() as said:
        for item in ("a", "b", "c"):
            with apart("sweep", item):
                if item == bad:
                    raise error
                done.append(item)
    assert done == [item for item in ("a", "b", "c") if item != bad]
    told = {"event": "timer_item_failed", "log_level": "error", "timer": "sweep", "item": bad, "exc_info": error}
    assert said == [told]
    assert failures("sweep") == before + 1
