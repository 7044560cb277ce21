"""Rules K1, K4 and K5 over whole histories: whatever comes twice, late or out of order, the same opportunities stand.
Edges end, are more or less sure, lose their consent; people are erased; opportunities are won meanwhile.
"""

import random

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from services.linkage.domain.party import PARTY
from services.linkage.projections import PROJECTIONS
from services.linkage.rules import VERSIONS
from tests.services.linkage.world import (
    DAY,
    World,
    closed,
    customer,
    edge,
    erased,
    expected,
    holding,
    origin,
    win,
    won_of,
)

companies = st.sampled_from(("C1", "C2"))
people = st.sampled_from(("P1", "P2", "P3"))
near = st.integers(-2, 2)
SURE_FROM = (VERSIONS[1].effective_from - DAY).days
customers = st.builds(
    customer,
    st.sampled_from(("P1", "P2", "P3", "C2")),
    st.integers(1, 3),
    st.sampled_from(("person", "person", "company")),
)
edges = st.builds(
    edge,
    st.one_of(people, st.just("C2")),
    companies,
    st.integers(1, 3),
    st.sampled_from(("employee", "owner", "supplier")),
    since=near,
    until=st.one_of(st.none(), near, st.integers(0, 6), st.just(SURE_FROM + 3)),
    consent=st.sampled_from((True, True, False)),
    sure=st.sampled_from((9_000, 5_000, 4_999)),
)
days = st.builds(closed, st.one_of(st.integers(-3, 7), st.integers(SURE_FROM, SURE_FROM + 5)))
erasures = st.builds(erased, people)
won = st.builds(
    lambda company, person, on: won_of((company, person, "mobile"), f"w-{company}-{person}", on),
    companies,
    people,
    near,
)
holdings = st.builds(
    holding,
    people,
    st.sampled_from(("mobile", "online")),
    near,
    st.one_of(st.none(), near),
    st.sampled_from((None, "l7.mobile.1")),
    st.integers(1, 3),
)


@st.composite
def wins(draw):
    lead_id = draw(st.sampled_from(("l1", "l2", "l3")))
    products = draw(st.sampled_from((("payroll",), ("settlement", "corporate_ebank"), ("online_reconciliation",))))
    ancestors = draw(st.sampled_from((None, None, ("C9",), ("P1",), ("C9", "P2"))))
    before = ancestors and origin(f"opp-{lead_id}", ancestors=ancestors, hop=len(ancestors))
    on = draw(near) + draw(st.sampled_from((0, 0, SURE_FROM)))
    return win(lead_id, draw(companies), products, on, before)


def one_fact_a_place(events):
    """Of drawn facts the first one for each place: a stream holds one event a version."""
    return list({(event.stream, event.version): event for event in reversed(events)}.values())


def stories(most):
    facts = st.lists(st.one_of(customers, edges, edges, holdings, wins(), days, won, erasures), max_size=most)
    known = st.lists(people, unique=True).map(lambda ids: [customer(one, version=9) for one in ids])
    return st.tuples(facts, known).map(lambda parts: one_fact_a_place([*parts[0], *parts[1]]))


@settings(max_examples=300)
@over(stories(24), st.integers(0, 2**32))
def test_k1_k4_k5_any_order_and_any_repetition_leave_the_same_opportunities(events, seed):
    world = World().settle_in_disorder(events, random.Random(seed))
    assert {pair for pair in world.open() if pair[2] == "mobile"} == expected(world.told)


@settings(max_examples=60)
@over(stories(16), st.integers(0, 2**32))
def test_every_projection_is_the_same_in_any_interleaving_of_streams(events, seed):
    log = World().settle_in_disorder(events, random.Random(seed)).events()
    by_stream = sorted(log, key=lambda one: (one.stream, one.version))
    for projection in PROJECTIONS:
        one, another = {}, {}
        projection.fold(one, log)
        projection.fold(another, by_stream)
        assert one == another


@settings(max_examples=60)
@over(stories(16), st.integers(0, 2**32))
def test_any_history_can_be_folded_and_a_repeated_fact_changes_nothing(events, seed):
    world = World().settle_in_disorder(events, random.Random(seed))
    before = [one.id for one in world.events()]
    world.settle(*world.told)
    assert [one.id for one in world.events()] == before
    for stream in {one.stream for one in world.events() if one.stream.startswith("party-")}:
        PARTY.fold(one.event for one in world.events() if one.stream == stream)
