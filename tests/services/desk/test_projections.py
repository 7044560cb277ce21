"""What each desk's documents say, folded from the story; and that the order between services does not matter."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.verify import collection_hash
from services.bundling import events as bundling
from services.desk.projections import CORPORATE_DESK, CUSTOMERS, HR_DESK, OPPORTUNITIES, PROJECTIONS, RETAIL_DESK, UNITS
from services.leads import events as leads
from services.leads.work_events import ContactLogged
from tests.services.desk import story

DESKS = pytest.mark.parametrize("desk", [CORPORATE_DESK, RETAIL_DESK], ids=lambda desk: desk.name)


def fold(projection, **events):
    documents = {}
    for service, told in (events or story.STORY).items():
        projection.fold(documents, story.recorded(service, told))
    return documents


def lead(projection, *events):
    return fold(projection, leads=events)["x"]


def test_l2_a_side_that_has_not_accepted_is_asked_to():
    events = story.joint("x", story.TEXTILE)
    assert lead(RETAIL_DESK, *events)["to_accept"]
    assert not lead(CORPORATE_DESK, *events)["to_accept"]
    assert not lead(RETAIL_DESK, *events, story.accepted("x", "retail"))["to_accept"]


@DESKS
def test_l2_a_new_proposal_voids_what_was_accepted(desk):
    document = lead(desk, *story.joint("x", story.TEXTILE), story.proposed("x", proposal=2, corporate=5_000))
    assert document["split"]["accepted"] == {}
    assert document["to_accept"]
    assert [share["bps"] for share in document["split"]["shares"]] == [5_000, 5_000]


@DESKS
def test_l2_accepting_an_older_proposal_counts_for_nothing(desk):
    events = [*story.joint("x", story.TEXTILE), story.proposed("x", proposal=2)]
    assert lead(desk, *events, story.accepted("x", "retail", proposal=1))["split"]["accepted"] == {}


def test_l3_a_side_has_an_owner_or_a_queue():
    queued = fold(RETAIL_DESK)["l7"]
    assert (queued["owner_id"], queued["queue"]) == (None, "retail:O01")
    owned = fold(CORPORATE_DESK)["l7"]
    assert (owned["owner_id"], owned["queue"]) == (story.ZHANG, None)


def test_l3_it_is_known_who_had_a_lead_before():
    events = [story.lead_opened("x", story.TEXTILE)]
    taken_from = []
    for owner, queue in ((story.LI, None), (story.LI, None), (None, "retail:O01"), (story.CHEN, None)):
        events.append(story.routed("x", "retail", owner, "O01", queue=queue))
        taken_from.append(lead(RETAIL_DESK, *events)["taken_from"])
    assert taken_from == [None, None, story.LI, "retail:O01"]
    assert lead(CORPORATE_DESK, *events)["taken_from"] is None


def contacted(number, lead_id="x"):
    return ContactLogged(
        f"c{number:02}", story.ZHANG, "B01", story.TEXTILE, "visit", "existing", f"rec-{number:02}", "", lead_id, True, None, story.DAY
    )  # fmt: skip


@DESKS
def test_l7_l8_l10_a_lead_shows_its_last_contacts_and_where_its_project_stands(desk):
    events = [
        *story.joint("x", story.TEXTILE),
        *(contacted(number) for number in range(1, 24)),
        leads.FirstContactMade("x", "corporate", story.ZHANG, "c1", story.DAY),
        leads.ProjectStageReached("x", "bid", story.DAY, None, story.ZHANG, 1, story.DAY),
        contacted(99, lead_id=None),
    ]
    document = lead(desk, *events)
    assert [one["evidence"] for one in document["contacts"]] == [f"rec-{number:02}" for number in range(4, 24)]
    assert (document["first_contact"], document["stage"]) == ("made", "bid")
    missed = leads.FirstContactMissed("x", "corporate", story.ZHANG, story.DAY, 1, story.DAY)
    assert lead(desk, *story.joint("x", story.TEXTILE), missed)["first_contact"] == "missed"


@DESKS
def test_l10_a_contact_may_come_before_its_lead_and_in_any_order(desk):
    """They lie on other streams, which may be in another partition."""
    opened, said = [story.lead_opened("x", story.TEXTILE)], [contacted(number) for number in range(1, 24)]
    assert lead(desk, *said, *opened) == lead(desk, *opened, *reversed(said))
    assert lead(desk, *said)["owner_id"] is None


OWNERS = (leads.Holder("corporate", story.ZHANG, "O01"), leads.Holder("retail", "S0031", "O01"))
REST = leads.LeadMerged("x", story.TEXTILE, "y", 1, OWNERS, (), "one plant", "S0003", 1, story.DAY)
STAND = leads.LeadUnmerged("x", "y", 1, "two plants", "S0003", story.DAY)
TAKE = leads.LeadAbsorbed("x", "y", 1, OWNERS, (), (), story.DAY)
LET_GO = leads.LeadReleased("x", "y", 1, "two plants", "S0003", story.DAY)


@DESKS
def test_l4_a_merged_lead_rests_on_the_desk_and_comes_back_as_it_was(desk):
    events = story.joint("x", story.TEXTILE)
    before, rests = lead(desk, *events), lead(desk, *events, REST)
    assert (rests["state"], rests["to_accept"], rests["merged"]["into_id"]) == ("merged", False, "y")
    assert lead(desk, *events, REST, STAND) == before


@DESKS
def test_l4_the_survivor_names_what_was_merged_into_it(desk):
    events = story.joint("x", story.TEXTILE)
    (one,) = lead(desk, *events, TAKE)["absorbed"]
    assert one == {"lead_id": "y", "owners": {"corporate": story.ZHANG, "retail": "S0031"}}
    assert lead(desk, *events, TAKE, LET_GO) == lead(desk, *events)


ACCEPTED = [*story.joint("x", "C1"), story.accepted("x", "retail")]
QUALIFIED = [*ACCEPTED, leads.LeadQualified(lead_id="x", staff_id="S1", on=story.DAY)]
LOST = leads.LeadLost(lead_id="x", reason="price", text="", staff_id="S1", on=story.DAY)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([story.lead_opened("x", "C1")], "opened"),
        (story.joint("x", "C1"), "proposed"),
        (ACCEPTED, "active"),
        ([*ACCEPTED, story.proposed("x", proposal=2)], "proposed"),
        (QUALIFIED, "qualified"),
        ([*ACCEPTED, story.won("x", "C1", ("payroll",))], "won"),
        ([*ACCEPTED, LOST], "lost"),
        ([leads.LeadExpired(lead_id="x", reason="link_released", on=story.DAY)], "expired"),
    ],
)
def test_l11_the_state_is_where_the_lead_stands(events, state):
    assert lead(CORPORATE_DESK, *events)["state"] == state


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ([story.lead_opened("x", "C1")], "opened"),
        (story.joint("x", "C1"), "proposed"),
        (ACCEPTED, "active"),
        (QUALIFIED, "qualified"),
    ],
)
def test_l11_a_reopened_lead_stands_where_it_stood(before, state):
    again = leads.LeadReopened(lead_id="x", reason="asked again", staff_id="S1", on=story.DAY)
    document = lead(CORPORATE_DESK, *before, LOST, again)
    assert (document["state"], document["result"]) == (state, None)


def test_l11_won_names_the_products():
    result = fold(CORPORATE_DESK)["l1"]["result"]
    assert result == {
        "state": "won",
        "products": ["payroll", "corporate_ebank"],
        "value_minor": 12_000_000,
        "by": story.ZHANG,
        "on": "2026-09-12",
    }


def test_l11_an_ended_lead_asks_nobody_to_accept():
    assert not fold(RETAIL_DESK)["l4"]["to_accept"]


def test_b5_items_tell_what_became_of_each_product():
    items = fold(CORPORATE_DESK)["l1"]["items"]
    assert {product: item["state"] for product, item in items.items()} == {
        "corporate_ebank": "refused",
        "payroll": "activated",
    }
    assert items["corporate_ebank"]["rule"] == "C1"


@DESKS
def test_b5_a_refused_item_may_be_asked_for_again(desk):
    events = [*story.BUNDLING, story.requested("l1", story.TEXTILE, "corporate_ebank", attempt=2)]
    item = fold(desk, leads=story.LEADS, bundling=events)["l1"]["items"]["corporate_ebank"]
    assert (item["state"], item["rule"], item["opening_id"]) == ("requested", None, "l1.corporate_ebank.2")


def test_b5_a_closing_that_was_taken_back_leaves_what_the_customer_did():
    closed = story.about(bundling.ItemClosed, "l1", "payroll", on=story.DAY)
    corrected = story.about(bundling.ItemOpened, "l1", "payroll", holding_id="H1", on=date(2026, 9, 2))
    item = fold(CORPORATE_DESK, bundling=[*story.BUNDLING, closed])["l1"]["items"]["payroll"]
    assert (item["state"], item["closed"]) == ("activated", True)
    item = fold(CORPORATE_DESK, bundling=[*story.BUNDLING, closed, corrected])["l1"]["items"]["payroll"]
    assert (item["state"], item["closed"]) == ("activated", False)


def test_k1_an_opportunity_says_where_it_comes_from():
    document = fold(OPPORTUNITIES)["op-l6"]
    assert (document["from_id"], document["relationship"], document["withdrawn"]) == (
        story.TEXTILE,
        "finance_staff",
        False,
    )
    assert fold(OPPORTUNITIES)["op-l9"]["withdrawn"]


def test_k4_an_opportunity_that_stands_again_is_no_longer_withdrawn():
    events = [*story.LINKAGE, story.spawned("l9", "P0009")]
    assert not fold(OPPORTUNITIES, linkage=events)["op-l9"]["withdrawn"]


def test_i12_hr_sees_each_statement_and_whether_it_was_acknowledged():
    documents = fold(HR_DESK)
    assert [(d["seq"], d["points_milli"], d["acknowledged"] is not None) for d in documents.values()] == [
        (1, 18_500, True),
        (2, -1_500, False),
    ]


def test_r1_the_newest_name_is_shown():
    renamed = msgspec.structs.replace(story.REGISTRY[1], name="东城支行")
    assert fold(UNITS, registry=[*story.REGISTRY, renamed])["B01"]["name"] == "东城支行"


def test_r5_no_sealed_text_reaches_the_desk():
    assert all("sealed" not in document for document in fold(CUSTOMERS).values())


@given(st.data())
def test_any_interleaving_of_the_services_gives_the_same_documents(data):
    """Within a service the order is the log's; between services there is none."""
    expected = {projection.name: collection_hash(fold(projection)) for projection in PROJECTIONS}
    waiting = {service: story.recorded(service, events) for service, events in story.STORY.items()}
    documents = {projection.name: {} for projection in PROJECTIONS}
    while waiting:
        service = data.draw(st.sampled_from(sorted(waiting)))
        run = data.draw(st.integers(1, len(waiting[service])))
        batch, waiting[service] = waiting[service][:run], waiting[service][run:]
        for projection in PROJECTIONS:
            projection.fold(documents[projection.name], batch)
        if not waiting[service]:
            del waiting[service]
    assert {name: collection_hash(found) for name, found in documents.items()} == expected
