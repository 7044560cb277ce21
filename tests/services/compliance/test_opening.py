"""Rules C1 and C2: what the papers refuse at once, and who may clear the rest."""

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from services.compliance import rules
from services.compliance.domain.independence import Reporting
from services.compliance.domain.opening import OPENING as DECIDER
from services.compliance.domain.opening import ClearOpening, RefuseOpening
from services.compliance.events import Evidence, OpeningCleared, OpeningRefused
from tests.kit import given
from tests.services.compliance.examples import (
    CALLED,
    CHECKER,
    INDEPENDENT,
    MADE,
    MAKER,
    OFFICER,
    PARTNER,
    PERSON,
    SELLER,
    SELLERS,
    TODAY,
    receive,
    received,
)


def refusal(command):
    """What a request is refused for at once, or None where it waits for an officer."""
    first, *rest = given(DECIDER).when(command).decide()
    assert first.opening_id == command.opening_id
    if not rest:
        return None
    (refused,) = rest
    assert isinstance(refused, OpeningRefused)
    assert refused.officer_id is None
    return refused.rule


def clear(officer=OFFICER, checker=INDEPENDENT, maker=MADE, caller=CALLED):
    return ClearOpening(officer=officer, maker=maker, checker=checker, caller=caller, on=TODAY)


def refuse(rule="C1.other", reason="the stamp does not match", officer=OFFICER):
    return RefuseOpening(officer=officer, rule=rule, reason=reason, on=TODAY)


def test_c1_complete_evidence_waits_for_an_officer():
    given(DECIDER).when(receive()).then(received())
    assert refusal(receive(PERSON, "mobile", "person")) is None


def test_c1_the_same_request_twice_is_one_opening():
    given(DECIDER, received()).when(receive()).nothing()


@pytest.mark.parametrize("paper", ["application", "business_licence", "legal_representative_id", "authorisation"])
def test_c1_a_missing_paper_is_refused(paper):
    papers = tuple(one for one in received().evidence.papers if one != paper)
    assert refusal(receive(papers=papers)) == "C1.papers"


def test_c1_a_single_operator_is_refused_and_the_rule_named():
    _, refused = given(DECIDER).when(receive(checker_id=MAKER)).decide()
    assert (refused.rule, refused.reason) == ("C1.two_operators", "S0101 both made and checked it")
    assert [check.rule for check in refused.checks if not check.held] == ["C1.two_operators"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"call_back_confirmed": False}, "C1.representative_confirmed"),
        ({"call_back_by": SELLER}, "C1.call_back_by_another"),
        ({"call_back_by": PARTNER}, "C1.call_back_by_another"),
        ({"call_back_by": None}, "C1.call_back_by_another"),
        ({"certificate_handed_to": "clerk"}, "C1.certificate_in_person"),
        ({"certificate_handed_to": "none"}, "C1.certificate_in_person"),
        ({"daily_limit_minor": 0}, "C1.daily_limit"),
        ({"daily_limit_minor": 500_000_001}, "C1.daily_limit"),
        ({"checker_id": SELLER}, "C2.checker_not_seller"),
        ({"checker_id": PARTNER}, "C2.checker_not_seller"),
    ],
)
def test_c1_each_condition_refuses_by_its_name(changed, rule):
    assert refusal(receive(**changed)) == rule


def test_c1_exactly_the_highest_limit_is_allowed():
    assert refusal(receive(daily_limit_minor=500_000_000)) is None


def test_c1_a_person_needs_no_call_back_but_other_papers_and_a_lower_limit():
    def ask(product="mobile", **changed):
        return refusal(receive(PERSON, product, "person", **changed))

    assert ask(papers=("application",)) == "C1.papers"
    assert ask(daily_limit_minor=20_000_001) == "C1.daily_limit"
    assert ask("online") == "C1.certificate_in_person"
    assert ask("online", certificate_handed_to="customer") is None
    assert ask(certificate_handed_to="clerk") == "C1.certificate_in_person"


def test_c1_what_is_no_channel_needs_no_limit():
    assert refusal(receive(product="payroll", daily_limit_minor=0, certificate_handed_to="none")) is None


def test_c1_a_refusal_shows_every_check_not_only_the_first_that_failed():
    _, refused = given(DECIDER).when(receive(checker_id=MAKER, certificate_handed_to="clerk")).decide()
    assert [check.rule for check in refused.checks if not check.held] == [
        "C1.two_operators",
        "C1.certificate_in_person",
    ]


def test_c2_an_independent_officer_clears():
    (cleared,) = given(DECIDER, received()).when(clear()).decide()
    assert isinstance(cleared, OpeningCleared)
    assert cleared.officer_id == "K0001"
    assert all(check.held for check in cleared.checks)
    assert [check.rule for check in cleared.checks][-2:] == ["C2.checker_independent", "C2.officer_independent"]


