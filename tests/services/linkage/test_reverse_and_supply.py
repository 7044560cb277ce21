"""Opportunities at companies: the reverse way of a retail win (K2) and the supply chain of a corporate one (K3)."""

import random

import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.leads.events import LeadWon
from services.linkage.events import OpportunityWithdrawn
from services.linkage.projections import OPPORTUNITIES
from services.linkage.rules import VERSIONS
from services.registry.events import CustomerRecorded, HoldingRecorded, RelationshipRecorded
from shared.core.ids import derived
from tests.services.linkage.world import (
    COMPANY,
    DAY,
    LI,
    PERSON,
    World,
    customer,
    day,
    edge,
    holding,
    newest,
    origin,
    win,
)

START = (VERSIONS[1].effective_from - DAY).days
SUPPLIER = "C000002"
KNOWN = (customer(COMPANY), customer(PERSON), customer(SUPPLIER))
OWNED = edge(kind="owner")
REVERSE = (PERSON, COMPANY, "settlement")
ALONG = (COMPANY, SUPPLIER, "settlement")
RETAIL_WIN = win("l1", PERSON, ("mobile",), START)


def reasons(world):
    return [one.event.reason for one in world.events(OpportunityWithdrawn)]


@pytest.mark.parametrize("kind", ["owner", "legal_representative"])
@pytest.mark.parametrize("edge_first", [True, False])
def test_k2_a_retail_win_reaches_the_company_that_the_person_owns_or_represents(kind, edge_first):
    facts = (edge(kind=kind), RETAIL_WIN) if edge_first else (RETAIL_WIN, edge(kind=kind))
    (spawned,) = World().settle(*KNOWN, *facts).spawned()
    assert (spawned.from_id, spawned.customer_id, spawned.product) == REVERSE
    assert (spawned.winner_id, spawned.winner_line, spawned.customer_kind) == (LI, "retail", "company")
    assert (spawned.rule, spawned.rules_version, spawned.ancestors, spawned.hop) == ("K2", 2, (PERSON,), 1)


@pytest.mark.parametrize(
    "facts",
    [
        (edge(kind="employee"), RETAIL_WIN),
        (edge(kind="finance_staff"), RETAIL_WIN),
        (OWNED, win("l1", PERSON, ("mobile",), START - 1)),
        (OWNED, customer(COMPANY, 2, corporate=True), RETAIL_WIN),
        (OWNED, holding(COMPANY, "settlement"), RETAIL_WIN),
        (edge(kind="owner", consent=False), RETAIL_WIN),
        (edge(kind="owner", until=START - 1), RETAIL_WIN),
        (OWNED, win("l2", PERSON, ("mobile",), START, origin("o", "l0", "l0", (COMPANY,), 1))),
    ],
)
def test_k2_k4_k5_what_reaches_no_company(facts):
    assert World().settle(*KNOWN, *facts).spawned() == []


def test_k2_a_company_that_becomes_a_customer_by_another_way_needs_no_opportunity():
    world = World().settle(*KNOWN, OWNED, RETAIL_WIN).settle(customer(COMPANY, 2, corporate=True))
    assert (world.open(), reasons(world)) == (set(), ["corporate_customer"])


@pytest.mark.parametrize("customer_first", [True, False])
def test_k2_a_company_won_by_the_opportunity_keeps_it_whichever_is_learned_first(customer_first):
    won = win("l2", COMPANY, ("settlement",), START + 5, origin(derived(*REVERSE), "l1", "l1", (PERSON,), 1))
    after = [customer(COMPANY, 2, corporate=True), won]
    world = World().settle(*KNOWN, OWNED, RETAIL_WIN)
    for fact in after if customer_first else reversed(after):
        world.settle(fact)
    assert REVERSE in world.open()
    documents = {}
    OPPORTUNITIES.fold(documents, world.events())
    assert documents[derived(*REVERSE)]["status"] == "won"


def test_k2_consent_withdrawn_later_takes_it_back():
    world = World().settle(*KNOWN, OWNED, RETAIL_WIN).settle(edge(kind="owner", consent=False, version=2))
    assert (world.open(), reasons(world)) == (set(), ["link_released"])


