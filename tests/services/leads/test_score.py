"""L5 in the service: leads are scored as they are opened, cards replace one another by two persons and on evidence."""

import random
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from services.leads.domain.score import SCORE, ScoreLead
from services.leads.domain.scorecards import (
    SCORECARDS,
    ApproveScorecard,
    RejectScorecard,
    SubmitScorecard,
)
from services.leads.projections import CUSTOMERS, LEADS
from services.leads.projections import SCORECARDS as CARDS
from services.leads.score_events import (
    ScorecardPutInForce,
    ScorecardRejected,
    ScorecardSubmitted,
    Trial,
)
from services.leads.score_reactions import score_leads
from services.leads.scorecard.card import Card, Groups, Term, card_hash, dump_card
from services.leads.scorecard.default import DEFAULT, SHIPPED
from services.leads.scorecard.facts import ATTRIBUTES, facts_of
from services.leads.scorecard.score import points_of
from services.leads.scorecard.trial import TRIAL, Ended, held_back, tried
from services.leads.verify import scores_come_again
from services.leads.work_events import ContactLogged
from services.registry.events import HoldingRecorded, TierAssigned
from shared.core.memory_store import MemoryStore
from tests.kit import given
from tests.services.leads.examples import COMPANY, DAY, LEAD, NEXT, OUTLET, ZHANG, Running, opened_by, opening, recorded

BY_SOURCE = Card(
    name="learned",
    version=1,
    target="outcome",
    positive="won",
    base=400,
    even_odds_at=500,
    points_to_double_odds=40,
    terms=(Term((Groups("source", (("phone",), ("branch",))),), (60, -60, 0, 0)),),
)
LATER = replace(BY_SOURCE, version=2, base=390)
KNOWN = {
    "fit": "high",
    "value_tier": "key",
    "contacts_90_days": 0,
    "days_since_contact": None,
    "source": "branch",
    "products_held": 0,
}
AUTHOR, APPROVER = "S0091", "S0092"
TRIED = Trial(leads=200, won=80, auc_bps=7_400, rival_hash=card_hash(DEFAULT), rival_auc_bps=6_100)


def scoring(card=DEFAULT, occasion="opening", on=DAY, **facts):
    return ScoreLead(LEAD, card, KNOWN | facts, occasion, on)


def scored(wish):
    (event,) = SCORE.decide(SCORE.initial, wish)
    return event


def submitted(number=1, card=BY_SOURCE, trial=TRIED):
    digest, content = card_hash(card), dump_card(card).decode()
    name = f"{card.name}@{card.version}"
    return ScorecardSubmitted(number, name, digest, content, trial, TRIAL.version, AUTHOR, DAY)


def put_in_force(number=1, card=BY_SOURCE, replaces=DEFAULT):
    return ScorecardPutInForce(number, card_hash(card), card_hash(replaces), APPROVER, NEXT)


def submitting(card=BY_SOURCE, trial=TRIED):
    return SubmitScorecard(card, trial, AUTHOR, DAY)


def approving(card=BY_SOURCE, by=APPROVER):
    return ApproveScorecard(card_hash(card), by, NEXT)


def rejected(number=1, card=BY_SOURCE):
    return ScorecardRejected(number, card_hash(card), "Sources change next month", APPROVER, NEXT)


def document(projection, *events, stream="score-01jd"):
    found = None
    for version, event in enumerate(events, 1):
        found = projection.step(found, recorded(event, stream, version))
    return found


def test_l5_a_lead_is_scored_with_integer_parts_that_add_up_and_with_what_was_known():
    told = scored(scoring())
    assert told.points == sum(part.points for part in told.parts) == points_of(DEFAULT, KNOWN)
    assert all(part.reason for part in told.parts)
    assert (told.card, told.card_hash, told.facts) == ("default@1", card_hash(DEFAULT), KNOWN)


