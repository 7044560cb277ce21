"""A win at a big company reaches its people in bounded batches, and says how far it has come (rule K4)."""

from services.linkage.events import PartiesReached, ReachAdvanced, ReachPaused
from services.linkage.projections import PARTIES, WINS
from services.linkage.rules import REACH_BATCH
from shared.runtime.execute import MAX_COMMIT_BYTES
from tests.services.linkage.world import COMPANY, World, customer, edge, origin, win


def many(count):
    return [f"P{number:05}" for number in range(count)]


def test_k4_a_win_on_a_big_company_reaches_in_bounded_batches_with_progress():
    people = many(2 * REACH_BATCH + 50)
    world = World().settle(customer(COMPANY), *(edge(one) for one in people), *map(customer, people))
    world.deliver(win())
    assert world.shown(PARTIES)[COMPANY]["reached"] == REACH_BATCH
    assert [one.event.waiting for one in world.events(ReachPaused)] == [REACH_BATCH + 50]
    assert world.shown(WINS)["l1"]["reach"] == {"reached": REACH_BATCH, "of": len(people)}
    world.settle()
    assert [one.event.waiting for one in world.events(ReachPaused)] == [REACH_BATCH + 50, 50]
    assert world.open() == {(COMPANY, one, "mobile") for one in people}
    assert len(world.spawned()) == len(people)
    assert world.shown(WINS)["l1"]["reach"] == {"reached": len(people), "of": len(people)}


def test_k4_progress_counts_people_however_many_rules_reach_them():
    people = many(30)
    world = World().settle(customer(COMPANY), *(edge(one) for one in people), *map(customer, people))
    world.settle(win(products=("payroll", "settlement")))
    (advanced,) = world.events(ReachAdvanced)
    assert (advanced.event.reached, advanced.event.waiting) == (30, 0)
    assert world.shown(PARTIES)[COMPANY]["reached"] == 60


def test_k4_what_changes_while_a_batch_is_paused_is_seen():
    people = many(REACH_BATCH + 20)
    world = World().settle(customer(COMPANY), *(edge(one) for one in people), *map(customer, people))
    world.deliver(win(products=("payroll",)), win("l2", products=("settlement",), on=3))
    changed = [edge(one, consent=False, version=2) for one in people[::7]]
    world.deliver(*changed, edge("P9"), customer("P9")).settle()
    left = {*people, "P9"} - set(people[::7])
    assert world.open() == {(COMPANY, one, "mobile") for one in left}


def test_k4_a_batch_of_the_longest_ids_fits_into_a_commit():
    long = "C" * 60
    people = [f"{number:05}{'P' * 55}" for number in range(REACH_BATCH + 1)]
    world = World().settle(*(edge(one, from_id=long, kind="legal_representative") for one in people))
    far = origin(f"{long}o", root=f"{long}r", parent=f"{long}p", ancestors=(f"{long}a",))
    products = ("payroll", "corporate_ebank", "settlement")
    world.deliver(win(f"{long}l", long, products, origin=far))
    assert len(world.events(PartiesReached)) == len(products)
    (paused,) = world.events(ReachPaused)
    assert paused.event.waiting == 1, f"under {MAX_COMMIT_BYTES} bytes"


def test_k4_who_waits_is_known_without_looking_at_everybody_again():
    """Of 3,000, those whose consent goes meanwhile are counted until the last batch, and then no more."""
    people = many(3 * REACH_BATCH)
    world = World().settle(customer(COMPANY), *(edge(one) for one in people), *map(customer, people))
    world.deliver(win()).deliver(*(edge(one, consent=False, version=2) for one in people))
    world.settle()
    assert world.open() == set()
    assert [one.event.waiting for one in world.events(ReachAdvanced)] == [2 * REACH_BATCH, 0]
    assert world.shown(WINS)["l1"]["reach"] == {"reached": REACH_BATCH, "of": REACH_BATCH}
