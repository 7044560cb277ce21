"""L5, the learned card: what it learns, what it refuses, and how good it is on records that it never saw."""

import csv
import os
import random
import subprocess
import sys
from itertools import pairwise

import pytest
from click.testing import CliRunner

from infra import cli
from infra.commands.scorecard import command
from services.leads.scorecard.card import Numbers
from services.leads.scorecard.loading import load_card
from services.leads.scorecard.score import points_of, score
from tests.public_data import CONTACTS

needs_contacts = pytest.mark.skipif(
    not CONTACTS.is_file(), reason=f"there is no {CONTACTS} (LIANDONG_DATA names another directory of data)"
)


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def leads(tmp_path_factory):
    """Records with a known truth: age helps, balance helps but for a dip, a and b matter only together."""
    dice = random.Random(7)
    rows = []
    for _ in range(4000):
        age, balance = dice.randint(18, 80), dice.choice([0, dice.randint(1, 9999)])
        a, b = dice.choice("xy"), dice.choice("xy")
        dip = 0.25 if 4000 < balance < 6000 else 0
        rate = 0.1 + 0.004 * (age - 18) + balance / 30000 + (0.3 if a == b else 0) - dip
        won = dice.random() < rate
        rows.append({"age": "" if dice.random() < 0.05 else age, "balance": balance, "a": a, "b": b}
                    | {"duration": 900 if won else 60, "outcome": "yes" if won else "no"})  # fmt: skip
    return write(tmp_path_factory.mktemp("leads") / "leads.csv", rows)


def run(*arguments):
    """As `liandong scorecard …` would, without the process."""
    return CliRunner().invoke(command, [str(one) for one in arguments], catch_exceptions=True)


def learned(leads, tmp_path, *options):
    out = tmp_path / "card.json"
    answer = run("learn", leads, "--out", out, *options)
    assert answer.exit_code == 0, answer.output
    return load_card(out.read_bytes(), "card.json"), answer