def test_l5_the_same_card_on_the_same_facts_is_no_new_score():
    before = scored(scoring())
    given(SCORE, before).when(scoring()).nothing()
    given(SCORE, before).when(scoring(occasion="contact", on=NEXT)).nothing()
    given(SCORE, before).when(scoring(occasion="contact", contacts_90_days=1)).then(
        scored(scoring(occasion="contact", contacts_90_days=1))
    )
    given(SCORE, before).when(scoring(BY_SOURCE, "card")).then(scored(scoring(BY_SOURCE, "card")))


def test_l5_what_was_known_at_the_opening_is_kept_though_the_clock_came_first():
    early = scored(scoring(occasion="card"))
    given(SCORE, early).when(scoring()).then(scored(scoring()))
    given(SCORE, early, scored(scoring()), scored(scoring(BY_SOURCE, "card"))).when(scoring()).nothing()


HELD = {"product": "mobile", "opened_on": "2026-01-05", "closed_on": None}
CLOSED = {"product": "online", "opened_on": "2026-01-05", "closed_on": "2026-09-01"}


@pytest.mark.parametrize(
    ("wanted", "fit"),
    [(("mobile",), "low"), (("mobile", "online"), "middle"), (("online",), "high"), ((), None)],
)
def test_l5_fit_is_what_of_the_leads_products_the_customer_lacks(wanted, fit):
    assert facts_of({"holdings": [HELD, CLOSED]}, wanted, "branch", DAY)["fit"] == fit


def test_l5_facts_look_no_further_than_the_day():
    customer = {
        "tier": "level_1",
        "holdings": [HELD, CLOSED, HELD | {"product": "payroll", "opened_on": "2026-09-02"}],
        "contacts": ["2026-05-01", "2026-06-04", "2026-08-30", "2026-09-02"],
    }
    facts = facts_of(customer, ("online",), "phone", DAY)
    assert facts == {
        "fit": "high",
        "value_tier": "level_1",
        "contacts_90_days": 2,
        "days_since_contact": 2,
        "source": "phone",
        "products_held": 1,
    }
    assert tuple(facts) == ATTRIBUTES
    assert tuple(facts_of(None, (), "branch", DAY)) == ATTRIBUTES


def contact(on, lead_id=LEAD, counted=True):
    return ContactLogged(
        f"k{on}",
        ZHANG,
        OUTLET,
        COMPANY,
        "call",
        "existing",
        "sheet",
        "",
        lead_id,
        counted,
        None if counted else "k",
        on,
    )


def test_l5_a_customers_contacts_are_remembered_as_far_back_as_scores_look():
    days = [DAY, DAY - timedelta(days=89), DAY - timedelta(days=90), DAY - timedelta(days=200)]
    for order in (days, days[::-1]):
        found = document(CUSTOMERS, *map(contact, order), contact(NEXT, counted=False), stream="worklog-x")
        assert found["contacts"] == [days[1].isoformat(), days[0].isoformat()]


def customer_known():
    return {"tier": "key", "holdings": [HELD], "contacts": []}


def lead_document():
    return {"lead_id": LEAD, "customer_id": COMPANY, "products": ["payroll"], "source": "branch"}


def test_l5_leads_are_scored_when_opened_and_after_a_contact_once_each_in_any_order():
    react = score_leads(lambda: DEFAULT, lambda _id: customer_known(), lambda _id, _cause: lead_document())
    react.__name__ = "score_leads"
    facts = [
        recorded(opened_by(opening()), f"lead-{LEAD}"),
        recorded(contact(NEXT), "worklog-S0021.2026-09", 1),
        recorded(contact(NEXT, lead_id=None), "worklog-S0021.2026-09", 2),
    ]
    for seed in range(6):
        running = Running("leads")
        delivered = facts * 2
        random.Random(seed).shuffle(delivered)
        for one in delivered:
            running.deliver(react, one)
        events = [one.event for one in running.events()]
        assert {(one.occasion, one.facts["contacts_90_days"]) for one in events} == {("opening", 0), ("contact", 1)}
        assert len(events) == 2
        assert all(one.facts["value_tier"] == "key" and one.facts["fit"] == "high" for one in events)


