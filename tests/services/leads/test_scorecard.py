"""L5: a score is the sum of named integer parts; a card is data that names itself by its content."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.leads.rules import SOURCES
from services.leads.scorecard.card import Card, Groups, Numbers, Term, card_hash, chance, dump_card
from services.leads.scorecard.default import DEFAULT
from services.leads.scorecard.loading import CardRefused, check_card, load_card
from services.leads.scorecard.quality import auc, calibration, wilson
from services.leads.scorecard.score import described, points_of, score

AGE = Numbers("age", (30, 60.5))
CITY = Groups("city", (("wuxi", "suzhou"), ("nanjing",)))
CARD = Card(
    name="small",
    version=3,
    target="outcome",
    positive="won",
    base=480,
    even_odds_at=500,
    points_to_double_odds=40,
    terms=(
        Term((AGE,), (10, 0, -20, 3)),
        Term((CITY,), (7, -7, 1, 2)),
        Term((AGE, CITY), tuple(range(16))),
    ),
)
values = st.none() | st.text(max_size=8) | st.integers() | st.floats() | st.sampled_from(["wuxi", " nanjing ", "45"])


@st.composite
def cards(draw):
    """Any card over a, b and c, and all of its bins."""
    numbers = st.lists(st.floats(-1e6, 1e6), max_size=4, unique=True).map(lambda edges: tuple(sorted(edges)))
    axes = [
        Numbers("a", draw(numbers)),
        Groups("b", draw(st.sampled_from([(), (("x", "y"),), (("x",), ("y", "z"))]))),
        Numbers("c", draw(numbers)),
    ]
    terms = []
    for chosen in draw(st.lists(st.lists(st.sampled_from(axes), min_size=1, max_size=2, unique=True), max_size=4)):
        cells = math.prod(axis.slots for axis in chosen)
        points = draw(st.lists(st.integers(-500, 500), min_size=cells, max_size=cells))
        terms.append(Term(tuple(chosen), tuple(points)))
    return Card("any", 1, "outcome", "won", draw(st.integers(-999, 999)), 500, 40, tuple(terms))


@given(cards(), st.dictionaries(st.sampled_from("abcd"), values))
def test_l5_the_parts_are_integers_and_add_up_to_the_score_exactly(card, row):
    made = score(card, row)
    assert made.points == sum(part.points for part in made.parts) == points_of(card, row)
    assert all(type(part.points) is int and part.reason for part in made.parts)
    assert [part.attribute for part in made.parts] == ["base", *(term.name for term in card.terms)]


@given(cards(), st.dictionaries(st.sampled_from("abcd"), values))
def test_l5_a_past_score_comes_again_from_the_cards_file_and_the_record(card, row):
    kept = score(card, row)
    again = load_card(dump_card(card), "card.json")
    assert again == card
    assert score(again, row) == kept
    assert kept.card_hash == card_hash(again)


def test_l5_each_part_says_which_bin_matched_and_why():
    parts = score(CARD, {"age": 60.5, "city": "nanjing"}).parts
    assert [(part.bin, part.points) for part in parts] == [
        ("every record", 480),
        ("age 60.5 or more", -20),
        ("city nanjing", -7),
        ("age 60.5 or more, city nanjing", 9),
    ]
    assert parts[1].reason == "age 60.5 or more: takes 20."


@pytest.mark.parametrize(
    ("row", "bins"),
    [
        ({"age": 29.99, "city": "suzhou"}, ("age below 30", "city wuxi or suzhou")),
        ({"age": "30", "city": " wuxi "}, ("age 30 to below 60.5", "city wuxi or suzhou")),
        ({"age": "old", "city": "Paris"}, ("age missing", "city other")),
        ({"age": math.nan, "city": ""}, ("age missing", "city missing")),
        ({"age": 10**400, "city": None}, ("age missing", "city missing")),
        ({}, ("age missing", "city missing")),
    ],
)
def test_l5_an_unknown_category_and_a_missing_value_have_bins_of_their_own(row, bins):
    assert tuple(part.bin for part in score(CARD, row).parts[1:3]) == bins


def test_l5_the_hash_names_the_content_and_not_the_layout():
    file = json.loads(dump_card(CARD))
    assert load_card(json.dumps(file, sort_keys=True).encode(), "card.json") == CARD
    file["card"]["terms"][0]["points"][0] += 1
    with pytest.raises(CardRefused, match="card.json: changed after it was sealed") as refused:
        load_card(json.dumps(file).encode(), "card.json")
    assert refused.value.code == "card_changed"


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (Term((AGE,), (1, 2, 3)), r"terms\[0\] \(age\): has 3 points for 4 bins"),
        (Term((), ()), "has 0 axes"),
        (Term((AGE, AGE), tuple(range(16))), "names the same attribute twice"),
        (Term((Numbers("age", (3, 3)),), (1, 2, 3, 4)), "edges must rise"),
        (Term((Groups("city", (("a",), ("a",))),), (1, 2, 3, 4)), "stands in two groups"),
        (Term((Groups("city", (("a ",),)),), (1, 2, 3)), "spaces around it"),
        (Term((Numbers("Duration", ()),), (1, 2)), "'Duration' is refused as a predictor: it is known only once"),
    ],
)
def test_l5_a_faulty_card_is_refused_with_its_place(term, said):
    faulty = Card("x", 1, "outcome", "won", 0, 0, 40, (term,))
    with pytest.raises(CardRefused, match=said):
        load_card(dump_card(faulty), "card.json")


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b"\xff\xfe", b'{"format":"liandong-scorecard/1","sha256":"0","card":{"name":"x"}}']
)
def test_l5_what_is_no_card_is_refused(content):
    with pytest.raises(CardRefused, match="card.json: not a scorecard") as refused:
        load_card(content, "card.json")
    assert refused.value.code == "not_a_card"


def test_l5_another_format_is_refused():
    with pytest.raises(CardRefused, match="format 'liandong-scorecard/9' is not known here"):
        load_card(dump_card(CARD).replace(b"scorecard/1", b"scorecard/9"), "card.json")


def test_l5_the_default_card_is_whole_and_knows_each_source():
    check_card(DEFAULT, "default")
    assert len(DEFAULT.terms) == 6
    term = next(term for term in DEFAULT.terms if term.name == "source")
    assert {value for group in term.axes[0].groups for value in group} == set(SOURCES)


def test_l5_forty_points_more_double_the_odds():
    assert chance(CARD, 500) == pytest.approx(1 / 2)
    assert chance(CARD, 540) == pytest.approx(2 / 3)
    assert chance(CARD, 460) == pytest.approx(1 / 3)
    assert chance(CARD, -(10**9)) == pytest.approx(0)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30))
def test_l5_auc_is_the_share_of_pairs_in_the_right_order(pairs):
    ups = [points for points, up in pairs if up]
    downs = [points for points, up in pairs if not up]
    found = auc([points for points, _ in pairs], [up for _, up in pairs])
    if not ups or not downs:
        assert math.isnan(found)
        return
    right = sum((up > down) + (up == down) / 2 for up in ups for down in downs)
    assert found == pytest.approx(right / (len(ups) * len(downs)))


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=80))
def test_l5_calibration_tells_each_record_once_and_parts_no_tie(pairs):
    bands = calibration(CARD, [points for points, _ in pairs], [up for _, up in pairs])
    assert sum(band.rows for band in bands) == len(pairs)
    assert sum(band.rows * band.observed for band in bands) == pytest.approx(sum(up for _, up in pairs))
    assert all(low.high < high.low for low, high in pairwise(bands))
    assert len(bands) <= 10


def test_l5_wilsons_interval():
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)  # Wilson 1927; 10 of 100 at 95 %
    assert wilson(0, 10)[0] == 0


def test_l5_numbers_are_said_in_full():
    assert described(Numbers("balance", (12345678,)), 0) == "balance below 12345678"
