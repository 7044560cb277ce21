"""The bank's core system, as the story needs it: it hands over files, opens what was cleared, and reports use."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from infra.demo.stage import Stage
from infra.public import Json, Unexpected

KINDS = ("units", "staff", "customers", "relationships", "holdings", "balances", "activity", "transfers", "days")
ROWS = 1_000
_CELLS = {"": None, "true": True, "false": False}


def hand_over(stage: Stage, directory: Path) -> Iterator[tuple[str, int, list[Json]]]:
    """Send each of the bank's files in batches over HTTP; yields kind, number of rows and first rejects."""
    for kind in KINDS:
        path = directory / f"{kind}.csv"
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                lines = csv.DictReader(file)
                answers: list[Json] = []
                while rows := list(islice(lines, ROWS)):
                    answers.append(feed(stage, kind, rows, f"{kind}-{len(answers) + 1}"))
            yield kind, sum(a["rows"] for a in answers), [reject for answer in answers for reject in answer["rejects"]]


def feed(stage: Stage, kind: str, rows: Sequence[Mapping[str, Any]], name: str) -> Json:
    return stage["bank"].post(f"/api/registry/feeds/{kind}", {"name": name, "rows": [_typed(row) for row in rows]})


def _typed(row: Mapping[str, Any]) -> Json:
    """A cell of a file is text; JSON knows nothing, numbers and truth."""
    return {column: _CELLS.get(value, value) if isinstance(value, str) else value for column, value in row.items()}


def sure(answer: Json) -> None:
    """A row that the story itself made must be taken. Raises ``Unexpected``."""
    if answer["rejected"]:
        raise Unexpected(f"registry refused a row: {answer['rejects']}")


def open_holding(stage: Stage, opening_id: str, customer_id: str, product: str, on: date) -> str:
    """The core system opens what compliance cleared; the new holding's id."""
    holding_id = f"H-{opening_id.replace('.', '-')}"
    row = {
        "holding_id": holding_id,
        "customer_id": customer_id,
        "product": product,
        "unit_id": stage.cast["retail"].unit_id,
        "opened_on": on.isoformat(),
        "closed_on": None,
        "opening_ref": opening_id,
        "business_date": on.isoformat(),
    }
    sure(feed(stage, "holdings", [row], f"opening {opening_id}"))
    return holding_id


def use(stage: Stage, holding_id: str, days: Iterable[date], uses: int = 2) -> Json:
    """Days on which the customer used it, each use authenticated by the customer."""
    rows = [
        {
            "holding_id": holding_id,
            "uses": uses,
            "authenticated_uses": uses,
            "business_date": day.isoformat(),
        }
        for day in days
    ]
    answer = feed(stage, "activity", rows, f"use {holding_id} {rows[0]['business_date']} {uses}")
    sure(answer)
    return answer


def transfer(stage: Stage, holding_id: str, moments: Sequence[datetime], amount: int, limit: int) -> None:
    rows = [
        {
            "transfer_id": f"T-{holding_id}-{number}",
            "holding_id": holding_id,
            "amount_minor": amount,
            "limit_minor": limit,
            "currency": "CNY",
            "at": moment.isoformat(),
            "business_date": moment.date().isoformat(),
        }
        for number, moment in enumerate(moments, 1)
    ]
    sure(feed(stage, "transfers", rows, f"transfers {holding_id}"))


def close_day(stage: Stage, day: date) -> None:
    """The end-of-day feed: no fact of this date is still expected."""
    sure(feed(stage, "days", [{"business_date": day.isoformat()}], f"day {day}"))


def days_from(first: date, count: int, step: int = 1) -> list[date]:
    return [first + timedelta(days=step * number) for number in range(count)]
