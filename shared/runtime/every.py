"""``@every``: a nameko timer that notices what is due. What is due, and what was done of it, is stored; a timer that
did not come, or came twice, changes nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from nameko.timer import timer

from shared.runtime.failures import describe, is_outage

log = structlog.get_logger()


def every(seconds: float) -> Callable[[Callable[[Any], None]], Any]:
    """Call a method of the service again and again. An outage is waited for: the next time finds the same."""

    def decorate(method: Callable[[Any], None]) -> Any:
        @wraps(method)
        def notice(service: Any) -> None:
            try:
                method(service)
            except Exception as error:
                if not is_outage(error):
                    raise
                log.warning("timer_waits", timer=method.__name__, error=describe(error))

        return timer(interval=seconds)(notice)

    return decorate
