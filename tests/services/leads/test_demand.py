"""Which lead holds a customer's need, and what a second one is told. Rule L4."""

import random
from datetime import timedelta

import msgspec
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads.domain.demand import DEMAND, ClaimNeed, CompareDemand, DismissDuplicate, Held
from services.leads.duplicate_events import DuplicateDismissed, DuplicateFound, NeedClaimed, Wish
from services.leads.duplicate_reactions import claim_needs, compare_leads
from services.leads.duplicate_rules import DUPLICATES, needs_of
from services.leads.events import LeadOpened
from services.leads.projections import CUSTOMERS, twins_of, undecided
from services.leads.projections import DUPLICATES as PAIRS
from services.registry.events import CustomersMatched, MatchJudged, MatchReason
from tests.kit import given
from tests.services.leads.examples import (
    COMPANY,
    DAY,
    LEAD,
    NEXT,
    OUTLET,
    ZHANG,
    Running,
    opened_by,
    opening,
    recorded,
    spawning,
)

PAYROLL = ("product:payroll",)
WISH = Wish("company", "payroll", ("payroll",), "branch", ZHANG, "corporate", OUTLET, OUTLET, 120_000_000)
CLAIM = ClaimNeed(COMPANY, "second", PAYROLL, NEXT, WISH)
FIRST = NeedClaimed(COMPANY, LEAD, PAYROLL, DAY, 1, WISH)
TWIN = Held("C000002", "00ld", PAYROLL, DAY)


def claim(**changes):
    return ClaimNeed(**{name: getattr(CLAIM, name) for name in ClaimNeed.__struct_fields__} | changes)


def test_l4_a_second_lead_for_the_same_need_is_refused_and_the_caller_gets_the_first():
    given(DEMAND).when(claim(lead_id=LEAD, on=DAY)).then(FIRST)
    given(DEMAND, FIRST).when(claim(lead_id=LEAD, on=DAY)).nothing()
    refused = given(DEMAND, FIRST).when(CLAIM).refused("duplicate_lead", rule="L4")
    assert refused.named == {"lead_id": LEAD, "customer_id": COMPANY, "opened_on": "2026-09-01"}
    assert LEAD in refused.message
    assert "despite" in refused.message


def test_l4_the_need_is_held_for_90_days_whichever_way_one_counts():
    assert DUPLICATES.within_days == 90
    for days in (-90, 0, 90):
        given(DEMAND, FIRST).when(claim(on=DAY + timedelta(days))).refused("duplicate_lead", rule="L4")
    for days in (-91, 91):
        (made,) = given(DEMAND, FIRST).when(claim(on=DAY + timedelta(days))).decide()
        assert made.duplicate_of is None


def test_l4_another_need_or_another_customer_is_no_duplicate():
    (made,) = given(DEMAND, FIRST).when(claim(needs=("product:settlement",))).decide()
    assert made.duplicate_of is None
    given(DEMAND, FIRST).when(claim(needs=("product:settlement", *PAYROLL))).refused("duplicate_lead", rule="L4")


def test_l4_without_products_the_need_is_what_it_says_whatever_the_width_and_case():
    assert needs_of("代发 工资", ()) == needs_of("代发工资。", ()) == ("need:代发工资",)
    assert needs_of("ＦＸ Options", ()) == needs_of("fx-options", ())
    assert needs_of("any words", ("payroll", "mobile", "payroll")) == ("product:mobile", "product:payroll")
    assert needs_of("!!", ()) == ("need:!!",)


def test_l4_who_says_why_gets_a_second_lead_and_the_pair_is_kept():
    (made,) = given(DEMAND, FIRST).when(claim(despite="another plant")).decide()
    assert (made.duplicate_of, made.despite, made.other_customer_id) == (LEAD, "another plant", None)
    (alone,) = given(DEMAND).when(claim(despite="another plant")).decide()
    assert (alone.duplicate_of, alone.despite) == (None, None)


def test_l4_a_lead_of_the_system_is_never_refused_and_noted_as_a_duplicate():
    (made,) = given(DEMAND, FIRST).when(claim(wish=None)).decide()
    assert (made.lead_id, made.duplicate_of, made.wish) == ("second", LEAD, None)


def test_l4_a_customer_who_is_probably_the_same_counts_after_ones_own():
    refused = given(DEMAND).when(claim(elsewhere=(TWIN,))).refused("duplicate_lead", rule="L4")
    assert refused.named["customer_id"] == "C000002"
    own = given(DEMAND, FIRST).when(claim(elsewhere=(TWIN,))).refused("duplicate_lead", rule="L4")
    assert own.named["lead_id"] == LEAD
    (noted,) = given(DEMAND).when(claim(elsewhere=(TWIN,), wish=None)).decide()
    assert (noted.duplicate_of, noted.other_customer_id) == ("00ld", "C000002")


def test_l4_customers_who_turn_out_to_be_one_have_their_leads_compared():
    found = DuplicateFound(COMPANY, LEAD, "00ld", "C000002", PAYROLL, DAY, 1)
    compare = CompareDemand(COMPANY, (TWIN,))
    given(DEMAND, FIRST).when(compare).then(found)
    given(DEMAND, FIRST, found).when(compare).nothing()
    given(DEMAND).when(compare).nothing()
    early = Held("C000002", "older", PAYROLL, DAY - timedelta(91))
    later = Held("C000002", "older", PAYROLL, DAY + timedelta(1))
    other = Held("C000002", "older", ("product:mobile",), DAY)
    given(DEMAND, FIRST).when(CompareDemand(COMPANY, (early, later, other))).nothing()


