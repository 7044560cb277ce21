"""Head office, 3 branches, 12 outlets, and the 120 people who work there, each with a manager."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from infra.demo_bank import LAST_DAY
from infra.demo_bank.dice import Dice
from infra.demo_bank.names import person_name

Row = dict[str, Any]
HEAD_OFFICE = "HO"
BRANCHES = (
    ("B01", "湖州支行", "Huzhou branch"),
    ("B02", "嘉兴支行", "Jiaxing branch"),
    ("B03", "绍兴支行", "Shaoxing branch"),
)
OUTLETS = (
    ("织里", "Zhili"), ("南浔", "Nanxun"), ("德清", "Deqing"), ("长兴", "Changxing"),
    ("南湖", "Nanhu"), ("桐乡", "Tongxiang"), ("海宁", "Haining"), ("平湖", "Pinghu"),
    ("柯桥", "Keqiao"), ("越城", "Yuecheng"), ("诸暨", "Zhuji"), ("上虞", "Shangyu"),
)  # fmt: skip
OUTLETS_PER_BRANCH = 4
RICH = ("O01", "O05", "O09")
"""Outlets with a second corporate manager; the first two have a third retail manager, too."""

# (how many, line, role); the first of a unit leads it.
OF_HEAD_OFFICE = (
    (1, "management", "branch"),
    (4, "management", "compliance"),
    (1, "ebanking", "product"),
    (1, "retail", "product"),
    (1, "corporate", "product"),
    (1, "cards", "product"),
    (2, "management", "designer"),
    (2, "management", "approver"),
    (2, "management", "hr"),
    (3, "technology", "ops"),
    (1, "management", "auditor"),
)
OF_BRANCH = (
    (1, "management", "branch"),
    (3, "corporate", "corporate"),
    (2, "retail", "retail"),
    (2, "ebanking", "branch"),
)
OF_OUTLET = (
    (1, "management", "branch"),
    (1, "corporate", "corporate"),
    (2, "retail", "retail"),
    (2, "ebanking", "branch"),
)


def outlet_ids() -> list[str]:
    return [f"O{number:02}" for number in range(1, len(OUTLETS) + 1)]


def branch_of(outlet_id: str) -> str:
    return BRANCHES[(int(outlet_id[1:]) - 1) // OUTLETS_PER_BRANCH][0]


def units() -> list[Row]:
    rows = [_unit(HEAD_OFFICE, "联动银行总行", "Liandong Bank, head office", "head_office", None)]
    rows += [_unit(unit_id, name, name_en, "branch", HEAD_OFFICE) for unit_id, name, name_en in BRANCHES]
    for unit_id, (name, name_en) in zip(outlet_ids(), OUTLETS, strict=True):
        rows.append(_unit(unit_id, f"{name}网点", f"{name_en} outlet", "outlet", branch_of(unit_id)))
    return rows


def _unit(unit_id: str, name: str, name_en: str, kind: str, parent_id: str | None) -> Row:
    return {
        "unit_id": unit_id,
        "name": name,
        "name_en": name_en,
        "kind": kind,
        "parent_id": parent_id,
        "business_date": LAST_DAY,
    }


def staff(seed: int) -> list[Row]:
    """In the order of the tree, so that a manager has a lower number than those who report to them."""
    dice = Dice(seed, "staff")
    rows: list[Row] = []
    for unit_id, parent in _posts():
        head = rows[_head(rows, parent)]["staff_id"] if parent else None
        for line, role in _people_of(unit_id):
            leader = next((row["staff_id"] for row in rows if row["unit_id"] == unit_id), head)
            if role == "compliance":  # they answer to their own head alone, never to somebody who sells
                leader = next((row["staff_id"] for row in rows if row["role"] == role), leader)
            rows.append(
                {
                    "staff_id": f"S{len(rows) + 1:04}",
                    "name": person_name(dice),
                    "unit_id": unit_id,
                    "line": line,
                    "role": role,
                    "manager_id": leader,
                    "valid_from": dice.day(date(2012, 1, 1), date(2026, 3, 31)),
                    "valid_to": None,
                    "business_date": LAST_DAY,
                }
            )
    return rows


def _posts() -> Iterator[tuple[str, str | None]]:
    """Units with their parents, each branch followed by its outlets."""
    yield HEAD_OFFICE, None
    for branch_id, _, _ in BRANCHES:
        yield branch_id, HEAD_OFFICE
        for outlet_id in outlet_ids():
            if branch_of(outlet_id) == branch_id:
                yield outlet_id, branch_id


def _head(rows: list[Row], unit_id: str) -> int:
    return next(place for place, row in enumerate(rows) if row["unit_id"] == unit_id)


def _people_of(unit_id: str) -> Iterator[tuple[str, str]]:
    posts = OF_HEAD_OFFICE if unit_id == HEAD_OFFICE else OF_BRANCH if unit_id.startswith("B") else OF_OUTLET
    for count, line, role in posts:
        more = (role == "corporate" and unit_id in RICH) or (role == "retail" and unit_id in RICH[:2])
        for _ in range(count + (1 if more else 0)):
            yield line, role


def at_work(rows: list[Row], unit_id: str, role: str) -> list[str]:
    """The numbers of those who have a role in a unit."""
    return [str(row["staff_id"]) for row in rows if row["unit_id"] == unit_id and row["role"] == role]
