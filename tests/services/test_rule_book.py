"""The rule book names every rule that has tests, every rule of it has tests, and it says where each begins."""

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BOOK = SOURCE / "services" / "RULES.md"
IN_NAMES = re.compile(r"_([rlbkci]\d+)(?=_|\()")


def test_every_rule_has_its_tests_and_every_such_test_its_rule():
    written = set(re.findall(r"^\| ([RLBKCI]\d+) \|", BOOK.read_text(encoding="utf-8"), re.MULTILINE))
    tested = {
        rule.upper()
        for path in (SOURCE / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+\()", path.read_text(encoding="utf-8"))
        for rule in IN_NAMES.findall(name)
    }
    assert written == tested


def test_it_says_where_each_rule_begins():
    rows = re.findall(r"^\| [RLBKCI]\d+ \|.*", BOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) > 50
    for row in rows:
        places = re.findall(r"\]\(([\w/]+\.py)\)", row)
        assert places, row
        assert all((BOOK.parent / place).is_file() for place in places), row
