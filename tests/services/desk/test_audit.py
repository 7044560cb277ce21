"""R5 on the desk: no file without its record; and the audit of files and of looks at personal data."""

import csv
import io

import pytest

from services.desk.web.tables import FILES_TAKEN
from tests.services.desk import story

pytestmark = pytest.mark.stack
AT = "2026-09-01T01:00:00+00:00"
LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])
FILE = {
    "taking_id": "f1", "name": "leads.csv", "page": "/corporate", "rows": 12, "staff_id": story.ZHANG,
    "roles": ["corporate"], "on": "2026-09-01", "at": AT,
}  # fmt: skip
LOOK = {
    "unmasking_id": "u1", "customer_id": "P0001", "fields": ["phone"], "reason": "customer_contact",
    "note": "to agree on a visit", "staff_id": story.LI, "roles": ["retail"], "on": "2026-09-01", "at": AT,
    "rules_version": 1,
}  # fmt: skip


@pytest.fixture
def told(front):
    front.tell("GET", FILES_TAKEN, 200, {"files": [FILE, FILE | {"name": "statement-1.json", "rows": None}]})
    front.tell("GET", "/api/registry/unmaskings", 200, {"unmaskings": [LOOK]})
    return front


def test_r5_a_file_is_given_once_it_is_noted_who_takes_it(browser, front):
    visitor = browser(story.ZHANG).open("/corporate?view=won&as=csv")
    assert visitor.page.status_code == 200
    (noted,) = front.taken
    rows = list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))
    assert noted == {"name": noted["name"], "page": "/corporate", "rows": len(rows) - 1, "staff_id": story.ZHANG}
    assert noted["name"].endswith(".csv")


@pytest.mark.parametrize("status", [403, 503])
def test_r5_what_cannot_be_noted_is_not_given(browser, front, status):
    front.refuse("POST", FILES_TAKEN, status, code="no", detail="No.")
    visitor = browser(story.ZHANG).open("/corporate?as=csv")
    assert visitor.page.status_code == 503
    assert "Nothing was done. Try again in a moment." in visitor.text


@LANGUAGES
@pytest.mark.parametrize("staff_id", [story.OFFICER, story.AUDITOR])
def test_r5_compliance_and_auditors_see_who_took_which_file(browser, told, staff_id, language):
    page = browser(staff_id, language).open("/audit/files").text
    for words in ("leads.csv", "statement-1.json", "/corporate", "张伟" if language == "zh-CN" else story.ZHANG, "12"):
        assert words in page, words


@LANGUAGES
def test_r5_and_who_saw_personal_data_and_why(browser, told, language):
    page = browser(story.AUDITOR, language).open("/audit/looks").text
    reason = "To reach the customer" if language == "en" else "to agree on a visit"
    for words in ("P0001", reason, story.LI, "to agree on a visit"):
        assert words in page, words


@pytest.mark.parametrize("path", ["/audit/files", "/audit/looks"])
def test_r5_nobody_else_looks(browser, told, path):
    visitor = browser(story.ZHANG)
    before = len(told.asked)
    assert visitor.open(path).page.status_code == 403
    assert len(told.asked) == before


def test_one_persons_are_found_and_earlier_ones_turned_to(browser, told):
    told.tell("GET", FILES_TAKEN, 200, {"files": [FILE | {"taking_id": f"f{n}"} for n in range(50)]})
    visitor = browser(story.AUDITOR).open(f"/audit/files?staff_id={story.ZHANG}")
    assert told.queries[-1] == (FILES_TAKEN, {"staff_id": story.ZHANG, "limit": "50"})
    assert "before=2026-09-01T01" in visitor.text
    visitor.open(f"/audit/files?before={AT.replace('+', '%2B')}")
    assert told.queries[-1] == (FILES_TAKEN, {"before": AT, "limit": "50"})


def test_the_audit_is_taken_as_a_file_which_is_noted_too(browser, told):
    visitor = browser(story.AUDITOR).open("/audit/looks?as=csv")
    row = list(csv.reader(io.StringIO(visitor.text.removeprefix("\ufeff"))))[1]
    assert (row[1], row[3], row[6]) == (story.LI, "P0001", "to agree on a visit")
    assert [one["name"] for one in told.taken] == ["audit-unmaskings.csv"]


@pytest.mark.parametrize(("path", "name", "said"), [
    ("/audit/files", "files", "Nobody took a file."), ("/audit/looks", "unmaskings", "Nobody saw personal data in clear."),
])  # fmt: skip
def test_an_empty_audit_says_so(browser, told, path, name, said):
    told.tell("GET", f"/api/registry/{'files-taken' if name == 'files' else name}", 200, {name: []})
    assert said in browser(story.AUDITOR).open(path).text


def test_where_the_registry_does_not_answer_the_page_says_so(browser, front):
    visitor = browser(story.AUDITOR).open("/audit/files")
    assert visitor.page.status_code == 503
    assert "The registry service did not answer." in visitor.text
