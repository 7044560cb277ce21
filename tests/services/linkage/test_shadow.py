"""The shadow ledger (rule K6): counted in full for each win of the chain, marked, and read by nobody who pays."""

import ast
from pathlib import Path

import services.incentives
from infra import hr_client
from services.incentives.projections import PROJECTIONS as PAY
from services.incentives.reactions import FOLLOWED
from services.leads.events import Share
from services.linkage.projections import PROJECTIONS, WINS
from services.linkage.schemas import ShadowView
from services.linkage.shadow import MANAGERS, SHADOW, figures
from tests.services.linkage.world import COMPANY, OUTLET, World, customer, edge, origin, win, won_of


def chain():
    """Zhang wins the company; from it comes a second company, won by S9; from that P9, won by Li."""
    facts = (customer("P9"), edge("P9", "C2"), win("l1", value=100))
    shares = (Share("corporate", "S9", "O09", 5_000), Share("retail", "S8", "O02", 5_000))
    second = win("l2", "C2", ("payroll",), 3, origin("opp-2", "l1", "l1", (COMPANY,), 1), 40, shares)
    third = won_of(("C2", "P9", "mobile"), "l3", 5, "l1", "l2", (COMPANY, "C2"), 2, value=7)
    return World().settle(*facts, second).settle(third)


def test_k6_each_win_of_the_chain_counts_all_that_came_of_it_in_full():
    world = chain()
    found = figures(world.shown(SHADOW).values(), world.shown(WINS).values())
    one = {"own_wins": 1, "brought_wins": 0, "brought_value_minor": 0}
    assert found == [
        {"staff_id": "S0021", "unit_id": OUTLET, **one, "own_value_minor": 100, "brought_wins": 2,
         "brought_value_minor": 47, "value_minor": 147},
        {"staff_id": "S0031", "unit_id": "O02", **one, "own_value_minor": 7, "value_minor": 7},
        {"staff_id": "S9", "unit_id": "O09", **one, "own_value_minor": 40, "brought_wins": 1,
         "brought_value_minor": 7, "value_minor": 47},
    ]  # fmt: skip
    shown = ShadowView().dump({"shadow": True, "period": "2026-09", "figures": found})
    assert (shown["shadow"], shown["figures"][0]["value_minor"]) == (True, 147)


def test_k6_somebody_who_won_twice_in_a_chain_counts_what_came_of_it_once():
    second = win("l2", "C2", ("payroll",), 3, origin("opp-2", "l1", "l1", (COMPANY,), 1), 40)
    world = World().settle(win("l1", value=100), second)
    (found,) = figures(world.shown(SHADOW).values(), world.shown(WINS).values())
    assert (found["own_wins"], found["own_value_minor"], found["brought_value_minor"]) == (2, 140, 0)


def test_k6_every_document_of_the_shadow_ledger_is_marked_and_no_other_is():
    world = chain()
    for projection in PROJECTIONS:
        documents = world.shown(projection).values()
        assert documents or projection.name == "calendar"
        assert all(("shadow" in document) == (projection is SHADOW) for document in documents)
    assert all(document["shadow"] is True for document in world.shown(SHADOW).values())


def test_k6_statements_scores_and_the_hr_feed_read_nothing_of_linkage():
    assert "linkage" not in FOLLOWED
    assert all("linkage" not in projection.sources for projection in PAY)
    world = chain()
    for projection in PAY:
        assert world.shown(projection) == {}
    for file in [*Path(services.incentives.__file__).parent.rglob("*.py"), Path(hr_client.__file__)]:
        imported = {
            name
            for node in ast.walk(ast.parse(file.read_text()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        }
        assert not [name for name in imported if "linkage" in name or "shadow" in name], file


def test_k6_managers_see_the_shadow_ledger_and_hr_does_not():
    assert not {"hr", "designer", "approver", "corporate", "retail"} & set(MANAGERS)