def test_l5_a_contact_about_an_unknown_lead_or_another_customer_scores_nothing():
    other = lead_document() | {"customer_id": "C000009"}
    for found in (None, other):
        react = score_leads(lambda: DEFAULT, lambda _id: customer_known(), lambda _id, _cause, found=found: found)
        assert react(recorded(contact(NEXT), "worklog-x")) == []


def test_l5_the_list_shows_the_newest_score_and_keeps_what_was_known_at_the_opening():
    opened = recorded(opened_by(opening()), f"lead-{LEAD}", 1)
    first, later = scored(scoring()), scored(scoring(BY_SOURCE, "contact", NEXT, contacts_90_days=1))
    found = LEADS.step(LEADS.step(None, opened), recorded(first, f"score-{LEAD}", 1))
    assert (found["version"], len(found["timeline"])) == (1, 1), "a score is no new version of the lead"
    found = LEADS.step(found, recorded(later, f"score-{LEAD}", 2))
    assert (found["score"]["points"], found["score"]["card"]) == (later.points, "learned@1")
    assert found["known_at_opening"] == KNOWN
    assert found["held_back"] == held_back(LEAD)


def test_l5_a_score_may_come_before_its_lead_from_another_partition():
    first = recorded(scored(scoring()), f"score-{LEAD}", 1)
    opened = recorded(opened_by(opening()), f"lead-{LEAD}", 1)
    assert LEADS.step(LEADS.step(None, first), opened) == LEADS.step(LEADS.step(None, opened), first)


def test_l5_three_of_ten_leads_are_held_back_whoever_asks():
    ids = [f"01jd{number:06}" for number in range(10_000)]
    kept = [one for one in ids if held_back(one)]
    assert abs(len(kept) - 3_000) < 150
    assert kept == [one for one in ids if held_back(one)]


def test_l5_a_trial_says_how_both_cards_rank_the_same_leads():
    leads = [Ended(KNOWN | {"source": source}, won) for source, won in
             [("phone", True)] * 40 + [("phone", False)] * 10 + [("branch", True)] * 10 + [("branch", False)] * 40]  # fmt: skip
    trial = tried(BY_SOURCE, DEFAULT, leads)
    assert (trial.leads, trial.won, trial.rival_hash) == (100, 50, card_hash(DEFAULT))
    assert (trial.auc_bps, trial.rival_auc_bps) == (8_000, 2_000)
    assert tried(BY_SOURCE, DEFAULT, leads[:40]).auc_bps == 5_000, "without both outcomes nothing is known"


def test_l5_a_card_that_ranks_better_is_submitted_with_its_evidence():
    given(SCORECARDS).when(submitting()).then(submitted())
    given(SCORECARDS, submitted()).when(submitting()).nothing()


@pytest.mark.parametrize("auc_bps", [6_100, 5_900])
def test_l5_a_card_that_is_no_better_is_refused(auc_bps):
    told = given(SCORECARDS).when(submitting(trial=replace(TRIED, auc_bps=auc_bps))).refused("not_better", rule="L5")
    assert "0.6100" in told.message


@pytest.mark.parametrize("won", [TRIAL.fewest - 1, 200 - TRIAL.fewest + 1])
def test_l5_too_few_leads_held_back_judge_nothing(won):
    given(SCORECARDS).when(submitting(trial=replace(TRIED, won=won))).refused("too_few_leads", rule="L5")


def test_l5_a_card_looks_at_nothing_that_leads_do_not_record():
    strange = replace(BY_SOURCE, terms=(Term((Groups("shoe_size", ()),), (0, 0)),))
    told = given(SCORECARDS).when(submitting(strange)).refused("unknown_attribute", rule="L5")
    assert "shoe_size" in told.message
    given(SCORECARDS).when(submitting(replace(BY_SOURCE, positive="lost"))).refused("other_target", rule="L5")
    given(SCORECARDS).when(submitting(DEFAULT)).refused("in_force", rule="L5")


