import socket
import subprocess
import sys

import pytest
from click.testing import CliRunner

from infra import cli
from infra.stack.broken import Broken


def test_help_reads_no_command_so_that_a_broken_one_breaks_no_other(monkeypatch):
    monkeypatch.setattr(cli, "COMMANDS", {"broken": ("cannot be imported", "infra.no_such:command"), **cli.COMMANDS})
    answer = CliRunner().invoke(cli.liandong, ["--help"])
    assert answer.exit_code == 0
    assert all(name in answer.output for name in cli.COMMANDS)
    assert CliRunner().invoke(cli.liandong, ["status", "--help"]).exit_code == 0


def test_an_unknown_command_is_refused():
    assert CliRunner().invoke(cli.liandong, ["sing"]).exit_code == 2


def test_a_broken_prerequisite_is_one_line_and_exit_code_1(capsys):
    def broken(*_, **__):
        raise Broken("the disk is full")

    with pytest.raises(SystemExit) as ended:
        cli.main(["run"], broken)
    assert ended.value.code == 1
    assert capsys.readouterr().err == "liandong: the disk is full\n"


def test_a_taken_port_ends_run_in_one_line(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        port = squatter.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "infra.cli", "--run-dir", tmp_path, "run", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert (
        ended.stderr
        == f"liandong: port {port} on 127.0.0.1, wanted for front, is taken: choose another, or none at all\n"
    )
