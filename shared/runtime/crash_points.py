"""Named places where a process can be made to die, so that a test can prove what a crash just there leaves behind.

Nothing happens while ``LIANDONG_CRASH_DIR`` is not set. Where it names a directory, the first process that passes a
point while a file of the point's name lies there takes the file away and dies by SIGKILL.
"""

import os
import signal
from pathlib import Path

_armed: Path | None = None


def arm(directory: Path | None) -> None:
    """Set once, when a process starts."""
    global _armed  # noqa: PLW0603 -- a process dies as a whole
    _armed = directory


def crash_point(name: str) -> None:
    """Die here, if somebody planted it. Taking a file away has one winner."""
    if _armed is None:
        return
    try:
        (_armed / name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
