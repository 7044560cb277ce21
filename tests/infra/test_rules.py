"""Rule B2 as data: a draft of the bundle rules is checked with its lines, and tried before it is published."""

from collections import Counter
from datetime import date
from io import StringIO

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from infra.cli import liandong
from infra.rules import file
from infra.rules.bench import tried
from infra.rules.file import write_rules
from infra.rules.results import results_table
from infra.stack.broken import Broken
from services.bundling.rules import bundles
from services.bundling.rules.bundles import RULE_SETS
from services.bundling.rules.facts import Facts
from services.bundling.trial_judged import shown
from tests.services.bundling.examples import TODAY, held
from tests.services.bundling.test_trials import trials

DRAFT = """\
version: 2
effective_from: 2027-01-01
active: {uses: 3, days: 60}
bundles:
  - code: precise_mobile
    name_zh: 手机银行精准营销
    name_en: Precise mobile banking
    conditions:
      - {type: kind_is, kind: person}
      - {type: holds, any_of: [online]}
      - {type: not_holds, product: mobile}
      - {type: age_at_most, years: 55}
    items: [mobile]
"""


def check(text):
    return file.check(text, RULE_SETS)


def faults(text):
    return [(one.line, one.place, one.says) for one in check(text).faults]


def test_b2_a_sound_draft_is_read():
    rules = check(DRAFT).rules
    assert (rules.version, rules.effective_from, rules.bundles[0].items) == (2, date(2027, 1, 1), ("mobile",))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version: 2", "version: two", (1, "version", "expected int, got str")),
        ("version: 2", "version: 1", (1, "version", "must be over 1, the newest there is")),
        ("effective_from: 2027-01-01\n", "", (1, "", "lacks effective_from")),
        ("2027-01-01", "1999-01-01", (2, "effective_from", "must be after 2000-01-01, when version 1 began")),
        ("uses: 3", "uses: 0", (3, "active", "must ask for at least 1 use in 1 to 3660 days")),
        ("    name_en: Precise mobile banking\n", "", (5, "bundles[0]", "lacks name_en")),
        ("    items:", "    itmes:", (13, "bundles[0].itmes", "is unknown here; there are code, name_zh")),
        ("type: holds", "type: hold", (10, "bundles[0].conditions[1]", "must have a type: one of active, age_at_most")),
        ("kind: person", "kind: cat", (9, "bundles[0].conditions[0].kind", "must be company or person")),
        (
            "[online]",
            "[onlnie]",
            (10, "bundles[0].conditions[1].any_of", "onlnie is not in the catalogue of 2027-01-01"),
        ),
        ("[online]", "online", (10, "bundles[0].conditions[1].any_of", "expected array, got str")),
        ("years: 55", "years: -1", (12, "bundles[0].conditions[3].years", "must be 1 to 3660")),
        ("years: 55", "year: 55", (12, "bundles[0].conditions[3]", "lacks years")),
        ("product: mobile", "product: online", (8, "bundles[0].conditions", "contradict each other")),
        ("[mobile]", "[teleportation]", (13, "bundles[0].items", "teleportation is not in the catalogue")),
    ],
)
def test_b2_each_fault_is_told_with_its_line_and_place(old, new, fault):
    found = faults(DRAFT.replace(old, new, 1))
    line, place, says = fault
    assert any((one[0], one[1]) == (line, place) and one[2].startswith(says) for one in found), found


def test_b2_all_faults_are_told_at_once():
    text = DRAFT.replace("uses: 3", "uses: many").replace("years: 55", "years: old").replace("[mobile]", "mobile")
    assert [(line, place) for line, place, _ in faults(text)] == [
        *((3, "active"), (12, "bundles[0].conditions[3].years"), (13, "bundles[0].items")),
    ]


PRODUCTS = """\
products:
  - {code: mobile, version: 2, name_zh: 手机银行, name_en: Mobile banking, line: ebanking, kind: channel,
     effective_from: 2027-01-01}
hold_out_bps: 500
"""


