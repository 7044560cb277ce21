"""``liandong rebuild`` and ``replay`` beside a running stack."""

import json

import pytest
from click.testing import CliRunner

from infra import cli
from infra.drain import drain
from infra.verify import projection_holds
from services.desk.projections import STAFF
from shared.runtime.aliases import live

pytestmark = pytest.mark.system


def liandong(stack, *arguments):
    environ = stack.stack.context.settings()
    return CliRunner().invoke(cli.liandong, ["--run-dir", str(stack.run_dir), *arguments], env=environ)


@pytest.fixture
def bank(stack):
    files = stack.bank_files()
    done = liandong(stack, "import", str(files / "units.csv"), str(files / "staff.csv"))
    assert done.exit_code == 0, done.output
    assert drain(stack.connected, 60)
    return stack


def test_rebuild_finds_a_wrong_document_and_heals_it_when_told_to(bank):
    database = bank.connected.client.desk
    equal = liandong(bank, "rebuild", "desk.staff", "--grace", "0")
    assert equal.exit_code == 0, equal.output
    assert "equal: 120 documents" in equal.output
    wrong = live(database, STAFF).find_one_and_update({}, {"$set": {"name": "Nobody"}})
    differs = liandong(bank, "rebuild", "desk.staff", "--grace", "0")
    assert f"{wrong['_id']} differs in name" in differs.output
    assert "--accept-difference" in str(differs.exception)
    assert "Nobody" not in differs.output
    assert live(database, STAFF).find_one({"_id": wrong["_id"]})["name"] == "Nobody"
    healed = liandong(bank, "rebuild", "desk.staff", "--grace", "0", "--accept-difference")
    assert healed.exit_code == 0, healed.output
    assert live(database, STAFF).find_one({"_id": wrong["_id"]}) == wrong
    assert list(projection_holds(bank.connected.client, bank.connected.logs, "desk", STAFF)) == []


def test_replay_shows_what_was(bank):
    key = live(bank.connected.client.desk, STAFF).find_one()["_id"]
    now = liandong(bank, "replay", "desk.staff", "--to", "2999-01-01T00:00:00+08:00", "--key", key)
    (line,) = now.stdout.splitlines()
    assert json.loads(line)["_id"] == key
    before = liandong(bank, "replay", "desk.staff", "--to", "2020-01-01T00:00:00Z")
    assert (before.exit_code, before.stdout) == (0, "")
    assert "which zone?" in str(liandong(bank, "replay", "desk.staff", "--to", "2020-01-01T00:00:00").exception)
    assert bank.connected.client.replay.list_collection_names() == []
