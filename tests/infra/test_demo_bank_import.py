"""R1, R2 through ``liandong import``, on the real database."""

import csv
import json
import os
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from infra import cli
from infra.demo_bank import SEED
from infra.demo_bank.bank import write_bank
from services.registry.secret_files import MASTER_FILE


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    directory = tmp_path_factory.mktemp("bank")
    return directory, write_bank(directory, SEED)


@pytest.fixture
def files(tmp_path):
    """A directory for hand-made files."""
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.fixture(scope="module")
def environ(servers, mongo, tmp_path_factory):
    mongo.drop_database("registry")
    yield {
        "LIANDONG_MONGO_URI": servers.mongo_uri,
        "LIANDONG_AMQP_URI": servers.amqp_uri,
        "LIANDONG_SECRETS": str(tmp_path_factory.mktemp("secrets")),
    }
    mongo.drop_database("registry")


def run(run_dir, *arguments, **environ):
    """Exit code, what it printed, and what it said on the error stream; through ``main``, where errors are told."""
    runner = CliRunner()
    entry = cli.click.Command("liandong", callback=lambda: cli.main(["--run-dir", str(run_dir), "import", *arguments]))
    ended = runner.invoke(entry, [], env={"COLUMNS": "200"} | environ)
    return ended.exit_code, ended.stdout, ended.stderr


UNITS = "unit_id,name,name_en,kind,parent_id,business_date\n"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("units.csv", b"", "units.csv: is empty"),
        ("units.csv", b"unit_id,name\n", "units.csv, line 1, name_en: the header lacks"),
        ("units.csv", (UNITS + "HO,总行,x,head_office,,2026-08-31\n").encode("gbk"), "units.csv, line 2: byte 4"),
        ("units.csv", b"PK\x03\x04\0\0", "units.csv, line 1: is an Excel"),
        ("units.csv", (UNITS + "HO,a,b,head_office,,2026-08-31,more\n").encode(), "units.csv, line 2: has 7 fields"),
        ("things.csv", b"a\n", "'things' is no kind of feed"),
        ("units.xlsx", b"a\n", "a feed is a .csv"),
    ],
)
def test_r2_a_bad_file_ends_in_one_line_that_names_the_place(tmp_path, files, name, content, says):
    (files / name).write_bytes(content)
    arguments = ("--kind", "units") if name.endswith("xlsx") else ()
    code, out, err = run(tmp_path, str(files / name), *arguments)
    assert (code, out.strip()) == (1, "")
    assert says in err
    assert err.count("\n") == 1
    assert err.startswith("liandong: ")


def test_a_mapping_reads_a_directory_and_must_exist(tmp_path, files):
    assert "a mapping reads one directory" in run(tmp_path, str(files / "x"), "--mapping", "berka")[2]
    assert "nowhere.yaml: cannot be read" in run(tmp_path, str(files), "--mapping", "nowhere.yaml")[2]
    assert "district.asc: cannot be read" in run(tmp_path, str(files), "--mapping", "berka")[2]


def test_without_a_stack_it_says_how_to_start_one(tmp_path, files, monkeypatch):
    monkeypatch.delenv("LIANDONG_MONGO_URI", raising=False)
    (files / "units.csv").write_text(UNITS, encoding="utf-8")
    code, _, err = run(tmp_path, str(files))
    assert code == 1
    assert "make run" in err


@pytest.mark.stack
def test_r1_the_demo_bank_loads_and_a_second_time_changes_nothing(tmp_path, bank, environ, mongo):
    directory, counts = bank
    code, out, err = run(tmp_path, str(directory), **environ)
    assert (code, err) == (0, "")
    with_figures = {line.split("│")[2].strip(): line for line in out.splitlines() if ".csv" in line}
    for kind, rows in counts.items():
        assert f"{rows:,} │" in with_figures[kind], out
    commits = mongo.registry.commits.count_documents({})
    assert commits == sum(counts.values()) + len(counts)
    code, again, _ = run(tmp_path, str(directory), **environ)
    assert code == 0
    assert mongo.registry.commits.count_documents({}) == commits
    print(out, again)  # noqa: T201 -- the figures, with pytest -s


@pytest.mark.stack
def test_r5_no_personal_data_in_clear_in_the_database(bank, environ, mongo):
    directory, _ = bank
    with (directory / "customers.csv").open(encoding="utf-8", newline="") as file:
        person = list(csv.DictReader(file))[200]
    kept = mongo.registry.commits.find_one({"stream": f"customer-{person['customer_id']}"})
    assert kept["events"][0]["data"]["display_name"] == person["name"][0] + "**"
    for column in ("name", "phone", "id_number", "birth_date"):
        assert person[column] not in str(kept)


@pytest.mark.stack
def test_r2_rejects_are_written_beside_the_run(tmp_path, files, bank, environ):
    (files / "activity.csv").write_text(
        "holding_id,uses,authenticated_uses,business_date\nH000001,1,1,2026-09-01\nNOBODY,1,1,2026-09-01\n",
        encoding="utf-8",
    )
    code, out, _ = run(tmp_path, str(files), **environ)
    assert code == 0
    (report,) = (tmp_path / "rejects").iterdir()
    assert str(report) in out
    assert "NOBODY" in report.read_text(encoding="utf-8-sig").splitlines()[1]


@pytest.mark.stack
def test_a_lost_master_key_ends_in_one_line(tmp_path, files, bank, environ, tmp_path_factory):
    (files / "days.csv").write_text("business_date\n2026-09-01\n", encoding="utf-8")
    other = environ | {"LIANDONG_SECRETS": str(tmp_path_factory.mktemp("other"))}
    code, _, err = run(tmp_path, str(files), **other)
    assert code == 1
    assert MASTER_FILE in err
    assert err.count("\n") == 1


@pytest.mark.stack
def test_r3_a_killed_import_goes_on_where_it_stopped(tmp_path, bank, environ, mongo):
    directory, _ = bank
    assert run(tmp_path, str(directory), **environ)[0] == 0
    with (directory / "holdings.csv").open(encoding="utf-8", newline="") as file:
        holdings = [row["holding_id"] for row in csv.DictReader(file)][:200]
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(100)]
    (tmp_path / "long").mkdir()
    path = tmp_path / "long" / "activity.ndjson"
    rows = [
        {"holding_id": h, "uses": 1, "authenticated_uses": 1, "business_date": str(d)} for d in days for h in holdings
    ]
    rows[15_000]["uses"] = -1
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    command = [sys.executable, "-m", "infra.cli", "--run-dir", str(tmp_path), "import", str(path)]
    killed = subprocess.Popen(command, env=os.environ | environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (place := mongo.registry.loads.find_one({"line": {"$gte": 3_000}})):
        assert killed.poll() is None
        time.sleep(0.005)
    killed.kill()
    killed.wait()
    stopped = mongo.registry.loads.find_one({})
    assert place["line"] <= stopped["line"] < len(rows)
    code, _, err = run(tmp_path, str(path), **environ)
    assert (code, err) == (0, "")
    assert mongo.registry.loads.find_one({}) is None
    streams = mongo.registry.commits.count_documents({"stream": {"$regex": r"^activity-.*\.2020-"}})
    assert streams == len(rows) - 1
    noted = mongo.registry.commits.find_one({"events.data.name": "activity.ndjson"})["events"][0]["data"]
    assert (noted["rows"], noted["rejected"]) == (len(rows), 1)
    assert noted["unchanged"] <= 1_000  # at most the batch that was recorded, and whose place was not kept yet
