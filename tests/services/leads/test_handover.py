"""A leaver's leads go to a successor: rule L9, with what it means for the split (L2, I3)."""

import random
from datetime import date

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules
from services.leads.domain.commands import HandOver, Post
from services.leads.domain.handover import HANDOVER, AdvanceHandover, OrderHandover, Served
from services.leads.domain.lead import LEAD as DECIDER
from services.leads.domain.routing import Why, owner, routed
from services.leads.events import (
    LeadActivated,
    LeadHandedOver,
    LeadLost,
    LeadRouted,
    Share,
    SplitAccepted,
    SplitProposed,
    SplitVoided,
)
from services.leads.projections import HANDOVERS, LEADS, to_hand_over
from services.leads.reactions import carry_out_handovers
from services.leads.work_events import HandoverAdvanced, HandoverOrdered
from shared.core.reaction import Intent
from tests.kit import given
from tests.services.leads.examples import (
    ACTIVE,
    COMPANY,
    JOINT,
    LEAD,
    LI,
    NEXT,
    OPENED,
    OUTLET,
    POST,
    WANG,
    WON,
    ZHANG,
    Running,
    accepted,
    opening,
    proposed,
    recorded,
)

SINCE = date(2019, 4, 1)
HERE = Served("retail", OUTLET, left=False, anywhere=True)
THERE = Served("retail", "O02", left=False, anywhere=False)
LEFT = Served("retail", OUTLET, left=True, anywhere=False)
ORDER = OrderHandover("h1", LI, WANG, (HERE,), POST, "leaves the bank", "S0090", NEXT, frozenset({"B01", OUTLET}))
ORDERED = HandoverOrdered("h1", "retail", LI, WANG, OUTLET, "leaves the bank", "S0090", NEXT)
HAND = HandOver("h1", "retail", LI, WANG, OUTLET, NEXT)


def advanced(number=1, leads=2, *, done=True):
    return HandoverAdvanced("h1", "retail", LI, WANG, OUTLET, number, leads, done, NEXT)


def moved(to=WANG):
    queue = None if to else f"retail:{OUTLET}"
    why = f"Handed over by {LI}." if to else f"Handed over by {LI}; {ZHANG} owns the other side."
    unit = OUTLET if to else None
    return (
        LeadHandedOver(LEAD, "h1", "retail", LI, to, queue, NEXT),
        LeadRouted(LEAD, "retail", to, unit, queue, why, rules.HANDED_OVER, rules.ROUTING_VERSION, NEXT),
    )


def renamed(corporate=6_000):
    return (Share("corporate", ZHANG, OUTLET, corporate), Share("retail", WANG, OUTLET, 10_000 - corporate))


def agreed(number=2, corporate=6_000):
    shares = renamed(corporate)
    return (
        SplitProposed(LEAD, number, shares, rules.HANDED_OVER),
        *(SplitAccepted(LEAD, number, share.line, share.staff_id) for share in shares),
        LeadActivated(LEAD, COMPANY, number, shares, NEXT),
    )


def test_l9_a_handover_names_a_successor_of_the_same_line_in_post():
    given(HANDOVER).when(ORDER).then(ORDERED)
    given(HANDOVER, ORDERED).when(ORDER).nothing()
    corporate, gone = Post("corporate", OUTLET, SINCE, None), Post("retail", OUTLET, SINCE, SINCE)
    for wish, code in (
        ({"to_post": corporate}, "other_line"),
        ({"to_post": gone}, "successor_not_in_post"),
        ({"to_post": None}, "unknown_staff"),
        ({"served": None}, "unknown_staff"),
        ({"served": ()}, "not_a_manager"),
        ({"to_id": LI}, "same_person"),
    ):
        given(HANDOVER).when(_change(ORDER, wish)).refused(code, rule="L9")


def test_l9_a_handover_is_ordered_by_who_leads_the_unit_of_who_leaves():
    elsewhere = _change(ORDER, {"units": frozenset({"B09", "O09"})})
    told = given(HANDOVER).when(elsewhere).forbidden("another_unit")
    assert told.message == f"The work of {LI} is of {OUTLET}, and not of your units. Ask who leads it there."


def _change(command, changes):
    return type(command)(**{name: getattr(command, name) for name in command.__struct_fields__} | changes)


