"""Rule C3 on real transfers: every planted case is found, and false alarms are few."""

import csv
from datetime import datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import infra.mappings
from infra.cli import liandong
from infra.commands.alerts import by_pattern
from infra.mappings.engine import run_mapping
from infra.mappings.shape import read_mapping
from services.compliance.domain.watch import NoteTransfer
from tests.public_data import BERKA_DATA

BERKA = Path(infra.mappings.__file__).parent / "berka.yaml"
HEADER = "transfer_id,holding_id,amount_minor,limit_minor,currency,at,business_date,direction,counterparty\n"


@pytest.fixture(scope="module")
def transfers(tmp_path_factory):
    """The Berka transactions as our feed has them."""
    if not BERKA_DATA.is_dir():
        pytest.skip(f"no Berka data in {BERKA_DATA} (LIANDONG_DATA names the directory above)")
    directory = tmp_path_factory.mktemp("berka")
    run_mapping(read_mapping(BERKA), BERKA_DATA, directory)
    (file,) = directory.glob("*transfers*.csv")
    with file.open(encoding="utf-8", newline="") as text:
        return file, list(csv.DictReader(text))


def note(row):
    at = datetime.fromisoformat(row["at"])
    amount, limit = int(row["amount_minor"]), int(row["limit_minor"])
    ref = f"{row['holding_id']}.opened.1"
    return NoteTransfer(
        *(row["transfer_id"], row["holding_id"], ref, amount, limit, at, at.date()),
        *(row["direction"], row["counterparty"] or None),
    )


def planted(row, number):
    """Three cases among an account's own transfers, from three weeks after its first on: a burst, sums that pass
    through, and, on an account of its own, a round trip.
    """
    account, trip = row["holding_id"], f"PLANTED{number}"
    begins = datetime.fromisoformat(row["at"]) + timedelta(days=21)

    def move(name, holding, hours, amount, direction, other=None, limit=10**11):
        at = begins + timedelta(hours=hours)
        ref = f"{holding}.opened.1"
        return NoteTransfer(f"{name}.{number}", holding, ref, amount, limit, at, at.date(), direction, other)

    yield from (move(f"burst{n}", account, n, 2_000_000, "out", limit=2_000_000) for n in range(5))
    for n in range(3):
        yield move(f"in{n}", account, 500 + 24 * n, 7_000_000, "in", "A")
        yield move(f"out{n}", account, 506 + 24 * n, 6_900_000, "out", "B")
    yield move("come", trip, 0, 90_000, "in", "A")
    yield move("gone", trip, 30, 88_000, "out", "A")


def test_c3_every_planted_case_is_found_among_real_transfers(transfers, capsys):
    _, rows = transfers
    real = [note(row) for row in rows]
    false = {pattern: len(alerts) for pattern, alerts in by_pattern(iter(real)).items()}
    hosts: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["direction"] == "in":
            hosts.setdefault(row["holding_id"], row)
    cases = [case for number, row in enumerate(list(hosts.values())[:200]) for case in planted(row, number)]
    found = {
        pattern: len(alerts)
        for pattern, alerts in by_pattern(iter(sorted([*real, *cases], key=lambda one: one.at))).items()
    }
    new = {pattern: found[pattern] - false.get(pattern, 0) for pattern in found}
    assert new == {"burst": 200, "pass_through": 200, "round_trip": 200}
    rates = {pattern: round(false.get(pattern, 0) * 10_000 / len(real), 1) for pattern in sorted(found)}
    with capsys.disabled():
        click.echo(f"\nfalse alarms per 10,000 of {len(real):,} real transfers: {rates}")
    assert max(rates.values()) < 10


def test_c3_the_patterns_are_tried_on_a_file(tmp_path):
    file = tmp_path / "transfers.csv"
    row = "T{n},H1,2000000,2000000,CNY,2026-03-02T09:0{n}:00+08:00,2026-03-02,out,\n"
    file.write_text(HEADER + "".join(row.format(n=n) for n in range(5)))
    done = CliRunner().invoke(liandong, ["alerts", str(file)])
    assert done.exit_code == 0, done.output
    assert "burst" in done.output
    assert "H1.burst.1" in done.output


@pytest.mark.parametrize(
    ("row", "says"),
    [("T1,H1,2,3,CNY,2026-03-02T09:00:00+08:00,2026-03-02,up,\n", "line 2, direction: must be one of in, out")],
)
def test_c3_a_file_that_is_no_feed_ends_in_one_line(tmp_path, row, says):
    file = tmp_path / "transfers.csv"
    file.write_text(HEADER + row)
    done = CliRunner().invoke(liandong, ["alerts", str(file)])
    assert done.exit_code == 1
    assert says in done.output