def told(capsys, *arguments):
    """The exit code and the one line of a refusal."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["scorecard", *(str(one) for one in arguments)])
    lines = capsys.readouterr().err.strip().splitlines()
    return ended.value.code, lines[-1]


def points(card, name):
    """None where the attribute tells nothing, so that it has no term."""
    return next((term.points for term in card.terms if term.name == name), ())


def test_l5_a_card_is_learned_and_its_parts_add_up(leads, tmp_path):
    card, answer = learned(leads, tmp_path)
    with leads.open() as file:
        for row in list(csv.DictReader(file))[:300]:
            made = score(card, row)
            assert made.points == sum(part.points for part in made.parts) == points_of(card, row)
    assert card.attributes == ("age", "balance", "a", "b")[: len(card.attributes)]
    assert next(term.name for term in card.terms if len(term.axes) == 2) == "a × b"  # the first that was chosen
    assert all(word in answer.output for word in ("auc=0.", "calibration", "WOE", "kept back"))


def test_l5_the_same_seed_gives_the_same_bytes(leads, tmp_path):
    files = []
    for hash_seed in ("1", "2"):
        out = tmp_path / f"{hash_seed}.json"
        subprocess.run(
            [sys.executable, "-m", "infra.cli", "scorecard", "learn", leads, "--out", out, "--seed", "5"],
            check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": hash_seed},
        )  # fmt: skip
        files.append(out.read_bytes())
    assert files[0] == files[1]


def test_l5_points_are_monotone_where_told_to_be(leads, tmp_path):
    free, _ = learned(leads, tmp_path)
    falls = [low > high for low, high in pairwise(points(free, "balance")[:-1])]
    assert any(falls), "the data hold no dip: the test cannot fail"
    for sign, wrong in (("+", int.__gt__), ("-", int.__lt__)):
        card, _ = learned(leads, tmp_path, "--monotone", f"balance:{sign}")
        assert not any(wrong(low, high) for low, high in pairwise(points(card, "balance")[:-1]))
        assert not any("balance" in term.name for term in card.terms if len(term.axes) == 2)
    assert "balance" in learned(leads, tmp_path, "--monotone", "balance:+")[0].attributes


def test_l5_no_pairs_when_told_so(leads, tmp_path):
    card, _ = learned(leads, tmp_path, "--no-pairs")
    assert all(len(term.axes) == 1 for term in card.terms)


def test_l5_a_missing_number_is_learned_and_an_unknown_category_moves_nothing(leads, tmp_path):
    card, _ = learned(leads, tmp_path, "--no-pairs")
    assert points(card, "age")[-1] != 0  # a twentieth has none
    parts = {part.attribute: part for part in score(card, {"age": 40, "balance": 0, "a": "new", "b": "x"}).parts}
    assert "a" not in parts or (parts["a"].bin, parts["a"].points) == ("a other", 0)


def test_l5_what_is_known_only_after_the_contact_is_left_out_and_said(leads, tmp_path):
    card, answer = learned(leads, tmp_path)
    assert "duration" not in card.attributes
    assert "duration is refused as a predictor: it is known only once the contact is over (rule L5)" in answer.output
    assert "refused" not in learned(leads, tmp_path, "--ignore", "duration")[1].output


@pytest.mark.parametrize("wish", [("--predictor", "duration"), ("--monotone", "Duration:+")])
def test_l5_what_is_known_only_after_the_contact_is_refused_as_a_predictor(leads, tmp_path, capsys, wish):
    code, line = told(capsys, "learn", leads, "--out", tmp_path / "card.json", *wish)
    assert code == 2
    assert "is refused as a predictor" in line
    assert "--ignore" in line
    assert not (tmp_path / "card.json").exists()


def test_l5_evaluation_is_of_records_that_the_card_never_saw(leads, tmp_path):
    learned(leads, tmp_path)
    fresh = [
        {"outcome": "yes", "age": 70, "balance": 9000, "a": "new", "b": ""},
        {"outcome": "no", "age": "", "balance": "?", "a": "x", "b": "y"},
    ] * 5
    answer = run("evaluate", tmp_path / "card.json", write(tmp_path / "fresh.csv", fresh))
    assert answer.exit_code == 0, answer.output
    assert answer.output.startswith("auc=1.000\n")
    assert "95 % interval" in answer.output


def test_l5_scoring_and_evaluating_need_no_numpy(leads, tmp_path):
    learned(leads, tmp_path)
    program = (
        "import sys; sys.modules['numpy'] = None; from infra.cli import main;"
        f"main(['scorecard', 'evaluate', {str(tmp_path / 'card.json')!r}, {str(leads)!r}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout[:6]) == (0, "auc=0."), done.stderr


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("", (), "is empty"),
        ("a,outcome\n", (), "has a header and no records"),
        ("a,b\n1,2\n", (), "has no column 'outcome', only a, b: name the outcome's with --target"),
        ("a,outcome\n1,yes\n2\n", (), "line 3: 1 values for 2 columns"),
        ("a,outcome\n1,yes\n2,\n", (), "record 2 has no outcome"),
        ("a,a,outcome\n1,1,yes\n", (), "a column's name stands twice"),
        ("a,outcome\n1,good\n2,bad\n", (), "which outcome is the good one of bad, good? Say it with --positive"),
        ("a,outcome\n1,good\n", ("--positive", "best"), "outcome is never 'best', only good"),
        ("a,outcome\n1,yes\n2,no\n", ("--ignore", "b"), "has no column 'b'"),
        ("a,outcome\n1,yes\n2,no\n", ("--ignore", "a"), "no column is left to learn from"),
        ("a,outcome\nx,yes\ny,no\n", ("--monotone", "a:+"), "--monotone a: not a number's column"),
        ("a,outcome\n1,yes\n2,yes\n", (), "too few records to learn from"),
        ('a,outcome\n"1,yes\n', (), "no CSV"),
    ],
)
def test_l5_a_file_that_cannot_be_learned_from_is_refused_in_one_line(tmp_path, capsys, text, options, said):
    file = tmp_path / "leads.csv"
    file.write_text(text)
    code, line = told(capsys, "learn", file, "--out", tmp_path / "card.json", *options)
    assert code == 1
    assert line.startswith(f"liandong: {file}: ")
    assert said in line
    assert not (tmp_path / "card.json").exists()


def test_l5_what_cannot_be_evaluated_is_refused_in_one_line(leads, tmp_path, capsys):
    learned(leads, tmp_path)
    card = tmp_path / "card.json"
    short = write(tmp_path / "short.csv", [{"age": 1, "outcome": "yes"}])
    assert "has no column balance" in told(capsys, "evaluate", card, short)[1]
    good = write(tmp_path / "good.csv", [dict.fromkeys(("age", "balance", "a", "b"), 1) | {"outcome": "yes"}])
    assert told(capsys, "evaluate", card, good) == (
        1, f"liandong: {good}: every outcome is 'yes': give records of both outcomes",
    )  # fmt: skip
    assert "cannot be read" in told(capsys, "evaluate", tmp_path / "no.json", leads)[1]
    assert "not a scorecard" in told(capsys, "evaluate", leads, leads)[1]
    card.write_bytes(card.read_bytes().replace(b'"base": ', b'"base": 1'))
    assert "changed after it was sealed" in told(capsys, "evaluate", card, leads)[1]


def test_l5_a_name_for_each_record_is_left_out_and_said(leads, tmp_path):
    with leads.open() as file:
        rows = [{"who": f"customer {at}", **row} for at, row in enumerate(csv.DictReader(file))]
    card, answer = learned(write(tmp_path / "named.csv", rows), tmp_path, "--no-pairs")
    assert "who is left out: it has too many different values" in answer.output
    assert "who" not in card.attributes


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """Three quarters of the real contacts to learn from, and a quarter that nothing of the learner ever sees."""
    place = tmp_path_factory.mktemp("contacts")
    with CONTACTS.open() as file:
        rows = list(csv.DictReader(file))
    random.Random(1).shuffle(rows)
    cut = len(rows) // 4
    return write(place / "learn.csv", rows[cut:]), write(place / "judge.csv", rows[:cut]), place


@needs_contacts
def test_l5_on_real_contacts_the_card_beats_logistic_regression_on_records_it_never_saw(halves):
    seen, unseen, place = halves
    card, answer = learned(seen, place)
    said = float(answer.output.split("auc=")[1][:5])
    judged = run("evaluate", place / "card.json", unseen)
    assert judged.exit_code == 0
    found = float(judged.output.split("=")[1][:5])
    assert found >= 0.785  # logistic regression on binned attributes: 0.775
    assert abs(said - found) < 0.03  # what it said of itself was honest
    assert "duration" not in card.attributes
    assert {"dayspassed", "poutcome"} <= set(card.attributes)


@needs_contacts
def test_l5_on_real_contacts_monotone_balance_costs_little(halves):
    seen, unseen, place = halves
    card, _ = learned(seen, place, "--monotone", "balance:+", "--holdout", "0", "--pairs", "3")
    balance = next(term for term in card.terms if term.name == "balance")
    assert isinstance(balance.axes[0], Numbers)
    assert all(low <= high for low, high in pairwise(balance.points[:-1]))
    assert float(run("evaluate", place / "card.json", unseen).output.split("=")[1][:5]) >= 0.78