def test_r4_l9_of_one_who_moved_what_was_left_changes_hands_and_not_what_is_theirs_now():
    there = _change(ORDERED, {"unit_id": OUTLET})
    region = frozenset({"B01", OUTLET, "O02"})
    for served in ((LEFT, THERE), (THERE, LEFT)):
        given(HANDOVER).when(_change(ORDER, {"served": served, "units": region})).then(there)
    given(HANDOVER).when(_change(ORDER, {"served": (LEFT, THERE)})).then(there)
    now = _change(ORDER, {"served": (LEFT, THERE), "units": frozenset({"O02"})})
    given(HANDOVER).when(now).then(_change(ORDERED, {"unit_id": "O02"}))


def test_r4_l9_of_what_was_left_twice_the_successors_own_units_goes_first():
    twice = (_change(THERE, {"left": True}), LEFT)
    order = _change(ORDER, {"served": twice, "units": frozenset({OUTLET, "O02"})})
    given(HANDOVER).when(order).then(_change(ORDERED, {"unit_id": OUTLET}))


def test_r4_l9_who_moves_to_another_line_is_followed_by_somebody_of_the_line_that_they_left():
    order = _change(ORDER, {"served": (LEFT, Served("corporate", OUTLET, left=False, anywhere=False))})
    given(HANDOVER).when(order).then(_change(ORDERED, {"unit_id": OUTLET}))
    cards = Post("product", OUTLET, SINCE, None, "cards")
    given(HANDOVER).when(_change(order, {"to_post": cards})).refused("other_line", rule="L9")


def test_r4_l9_a_lead_of_the_unit_that_they_serve_now_stays_theirs():
    at_o02 = (*OPENED, routed(LEAD, "retail", owner(LI, "O02"), Why("Claimed.", rules.CLAIMED, NEXT)))
    hand = _change(HAND, {"unit_id": OUTLET})
    given(DECIDER, *at_o02).when(hand).nothing()
    given(DECIDER, *JOINT).when(hand).then(*moved())
    assert len(given(DECIDER, *at_o02).when(HAND).decide()) == len(moved()), "of a leaver all goes"


def test_r4_l9_each_round_of_an_order_asks_for_the_same_units_leads():
    there = _change(ORDERED, {"unit_id": OUTLET})
    (advance,) = given(HANDOVER, there).when(AdvanceHandover(1, 1, done=False)).decide()
    assert advance == _change(advanced(1, 1, done=False), {"unit_id": OUTLET})
    for told in (there, advance):
        asked = []
        intents = carry_out_handovers(lambda order, _cause, to=asked: to.append(order.unit_id) or ["l1"])(
            recorded(told, "handover-h1")
        )
        assert asked == [intents[0].command.unit_id] == [OUTLET]


def test_l9_rounds_go_on_until_nothing_is_left():
    given(HANDOVER, ORDERED).when(AdvanceHandover(1, 2, done=True)).then(advanced())
    given(HANDOVER, ORDERED, advanced()).when(AdvanceHandover(1, 2, done=True)).nothing()
    given(HANDOVER).when(AdvanceHandover(1, 2, done=True)).nothing()


def test_l9_an_open_side_changes_hands():
    given(DECIDER, *JOINT).when(HAND).then(*moved())
    given(DECIDER, *JOINT, *moved()).when(HAND).nothing()
    given(DECIDER, *OPENED).when(HAND).nothing()
    given(DECIDER).when(HAND).nothing()
    given(DECIDER, *ACTIVE, LeadLost(LEAD, "price", "", LI, NEXT)).when(HAND).nothing()


def test_l2_l9_what_both_had_agreed_stays_agreed_in_the_new_name():
    given(DECIDER, *ACTIVE).when(HAND).then(*moved(), *agreed())
    state = DECIDER.fold((*ACTIVE, *moved(), *agreed()))
    assert (state.status, state.shares) == ("active", renamed())


def test_i3_l9_a_won_lead_moves_with_what_has_not_vested():
    given(DECIDER, *ACTIVE, WON).when(HAND).then(*moved(), *agreed())
    assert DECIDER.fold((*ACTIVE, WON, *moved(), *agreed())).status == "won"
    documents = {}
    LEADS.fold(documents, [recorded(one, "x", n) for n, one in enumerate((*ACTIVE, WON, *moved(), *agreed()), 1)])
    assert documents[LEAD]["status"] == "won"
    assert [share["staff_id"] for share in documents[LEAD]["split"]["shares"]] == [ZHANG, WANG]


