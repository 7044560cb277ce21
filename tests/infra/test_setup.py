"""The set-up script meets broken machines: each is played by programs that stand before the real ones on the PATH."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


class Machine:
    """A copy of what set-up needs, on a machine where nothing is missing but what a test takes away."""

    def __init__(self, home):
        self.home = home
        (home / "bin").mkdir()
        (home / "infra").mkdir()
        for name in ("infra/setup.sh", "infra/clean.sh", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / name, home / name)
        self.program("python3", f'case "$*" in *"import ensurepip"*) exit 0 ;; esac; exec {sys.executable} "$@"')
        for name in ("nginx", "chromium"):
            self.program(name, "exit 0")

    def program(self, name, body):
        file = self.home / "bin" / name
        file.write_text(f"#!/bin/bash\n{body}\n")
        file.chmod(0o755)

    def run(self, script="setup.sh", *arguments, **settings):
        served = {"MONGO_URI": "elsewhere", "AMQP_URI": "elsewhere"}
        return subprocess.run(
            [self.home / "infra" / script, *arguments],
            env={**served, "HOME": str(self.home), **settings, "PATH": f"{self.home}/bin:/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def fails(self, *arguments, **settings):
        """The one line that it ends with."""
        ended = self.run("setup.sh", *arguments, **settings)
        assert ended.returncode == 1, ended
        assert ended.stderr.count("\n") == 1, ended.stderr
        return ended.stderr.strip()

    def lacks_venv(self):
        self.program("python3", f'case "$*" in *"import ensurepip"*) exit 1 ;; esac; exec {sys.executable} "$@"')

    def has_sudo(self):
        """One that runs package tools and nothing that would change this machine."""
        self.program("id", "echo 1000")
        self.program("sudo", 'case "$1" in -n) exit 0 ;; env) exec "$@" ;; tee) cat >/dev/null ;; esac')


def test_too_old_a_python_is_named_with_its_version(machine):
    for name in ("python3", *(f"python3.{minor}" for minor in range(11, 15))):
        machine.program(name, 'case "$*" in *version_info*) exit 1 ;; *) echo 3.9.2 ;; esac')
    assert machine.fails() == (
        "setup: Python 3.11 or newer is needed (python3 is 3.9.2): install one, or name it as in:"
        " make PYTHON=/path/to/python3.11"
    )


def test_without_root_and_sudo_it_says_which_packages_to_install(machine):
    machine.lacks_venv()
    machine.program("id", "echo 1000")
    machine.program("sudo", "exit 1")
    package = f"python3.{sys.version_info.minor}-venv"
    assert machine.fails() == (
        f"setup: these packages are missing, and without root or sudo they cannot be installed here; as root: apt-get install {package}"
    )


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (
            "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1",
            "another apt or dpkg is running",
        ),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "the disk is full"),
        ("E: Unable to fetch some archives, maybe run apt-get update", "the package server cannot be reached"),
        ("E: Unable to locate package python3-venv", "E: Unable to locate package python3-venv"),
    ],
)
def test_a_failing_apt_is_one_line_with_its_cause(machine, said, meaning):
    machine.lacks_venv()
    machine.has_sudo()
    machine.program("apt-get", f'case "$*" in *install*) echo "{said}" >&2; exit 100 ;; esac')
    line = machine.fails()
    assert line.startswith(f"setup: apt could not install python3.{sys.version_info.minor}-venv: {meaning}")
    assert line.endswith("(see .run/log/setup.log)")


def test_a_full_disk_is_one_line(machine):
    machine.program("df", 'echo "Filesystem 1048576-blocks Used Available"; echo "/dev/x 100 80 20"')
    assert machine.fails() == f"setup: the disk of {machine.home} is full: 20 MB are free and 1500 MB needed"


def test_an_interrupted_or_changed_environment_is_made_again(machine):
    """A lock that names nothing is installed at once, so the whole way can be gone."""
    (machine.home / "requirements.lock").write_text("")
    machine.program("python3", f'exec {sys.executable} "$@"')
    pip = ".venv/bin/pip"
    (machine.home / "pyproject.toml").write_text("[project]\nname = 'nothing'\n")
    assert "pip failed" in machine.fails("python")  # nothing to build it with
    assert (machine.home / pip).exists()
    assert not (machine.home / ".venv" / "installed").exists()


def test_clean_refuses_while_it_runs_and_removes_only_what_is_its_own(machine):
    run = machine.home / ".run"
    (run / "demo").mkdir(parents=True)
    with (run / "demo" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = machine.run("clean.sh")
        assert (refused.returncode, run.exists()) == (1, True)
        assert refused.stderr.startswith("clean: Liandong is running in .run/demo")
    foreign = machine.run("clean.sh", LIANDONG_RUN=str(machine.home / "infra"))
    assert (foreign.returncode, (machine.home / "infra" / "setup.sh").exists()) == (1, True)
    assert machine.run("clean.sh").returncode == 0
    assert not run.exists()


def test_make_alone_lists_the_targets():
    listed = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert [line.split()[1] for line in listed.stdout.splitlines()] == [
        *("setup", "run", "demo", "test", "check", "pictures", "bench", "load", "load-ui", "chaos", "clean"),
    ]