@pytest.mark.parametrize("kind", ["supplier", "buyer"])
@pytest.mark.parametrize("product", ["payroll", "corporate_ebank", "settlement"])
def test_k3_a_corporate_win_reaches_suppliers_and_buyers_without_a_settlement_account(kind, product):
    (spawned,) = World().settle(*KNOWN, edge(SUPPLIER, kind=kind), win(products=(product,), on=START)).spawned()
    assert (spawned.from_id, spawned.customer_id, spawned.product) == ALONG
    assert (spawned.rule, spawned.winner_line, spawned.relationship) == (f"K3.{product}", "corporate", kind)


@pytest.mark.parametrize(
    "facts",
    [
        (edge(SUPPLIER, kind="supplier"), win(on=START - 1)),
        (edge(SUPPLIER, kind="supplier"), holding(SUPPLIER, "settlement"), win(on=START)),
        (edge(SUPPLIER, kind="supplier", consent=False), win(on=START)),
        (edge(SUPPLIER, kind="owner"), win(on=START)),
        (edge(kind="supplier"), win(on=START)),
        (edge(SUPPLIER, kind="supplier"), win(products=("online_reconciliation",), on=START)),
    ],
)
def test_k3_k4_what_reaches_no_partner(facts):
    assert World().settle(*KNOWN, *facts).spawned() == []


def test_k3_a_corporate_customer_without_a_settlement_account_is_reached():
    partner = customer(SUPPLIER, 2, corporate=True)
    assert World().settle(*KNOWN, partner, edge(SUPPLIER, kind="buyer"), win(on=START)).open() == {ALONG}


companies, people = st.sampled_from(("C1", "C2", "C3")), st.sampled_from(("P1", "P2"))
near = st.integers(START - 1, START + 2)
facts = st.one_of(
    st.builds(
        customer,
        companies,
        st.integers(1, 3),
        corporate=st.booleans(),
    ),
    st.builds(
        edge,
        st.one_of(companies, people),
        companies,
        st.integers(1, 3),
        st.sampled_from(("owner", "legal_representative", "employee", "supplier", "buyer")),
        until=st.one_of(st.none(), near),
        consent=st.sampled_from((True, True, False)),
    ),
    st.builds(holding, companies, st.just("settlement"), near, version=st.integers(1, 2)),
    st.builds(win, st.sampled_from(("l1", "l2")), companies, st.just(("payroll",)), near),
    st.builds(win, st.sampled_from(("l3", "l4")), people, st.just(("online",)), near),
)
stories = st.lists(facts, max_size=24).map(
    lambda events: list({(one.stream, one.version): one for one in [*events, *ALL_KNOWN]}.values())
)
ALL_KNOWN = [customer(one, 9) for one in ("P1", "P2")]


def expected_at_companies(events):
    """Rules K2 and K3 with K4 said once more, plainly, over all the facts at once."""
    known = {one.customer_id: one for one in newest(events, CustomerRecorded)}
    holdings = newest(events, HoldingRecorded)

    def carried(won, e):
        return e.consent and e.valid_from <= won.on and not (e.valid_to and e.valid_to < won.on)

    def lacks(company, on):
        held = any(h.customer_id == company and h.opened_on <= on for h in holdings)
        return company in known and known[company].kind == "company" and not held

    found = set()
    for won in newest(events, LeadWon):
        for e in newest(events, RelationshipRecorded):
            if won.on < day(START) or e.from_id == e.to_id or not carried(won, e):
                continue
            if won.customer_id == e.from_id and e.kind in {"supplier", "buyer"} and lacks(e.to_id, won.on):
                found.add((e.from_id, e.to_id, "settlement"))
            owned = won.line == "retail" and won.customer_id == e.to_id and e.kind in {"owner", "legal_representative"}
            if owned and lacks(e.from_id, won.on) and not known[e.from_id].corporate_customer:
                found.add((e.to_id, e.from_id, "settlement"))
    return found


@settings(max_examples=200)
@over(stories, st.integers(0, 2**32))
def test_k2_k3_any_order_and_any_repetition_leave_the_same_opportunities(events, seed):
    world = World().settle_in_disorder(events, random.Random(seed))
    assert {pair for pair in world.open() if pair[2] == "settlement"} == expected_at_companies(events)
