"""Every table that a page shows whole can be taken along, as the page says it."""

import csv
import html
import io
import re
from decimal import Decimal

import pytest
from flask import Flask
from flask_babel import Babel

from services.desk.web.small_tables import rows_of
from services.desk.web.tables import FILES_TAKEN
from tests.services.desk import story
from tests.services.desk.test_lead_work import LEAD, TOLD

PAGE = """
<table id="other"><tr><th>No</th></tr></table>
<table id="wanted"><caption>Which</caption>
  <thead><tr><th>Name</th><th>Drawn</th><th>Done</th><th class="number">Points</th><th>Note</th><td></td></tr></thead>
  <tbody><tr><th>Li <small>S0021</small></th><td><svg><text>9</text><rect/></svg></td>
    <td><meter value="8">80%</meter> 8 &amp;
      more</td><td class="number">\N{MINUS SIGN}1,200.5</td><td>00042</td><td></td></tr></tbody>
</table>
<p>After</p>
"""


def taken(visitor):
    return list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))


def test_a_table_is_read_without_what_is_only_drawn():
    app = Flask("x")
    Babel(app)
    with app.test_request_context():
        head, row = rows_of(PAGE, "wanted")
        assert rows_of(PAGE, "missing") == []
    assert head == ("Name", "Done", "Points", "Note")
    assert row == ("Li S0021", "8 & more", Decimal("-1200.5"), "00042")  # what was typed stays as it is


@pytest.mark.stack
def test_a_small_table_is_taken_as_a_file_and_noted(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    visitor = browser(story.ZHANG).open("/corporate/leads/l2?table=parts")
    assert visitor.page.headers["Content-Disposition"] == 'attachment; filename="corporate-leads-l2-parts.csv"'
    assert "Content-Security-Policy" in visitor.page.headers
    head, *rows = taken(visitor)
    assert head == ["Attribute", "Points"]
    assert [row[1] for row in rows] == ["20", "-8", "12"]
    (noted,) = front.taken
    assert (noted["name"], noted["page"], noted["rows"]) == ("corporate-leads-l2-parts.csv", "/corporate/leads/l2", 3)
    # The amounts are numbers to a spreadsheet in either language.
    assert [row[1] for row in taken(browser(story.ZHANG, "zh-CN").open("/corporate/leads/l2?table=parts"))[1:]] == [
        "20",
        "-8",
        "12",
    ]


@pytest.mark.stack
def test_what_cannot_be_noted_or_is_not_there_is_not_given(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    visitor = browser(story.ZHANG)
    assert visitor.open("/corporate/leads/l2?table=nothing").page.status_code == 404
    assert front.taken == []
    front.refuse("POST", FILES_TAKEN, 503, code="no", detail="No.")
    assert visitor.open("/corporate/leads/l2?table=split").page.status_code == 503
    assert browser().open("/corporate/leads/l2?table=split").path == "/sign-in"


@pytest.mark.stack
def test_each_link_to_a_file_on_a_page_leads_to_one(browser, front):
    front.tell("GET", LEAD, 200, TOLD)
    visitor = browser(story.ZHANG).open("/corporate/leads/l2")
    links = re.findall(r'href="([^"]*[?;]table=[^"]*)"', visitor.text)
    assert len(links) == 2
    for link in links:
        assert visitor.open(html.unescape(link)).page.mimetype == "text/csv", link