def test_l2_l9_what_was_only_offered_is_the_successors_to_accept():
    offered = SplitProposed(LEAD, 2, renamed(), rules.HANDED_OVER)
    given(DECIDER, *JOINT, proposed(), accepted("retail")).when(HAND).then(*moved(), offered)
    stays = SplitAccepted(LEAD, 2, "corporate", ZHANG)
    given(DECIDER, *JOINT, proposed(), accepted("corporate")).when(HAND).then(*moved(), offered, stays)


def test_l2_l9_a_changed_split_that_waits_is_offered_beside_the_agreed_one():
    waits = SplitProposed(LEAD, 4, renamed(5_000), rules.HANDED_OVER)
    given(DECIDER, *ACTIVE, proposed(2, 5_000)).when(HAND).then(*moved(), *agreed(3), waits)


def test_l2_l9_it_takes_two_so_a_successor_who_owns_the_other_side_does_not_get_both():
    to_zhang = _change(HAND, {"to_id": ZHANG})
    given(DECIDER, *JOINT).when(to_zhang).then(*moved(to=None))
    void = SplitVoided(LEAD, 1, None, "owner_changed", None)
    given(DECIDER, *ACTIVE).when(to_zhang).then(void, *moved(to=None))
    given(DECIDER, *ACTIVE, WON).when(to_zhang).nothing()


def handed(running, mine):
    """An order is carried out over a log in memory; ``mine`` are the leads that the list shows at each look."""
    reaction = carry_out_handovers(lambda _order, _cause: mine()[: rules.HANDOVER_BATCH])
    running.settle(reaction)


def lead_in(running, number):
    wish = opening(lead_id=f"l{number}", opened_by=LI, opened_by_line="retail", customer_id=f"C{number}")
    running.deliver(lambda _: [_intent(wish)], recorded(ORDERED, f"cause-{number}"))


def _intent(wish):
    return Intent(DECIDER, wish.lead_id, wish)


@pytest.mark.parametrize("count", [0, 3, rules.HANDOVER_BATCH, rules.HANDOVER_BATCH + 1])
def test_l9_every_lead_changes_hands_once_and_the_list_says_so(count):
    running = Running("leads")
    for number in range(count):
        lead_in(running, number)
    running.executor.execute(_order_intent(), recorded(ORDERED, "x").meta)

    def mine():
        documents = {}
        LEADS.fold(documents, running.events())
        return sorted(key for key, lead in documents.items() if lead["sides"]["retail"]["owner_id"] == LI)

    handed(running, mine)
    events = running.events()
    assert mine() == []
    assert sum(isinstance(one.event, LeadHandedOver) for one in events) == count
    documents = {}
    HANDOVERS.fold(documents, events)
    assert documents["h1"]["done"]
    assert len({lead["lead_id"] for lead in documents["h1"]["leads"]}) == len(documents["h1"]["leads"]) == count
    rounds = [one.event.leads for one in events if isinstance(one.event, HandoverAdvanced)]
    assert sum(rounds) == count


def _order_intent():
    return Intent(HANDOVER, "h1", ORDER)


@over(st.randoms(use_true_random=False))
def test_l9_delivered_twice_and_shuffled_nothing_moves_twice(chance: random.Random):
    running = Running("leads")
    for number in range(4):
        lead_in(running, number)
    reaction = carry_out_handovers(lambda _order, _cause: [f"l{number}" for number in range(4)])
    facts = [recorded(ORDERED, "handover-h1", 1), recorded(advanced(done=False), "handover-h1", 2)] * 2
    chance.shuffle(facts)
    for fact in facts:
        running.deliver(reaction, fact)
    assert sum(isinstance(one.event, LeadHandedOver) for one in running.events()) == 4


def test_l9_open_leads_and_those_whose_credit_may_still_vest_change_hands():
    assert to_hand_over("retail", LI, NEXT, OUTLET)["sides.retail.unit_id"] == OUTLET
    query = to_hand_over("retail", LI, date(2026, 9, 2), None)
    assert "sides.retail.unit_id" not in query
    assert query["sides.retail.owner_id"] == LI
    assert query["$or"][1] == {"status": "won", "won.on": {"$gte": "2025-09-02"}}
    assert rules.PAID_WITHIN_DAYS == 365
