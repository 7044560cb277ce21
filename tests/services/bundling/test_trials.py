"""Rule B8: a bundle rule is judged by what its customers came to use, against a hold-out and beside popularity."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from services.bundling.domain import OFFER
from services.bundling.domain.trial import POPULARITY, TRIAL, BeginTrial, CountPopularity, MeasureTrial
from services.bundling.projections import POPULARITY_NOW, TRIALS, due
from services.bundling.reactions import begin_trials, measure_trials
from services.bundling.rules.bundles import RULE_SETS
from services.bundling.rules.catalogue import sold
from services.bundling.rules.trials import HORIZONS, Use, held_out, popular, use_of
from services.bundling.trial_events import PopularityCounted, TrialBegun, TrialMeasured
from services.bundling.trial_judged import judged, shown
from services.registry.events import DayClosed
from tests.kit import given
from tests.services.bundling import examples
from tests.services.bundling.examples import ACTIVE, LEAD, PERSON, TODAY, day, held, person, proposed, recorded
from tests.services.bundling.test_offer import propose

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
RULES = replace(RULE_SETS[-1], version=2, hold_out_bps=1_000)
TRIAL_ID = f"{PERSON}.precise_mobile.1"


def begun(arm="offered", popular=("debit_card",), on=TODAY):
    return TrialBegun(
        TRIAL_ID, PERSON, LEAD, "precise_mobile", 1, arm, ("mobile",), popular, ACTIVE, "O011", on
    )  # fmt: skip


def measured(days, *, used=False, active=False, popular_used=False, popular_active=False, on=None):
    on = on or day(days)
    return TrialMeasured(TRIAL_ID, days, used, active, popular_used, popular_active, on)


def test_b8_the_draw_holds_out_about_its_share_and_never_by_chance():
    drawn = [held_out(RULES, "precise_mobile", f"P{number:06}") for number in range(20_000)]
    assert drawn == [held_out(RULES, "precise_mobile", f"P{number:06}") for number in range(20_000)]
    assert 0.09 < sum(drawn) / len(drawn) < 0.11
    again = [held_out(replace(RULES, version=3), "precise_mobile", f"P{number:06}") for number in range(20_000)]
    both = sum(one and other for one, other in zip(drawn, again, strict=True))
    assert 0.005 < both / len(drawn) < 0.015, "drawn anew for each version"
    assert not any(held_out(RULE_SETS[-1], "precise_mobile", f"P{number}") for number in range(1_000))


def test_b8_who_is_held_out_is_not_offered_the_bundle_unless_they_ask():
    given(OFFER).when(propose(held_out=True)).then(examples.held_out())
    given(OFFER, examples.held_out()).when(propose(held_out=True)).nothing()
    asked = propose(held_out=True, asked_for=True)
    given(OFFER, examples.held_out()).when(asked).then(proposed(asked_for=True))


def test_b8_a_rule_that_says_no_holds_nobody_out():
    no = replace(propose().answer, yes=False)
    given(OFFER).when(propose(no, held_out=True)).refused("bundle_not_for_customer", rule="B2")


@pytest.mark.parametrize(
    ("event", "arm"),
    [(proposed(), "offered"), (examples.held_out(), "held_out"), (proposed(asked_for=True), None)],
)
def test_b8_an_offer_of_the_banks_own_accord_begins_a_trial(event, arm):
    intents = begin_trials(lambda _, many: ("debit_card",)[:many], LONG_AGO)(recorded(event, service="bundling"))
    assert [(one.key, one.command) for one in intents] == ([(TRIAL_ID, BeginTrial(begun(arm)))] if arm else [])


def test_b8_what_was_offered_long_before_is_no_trial():
    event = recorded(proposed(), service="bundling")
    assert begin_trials(lambda *_: (), event.recorded_at + timedelta(seconds=1))(event) == []


def test_b8_what_a_win_sold_says_nothing_of_a_rule():
    event = proposed("payroll", bundle="won")
    assert begin_trials(lambda *_: (), LONG_AGO)(recorded(event, service="bundling")) == []


def test_b8_only_the_first_offer_by_a_version_counts():
    given(TRIAL).when(BeginTrial(begun())).then(begun())
    given(TRIAL, begun()).when(BeginTrial(begun("held_out", on=day(70)))).nothing()


def test_b8_an_offer_is_measured_after_30_and_after_90_days_each_once():
    facts = person(held("mobile", 2, d5=1, d20=2), held("debit_card", -5, d1=1))
    early = given(TRIAL, begun())
    early.when(MeasureTrial(facts, day(29))).nothing()
    first = measured(30, used=True, active=True, popular_used=True)
    early.when(MeasureTrial(facts, day(30))).then(first)
    given(TRIAL, begun(), first).when(MeasureTrial(facts, day(31))).nothing()
    later = measured(90, used=True, popular_used=True, on=day(95))
    given(TRIAL, begun(), first).when(MeasureTrial(facts, day(95))).then(later)
    both = [replace(first, on=day(95)), later]
    given(TRIAL, begun()).when(MeasureTrial(facts, day(95))).then(*both)
    given(TRIAL).when(MeasureTrial(facts, day(95))).nothing()


def test_b8_only_use_since_the_offer_and_by_the_day_counts():
    facts = person(held("mobile", -40, d0=1, d10=1, d30=1, d31=9), held("online", -40, d3=9))
    before = person(held("mobile", -40, **{"d-1": 9}))
    assert use_of(("mobile",), facts, ACTIVE, TODAY, 30) == Use(used=True, active=True)
    assert use_of(("mobile",), facts, ACTIVE, TODAY, 29) == Use(used=True, active=False)
    assert use_of(("mobile",), before, ACTIVE, TODAY, 30) == Use(used=False, active=False)
    assert use_of((), facts, ACTIVE, TODAY, 30) == Use(used=False, active=False)


def test_b8_uses_of_two_products_do_not_add_up_to_one_in_use():
    facts = person(held("mobile", 1, d2=2), held("telephone", 1, d2=1))
    assert use_of(("mobile", "telephone"), facts, ACTIVE, TODAY, 30) == Use(used=True, active=False)


def test_b8_popular_is_what_most_have_and_this_one_could():
    counts = {"debit_card": 90, "online": 50, "mobile": 40, "payroll": 30, "credit_card": 50, "gone": 99}
    on_sale = sold(TODAY)
    assert popular(counts, ("debit_card",), on_sale, 2) == ("credit_card", "online")
    assert popular(counts, (), on_sale, 2) == ("debit_card", "credit_card"), "online needs an account"
    assert popular({}, (), on_sale, 2) == ()


def test_b8_a_month_is_counted_once():
    count = CountPopularity("2026-02", {"settlement": 3}, {"online": 9}, TODAY)
    event = PopularityCounted("2026-02", {"settlement": 3}, {"online": 9}, TODAY)
    given(POPULARITY).when(count).then(event)
    given(POPULARITY, event).when(count).nothing()


def test_b8_the_newest_month_is_what_is_popular():
    documents = {}
    for position, month in enumerate(("2026-02", "2026-03", "2026-01"), 1):
        event = PopularityCounted(month, {}, {"online": position}, TODAY)
        POPULARITY_NOW.fold(documents, [recorded(event, f"popularity-{month}", 1, "bundling", position)])
    (newest,) = documents.values()
    assert (newest["month"], newest["person"]) == ("2026-03", {"online": 2})


def test_b8_the_close_of_a_day_counts_the_month_that_is_over_and_measures_what_is_due():
    asked = []

    def count(_, month):
        asked.append(month)
        return {"settlement": 1}, {}

    facts = person()
    close = measure_trials(lambda on: [(TRIAL_ID, facts)] if on == day(0) else [], count)
    counts, measures = close(recorded(DayClosed(TODAY)))
    assert asked == ["2026-02"]
    assert (counts.key, counts.command) == ("2026-02", CountPopularity("2026-02", {"settlement": 1}, {}, TODAY))
    assert (measures.key, measures.command) == (TRIAL_ID, MeasureTrial(facts, TODAY))
    assert measure_trials(lambda _: [], lambda *_: None)(recorded(DayClosed(TODAY))) == []


def test_b8_a_trial_waits_for_its_next_day_and_then_for_none():
    documents = {}
    wakes = []
    for version, event in enumerate((begun(), measured(30), measured(90)), 1):
        TRIALS.fold(documents, [recorded(event, f"trial-{TRIAL_ID}", version, "bundling", version)])
        wakes.append(documents[TRIAL_ID]["wake"])
    assert wakes == [day(30).isoformat(), day(90).isoformat(), None]
    assert due(date(2026, 4, 1)) == {"wake": {"$lte": "2026-04-01"}}


def trials(arm, many, active, popular_active=0.0, *, seed=7, compared=True):
    """So many customers of an arm, of whom such shares were in use after 30 and after 90 days."""
    chance = Random(seed)

    def found():
        yes, other = chance.random() < active, chance.random() < popular_active
        return {"used": yes, "active": yes, "popular_used": other, "popular_active": other}

    return [
        {"arm": arm, "compared": compared, "measured": {str(days): found() for days in HORIZONS}} for _ in range(many)
    ]


def test_b8_a_rule_whose_customers_use_more_than_the_held_out_shows_it():
    found = judged(trials("offered", 1_800, 0.30) + trials("held_out", 200, 0.15, 0.02, seed=8), 90)
    assert (found.offered.of, found.held_out.of) == (1_800, 200)
    assert found.against_held_out.low > 0
    assert found.against_popular.low > 0
    assert not found.worse_than_popular


def test_b8_a_rule_that_does_worse_than_popularity_is_marked():
    worse = trials("offered", 800, 0.05) + trials("held_out", 400, 0.05, 0.20, seed=8)
    view = shown("precise_mobile", 2, worse, Counter(accepted=60, declined=140, presented=600))
    assert view["worse_than_popular"]
    assert view["horizons"][1]["against_held_out"]["effect"] == "none"
    assert view["horizons"][1]["against_popular"]["effect"] == "fewer"
    assert (view["items"]["offered"], view["items"]["accepted_bps"]) == (800, 3_000)
    assert "fewer than what is popular, among those held out" in view["sentence"]
    assert "no difference to those who were held out is shown" in view["sentence"]


def test_b8_a_push_does_not_hide_that_a_rule_picks_worse_than_popularity():
    """What was offered is used more for being offered: only those who were offered neither compare the two."""
    pushed = trials("offered", 900, 0.30, 0.10) + trials("held_out", 300, 0.02, 0.10, seed=8)
    view = shown("precise_mobile", 2, pushed, Counter())
    assert view["horizons"][1]["against_held_out"]["effect"] == "more"
    assert view["worse_than_popular"]


def test_b8_a_handful_of_customers_is_no_verdict():
    few = shown("precise_mobile", 2, trials("offered", 4, 0.0) + trials("held_out", 3, 0.0, 1.0), Counter())
    assert not few["worse_than_popular"]
    assert few["horizons"][0]["against_held_out"]["effect"] == "too_few"
    assert "too few to compare with what is popular, among those held out" in few["sentence"]


def test_b8_without_a_hold_out_or_a_count_nothing_is_claimed():
    view = shown("precise_mobile", 1, trials("offered", 50, 0.2, compared=False), Counter())
    (month, quarter) = view["horizons"]
    assert month["against_held_out"] is month["against_popular"] is quarter["against_popular"] is None
    assert not view["worse_than_popular"]
    assert "nobody was held out" in view["sentence"]
    young = [{"arm": "offered", "compared": True, "measured": {}}]
    assert "long enough ago" in shown("precise_mobile", 1, young, Counter())["sentence"]