def test_b1_b8_a_draft_may_bring_products_and_a_hold_out():
    rules = check(DRAFT + PRODUCTS).rules
    assert (rules.products[0].version, rules.hold_out_bps) == (2, 500)
    assert check(write_rules(rules)).rules == rules


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version: 2, name", "version: 1, name", (15, "products[0].version", "must be 2: 1 is the newest mobile")),
        ("kind: channel", "kind: pigeon", (15, "products[0].kind", "invalid enum value")),
        ("name_en: Mobile banking, ", "", (15, "products[0]", "lacks name_en")),
        (
            "effective_from: 2027-01-01}",
            "effective_form: 2027-01-01}",
            (16, "products[0].effective_form", "is unknown"),
        ),
        ("hold_out_bps: 500", "hold_out_bps: half", (17, "hold_out_bps", "expected int")),
    ],
)
def test_b1_b8_each_fault_of_them_is_told_with_its_line_and_place(old, new, fault):
    found = faults(DRAFT + PRODUCTS.replace(old, new, 1))
    line, place, says = fault
    assert any((one[0], one[1]) == (line, place) and one[2].startswith(says) for one in found), found


def test_b2_two_bundles_of_one_code():
    twice = DRAFT + DRAFT[DRAFT.index("  - code") :]
    assert faults(twice) == [(14, "bundles[1].code", "precise_mobile is the code of bundle 1, too")]


@pytest.mark.parametrize("text", ["", "[]", "7", "bundles: {", "a: &a [*a]", "bundles: []", "? [1]: 2", "\t"])
def test_b2_what_is_no_draft_is_a_fault_and_no_crash(text):
    assert check(text).rules is None
    assert check(text).faults


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("bundles", "conditions", "type", "code", "items", "active")), inner, max_size=4
            )
        ),
    )
)
def test_b2_whatever_is_written_is_answered(data):
    assert check(yaml.safe_dump(data)).faults


def test_b2_the_rules_in_force_are_written_and_read_back():
    (fault,) = check(
        write_rules(RULE_SETS[-1]).replace("effective_from: 2000-01-01", "effective_from: 2027-01-01")
    ).faults
    assert fault.place == "version", "all else is sound"
    text = write_rules(RULE_SETS[-1]).replace("version: 1", "version: 2", 1).replace("2000-01-01", "2027-01-01")
    assert check(text).rules.bundles == RULE_SETS[-1].bundles


def person(number, born, *held_products):
    return Facts(f"P{number}", "person", born, TODAY, held_products)


def test_b2_a_trial_tells_whom_a_draft_gains_and_loses_and_who_gets_two():
    draft = check(DRAFT + DRAFT[DRAFT.index("  - code") :].replace("code: precise_mobile", "code: second")).rules
    active = held("online", d0=3)
    people = [
        person(1, 1976, active),
        person(2, 1990, active),
        person(3, 1990, held("online")),
        person(4, 1940, active),
    ]
    trial = tried(people, bundles.in_force(TODAY), draft, TODAY)
    mobile = trial.reach["precise_mobile"]
    assert (trial.customers, mobile.now, mobile.draft) == (4, 1, 3)
    assert (mobile.gained, mobile.lost) == (["P1", "P3"], [])
    revive = trial.reach["dormant_revive"]
    assert (revive.now, revive.draft, revive.lost) == (1, 0, ["P3"])
    assert trial.together == {("precise_mobile", "second"): 3}


def test_b2_the_command_names_file_line_and_place(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text(DRAFT)
    done = CliRunner().invoke(liandong, ["rules", "check", str(file)])
    assert (done.exit_code, done.stdout) == (0, f"{file}: version 2 from 2027-01-01, 1 bundles, no fault\n")
    file.write_text(DRAFT.replace("years: 55", "years: old"))
    done = CliRunner().invoke(liandong, ["rules", "check", str(file)])
    assert done.exit_code == 1
    assert f"{file}, line 12, bundles[0].conditions[3].years: expected int, got str" in done.output
    done = CliRunner().invoke(liandong, ["rules", "check", str(tmp_path / "nothing.yaml")])
    assert isinstance(done.exception, Broken)
    assert "cannot be read" in str(done.exception)


def test_b8_how_the_rules_do_is_drawn_with_the_marked_ones():
    worse = shown("young", 2, trials("offered", 800, 0.05) + trials("held_out", 400, 0.05, 0.2, seed=8), Counter())
    better = shown("payroll", 1, trials("offered", 800, 0.4, compared=False), Counter(accepted=3, declined=1))
    console = Console(width=200, record=True, file=StringIO())
    console.print(results_table([worse, better]))
    text = console.export_text()
    assert "worse than what is popular" in text.split("payroll")[0]
    assert "nobody to compare" in text.split("payroll")[1]
    assert "75.0 %" in text
    assert "●" in text
