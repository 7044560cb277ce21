"""Read by every Python that is started with this directory on its path: makes ``time.sleep`` work under libfaketime.

Python sleeps until a moment of the monotonic clock, and libfaketime 0.9.10 takes that moment for one of the wall clock
that it turns, so that the call fails. ``select`` waits for a span instead.
"""

import select
import time
from typing import Any


def _sleep(seconds: Any) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