@pytest.mark.parametrize("wish", [clear, refuse])
@pytest.mark.parametrize(
    ("officer", "code"),
    [
        (Reporting(SELLER, known=True), "officer_is_seller"),
        (Reporting(PARTNER, known=True), "officer_is_seller"),
        (Reporting("K0002", known=True, superiors=(PARTNER,)), "officer_reports_to_seller"),
        (Reporting(MAKER, known=True), "officer_took_part"),
        (Reporting("K0002", known=True, superiors=(SELLER,)), "officer_reports_to_seller"),
        (Reporting("K0002", known=True, superiors=("M1", SELLER, "M2")), "officer_reports_to_seller"),
        (Reporting("K0002", known=False), "officer_unknown"),
    ],
)
def test_c2_nobody_judges_a_sale_who_took_part_in_it_or_reports_to_the_seller(wish, officer, code):
    given(DECIDER, received()).when(wish(officer=officer)).refused(code, rule="C2")


@pytest.mark.parametrize(
    "checker",
    [
        Reporting(CHECKER, known=True, superiors=("M1", SELLER)),
        Reporting(CHECKER, known=True, superiors=(PARTNER, "M1")),
        Reporting(CHECKER, known=False),
    ],
)
def test_c2_the_second_operator_must_not_report_to_the_seller_either(checker):
    error = given(DECIDER, received()).when(clear(checker=checker)).refused("checker_not_independent", rule="C2")
    assert "C2.checker_independent" in error.message
    (refused,) = given(DECIDER, received()).when(refuse("C2.checker_independent", "reports to C0003")).decide()
    assert refused.rule == "C2.checker_independent"


@pytest.mark.parametrize(
    ("said", "unknown", "rule"),
    [
        ({"maker_id": "s0102"}, {"maker": Reporting("s0102", known=False)}, "C1.two_operators"),
        ({"call_back_by": "c0003"}, {"caller": Reporting("c0003", known=False)}, "C1.call_back_by_another"),
    ],
)
def test_c1_an_operator_whom_the_register_lacks_is_not_taken_for_another_person(said, unknown, rule):
    waiting = received(**said)
    assert refusal(receive(**said)) is None, "the papers alone cannot tell"
    error = given(DECIDER, waiting).when(clear(**unknown)).refused("operator_unknown", rule="C1")
    assert rule in error.message
    (refused,) = given(DECIDER, waiting).when(refuse(rule, "nobody of ours")).decide()
    assert refused.rule == rule


def test_c1_a_person_is_not_called_back_so_a_caller_whom_the_register_lacks_does_not_matter():
    history = given(DECIDER).when(receive(PERSON, "mobile", "person", call_back_by="nobody")).decide()
    for caller in (None, Reporting("nobody", known=False)):
        assert len(given(DECIDER, *history).when(clear(caller=caller)).decide()) == 1


def test_c1_an_officer_refuses_with_a_rule_and_a_reason():
    (refused,) = given(DECIDER, received()).when(refuse()).decide()
    assert (refused.rule, refused.reason, refused.officer_id) == ("C1.other", "the stamp does not match", "K0001")
    given(DECIDER, received()).when(refuse("B4")).refused("unknown_rule", rule="C1")


def test_c1_what_was_decided_stands():
    cleared = given(DECIDER, received()).when(clear()).decide()
    refused = given(DECIDER, received()).when(refuse()).decide()
    given(DECIDER, received(), *cleared).when(clear()).nothing()
    given(DECIDER, received(), *cleared).when(refuse()).refused("already_cleared", rule="C1")
    given(DECIDER, received(), *refused).when(refuse("C1.papers", "late")).nothing()
    given(DECIDER, received(), *refused).when(clear()).refused("already_refused", rule="C1")


def test_c1_what_the_papers_refuse_no_officer_clears():
    history = given(DECIDER).when(receive(checker_id=MAKER)).decide()
    given(DECIDER, *history).when(clear()).refused("already_refused", rule="C1")


names = st.sampled_from([SELLER, PARTNER, MAKER, CHECKER, "S0103"])
evidence = st.builds(
    Evidence,
    papers=st.sets(st.sampled_from(received().evidence.papers)).map(tuple),
    maker_id=names,
    checker_id=names,
    call_back_by=st.none() | names,
    call_back_confirmed=st.booleans(),
    certificate_handed_to=st.sampled_from(["customer", "clerk", "none"]),
    daily_limit_minor=st.sampled_from([0, 1, 500_000_000, 500_000_001]),
)


@over(evidence, st.sampled_from(["company", "person"]), st.sampled_from(["corporate_ebank", "payroll", "unheard_of"]))
def test_c1_a_request_is_received_and_refused_exactly_if_a_check_fails(given_evidence, kind, product):
    command = receive(given_evidence, product, kind)
    events = given(DECIDER).when(command).decide()
    case = rules.Case(product, kind, SELLERS, given_evidence)
    broken = [check for check in rules.examine(case, rules.in_force(TODAY).opening) if not check.held]
    assert len(events) == (2 if broken else 1)
    given(DECIDER, *events).when(command).nothing()
