"""Each timer that goes through items, with a first one at which it fails: the second is done all the same."""

from types import SimpleNamespace

import pytest

from services.compliance.inspection_service import Inspections
from services.compliance.projections import SAMPLES
from services.leads.campaign_service import Campaigns
from services.leads.group_service import Groups
from services.leads.projections import CAMPAIGNS, LEADS, STAFF
from services.leads.score_service import Scores
from services.leads.service import LeadsService
from services.linkage.projections import CALENDAR, PARTIES
from services.linkage.service import LinkageService
from shared.core.errors import RuleBroken

KEYS = ("bad", "good")
LONG_AGO = "2020-01-06"
LEFT = {"why": "left", "line": "retail", "due_on": LONG_AGO, "since": LONG_AGO, "unit_id": "U1"}


def lead(key):
    clock = {"owner_id": "S1", "due_on": LONG_AGO, "missed": False}
    sides = {"retail": {"owner_id": "S1", "unit_id": "U1"}}
    said = {"products": ["payroll"], "source": "branch", "customer_id": "P1"}
    return {"lead_id": key, "first_contact": clock, "sides": sides, "split": None, "version": 3, **said}


def sample(key):
    opening = {"opening_id": key, "status": "to_remedy", "overdue": False, "remedy_due": LONG_AGO}
    return {"sample_id": key, "openings": [opening]}


class Shelf:
    """The documents that a timer finds; on the bad one's stream nothing can be done."""

    def __init__(self, documents):
        self.shown, self.done = documents, []

    def documents(self, projection, *_, **__):
        return self.shown.get(projection.name, [])

    def carry_out(self, intent, _command_id, _actor):
        if intent.key == "bad":
            raise RuleBroken("no", "It cannot be.")
        self.done.append(intent.key)


LEADS_SHOWN = (LEADS, [lead(key) for key in KEYS])
DAYS = (CALENDAR, [{"closed": LONG_AGO}])


@pytest.mark.parametrize(
    ("timer", "shown"),
    [
        (LeadsService.notice_overdue, [LEADS_SHOWN]),
        (Scores.score_anew, [LEADS_SHOWN]),
        (Groups.give_back, [LEADS_SHOWN, (STAFF, [{"staff_id": "S1", "handovers": [LEFT]}])]),
        (Campaigns.finish_what_is_over, [(CAMPAIGNS, [{"campaign_id": key} for key in KEYS])]),
        (Inspections.notice_overdue, [(SAMPLES, [sample(key) for key in KEYS])]),
        (LinkageService.end_links, [DAYS, (PARTIES, [{"_id": key, "ends": {"version": 1}} for key in KEYS])]),
    ],
    ids=lambda one: getattr(one, "__qualname__", ""),
)
def test_one_bad_item_does_not_stop_the_rest(timer, shown):
    shelf = Shelf({projection.name: found for projection, found in shown})
    timer(SimpleNamespace(app=shelf))
    assert shelf.done == ["good"]