def test_l4_a_person_dismisses_a_pair_that_was_found():
    noted = NeedClaimed(COMPANY, "second", PAYROLL, NEXT, 1, duplicate_of=LEAD)
    wish = DismissDuplicate("second", LEAD, "two plants", "S0003", NEXT)
    done = DuplicateDismissed(COMPANY, "second", LEAD, "two plants", "S0003", NEXT)
    given(DEMAND, FIRST, noted).when(wish).then(done)
    given(DEMAND, FIRST, noted, done).when(wish).nothing()
    given(DEMAND, FIRST).when(wish).refused("no_duplicate", rule="L4")


REACTION = claim_needs(lambda _customer: (), lambda _customer, _on: ("key", None))


def test_l4_old_leads_and_those_of_the_system_hold_their_needs_too():
    running = Running("leads")
    hand, spawned = opened_by(opening()), opened_by(spawning(lead_id="spawned", customer_id=COMPANY))
    for lead in (hand, spawned):
        running.deliver(REACTION, recorded(lead, f"lead-{lead.lead_id}"))
    claims = [one.event for one in running.events()]
    assert [(one.lead_id, one.duplicate_of, one.wish) for one in claims] == [
        (LEAD, None, None),
        ("spawned", LEAD, None),
    ]


def test_l4_a_claim_whose_lead_was_never_opened_brings_it():
    running = Running("leads")
    for _ in range(2):
        running.deliver(REACTION, recorded(FIRST, f"demand-{COMPANY}"))
    running.settle(REACTION)
    events = [one.event for one in running.events(f"lead-{LEAD}")]
    (lead,) = [event for event in events if isinstance(event, LeadOpened)]
    assert lead == opened_by(opening(tier="key"))


@over(st.randoms(use_true_random=False))
def test_l4_delivered_twice_and_shuffled_each_lead_claims_once(chance: random.Random):
    running = Running("leads")
    leads = [opened_by(opening(lead_id=f"l{number}", on=DAY + timedelta(number))) for number in range(5)]
    facts = [recorded(lead, f"lead-{lead.lead_id}") for lead in leads] * 2
    chance.shuffle(facts)
    for fact in facts:
        running.deliver(REACTION, fact)
    claims = [one.event for one in running.events()]
    assert sorted(one.lead_id for one in claims) == [lead.lead_id for lead in leads]
    first, *rest = claims
    assert first.duplicate_of is None
    assert {one.duplicate_of for one in rest} == {first.lead_id}


def test_l4_pairs_wait_until_somebody_decided():
    documents = {}
    noted = NeedClaimed(COMPANY, "second", PAYROLL, NEXT, 1, duplicate_of=LEAD, despite="another plant")
    PAIRS.fold(documents, [recorded(FIRST, f"demand-{COMPANY}"), recorded(noted, f"demand-{COMPANY}", 2)])
    (pair,) = documents.values()
    assert (pair["settled"], pair["reasons"]) == (False, ["same_customer", "same_need"])
    assert (pair["despite"], pair["needs"], pair["on"]) == ("another plant", ["product:payroll"], "2026-09-02")
    done = DuplicateDismissed(COMPANY, "second", LEAD, "two plants", "S0003", NEXT)
    PAIRS.fold(documents, [recorded(done, f"demand-{COMPANY}", 3)])
    assert documents[f"{LEAD}.second"]["settled"]
    assert undecided(COMPANY) == {"settled": False, "customer_id": COMPANY}


MATCHED = CustomersMatched("C000001", "C000002", 90, (MatchReason("same_name", 80),), True, 1, NEXT)
APART = MatchJudged("C000001", "C000002", False, "two firms of one name", "S0003", NEXT)


def test_l4_of_two_customers_who_are_one_each_knows_the_other_until_somebody_says_they_are_two():
    facts = [recorded(one, "match-C000001.C000002", n, "registry") for n, one in enumerate((MATCHED, APART), 1)]
    documents = {}
    CUSTOMERS.fold(documents, facts[:1])
    assert {one: twins_of(one, documents[one]) for one in documents} == {
        "C000001": ("C000002",), "C000002": ("C000001",),
    }  # fmt: skip
    CUSTOMERS.fold(documents, facts[1:])
    assert [twins_of(one, documents[one]) for one in documents] == [(), ()]
    weak, judged = (msgspec.structs.replace(MATCHED, strong=False), msgspec.structs.replace(APART, same=True))
    documents = {}
    CUSTOMERS.fold(documents, [recorded(weak, "m", 1, "registry")])
    assert twins_of("C000001", documents["C000001"]) == ()
    CUSTOMERS.fold(documents, [recorded(judged, "m", 2, "registry")])
    assert twins_of("C000001", documents["C000001"]) == ("C000002",)


@over(st.randoms(use_true_random=False))
def test_l4_matches_delivered_twice_and_shuffled_find_each_pair_of_leads_once(chance: random.Random):
    running = Running("leads")
    leads = [
        opened_by(opening(lead_id=f"l{number}", customer_id=f"C00000{1 + number % 2}", on=DAY + timedelta(number)))
        for number in range(4)
    ]
    for lead in leads:
        running.deliver(REACTION, recorded(lead, f"lead-{lead.lead_id}"))

    def held(customer_id):
        events = (one.event for one in running.events(f"demand-{customer_id}"))
        return DEMAND.fold(events).held.values()

    same = msgspec.structs.replace(APART, same=True)
    facts = [recorded(one, "match-C000001.C000002", n, "registry") for n, one in enumerate((MATCHED, same, APART), 1)]
    played = facts * 2
    chance.shuffle(played)
    for fact in played:
        running.deliver(compare_leads(held), fact)
    found = [one.event for one in running.events() if isinstance(one.event, DuplicateFound)]
    assert {(one.lead_id, one.duplicate_of) for one in found} == {("l1", "l0"), ("l2", "l1"), ("l3", "l0")}
    assert len(found) == 3
