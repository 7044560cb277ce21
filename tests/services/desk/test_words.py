"""Both languages say everything: no text without its Chinese, no Chinese without its text, nothing half translated."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask_babel import force_locale

from services.catalogue import EVENTS
from services.desk import web
from services.desk.web.labels import WORDS
from services.desk.web.view import day, local_path, points, share
from services.leads.rules import LOST_REASONS, ROUTING, SOURCES

HERE = Path(web.__file__).parent
KEYWORDS = {"_": None, "text": None, "ngettext": (1, 2)}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]


def plain(message):
    return message[0] if isinstance(message, tuple) else message


def catalogues():
    for po in sorted((HERE / "translations" / "zh_CN" / "LC_MESSAGES").glob("*.po")):
        with po.open("rb") as file:
            yield [message for message in read_po(file) if message.id]


@pytest.fixture(scope="module")
def chinese():
    return {plain(message.id): message for catalogue in catalogues() for message in catalogue}


@pytest.fixture(scope="module")
def english():
    return {plain(found[2]) for found in extract_from_dir(str(HERE), METHODS, keywords=KEYWORDS)}


def test_every_text_has_its_chinese_and_no_other(chinese, english):
    assert set(chinese) == english


def test_no_text_is_translated_in_two_places(chinese):
    assert sum(map(len, catalogues())) == len(chinese)


def test_every_translation_is_whole(chinese):
    for text, message in chinese.items():
        told = plain(message.string)
        assert told, text
        assert not message.fuzzy, text
        assert set(re.findall(r"%\(\w+\)[sd]", told)) == set(re.findall(r"%\(\w+\)[sd]", text)), text


def test_l1_every_source_and_reason_and_route_has_a_name():
    assert set(SOURCES) <= set(WORDS["source"])
    assert set(LOST_REASONS) <= set(WORDS["lost"])
    assert {rule.rule for rule in ROUTING} <= set(WORDS["routing"])


def test_every_entry_of_the_ledger_has_a_name():
    posted = next(kind for kind in EVENTS["incentives"] if kind.__name__ == "CreditPosted")
    assert set(posted.__annotations__["entry"].__args__) == set(WORDS["entry"])


@pytest.mark.parametrize(
    ("bps", "shown"), [(6_000, "60%"), (10_000, "100%"), (0, "0%"), (3_333, "33.33%"), (3_350, "33.5%"), (1, "0.01%")]
)
def test_l2_basis_points_are_shown_exactly(bps, shown):
    assert share(bps) == shown


@pytest.mark.parametrize(
    ("milli", "shown"), [(1_500, "1.500"), (0, "0.000"), (-1, "−0.001"), (1_234_567_890, "1,234,567.890")]
)
def test_points_are_shown_to_the_thousandth(milli, shown):
    assert points(milli) == shown


@pytest.mark.parametrize("path", [None, "", "x", "//x", "http://x", "/\\x", "/a\r\nSet-Cookie: x"])
def test_only_our_own_paths_are_followed(path):
    assert local_path(path) is None


def test_our_own_paths_are_followed():
    assert local_path("/retail?view=queue&page=2") == "/retail?view=queue&page=2"


@pytest.mark.stack
def test_a_date_is_written_as_the_language_writes_it(app):
    with app.test_request_context():
        with force_locale("zh_CN"):
            assert day("2026-09-01") == "2026年9月1日"
        with force_locale("en"):
            assert day("2026-09-01") == "Sep 1, 2026"
