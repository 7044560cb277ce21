"""What the desk itself knows of customers and of who is linked with them; how they are found, and drawn."""

from datetime import date

import pytest

from services.desk.projections import CUSTOMERS, RELATIONSHIPS
from services.desk.web.customer.asking import ASKERS, FIELDS, LOOKS_UP
from services.desk.web.customer.book import Asked, asked_of, views_of
from services.desk.web.customer.graph import BOX, PITCH, WIDTH, drawn, shortened
from services.desk.web.customer.links import Link
from services.desk.web.identities import Identity
from services.desk.web.labels import WORDS
from services.registry import events as registry
from services.registry.kinds import PERSONAL
from services.registry.rules import unmasking
from tests.services.desk import story


def fold(projection, *events):
    documents = {}
    projection.fold(documents, story.recorded("registry", events))
    return documents


def tier(customer_id, name="key"):
    return registry.TierAssigned(
        customer_id=customer_id, unit_id="B01", month="2026-08", tier=name, contribution_minor=5_000_00, rules_version=1
    )


ROW = next(one for one in story.REGISTRY if getattr(one, "customer_id", "") == story.WANG)
ERASED = registry.CustomerErased(story.WANG, "asked for")


def test_r6_a_customer_and_their_tier_do_not_wait_for_each_other():
    both = fold(CUSTOMERS, ROW, tier(story.WANG))
    assert fold(CUSTOMERS, tier(story.WANG), ROW) == both
    assert (both[story.WANG]["tier"], both[story.WANG]["contribution_minor"]) == ("key", 5_000_00)
    alone = fold(CUSTOMERS, tier(story.WANG))[story.WANG]
    assert (alone["display_name"], alone["kind"]) == (story.WANG, None)


def test_r5_an_erased_customer_has_no_name_and_says_so():
    gone = fold(CUSTOMERS, ROW, tier(story.WANG), ERASED)[story.WANG]
    assert (gone["display_name"], gone["consent_marketing"], gone["erased"]) == (registry.ERASED_NAME, False, True)
    assert "sealed" not in gone
    assert fold(CUSTOMERS, ROW, ERASED, tier(story.WANG, "level_1"))[story.WANG]["display_name"] == registry.ERASED_NAME


def test_k4_an_edge_is_found_from_both_ends_and_its_newest_fact_holds():
    ended = story.linked(story.TEXTILE, story.WANG, "owner", date(2026, 6, 30), consent=False)
    ((key, edge),) = fold(RELATIONSHIPS, story.linked(story.TEXTILE, story.WANG, "owner"), ended).items()
    assert key == f"{story.TEXTILE}.{story.WANG}.owner"
    assert edge["parties"] == [story.TEXTILE, story.WANG]
    assert (edge["valid_to"], edge["consent"], edge["place"]) == ("2026-06-30", False, 1)


def test_k4_two_kinds_between_the_same_two_are_two_edges():
    edges = [story.linked(story.TEXTILE, story.WANG, kind) for kind in ("owner", "legal_representative")]
    assert len(fold(RELATIONSHIPS, *edges)) == 2


def test_r5_the_page_asks_for_what_registry_grants():
    assert set(ASKERS) == set(unmasking.ASKERS)
    assert set(LOOKS_UP) == set(unmasking.LOOKS_UP)
    assert FIELDS == PERSONAL
    assert set(WORDS["unmask_reason"]) == {reason for rules in unmasking.VERSIONS for reason in rules.reasons}


def test_every_kind_of_link_has_a_name_from_both_ends():
    kinds = set(registry.RelationshipKind.__args__)
    assert kinds <= set(WORDS["relationship"])
    assert kinds == set(WORDS["neighbour"])
    assert set(registry.Tier.__args__) == set(WORDS["tier"])


@pytest.mark.parametrize(
    ("roles", "unit_id", "views"),
    [
        (("corporate",), "B01", ["mine", "unit", "all"]),
        (("retail",), None, ["mine", "all"]),
        (("branch",), "B01", ["unit", "all"]),
        (("branch",), None, ["all"]),
        (("product",), "HO", ["all"]),
        (("auditor",), "HO", ["all"]),
    ],
)
def test_each_begins_with_the_customers_nearest_to_them(roles, unit_id, views):
    person = Identity("S1", "x", roles, unit_id)
    assert views_of(person) == views
    assert asked_of(person, {"view": "others"}).view == views[0]


def test_a_link_keeps_what_was_asked_for():
    asked = Asked("all", words="纺织", tier="key")
    assert asked.narrowed
    assert asked.arguments(view="mine") == {"view": "mine", "q": "纺织", "tier": "key"}
    assert not Asked("all").narrowed


def link(customer_id, kind="person", state="valid", *, consent=True):
    return Link(customer_id, f"name {customer_id}", kind, "employee", "2020-03-01", None, state, consent, "list", 9_000)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 24])
def test_the_drawn_boxes_stand_apart_and_inside(count):
    graph = drawn("华瑞纺织有限公司", "company", [link(f"P{n}") for n in range(count)])
    places = [(box.x, box.y) for box in graph.neighbours]
    assert len(set(places)) == count
    for box in (*graph.neighbours, graph.middle):
        assert box.x >= 0
        assert box.x + box.width <= graph.width
        assert box.y >= 0
        assert box.y + box.height <= graph.height
    assert graph.middle.x > BOX
    assert graph.height <= (count + 1) // 2 * PITCH + 100
    assert (graph.width, abs(sum(box.x < WIDTH // 2 for box in graph.neighbours) * 2 - count) <= 1) == (WIDTH, True)


def test_k4_a_line_that_carries_nothing_is_broken():
    kinds = [link("P1"), link("P2", consent=False), link("P3", state="ended"), link("P4", state="to_come")]
    dashes = [one.dashes for one in drawn("x", "company", kinds).neighbours]
    assert dashes[0] == ""
    assert len({dashes[1], dashes[2]} - {""}) == 2
    assert dashes[3] == dashes[2]


def test_companies_and_people_have_other_boxes():
    square, round_ = drawn("x", "company", [link("C1", "company"), link("P1")]).neighbours
    assert square.radius < round_.radius


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("华瑞纺织", "华瑞纺织"),
        ("海港物流集团有限责任公司", "海港物流…"),
        ("Short", "Short"),
        ("A long name indeed", "A long na…"),
    ],
)
def test_a_name_is_cut_to_its_room(name, shown):
    assert shortened(name, 10) == shown
