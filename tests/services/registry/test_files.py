"""R5 on files: who took what from a screen is a fact, once, without what was in it."""

from datetime import UTC, date, datetime

from services.registry.domain.files import FILE, NoteFile
from services.registry.events import FileTaken
from services.registry.projections import FILES
from shared.core.recorded import Meta, Recorded
from tests.kit import given

DAY = date(2026, 9, 1)
NOTE = NoteFile("f1", "leads.csv", "/corporate", 12, "S0031", ("corporate",), DAY)
TAKEN = FileTaken("f1", "leads.csv", "/corporate", 12, "S0031", ("corporate",), DAY)


def test_r5_a_file_that_is_taken_is_a_fact_once():
    given(FILE).when(NOTE).then(TAKEN)
    given(FILE, TAKEN).when(NOTE).nothing()


def test_r5_the_audit_says_who_took_what_and_when():
    documents = {}
    at = datetime(2026, 9, 1, 1, tzinfo=UTC)
    FILES.fold(documents, [Recorded("registry", "file-f1", 1, 0, 1, at, TAKEN, Meta("c", "s"))])
    assert documents["f1"] == {
        "taking_id": "f1",
        "name": "leads.csv",
        "page": "/corporate",
        "rows": 12,
        "staff_id": "S0031",
        "roles": ["corporate"],
        "on": "2026-09-01",
        "at": "2026-09-01T01:00:00+00:00",
    }
