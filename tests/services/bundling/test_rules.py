"""Rules B2 and B3: the shipped bundle rules, and the reasons of each answer."""

import pytest

from services.bundling.rules import bundles
from services.bundling.rules.facts import Facts, Link
from tests.services.bundling.examples import PERSON, TODAY, company, day, held, person

RULES = bundles.in_force(TODAY)


def ask(code, facts, on=TODAY):
    return next(answer for answer in bundles.evaluate(RULES, facts, on) if answer.bundle == code)


def broken(answer):
    return [reason.condition.partition("(")[0] for reason in answer.reasons if not reason.holds]


ONLINE = held("online", -200, d0=3)


def test_b2_precise_mobile_is_for_an_active_online_user_of_45_without_mobile():
    answer = ask("precise_mobile", person(ONLINE, born=1981))
    assert answer.yes
    assert answer.items == ("mobile",)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (person(ONLINE, born=1980), ["age_at_most"]),
        (person(ONLINE, born=None), ["age_at_most"]),
        (person(ONLINE, held("mobile")), ["not_holds"]),
        (person(held("online", -200, d0=2)), ["active"]),
        (person(held("mobile", -200, d0=3)), ["holds", "not_holds", "active"]),
        (person(held("online", -200, closed=0, d0=3)), ["holds", "active"]),
        (person(held("online", 1, d0=3)), ["holds", "active"]),
        (Facts(PERSON, None), ["kind_is", "holds", "active", "age_at_most"]),
    ],
)
def test_b2_precise_mobile_fails_by_exactly_the_condition_that_fails(facts, why):
    answer = ask("precise_mobile", facts)
    assert not answer.yes
    assert broken(answer) == why


def test_b2_a_new_corporate_account_brings_e_banking_and_reconciliation():
    answer = ask("new_corporate_account", company(held("settlement", -90)))
    assert answer.yes
    assert answer.items == ("corporate_ebank", "online_reconciliation")
    assert broken(ask("new_corporate_account", company(held("settlement", -91)))) == ["new_account_within_days"]
    assert broken(ask("new_corporate_account", person(held("settlement", -5)))) == ["kind_is"]


def test_b2_what_is_held_already_is_not_offered_again():
    answer = ask("new_corporate_account", company(held("settlement", -5), held("corporate_ebank", -4)))
    assert answer.yes
    assert answer.items == ("online_reconciliation",)


def test_b2_a_new_personal_account_brings_the_three_channels():
    assert ask("new_personal_account", person(held("now", -5))).items == ("online", "telephone", "mobile")
    full = person(held("now", -5), held("online"), held("telephone"), held("mobile"))
    assert broken(ask("new_personal_account", full)) == ["lacks_one_of"]


def test_b2_dormant_revive_asks_for_a_visit_and_sells_nothing():
    answer = ask("dormant_revive", person(held("telephone", d0=2)))
    assert answer.yes
    assert answer.service_visit
    assert answer.items == ()
    assert broken(ask("dormant_revive", person(held("telephone", d0=2), held("mobile", d0=3)))) == ["not_active"]
    assert broken(ask("dormant_revive", person(held("now")))) == ["holds"]


def test_b2_payroll_is_for_people_linked_with_a_won_company():
    link = Link("opp-1", "C0001", "employee", TODAY)
    assert ask("payroll", person(links=(link,))).items == ("mobile",)
    assert broken(ask("payroll", person())) == ["linked_to_win"]
    assert broken(ask("payroll", person(links=(link,)), on=day(-1))) == ["linked_to_win"]


def test_b3_each_condition_names_its_fact_its_date_and_the_rules_version():
    answer = ask("precise_mobile", person(ONLINE, born=1979))
    assert answer.rules_version == 1
    told = {reason.condition: (reason.holds, reason.fact, reason.as_of) for reason in answer.reasons}
    assert told == {
        "kind_is(person)": (True, "the customer is a person", day(-1)),
        "holds(online)": (True, f"holds online since {day(-200)} (H-online)", day(-200)),
        "not_holds(mobile)": (True, "does not hold mobile", day(-1)),
        "active(online; 3 uses in 60 days)": (
            True,
            f"online (H-online): 3 authenticated uses in the 60 days to {TODAY}",
            TODAY,
        ),
        "age_at_most(45 years)": (False, "47 years old in 2026, by the birth year", day(-1)),
    }


def test_b3_every_rule_answers_for_every_customer():
    assert [answer.bundle for answer in bundles.evaluate(RULES, Facts("P9", None), TODAY)] == [
        "new_corporate_account",
        "new_personal_account",
        "precise_mobile",
        "dormant_revive",
        "payroll",
    ]


def test_b3_the_past_is_judged_by_its_own_day():
    facts = person(held("online", -10, d0=3))
    assert not ask("precise_mobile", facts, on=day(-11)).yes
    assert not ask("precise_mobile", facts, on=day(-1)).yes
    assert ask("precise_mobile", facts, on=day(59)).yes
    assert not ask("precise_mobile", facts, on=day(60)).yes
