"""L5 on the desk: what a lead's score is made of is said in the user's language, and nothing as the code writes it."""

import pytest

from services.desk.web.leads.bins import in_words
from services.leads.scorecard.default import DEFAULT
from services.leads.scorecard.score import described

pytestmark = pytest.mark.stack


@pytest.mark.parametrize(
    ("told", "english", "chinese"),
    [
        ("every record", "", ""),
        ("contacts_90_days below 1", "below 1", "低于 1"),
        ("contacts_90_days 1 to below 3", "from 1, below 3", None),
        ("days_since_contact 91 or more", "91 and more", None),
        ("value_tier missing", "not known", "未知"),
        ("value_tier key", None, None),
        ("source branch or target_list", None, None),
        ("fit high", None, None),
        (
            "age 30 to below 40, month mar or dec",
            "age from 30, below 40; month mar, dec",
            None,
        ),
        ("key", "key", "key"),
    ],
)
def test_l5_a_bin_is_said_in_words(app, told, english, chinese):
    for language, said in (("en", english), ("zh-CN", chinese)):
        with app.test_request_context(headers={"Accept-Language": language}):
            found = in_words(told)
        assert "_" not in found
        assert said is None or found == said


def test_l5_no_bin_of_the_shipped_card_is_left_as_the_code_writes_it(app):
    axes = [axis for term in DEFAULT.terms for axis in term.axes]
    with app.test_request_context(headers={"Accept-Language": "zh-CN"}):
        said = [in_words(described(axis, index)) for axis in axes for index in range(axis.slots)]
    assert not [one for one in said if any(letter.isascii() and letter.isalpha() for letter in one)]
