"""Who is in a campaign's group, asked of a real MongoDB, and the contact limit where two campaigns race there (L12)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier

import msgspec
import pytest
from marshmallow import ValidationError

from services.catalogue import EVENTS, UPCASTS
from services.leads.campaign_schemas import Group
from services.leads.domain.reach import REACH
from services.leads.projections import CUSTOMERS, drawn_as, in_group, opened_in
from services.registry.events import CustomerErased, CustomerRecorded, HoldingRecorded, TierAssigned
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.runtime.execute import Executor
from shared.runtime.wiring import Logs
from tests.services.leads.campaigns import CAMPAIGN, GROUP, OTHER, UNTIL, drawing
from tests.services.leads.examples import DAY, OUTLET, recorded
from tests.services.leads.test_campaign import drawn

OUTLETS = ("B01", OUTLET)


def customer(customer_id, kind="person", outlet=OUTLET, *, consent=True):
    return CustomerRecorded(customer_id, kind, "x", "", None, outlet, None, consent, False, DAY)


def holding(customer_id, product, opened=date(2024, 1, 1), closed=None):
    return HoldingRecorded(f"H-{customer_id}-{product}", customer_id, product, OUTLET, opened, closed, None, DAY)


FACTS = [
    *(customer(f"P{number}") for number in (1, 2, 3, 5, 6, 9)),
    customer("P4", consent=False), customer("P7", outlet="O09"), customer("C8", "company"),
    *(holding(f"P{number}", "online") for number in (1, 2, 3, 4, 5, 6, 7)), holding("C8", "online"),
    holding("P2", "mobile"), holding("P3", "mobile", closed=date(2025, 5, 5)), CustomerErased("P5", "asked"),
    TierAssigned("P6", OUTLET, "2026-08", "level_1", 1, 1), holding("P9", "online", closed=date(2025, 5, 5)),
]  # fmt: skip


def folded(facts, *more):
    documents = {}
    CUSTOMERS.fold(documents, [recorded(one, f"s{place}", 1, "registry") for place, one in enumerate(facts)])
    CUSTOMERS.fold(documents, more)
    return documents


@pytest.fixture
def customers(mongo):
    collection = mongo.campaign_test.customers
    collection.drop()
    collection.insert_many([{"_id": key, **one} for key, one in folded(FACTS).items()])
    yield collection
    mongo.drop_database("campaign_test")


def chosen(customers, outlet_ids=OUTLETS, after="", **changes):
    group = msgspec.to_builtins(GROUP) | changes
    return [one["_id"] for one in customers.find(in_group(group, outlet_ids, after)).sort("_id")]


@pytest.mark.stack
def test_l12_the_group_is_who_holds_and_lacks_agreed_and_was_not_erased(customers):
    assert chosen(customers) == ["P1", "P3", "P6"]
    assert chosen(customers, after="P1") == ["P3", "P6"]
    assert chosen(customers, None) == ["P1", "P3", "P6", "P7"]
    assert chosen(customers, tiers=["level_1", "key"]) == ["P6"]
    assert chosen(customers, lacks=[]) == ["P1", "P2", "P3", "P6"]
    assert chosen(customers, holds=["online", "mobile"], lacks=[]) == ["P2"]
    assert chosen(customers, kind="company") == ["C8"]
    assert chosen(customers, holds=[], lacks=[]) == ["P1", "P2", "P3", "P6", "P9"]


@pytest.mark.stack
def test_l12_who_opens_one_of_the_products_in_the_campaigns_days_is_won_in_either_arm(customers):
    plan = {"products": ["mobile"], "opened_on": DAY.isoformat(), "until": UNTIL.isoformat()}
    opened = {"P1": DAY, "P3": UNTIL, "P6": date(2026, 12, 1), "P9": date(2026, 8, 31)}
    arms = {"P1": "contacted", "P3": "held_out", "P6": "contacted", "P9": "held_out"}
    facts = [holding(one, "mobile", on) for one, on in opened.items()]
    turns = [recorded(drawn(arm, one), f"reach-{one}") for one, arm in arms.items()]
    customers.drop()
    customers.insert_many([{"_id": key, **one} for key, one in folded([*FACTS, *facts], *turns).items()])
    won = {
        arm: [one["_id"] for one in customers.find({"drawn": drawn_as(CAMPAIGN, arm), **opened_in(plan)})]
        for arm in ("contacted", "held_out")
    }
    assert won == {"contacted": ["P1"], "held_out": ["P3"]}


def test_l12_customers_are_the_same_whichever_source_comes_first():
    facts = [recorded(one, f"s{place}", 1, "registry") for place, one in enumerate(FACTS)]
    turns = [recorded(drawn("held_out", "P1"), "reach-P1"), recorded(drawn("contacted", "P6"), "reach-P6")]
    one, other = {}, {}
    CUSTOMERS.fold(one, [*facts, *turns])
    CUSTOMERS.fold(other, [turns[0], *facts[:9], turns[1], *facts[9:]])
    assert one == other


@pytest.mark.stack
def test_l12_of_two_campaigns_that_race_for_the_same_customers_each_gets_whom_the_other_does_not(mongo):
    people = [f"P{number:03}" for number in range(150)]
    logs = Logs(mongo, {"leads": EVENTS["leads"]}, UPCASTS, 1)
    logs["leads"].prepare()
    start = Barrier(4)

    def draw(campaign_id, process):
        executor = Executor(logs["leads"], lambda: datetime.now(UTC))
        work = [
            (Intent(REACH, one, drawing(one, campaign_id, hold_out_bps=0)), Meta(f"{campaign_id}-{one}", process))
            for one in people
        ]
        start.wait()
        for place in range(0, len(work), 50):
            executor.execute_many(work[place : place + 50])

    with ThreadPoolExecutor(4) as pool:  # two processes carry out each campaign
        wishes = [(campaign_id, process) for campaign_id in (CAMPAIGN, OTHER) for process in ("p1", "p2")]
        list(pool.map(lambda wish: draw(*wish), wishes))
    for stream, commits in logs["leads"].load_many([f"reach-{one}" for one in people]).items():
        events = [event for commit in commits for event in commit.events]
        assert sorted(one.campaign_id for one in events) == sorted((CAMPAIGN, OTHER)), stream
        assert sorted(one.arm for one in events) == ["contacted", "spared"], stream
    mongo.drop_database("leads")


def test_l12_a_group_is_of_one_line_and_its_kind_of_customers():
    schema = Group()
    assert schema.load({"line": "retail", "kind": "person"})["line"] == "retail"
    for wrong, field in (({}, "line"), ({"line": "retail", "kind": "company"}, "kind"), ({"tiers": ["gold"]}, "tiers")):
        with pytest.raises(ValidationError) as caught:
            schema.load(wrong)
        assert field in caught.value.messages_dict
