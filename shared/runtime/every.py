"""``@every``: a nameko timer that notices what is due. What is due, and what was done of it, is stored; a timer that
did not come, or came twice, changes nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import structlog
from nameko.timer import timer

from shared.runtime import metrics
from shared.runtime.failures import describe, is_outage

log = structlog.get_logger()


def every(seconds: float) -> Callable[[Callable[[Any], None]], Any]:
    """Call a method of the service again and again. An outage is waited for: the next time finds the same. Of any other
    error nobody but us would tell: nameko forgets what a timer raised.
    """

    def decorate(method: Callable[[Any], None]) -> Any:
        @wraps(method)
        def notice(service: Any) -> None:
            try:
                method(service)
            except Exception as error:
                if is_outage(error):
                    log.warning("timer_waits", timer=method.__name__, error=describe(error))
                else:
                    metrics.TIMER_FAILURES.labels(method.__name__).inc()
                    log.error("timer_failed", timer=method.__name__, exc_info=error)

        return timer(interval=seconds)(notice)

    return decorate


@contextmanager
def apart(timer: str, item: str) -> Iterator[None]:
    """One of the items that a timer goes through. Where it fails, that is told and counted, and the others go on; an
    outage ends the round.
    """
    try:
        yield
    except Exception as error:
        if is_outage(error):
            raise
        metrics.TIMER_FAILURES.labels(timer).inc()
        log.error("timer_item_failed", timer=timer, item=item, exc_info=error)
