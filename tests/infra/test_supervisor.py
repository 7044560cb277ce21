import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from infra.stack.broken import Broken
from infra.stack.child import Program
from infra.stack.supervisor import FIRST_DELAY, Supervisor
from tests.infra.pids import alive, until


def python(name, code, **more):
    return Program(name, (sys.executable, "-c", code), **more)


SLEEPER = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)


@pytest.fixture
def supervisor(tmp_path):
    running = Supervisor(tmp_path)
    yield running
    running.close(grace=2)


def test_what_dies_is_started_again_after_a_growing_wait(supervisor):
    supervisor.start([python("sleeper", SLEEPER)])
    supervisor.wait_ready(["sleeper"], seconds=10)
    waits = []
    for _ in range(2):
        first = supervisor.pid("sleeper")
        os.kill(first, signal.SIGKILL)
        died = time.monotonic()
        until(lambda: supervisor.pid("sleeper") not in (None, first))  # noqa: B023
        waits.append(time.monotonic() - died)
    assert FIRST_DELAY < waits[0] < waits[1]
    assert supervisor.deaths() == {"sleeper": 2}


def test_what_has_served_is_never_given_up_however_often_it_dies(supervisor, tmp_path):
    there = tmp_path / "ready"
    there.touch()
    supervisor.start([python("often", SLEEPER, patience=1, ready=there.exists)])
    supervisor.wait_ready(["often"], seconds=10)
    there.unlink()
    for deaths in (1, 2):
        first = supervisor.pid("often")
        os.kill(first, signal.SIGKILL)
        with pytest.raises(Broken, match="often is not ready after"):
            supervisor.wait_ready(["often"], seconds=0.2)
        until(lambda: supervisor.pid("often") not in (None, first))  # noqa: B023
        assert supervisor.deaths() == {"often": deaths}
    there.touch()
    supervisor.wait_ready(["often"], seconds=10)


def test_what_cannot_start_is_given_up_with_its_own_last_words(supervisor, tmp_path):
    supervisor.start([python("broken", "print('the key file is missing'); raise SystemExit(3)", patience=2)])
    with pytest.raises(Broken, match=rf"broken does not start: the key file is missing \(see {tmp_path}/broken.log\)"):
        supervisor.wait_ready(["broken"], seconds=20)
    assert supervisor.deaths() == {"broken": 2}


def test_of_a_trace_the_exception_is_told_and_nothing_of_an_earlier_run(supervisor, tmp_path):
    (tmp_path / "broken.log").write_text("OldError: of another day\n")
    code = "import sys, traceback\ntry: int('x')\nexcept ValueError: traceback.print_exc()\nprint('giving up'); sys.exit(1)"
    supervisor.start([python("broken", code, patience=1)])
    with pytest.raises(Broken, match=r"broken does not start: ValueError: invalid literal for int\(\)"):
        supervisor.wait_ready(["broken"], seconds=20)
    supervisor.start([python("mute", "raise SystemExit(1)", patience=1)])
    with pytest.raises(Broken, match=r"mute does not start: it said nothing"):
        supervisor.wait_ready(["mute"], seconds=20)


def test_a_program_that_is_not_installed_is_one_line_too(supervisor):
    supervisor.start([Program("absent", ("/no/such/program",), patience=1)])
    with pytest.raises(Broken, match=r"absent does not start: .*No such file or directory"):
        supervisor.wait_ready(["absent"], seconds=10)


def test_what_never_gets_ready_is_named(supervisor):
    supervisor.start([python("slow", SLEEPER, ready=lambda: False)])
    with pytest.raises(Broken, match="slow is not ready after 1 s"):
        supervisor.wait_ready(["slow"], seconds=1)


def test_stopping_is_by_sigterm_then_by_sigkill_and_takes_the_family_along(supervisor, tmp_path):
    family = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]); exec({STUBBORN!r})"
    supervisor.start([python("polite", SLEEPER), python("deaf", family)])
    until(lambda: (tmp_path / "deaf.log").exists() and (tmp_path / "deaf.log").read_text().count("deaf") == 2)
    pids = [
        supervisor.pid("polite"),
        supervisor.pid("deaf"),
        *(p.pid for p in psutil.Process(supervisor.pid("deaf")).children()),
    ]
    began = time.monotonic()
    supervisor.stop(grace=1)
    assert 0.9 < time.monotonic() - began < 3
    until(lambda: not any(alive(pid) for pid in pids))


def test_what_was_stopped_stays_down_until_it_is_wanted_again(supervisor):
    supervisor.start([python("sleeper", SLEEPER)])
    supervisor.wait_ready(["sleeper"], seconds=10)
    supervisor.stop(["sleeper"])
    time.sleep(3 * FIRST_DELAY)
    assert supervisor.pid("sleeper") is None
    assert supervisor.deaths() == {"sleeper": 0}
    supervisor.restart("sleeper")
    supervisor.wait_ready(["sleeper"], seconds=10)


def test_children_do_not_outlive_a_killed_parent(tmp_path):
    script = f"""
import pathlib, sys, time
from infra.stack.child import Program
from infra.stack.supervisor import Supervisor
supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}))
supervisor.start([Program("sleeper", (sys.executable, "-c", {SLEEPER!r}))])
supervisor.wait_ready(["sleeper"], seconds=10)
time.sleep(0.5)
print(supervisor.pid("sleeper"), flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    until(lambda: not alive(pid))
