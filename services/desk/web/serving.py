"""How gunicorn serves the desk: its settings, by the names that gunicorn gives them."""

import signal
from types import FrameType
from typing import Any

from services.desk.web.live import MOST_LISTENERS

worker_class = "gthread"
threads = MOST_LISTENERS + 50
"""Made as they are needed: one for each page that listens, and some that answer."""
graceful_timeout = 10


def post_worker_init(worker: Any) -> None:
    """A worker that is to stop lets its listening pages go; it would wait for them otherwise."""
    before = signal.getsignal(signal.SIGTERM)

    def leave(number: int, frame: FrameType | None) -> None:
        worker.wsgi.extensions["live"].close()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, leave)
