"""Rules B1, B2: a set of rules is drafted by one person and published by another, for a day to come."""

from datetime import date

import msgspec
import pytest
from msgspec.structs import replace

from services.bundling.domain.rulebook import RULEBOOK, DraftRules, PublishRules, RejectRules, rules_hash
from services.bundling.projections import RULEBOOKS
from services.bundling.projections.rulebook import sets_of
from services.bundling.rule_events import RulesDrafted, RulesPublished, RulesRejected
from services.bundling.rules import catalogue
from services.bundling.rules.bundles import RULE_SETS, Bundle, RuleSet, book_of, in_force
from services.bundling.rules.catalogue import CATALOGUE, Product, sold
from services.bundling.rules.conditions import AgeAtMost, Holds, KindIs
from services.bundling.rules.usage import Threshold
from tests.kit import given
from tests.services.bundling.examples import TODAY, day, recorded

FROM = day(30)
SET = RuleSet(
    2,
    FROM,
    Threshold(2, 30),
    (Bundle("young", "年轻客户", "Young", (KindIs("person"), Holds(("online",)), AgeAtMost(30)), ("mobile",)),),
)
HASH = rules_hash(SET)


def drafted(rules=SET, by="S0095"):
    return RulesDrafted(rules_hash(rules), rules, by, TODAY)


def published(rules=SET):
    return RulesPublished(rules_hash(rules), rules.version, rules.effective_from, "S0096", day(1))


def publish(by="S0096", rules=SET, on=None):
    return PublishRules(rules_hash(rules), by, on or day(1))


def test_b2_drafted_by_one_and_published_by_another():
    given(RULEBOOK).when(DraftRules(SET, "S0095", TODAY)).then(drafted())
    given(RULEBOOK, drafted()).when(DraftRules(SET, "S0095", TODAY)).nothing()
    given(RULEBOOK, drafted()).when(publish()).then(published())
    given(RULEBOOK, drafted(), published()).when(publish()).nothing()


def test_b2_nobody_publishes_what_they_drafted():
    given(RULEBOOK, drafted()).when(publish(by="S0095")).refused("two_persons", rule="B2")


def test_b2_a_set_takes_effect_on_a_day_to_come():
    given(RULEBOOK, drafted()).when(publish(on=FROM)).refused("backdated", rule="B2")
    given(RULEBOOK, drafted()).when(publish(on=day(29))).then(replace(published(), on=day(29)))


def test_b2_a_faulty_draft_is_refused_with_every_place():
    bundle = replace(SET.bundles[0], conditions=(KindIs("cat"), Holds(("onlnie",))))
    wish = DraftRules(replace(SET, bundles=(bundle,)), "S0095", TODAY)
    message = given(RULEBOOK).when(wish).refused("rules_faulty", rule="B2").message
    assert "bundles[0].conditions[0].kind must be company or person" in message
    assert "bundles[0].conditions[1].any_of onlnie is not in the catalogue" in message


MOBILE = Product("mobile", 2, "手机银行", "Mobile", "ebanking", "channel", True, (("now",),), effective_from=FROM)


def test_b1_a_set_brings_new_versions_of_the_catalogue_that_hold_from_their_day_on():
    junior = Product("junior_card", 1, "少儿卡", "Junior card", "cards", "card", effective_from=FROM)
    bundle = replace(SET.bundles[0], items=("mobile", "junior_card"))
    rules = replace(SET, bundles=(bundle,), products=(MOBILE, junior))
    given(RULEBOOK, drafted(rules)).when(publish(rules=rules)).then(published(rules))
    sets = (*RULE_SETS, rules)
    assert book_of(day(29), sets).sold.keys() == sold(TODAY).keys()
    assert (book_of(FROM, sets).sold["mobile"], book_of(FROM, sets).sold["junior_card"]) == (MOBILE, junior)


def test_b1_a_product_that_ends_does_not_come_back_as_its_older_version():
    ends = replace(MOBILE, effective_to=day(60))
    assert [catalogue.find("mobile", day(n), (*CATALOGUE, ends)) for n in (29, 60, 61)] == [
        catalogue.find("mobile", TODAY), ends, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("product", "says"),
    [
        (replace(MOBILE, version=1), "version must be 2: 1 is the newest mobile there is"),
        (replace(MOBILE, version=3), "version must be 2"),
        (replace(MOBILE, effective_from=day(29)), f"effective_from must not be before {FROM}"),
        (replace(MOBILE, effective_to=day(29)), f"effective_to must not be before {FROM}"),
        (replace(MOBILE, line="phones"), "line must be one of corporate, retail"),
        (replace(MOBILE, name_zh=""), "lacks name_zh"),
        (replace(MOBILE, prerequisites=((),)), "prerequisites[0] asks for one of no products"),
        (replace(MOBILE, prerequisites=(("now", "mobile"),)), "prerequisites[0] names mobile itself"),
        (replace(MOBILE, exclusions=("pigeon",)), "exclusions pigeon is in no catalogue"),
    ],
)
def test_b1_a_faulty_product_is_refused_with_its_place(product, says):
    wish = DraftRules(replace(SET, products=(product,)), "S0095", TODAY)
    message = given(RULEBOOK).when(wish).refused("rules_faulty", rule="B2").message
    assert f"products[0] {says}" in message or f"products[0].{says}" in message


@pytest.mark.parametrize("bps", [-1, 10_000])
def test_b8_somebody_must_be_offered_what_is_to_be_judged(bps):
    wish = DraftRules(replace(SET, hold_out_bps=bps), "S0095", TODAY)
    assert "hold_out_bps must be 0 to 9999" in given(RULEBOOK).when(wish).refused("rules_faulty", rule="B2").message


def test_b2_a_set_without_news_has_the_hash_it_always_had():
    assert msgspec.json.decode(msgspec.json.encode(SET)).keys() == {"version", "effective_from", "active", "bundles"}


def test_b2_two_drafts_of_one_version_cannot_both_come_into_force():
    other = replace(SET, active=Threshold(5, 60))
    history = (drafted(), drafted(other, by="S0097"), published())
    error = given(RULEBOOK, *history).when(publish(rules=other)).refused("rules_faulty", rule="B2")
    assert "version must be over 2" in error.message


def test_b2_a_rejected_draft_is_not_published_and_may_be_drafted_again():
    rejected = RulesRejected(HASH, "too many", "S0096", day(1))
    given(RULEBOOK, drafted()).when(RejectRules(HASH, "too many", "S0096", day(1))).then(rejected)
    given(RULEBOOK, drafted(), rejected).when(publish()).refused("no_such_draft", rule="B2")
    given(RULEBOOK, drafted(), rejected).when(DraftRules(SET, "S0095", TODAY)).then(drafted())


def test_b2_what_was_drafted_is_what_comes_into_force_and_no_day_before():
    documents = {}
    for number, event in enumerate((drafted(), published()), 1):
        RULEBOOKS.fold(documents, [recorded(event, "rulebook-bank", number, "bundling")])
    (shown,) = documents.values()
    assert (shown["status"], shown["drafted_by"], shown["decided_by"]) == ("published", "S0095", "S0096")
    sets = sets_of(documents.values())
    assert sets == (*RULE_SETS, SET)
    assert (in_force(day(29), sets).version, in_force(FROM, sets)) == (1, SET)


@pytest.mark.parametrize("on", [date(1999, 1, 1), TODAY])
def test_b1_without_published_sets_the_shipped_ones_hold(on):
    assert in_force(on, sets_of([])) == RULE_SETS[0]