def test_l5_a_second_person_puts_the_card_in_force_that_they_looked_at():
    given(SCORECARDS, submitted()).when(approving()).then(put_in_force())
    given(SCORECARDS, submitted()).when(approving(by=AUTHOR)).refused("two_persons", rule="L5")
    given(SCORECARDS, submitted()).when(approving(DEFAULT)).refused("no_such_card", rule="L5")
    given(SCORECARDS, submitted(), put_in_force()).when(approving()).nothing()


def test_l5_a_card_that_was_compared_with_another_than_the_one_in_force_is_refused():
    history = (submitted(), submitted(2, LATER), put_in_force())
    given(SCORECARDS, *history).when(approving(LATER)).refused("rival_changed", rule="L5")
    given(SCORECARDS, *history).when(submitting(replace(LATER, version=3))).refused("rival_changed", rule="L5")
    now = replace(TRIED, rival_hash=card_hash(BY_SOURCE))
    again = replace(LATER, version=3)
    given(SCORECARDS, *history).when(submitting(again, now)).then(submitted(3, again, now))
    last = (*history, submitted(3, again, now))
    given(SCORECARDS, *last).when(approving(again)).then(put_in_force(3, again, replaces=BY_SOURCE))


def test_l5_a_rejected_card_stays_out():
    wish = RejectScorecard(card_hash(BY_SOURCE), rejected().reason, APPROVER, NEXT)
    given(SCORECARDS, submitted()).when(wish).then(rejected())
    for late in (approving(), wish):
        given(SCORECARDS, submitted(), rejected()).when(late).refused("decided", rule="L5")


def test_l5_a_rejected_card_may_be_submitted_again():
    given(SCORECARDS, submitted(), rejected()).when(submitting()).then(submitted(2))
    given(SCORECARDS, submitted(), rejected(), submitted(2)).when(approving()).then(put_in_force(2))


def test_l5_the_list_of_cards_says_which_is_in_force():
    first, second = document(CARDS, submitted(), put_in_force()), document(CARDS, submitted(2, LATER))
    assert (first["status"], first["decided"]["by"]) == ("in_force", APPROVER)
    changed = recorded(put_in_force(2, LATER, replaces=BY_SOURCE), "scorecards-bank", 4)
    assert list(CARDS.keys(changed)) == [card_hash(LATER), card_hash(BY_SOURCE)]
    assert list(CARDS.keys(recorded(put_in_force(), "scorecards-bank"))) == [card_hash(BY_SOURCE)]
    assert (CARDS.step(first, changed)["status"], CARDS.step(second, changed)["status"]) == ("replaced", "in_force")
    assert document(CARDS, submitted(), rejected())["status"] == "rejected"


def _log(*events):
    """A log that tells these, the scores first."""

    class Log(MemoryStore):
        partitions = 1

        def stream(self, _partition):
            return iter([recorded(one, "any", number) for number, one in enumerate(events, 1)])

    return Log("leads")


def test_l5_every_past_score_comes_again_from_its_card_and_its_facts():
    assert DEFAULT in SHIPPED.values()
    old, new = scored(scoring()), scored(scoring(BY_SOURCE, "card"))
    assert list(scores_come_again(_log(old, new, submitted()))) == []
    changed = replace(new, points=new.points + 1)
    assert len(list(scores_come_again(_log(old, changed, submitted())))) == 1
    assert len(list(scores_come_again(_log(new)))) == 1, "without its card"


def test_l5_what_registry_and_the_work_log_tell_is_what_is_known():
    held = HoldingRecorded("h1", COMPANY, "settlement", OUTLET, date(2026, 1, 2), None, None, DAY)
    tier = TierAssigned(COMPANY, OUTLET, "2026-08", "level_2", 100, 1)
    found = document(CUSTOMERS, contact(DAY), held, tier, stream="any")
    assert facts_of(found, ("payroll", "settlement"), "branch", NEXT) == {
        "fit": "middle",
        "value_tier": "level_2",
        "contacts_90_days": 1,
        "days_since_contact": 1,
        "source": "branch",
        "products_held": 1,
    }
