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

COMPANIES, PEOPLE = ("C1", "C2"), ("P1", "P2", "P3")
SURE_FROM = (VERSIONS[1].effective_from - DAY).days
near = st.integers(-2, 2)
seldom = st.integers(0, 7).map(lambda number: number == 0)


@st.composite
def customers(draw, person):
    """Mostly one person, told once."""
    kinds = draw(st.lists(st.sampled_from(("person",) * 7 + ("company",)), min_size=1, max_size=2))
    facts = [customer(person, version, kind) for version, kind in enumerate(kinds, 1)]
    return [*facts, erased(person)] if draw(seldom) else facts


@st.composite
def edges(draw, company, to_id):
    """What is said of one edge, in its versions; sometimes of a second one beside it."""
    kinds = draw(st.sampled_from((("employee",), ("employee",), ("owner",), ("employee", "owner"), ("supplier",))))
    return [
        edge(
            to_id,
            company,
            version,
            kind,
            since=draw(st.sampled_from((-900, -900, -900, -1, 1))),
            until=draw(st.sampled_from((None, None, None, -1, 1, 3, 5, SURE_FROM + 3))),
            consent=not draw(seldom),
            sure=draw(st.sampled_from((9_000, 9_000, 5_000, 4_999))),
        )
        for kind in kinds
        for version in range(1, draw(st.integers(1, 2)) + 1)
    ]


@st.composite
def wins(draw, company, lead_id, era):
    products = draw(
        st.sampled_from((("payroll",), ("settlement", "corporate_ebank"), ("payroll", "online"), ("online",)))
    )
    ancestors = draw(st.sampled_from((None, None, None, ("C9",), ("P1",), ("C9", "P2"))))
    before = ancestors and origin(f"opp-{lead_id}", ancestors=ancestors, hop=len(ancestors))
    return win(lead_id, company, products, era + draw(near), before)


@st.composite
def holdings(draw, person):
    versions = draw(st.integers(0, 2)) if draw(seldom) else 0
    closing = st.one_of(st.none(), near)
    references = st.sampled_from((None, "l7.mobile.1"))
    return [
        holding(person, "mobile", draw(near), draw(closing), draw(references), version)
        for version in range(1, versions + 1)
    ]


def one_fact_a_place(events):
    """Of drawn facts the first one for each place: a stream holds one event a version."""
    return list({(event.stream, event.version): event for event in reversed(events)}.values())


@st.composite
def stories(draw, everybody=PEOPLE):
    """Of every thing there is something to say, most of it such that something comes of it."""
    era = draw(st.sampled_from((0, SURE_FROM)))
    facts = [fact for person in everybody for fact in draw(customers(person)) + draw(holdings(person))]
    for company in COMPANIES:
        for person in everybody:
            facts += [] if draw(seldom) else draw(edges(company, person))
            name = f"w-{company}-{person}"
            facts += [won_of((company, person, "mobile"), name, draw(near))] if draw(st.booleans()) else []
    facts += [draw(wins(company, lead, era)) for company, lead in zip(COMPANIES, ("l1", "l2"), strict=True)]
    facts += map(closed, draw(st.lists(st.sampled_from((-1, 0, 2, 5, SURE_FROM + 5)), unique=True, max_size=3)))
    return one_fact_a_place(facts)


@settings(max_examples=200)
@over(stories(), st.integers(0, 2**32))
def test_k1_k4_k5_any_order_and_any_repetition_leave_the_same_opportunities(events, seed):
    world = World().settle_in_disorder(events, random.Random(seed))
    assert {pair for pair in world.open() if pair[2] == "mobile"} == expected(world.told)


@settings(max_examples=60)
@over(stories(PEOPLE[:2]), st.integers(0, 2**32))
def test_every_projection_is_the_same_in_any_interleaving_of_streams(events, seed):
    log = World().settle_in_disorder(events, random.Random(seed)).events()
    by_stream = sorted(log, key=lambda one: (one.stream, one.version))
    for projection in PROJECTIONS:
        one, another = {}, {}
        projection.fold(one, log)
        projection.fold(another, by_stream)
        assert one == another


@settings(max_examples=60)
@over(stories(PEOPLE[:2]), st.integers(0, 2**32))
def test_any_history_can_be_folded_and_a_repeated_fact_changes_nothing(events, seed):
    world = World().settle_in_disorder(events, random.Random(seed))
    before = [one.id for one in world.events()]
    world.settle(*world.told)
    assert [one.id for one in world.events()] == before
    for stream in {one.stream for one in world.events() if one.stream.startswith("party-")}:
        PARTY.fold(one.event for one in world.events() if one.stream == stream)
