"""A planted crash kills the first process that passes its point, once; unarmed, a point is nothing."""

import signal
import subprocess
import sys

from shared.runtime.crash_points import crash_point

PASS = """
import sys
from pathlib import Path
from shared.runtime.crash_points import arm, crash_point
arm(Path(sys.argv[1]))
crash_point("append.written")
"""


def passing(directory):
    return subprocess.run([sys.executable, "-c", PASS, str(directory)], check=False).returncode


def test_the_first_to_pass_dies_and_the_next_lives(tmp_path):
    (tmp_path / "append.written").touch()
    (tmp_path / "append.decided").touch()
    assert passing(tmp_path) == -signal.SIGKILL
    assert passing(tmp_path) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["append.decided"]


def test_unarmed_a_point_is_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "append.written").touch()
    crash_point("append.written")
    assert (tmp_path / "append.written").exists()
