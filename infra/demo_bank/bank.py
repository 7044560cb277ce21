"""The whole bank, and its files: one CSV a kind of feed, and the manifest with their control totals."""

import csv
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import yaml

from infra.demo_bank import LAST_DAY
from infra.demo_bank.customers import customers
from infra.demo_bank.holdings import held
from infra.demo_bank.network import Row, staff, units

SUMS = {"balances": "balance_minor", "activity": "uses", "transfers": "amount_minor"}


def demo_bank(seed: int) -> Mapping[str, list[Row]]:
    """Rows by kind of feed."""
    people = staff(seed)
    known = customers(seed, people)
    has = held(seed, known)
    return {
        "units": units(),
        "staff": people,
        "customers": known.companies + known.people,
        "relationships": known.relationships,
        "holdings": has.holdings,
        "balances": has.balances,
        "activity": has.activity,
        "transfers": has.transfers,
        "days": [{"business_date": LAST_DAY}],
    }


def write_bank(directory: Path, seed: int) -> dict[str, int]:
    """Write the files into a directory; the number of rows by kind."""
    directory.mkdir(parents=True, exist_ok=True)
    files: dict[str, dict[str, object]] = {}
    bank = demo_bank(seed)
    for kind, rows in bank.items():
        content = as_csv(rows).encode()
        (directory / f"{kind}.csv").write_bytes(content)
        control = {"kind": kind, "rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
        files[f"{kind}.csv"] = control | ({"sum": _sum(rows, SUMS[kind])} if kind in SUMS else {})
    manifest = yaml.safe_dump({"business_date": LAST_DAY, "files": files}, sort_keys=False)
    (directory / "manifest.yaml").write_text(manifest, encoding="utf-8")
    return {kind: len(rows) for kind, rows in bank.items()}


def as_csv(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([_plain(value) for value in row.values()] for row in rows)
    return text.getvalue()


def _plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def _sum(rows: list[Row], column: str) -> int:
    return sum(value for row in rows if isinstance(value := row[column], int))
