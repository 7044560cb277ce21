"""R1: a holding that is corrected to another customer takes along what it stood at when months ended."""

from services.registry.figures import ShownMonths
from services.registry.projections import BALANCES
from services.registry.reactions import MOVES, move_balances
from shared.core.reaction import follow
from tests.services.registry.shown import Shown
from tests.services.registry.test_tiers import shown
from tests.services.registry.world import PERSON, Registry, dated, sample


def a_bank():
    """P000001 holds H1, with two months known of it, and H2; P000002 nothing yet."""
    registry = Registry().with_world()
    registry.load("customers", dated([PERSON | {"customer_id": "P000002"}]), "another")
    registry.load("holdings", [sample("holdings", holding_id="H2")], "second")
    for month, minor in (("2026-07", 300), ("2026-08", 500)):
        registry.load("balances", [sample("balances", month=month, balance_minor=minor)], month)
    registry.load("balances", [sample("balances", holding_id="H2", balance_minor=7)], "of H2")
    return registry


def correct(registry, customer_id, on):
    """The bank says whose H1 is; what follows from it is delivered twice."""
    registry.load("holdings", [sample("holdings", customer_id=customer_id, business_date=on)], on)
    registry.store.number()
    react = move_balances(ShownMonths(Shown(registry.store)))
    for recorded in [one for one in registry.store.stream(0) if isinstance(one.event, MOVES)] * 2:
        work = [(intent, follow(recorded, "registry.move_balances", intent)) for intent in react(recorded)]
        registry.executor.execute_many(work)


def months(registry):
    return {key: one["holdings"] for key, one in shown(registry, BALANCES).items()}


def test_r1_r6_balances_go_with_their_holding_and_come_back_with_it():
    registry = a_bank()
    before = months(registry)
    correct(registry, "P000002", "2026-09-01")
    assert months(registry) == {
        "P000001.2026-07": {}, "P000001.2026-08": {"H2": 7},
        "P000002.2026-07": {"H1": 300}, "P000002.2026-08": {"H1": 500},
    }  # fmt: skip
    again = [sample("balances", balance_minor=500)]
    assert registry.load("balances", again, "once more") == (0, 1, 0), "it is the other customer's already"
    correct(registry, "P000001", "2026-09-01")
    assert {key: held for key, held in months(registry).items() if held} == before


def test_r1_a_file_that_names_the_new_customer_first_leaves_nothing_to_move():
    registry = a_bank()
    registry.load("holdings", [sample("holdings", customer_id="P000002", business_date="2026-09-01")], "corrected")
    registry.load("balances", [sample("balances", balance_minor=500)], "sent again")
    assert months(registry)["P000001.2026-08"] == {"H2": 7}
    assert months(registry)["P000002.2026-08"] == {"H1": 500}
    correct(registry, "P000002", "2026-09-01")
    assert months(registry)["P000002.2026-07"] == {"H1": 300}
    assert len(registry.facts("balance-H1.2026-08")) == 3
