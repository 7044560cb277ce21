import json
import os
import subprocess
import sys

import pytest

from infra.stack.lock import AlreadyRunning, Lock, read_holder


def test_a_second_one_is_told_who_the_first_is_and_changes_nothing(tmp_path):
    with Lock(tmp_path) as lock:
        lock.tell("http://127.0.0.1:21000")
        with (
            pytest.raises(AlreadyRunning, match=rf"pid {os.getpid()}, http://127.0.0.1:21000\): nothing was changed"),
            Lock(tmp_path),
        ):
            pass
        assert read_holder(tmp_path).address == "http://127.0.0.1:21000"
    assert read_holder(tmp_path) is None


def test_the_lock_of_a_killed_process_is_stale_and_does_not_stand_in_the_way(tmp_path):
    script = "import os, sys; from infra.stack.lock import Lock; Lock(sys.argv[1]).__enter__(); os.kill(os.getpid(), 9)"
    script = script.replace("Lock(sys.argv[1])", "Lock(__import__('pathlib').Path(sys.argv[1]))")
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert json.loads((tmp_path / "lock").read_text())["pid"]
    assert read_holder(tmp_path) is None
    with Lock(tmp_path):
        assert read_holder(tmp_path).pid == os.getpid()


def test_a_reused_pid_is_not_mistaken_for_the_holder(tmp_path):
    (tmp_path / "lock").write_text(json.dumps({"pid": os.getpid(), "started": 1.0, "address": "http://old"}))
    assert read_holder(tmp_path) is None


def test_a_broken_lock_file_counts_as_none(tmp_path):
    (tmp_path / "lock").write_text("{half")
    assert read_holder(tmp_path) is None
