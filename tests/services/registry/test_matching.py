"""L4: two customers who are probably one person or firm are found by what is sealed of them, and nothing of it shows."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.registry.domain.matches import MATCH, JudgeMatch, NoteMatch
from services.registry.erasing import erase
from services.registry.events import CustomersMatched, MatchJudged, MatchReason
from services.registry.likeness import alike, compare
from services.registry.matching import Matcher
from services.registry.names import normal_name, spellings
from services.registry.projections import MATCHES, matches_to_judge
from services.registry.rules.matching import in_force
from shared.core.recorded import Meta, Recorded
from tests.kit import given
from tests.services.registry.world import COMPANY, PERSON, MemoryBlocks, Registry, dated

DAY = date(2026, 9, 1)
RULES = in_force(DAY)


def company(number, **changed):
    told = {"customer_id": f"C{number:06}", "name": f"第{number}号纺织厂", "phone": f"0572{number:07}",
            "id_number": f"91330502MA{number:07}X"}  # fmt: skip
    return COMPANY | told | changed


def person(number, **changed):
    told = {"customer_id": f"P{number:06}", "name": f"欧阳第{number}", "phone": f"138{number:08}",
            "id_number": f"3304991980010{number:05}", "birth_date": f"{1950 + number % 50}-01-01"}  # fmt: skip
    return PERSON | told | changed


@pytest.fixture
def registry():
    return Registry().with_world()


def find(registry, run="one", noted=()):
    """Over all customers, two at a time."""
    ids = sorted({one.removeprefix("customer-") for one in registry.store._streams if one.startswith("customer-")})
    blocks = MemoryBlocks()
    matcher = Matcher(
        registry.store.load_many, registry.executor.execute_many, registry.vault, blocks, DAY, run, "OPS01"
    )
    found = matcher.find((ids[n : n + 2] for n in range(0, len(ids), 2)), noted, lambda _found: None)
    assert (blocks.marks, blocks.cleared) == ({}, 2), "what was laid down in between is removed"
    return found


def told(registry):
    registry.store.number()
    events = [one.event for one in registry.store.stream(0)]
    return {
        (one.one_id, one.other_id): (one.score, [reason.what for reason in one.reasons])
        for one in events
        if isinstance(one, CustomersMatched)
    }


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("company", ("锦华纺织有限公司", "錦華紡織有限公司", "锦华纺织", "锦华 纺织（有限公司）", "锦华纺织集团股份有限公司")),
        ("company", ("Jinhua Textile Co., Ltd.", "ＪＩＮＨＵＡ ｔｅｘｔｉｌｅ limited", "jinhua-textile")),
        ("person", ("張國榮", "张国荣", " 张 国荣 ")),
        ("person", ("Li Na", "NA LI", "ｌｉ　ｎａ")),
    ],
)  # fmt: skip
def test_l4_a_name_is_the_same_however_it_is_written(kind, names):
    assert len({normal_name(name, kind) for name in names}) == 1


def test_l4_what_makes_a_name_its_own_stays():
    assert normal_name("有限公司", "company") == "有限公司"
    assert normal_name("Company Limited", "company") == "companylimited"
    assert normal_name("锦华纺织杭州分公司", "company") != normal_name("锦华纺织有限公司", "company")
    assert normal_name("李公司", "person") == "李公司"


@over(st.text("湖州锦华纺织品贸易新", min_size=6, max_size=12), st.data())
def test_l4_names_with_one_character_more_less_or_other_share_a_spelling(name, data):
    place = data.draw(st.integers(0, len(name) - 1))
    other = data.draw(st.sampled_from("甲乙丙"))
    less, swapped = name[:place] + name[place + 1 :], name[:place] + other + name[place + 1 :]
    for changed in (less, swapped):
        assert set(spellings(name)) & set(spellings(changed))


SEALED = {"name": "锦华纺织有限公司", "phone": "057200000000", "id_number": "91330502MA2ABCDE0A"}


def scored(kind, one, other, years=(None, None)):
    pair = (alike(str(n), kind, year, said) for n, (said, year) in enumerate(zip((one, other), years, strict=True)))
    score, reasons = compare(*pair, RULES)
    return score, [reason.what for reason in reasons]


@pytest.mark.parametrize(
    ("kind", "changed", "years", "score", "reasons"),
    [
        ("company", {"name": None, "phone": None}, (None, None), 100, ["same_id_number"]),
        ("company", {"id_number": None, "phone": "1"}, (None, None), 80, ["same_name"]),
        ("company", {"id_number": "9", "phone": "1"}, (None, None), 40, ["other_id_number", "same_name"]),
        ("company", {"id_number": None, "name": "锦华纺织品", "phone": "１"}, (None, None), 70, ["similar_name"]),
        ("company", {"id_number": None, "name": "别的"}, (None, None), 50, ["same_phone"]),
        ("person", {"id_number": None, "phone": "1"}, (1980, 1980), 50, ["same_name", "same_birth_year"]),
        ("person", {"id_number": None, "phone": "1"}, (1980, 1981), 0, ["same_name", "other_birth_year"]),
        ("person", {"id_number": None, "phone": "+86 572 0000 0000"}, (None, None), 90, ["same_phone", "same_name"]),
    ],
)
def test_l4_the_score_is_the_sum_of_its_reasons(kind, changed, years, score, reasons):
    assert scored(kind, SEALED, SEALED | changed, years) == (score, reasons)
    assert scored(kind, SEALED | changed, SEALED, years[::-1]) == (score, reasons)


def test_l4_a_firm_is_no_person():
    one, other = (alike("1", kind, None, SEALED) for kind in ("company", "person"))
    assert compare(one, other, RULES) == (0, ())


FOUND = CustomersMatched("C1", "C2", 90, (MatchReason("same_name", 80),), True, 1, DAY)
NOTE = NoteMatch("C2", "C1", 90, FOUND.reasons, RULES, DAY)
JUDGED = MatchJudged("C1", "C2", False, "two firms", "S0003", DAY)


def test_l4_a_pair_is_told_once_and_again_when_it_changes():
    given(MATCH).when(NOTE).then(FOUND)
    given(MATCH, FOUND).when(NOTE).nothing()
    low = msgspec.structs.replace(NOTE, score=RULES.listed - 1)
    given(MATCH).when(low).nothing()
    given(MATCH, FOUND).when(low).then(msgspec.structs.replace(FOUND, score=RULES.listed - 1, strong=False))
    weak = msgspec.structs.replace(NOTE, score=RULES.strong - 1)
    given(MATCH).when(weak).then(msgspec.structs.replace(FOUND, score=RULES.strong - 1, strong=False))


def test_l4_a_person_says_whether_they_are_one_and_may_say_otherwise_later():
    judge = JudgeMatch(same=False, reason="two firms", by="S0003", on=DAY)
    given(MATCH, FOUND).when(judge).then(JUDGED)
    given(MATCH, FOUND, JUDGED).when(judge).nothing()
    again = msgspec.structs.replace(judge, same=True)
    given(MATCH, FOUND, JUDGED).when(again).then(msgspec.structs.replace(JUDGED, same=True))
    given(MATCH).when(judge).refused("no_match", rule="L4")


def test_l4_all_customers_are_compared_within_their_blocks_and_nothing_is_told_twice(registry):
    rows = [
        *(company(number) for number in range(10, 30)),
        company(31, name="錦華紡織（有限公司）", id_number=None),  # the name of C000001, traditional and full-width
        company(32, phone="+86 572 000 0011", id_number=None, name="新天地"),  # the telephone of company 11
        company(33, id_number=company(12)["id_number"], name="德清小店"),  # the identity number of company 12
        company(34, name="湖州新天地纺织品贸易", id_number=None),
        company(35, name="湖州新天地纺织贸易有限公司"),
        *(person(number) for number in range(10, 30)),
        person(31, name="歐陽第11", birth_date="1961-05-05", id_number=None),
        person(32, phone="057200000000"),  # of C000001, which is no person
    ]
    assert registry.report("customers", dated(rows)) == []
    assert find(registry).told == 5
    assert told(registry) == {
        ("C000001", "C000031"): (80, ["same_name"]),
        ("C000011", "C000032"): (50, ["same_phone"]),
        ("C000012", "C000033"): (100, ["same_id_number"]),
        ("C000034", "C000035"): (75, ["similar_name"]),
        ("P000011", "P000031"): (50, ["same_name", "same_birth_year"]),
    }
    assert find(registry, "two").told == 0


def test_l4_who_is_alike_no_more_and_who_was_erased(registry):
    registry.load("customers", dated([person(12, phone="13800000011"), person(13, phone="13800000011")]))
    assert find(registry).told == 0, "each has an identity number of their own"
    blank = [person(one, phone="13800000011", id_number=None, birth_date=None) for one in (12, 13)]
    registry.load("customers", dated(blank, "2026-09-01"))
    assert find(registry, "two").told == 1
    noted = [("P000012", "P000013")]
    registry.load("customers", dated([person(13)], "2026-09-02"))
    assert find(registry, "three", noted).told == 1
    assert told(registry)["P000012", "P000013"] == (32, ["similar_name"])
    erase("P000012", "asked for it", registry.people, registry.executor.execute, Meta("erase-1", actor="OPS01"))
    assert find(registry, "four", noted).told == 0


def test_l4_a_telephone_that_too_many_share_is_nobodys_own(registry):
    rows = [
        person(n, phone="057288888888", id_number=None, birth_date=None) for n in range(100, 101 + RULES.largest_block)
    ]
    registry.load("customers", dated(rows))
    found = find(registry)
    assert (found.left_out, found.told) == (1, 0)


def test_r5_what_is_told_of_a_match_holds_no_name_and_no_number(registry):
    registry.load("customers", dated([company(7, name="錦華紡織有限公司", id_number=COMPANY["id_number"])]))
    assert find(registry).told == 1
    registry.store.number()
    (event,) = [one.event for one in registry.store.stream(0) if isinstance(one.event, CustomersMatched)]
    text = msgspec.json.encode(event).decode()
    for secret in ("锦", "錦", COMPANY["id_number"], COMPANY["phone"][-6:]):
        assert secret not in text
    assert event.strong


def test_l4_pairs_are_shown_until_somebody_judged():
    documents, stream = {}, "match-C1.C2"
    events = [FOUND, JUDGED, msgspec.structs.replace(FOUND, score=60, strong=False)]
    at = datetime(2026, 9, 1, tzinfo=UTC)
    facts = [Recorded("registry", stream, n, 0, n, at, one, Meta("c", "s")) for n, one in enumerate(events, 1)]
    MATCHES.fold(documents, facts[:1])
    assert documents["C1.C2"]["judged"] is None
    assert documents["C1.C2"]["reasons"] == [{"what": "same_name", "points": 80}]
    MATCHES.fold(documents, facts[1:])
    assert documents["C1.C2"]["judged"] == {"same": False, "reason": "two firms", "by": "S0003", "on": "2026-09-01"}
    assert documents["C1.C2"]["score"] == 60
    assert matches_to_judge("C1", 50)["$or"] == [{"one_id": "C1"}, {"other_id": "C1"}]
    assert matches_to_judge(None, 50) == {"judged": None, "score": {"$gte": 50}}
