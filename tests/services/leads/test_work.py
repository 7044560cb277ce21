"""Contacts (L10), plans and statistics (L14), unmet needs (L13), and the working days that they are counted by (L7)."""

from datetime import date

from hypothesis import given as over
from hypothesis import strategies as st

from services.leads import rules, statistics
from services.leads.calendar import is_working, working_day_after, working_days
from services.leads.domain.need import NEED, RecordNeed
from services.leads.domain.plan import PLAN, DraftPlan
from services.leads.domain.worklog import WORKLOG, CountMonth, LogContact, worklog_of
from services.leads.projections import CUSTOMERS, NEEDS, PLANS, WORK_DAYS, WORK_MONTHS, is_new, to_count, within
from services.leads.projections.needs import LATEST, topic_key
from services.leads.reactions import count_work
from services.leads.work_events import ContactLogged, NeedRecorded, PlanDrafted, SalesTarget, WorkMonthCounted
from services.registry.events import CustomerRecorded, DayClosed, HoldingMoved, HoldingRecorded, TierAssigned
from tests.kit import given
from tests.services.leads.examples import COMPANY, DAY, LI, NEXT, OUTLET, PERSON, ZHANG, recorded

SATURDAY = date(2026, 9, 5)


def contact(number="k1", kind="visit", customer=COMPANY, evidence="sheet-1", on=DAY, standing="new", staff=ZHANG):
    return LogContact(number, staff, OUTLET, customer, kind, standing, evidence, "", None, on)


def logged(wish, counted_as=None):
    said = {name: getattr(wish, name) for name in LogContact.__struct_fields__}
    return ContactLogged(**said, counted=counted_as is None, counted_as=counted_as)


def test_l10_a_contact_counts_with_its_customer_and_evidence():
    given(WORKLOG).when(contact()).then(logged(contact()))
    given(WORKLOG, logged(contact())).when(contact()).nothing()


def test_l10_the_same_contact_is_not_counted_twice():
    again = contact("k2", evidence="sheet-2")
    given(WORKLOG, logged(contact())).when(again).then(logged(again, counted_as="k1"))
    third = contact("k3", evidence="sheet-3")
    given(WORKLOG, logged(contact()), logged(again, counted_as="k1")).when(third).then(logged(third, counted_as="k1"))


def test_l10_another_day_another_customer_or_a_call_is_another_contact():
    for other in (
        contact("k2", evidence="e2", on=NEXT),
        contact("k2", evidence="e2", customer=PERSON),
        contact("k2", evidence="e2", kind="call"),
    ):
        given(WORKLOG, logged(contact())).when(other).then(logged(other))


MONTH, END = "2026-09", date(2026, 9, 30)
DAYS = 22  # of September 2026, make-up days counted


def month(new=0, existing=0, calls=0, bps=0):
    return WorkMonthCounted(ZHANG, OUTLET, MONTH, DAYS, new, existing, calls, bps, rules.WORK_VERSION, END)


def test_l10_when_a_month_is_over_it_is_told_what_it_came_to():
    twice = contact("k2", evidence="e2")
    history = (
        logged(contact()),
        logged(twice, counted_as="k1"),
        logged(contact("k3", evidence="e3", customer=PERSON, standing="existing")),
        logged(contact("k4", evidence="e4", kind="call")),
    )
    norm = 9 * DAYS
    assert working_days(MONTH) == DAYS
    told = month(new=1, existing=1, calls=1, bps=10_000 * 3 // norm)
    given(WORKLOG, *history).when(CountMonth(MONTH, END)).then(told)
    given(WORKLOG, *history, told).when(CountMonth(MONTH, END)).nothing()
    given(WORKLOG).when(CountMonth(MONTH, END)).nothing()


def test_l10_a_contact_that_is_logged_late_has_its_month_told_anew():
    history = (logged(contact()), month(new=1, bps=10_000 // (9 * DAYS)))
    late = contact("k2", evidence="e2", kind="call")
    given(WORKLOG, *history).when(late).then(logged(late), month(new=1, calls=1, bps=20_000 // (9 * DAYS)))
    again = contact("k3", evidence="e3")  # counts for nothing, and changes nothing
    given(WORKLOG, *history).when(again).then(logged(again, counted_as="k1"))


def test_l10_what_is_over_the_norm_of_one_kind_makes_up_for_nothing_of_another():
    calls = [logged(contact(f"k{n}", kind="call", customer=f"C{n}", evidence=f"e{n}")) for n in range(4 * DAYS + 50)]
    (told,) = WORKLOG.decide(WORKLOG.fold(calls), CountMonth(MONTH, END))
    assert (told.calls, told.fulfilment_bps) == (4 * DAYS + 50, 10_000 * 4 // 9)


def closing(*logs):
    """What the close of a day has counted, after these logs of months: everybody's, over all their events."""
    documents = {}
    for log in logs:
        WORK_MONTHS.fold(documents, [recorded(one, f"worklog-{_key(log[0])}", n) for n, one in enumerate(log, 1)])

    def uncounted(upto):
        wanted = to_count(upto)
        assert wanted == {"counted": False, "month": {"$lte": upto}}
        return [
            (one["staff_id"], one["month"]) for one in documents.values() if not one["counted"] and one["month"] <= upto
        ]

    def close(day):
        made = count_work(uncounted)(recorded(DayClosed(day), f"day-{day}"))
        return [(one.stream, one.command) for one in made]

    return close


def _key(first):
    return worklog_of(first.staff_id, first.on)


def of_month(month, close=END):
    return f"worklog-{ZHANG}.{month}", CountMonth(month, close)


def test_l10_the_close_of_a_months_last_day_counts_the_work_of_everybody_who_logged_any():
    close = closing([logged(contact())], [logged(contact(staff=LI))])
    assert close(END) == [(f"worklog-{who}.{MONTH}", CountMonth(MONTH, END)) for who in (ZHANG, LI)]
    assert close(date(2026, 9, 29)) == []


def test_l10_a_month_whose_last_day_never_closes_is_counted_when_a_later_one_does():
    close = closing([logged(contact(on=date(2026, 10, 30)))])  # a Friday
    monday = date(2026, 11, 2)
    assert (close(date(2026, 10, 30)), close(monday)) == ([], [of_month("2026-10", monday)])


def test_l10_a_month_without_any_close_is_counted_too_and_one_that_was_counted_is_not_asked_for_again():
    skipped, counted = [logged(contact(on=date(2026, 8, 3)))], [logged(contact()), month(new=1)]
    assert closing(skipped, counted)(END) == [of_month("2026-08")]
    late = [*counted, logged(contact("k2", "call", evidence="e2")), month(new=1, calls=1)]
    assert closing(late)(date(2026, 10, 8)) == []


def test_l10_a_month_that_is_asked_for_at_a_later_close_too_is_told_once():
    told = month(new=1, bps=10_000 // (9 * DAYS))
    given(WORKLOG, logged(contact()), told).when(CountMonth(MONTH, date(2026, 10, 8))).nothing()


def test_l10_evidence_proves_one_contact_only():
    stolen = contact("k2", customer=PERSON)
    told = given(WORKLOG, logged(contact())).when(stolen).refused("evidence_used", rule="L10")
    assert told.message == f"sheet-1 proves the visit to {COMPANY} on {DAY}: name this one's own."


WISHES = st.builds(
    contact,
    number=st.uuids().map(str),
    kind=st.sampled_from(("visit", "call")),
    customer=st.sampled_from((COMPANY, PERSON)),
    evidence=st.uuids().map(str),
    on=st.sampled_from((DAY, NEXT)),
    standing=st.sampled_from(("new", "existing")),
)


@over(st.lists(WISHES, max_size=12))
def test_l10_whatever_is_logged_each_contact_counts_once(wishes):
    history = []
    for wish in wishes:
        history += WORKLOG.decide(WORKLOG.fold(history), wish)
    counted = [(one.customer_id, one.kind, one.on) for one in history if one.counted]
    assert len(counted) == len(set(counted)) == len({(one.customer_id, one.kind, one.on) for one in wishes})
    documents = {}
    WORK_DAYS.fold(documents, [recorded(one, "worklog-x", place) for place, one in enumerate(history, 1)])
    assert sum(sum(day["done"].values()) for day in documents.values()) == len(counted)


def test_l10_the_day_shows_what_is_missing_of_2_3_4():
    events = [contact(), contact("k2", "call", evidence="e2"), contact("k3", evidence="e3", customer=PERSON)]
    documents = {}
    WORK_DAYS.fold(documents, [recorded(logged(one), "worklog-x", n) for n, one in enumerate(events, 1)])
    day = statistics.of_day(ZHANG, DAY, documents[f"{ZHANG}.{DAY}"], working=is_working(DAY))
    assert day["done"] == {"visits_new": 2, "visits_existing": 0, "calls": 1}
    assert day["norm"] == {"visits_new": 2, "visits_existing": 3, "calls": 4}
    assert day["missing"] == {"visits_new": 0, "visits_existing": 3, "calls": 3}
    assert [one["contact_id"] for one in day["contacts"]] == ["k1", "k2", "k3"]
    holiday = statistics.of_day(ZHANG, SATURDAY, None, working=is_working(SATURDAY))
    assert set(holiday["missing"].values()) == {0}


def test_l10_a_customer_is_new_until_the_day_after_their_first_holding():
    first = HoldingRecorded("H2", COMPANY, "payroll", OUTLET, NEXT, None, None, NEXT)
    later = HoldingRecorded("H1", COMPANY, "mobile", OUTLET, date(2026, 9, 9), None, None, NEXT)
    documents = {}
    CUSTOMERS.fold(
        documents, [recorded(first, "holding-H2", service="registry"), recorded(later, "holding-H1", 2, "registry")]
    )
    assert is_new(None, NEXT)
    assert is_new(documents[COMPANY], NEXT)
    assert not is_new(documents[COMPANY], date(2026, 9, 3))


def test_r1_who_never_had_what_was_corrected_to_be_somebody_elses_is_new_and_lacks_it():
    wrong = HoldingRecorded("H1", PERSON, "mobile", OUTLET, date(2020, 1, 1), None, None, DAY)
    right = HoldingRecorded("H1", "P2", "mobile", OUTLET, date(2020, 1, 1), None, None, NEXT)
    told, documents = (wrong, HoldingMoved("H1", PERSON, "P2", NEXT), right), {}
    CUSTOMERS.fold(documents, [recorded(one, "holding-H1", n, "registry") for n, one in enumerate(told, 1)])
    assert (documents[PERSON]["holdings"], is_new(documents[PERSON], NEXT)) == ([], True)
    assert [one["product"] for one in documents["P2"]["holdings"]] == ["mobile"]
    assert not is_new(documents["P2"], NEXT)


def test_l6_l7_a_customers_tier_and_manager_are_known_before_they_hold_anything():
    customer = CustomerRecorded(COMPANY, "company", "x", "", None, OUTLET, ZHANG, True, True, DAY)
    documents = {}
    CUSTOMERS.fold(
        documents, [recorded(TierAssigned(COMPANY, OUTLET, "2026-08", "key", 1, 1), "t", service="registry")]
    )
    CUSTOMERS.fold(documents, [recorded(customer, "c", 2, "registry")])
    assert (documents[COMPANY]["tier"], documents[COMPANY]["manager_id"]) == ("key", ZHANG)
    assert is_new(documents[COMPANY], NEXT)


def test_l7_working_days_know_holidays_and_make_up_days():
    assert not is_working(date(2026, 10, 1)), "National Day"
    assert is_working(date(2026, 10, 10)), "a Saturday on which the holiday is made up for"
    assert working_days("2026-10") == 18
    assert working_day_after(date(2026, 9, 30), 1) == date(2026, 10, 8)
    assert working_day_after(DAY, 0) == DAY
    assert working_days("2099-06") == 22, "not announced: Monday to Friday"


def drafting(period="2026-09", on=DAY, by=ZHANG, units=frozenset(), **changes):
    wish = {"visits_new": 44, "visits_existing": 66, "calls": 88, "sales": (SalesTarget("payroll", 3),)} | changes
    return DraftPlan(ZHANG, OUTLET, period, **wish, value_minor=1_000_000, drafted_by=by, on=on, units=units)


def drafted(wish, revision=1, *, late=False):
    said = {name: getattr(wish, name) for name in DraftPlan.__struct_fields__ if name != "units"}
    return PlanDrafted(**said, revision=revision, late=late, rules_version=1)


def test_l14_a_plan_is_drafted_at_the_start_of_its_period():
    given(PLAN).when(drafting()).then(drafted(drafting()))
    assert rules.DRAFT_WORKING_DAYS == 3
    given(PLAN).when(drafting(on=date(2026, 9, 3))).then(drafted(drafting(on=date(2026, 9, 3))))
    given(PLAN).when(drafting(on=date(2026, 9, 4))).then(drafted(drafting(on=date(2026, 9, 4)), late=True))
    october = drafting("2026-10", on=date(2026, 10, 10))
    given(PLAN).when(october).then(drafted(october))  # the third working day, after the holiday
    year = drafting("2026", on=date(2026, 1, 5))
    given(PLAN).when(year).then(drafted(year))


def test_l14_a_revision_replaces_it_while_the_period_lasts():
    before = drafted(drafting())
    given(PLAN, before).when(drafting(on=NEXT)).nothing()
    more = drafting(calls=100, on=date(2026, 9, 30))
    given(PLAN, before).when(more).then(drafted(more, 2, late=True))
    given(PLAN, before).when(drafting(calls=100, on=date(2026, 10, 1))).refused("period_over", rule="L14")
    given(PLAN).when(drafting("2025", on=DAY)).refused("period_over", rule="L14")
    december = drafting("2026-12", on=date(2026, 12, 31))
    given(PLAN).when(december).then(drafted(december, late=True))


def test_l14_a_plan_for_somebody_else_is_for_who_leads_their_unit():
    theirs = drafting(by="S0090", units=frozenset({"B01", OUTLET}))
    given(PLAN).when(theirs).then(drafted(theirs))
    given(PLAN).when(drafting(by="S0090", units=frozenset({"B09"}))).forbidden("another_unit")


def test_l14_a_plan_names_each_product_once():
    twice = (SalesTarget("payroll", 3), SalesTarget("payroll", 4))
    given(PLAN).when(drafting(sales=twice)).refused("product_twice", rule="L14")


def win(value, *bps, products=("payroll",)):
    shares = [{"staff_id": staff, "bps": part} for staff, part in zip((ZHANG, LI), bps, strict=True)]
    return {"won": {"value_minor": value, "products": list(products)}, "split": {"shares": shares}}


def test_l14_statistics_stand_beside_the_plan():
    documents, days = {}, {}
    PLANS.fold(documents, [recorded(drafted(drafting()), f"plan-{ZHANG}.2026-09")])
    WORK_DAYS.fold(days, [recorded(logged(contact()), worklog_of(ZHANG, DAY))])
    wins = [win(100, 6_000, 4_000), win(5, 5_000, 5_000, products=("payroll", "mobile"))]
    month = statistics.of_period(ZHANG, "2026-09", documents[f"{ZHANG}.2026-09"], days.values(), wins)
    assert month["plan"]["sales"] == [{"product": "payroll", "count": 3}]
    assert month["done"] == {"visits_new": 1, "visits_existing": 0, "calls": 0}
    assert month["working_days"] == 22
    assert month["norm"] == {"visits_new": 44, "visits_existing": 66, "calls": 88}
    assert month["won"] == {"leads": 2, "value_minor": 62, "products": {"mobile": 1, "payroll": 2}}
    assert within("2026-09")["$gte"] <= "2026-09-30" < within("2026-09")["$lt"] < "2026-10-01"


@over(st.integers(0, 10**15), st.integers(0, 10_000))
def test_l14_the_parts_of_a_deal_sum_to_it(value, bps):
    parts = statistics.parts_of(value, win(value, bps, 10_000 - bps)["split"]["shares"])
    assert sum(parts.values()) == value
    assert abs(parts[ZHANG] - value * bps / 10_000) < 1 + value / 2**52


def need(number="n1", topic="外汇 期权", line="corporate", on=DAY):
    return NeedRecorded(number, topic, "wants to hedge", COMPANY, ZHANG, OUTLET, line, on)


def test_l13_a_need_that_no_product_answers_is_recorded():
    wish = RecordNeed("n1", "外汇 期权", "wants to hedge", COMPANY, ZHANG, OUTLET, "corporate", DAY)
    given(NEED).when(wish).then(need())
    given(NEED, need()).when(wish).nothing()


def test_l13_needs_reach_the_product_manager_with_counts():
    told = [need(), need("n2", "外汇期权", "retail", NEXT), need("n3", "Ｇold", on=NEXT), need("n4", "gold")]
    documents = {}
    NEEDS.fold(documents, [recorded(one, f"need-{one.need_id}", place) for place, one in enumerate(told, 1)])
    counts = {document["topic"]: (document["count"], document["lines"]) for document in documents.values()}
    assert counts == {"外汇 期权": (2, {"corporate": 1, "retail": 1}), "Ｇold": (2, {"corporate": 2})}
    first = documents[topic_key("外汇期权")]
    assert (first["first_on"], first["last_on"]) == (DAY.isoformat(), NEXT.isoformat())
    assert [one["need_id"] for one in first["latest"]] == ["n2", "n1"]


def test_l13_all_are_counted_and_the_newest_are_shown():
    documents = {}
    NEEDS.fold(documents, [recorded(need(f"n{n}"), f"need-n{n}", n) for n in range(1, 3 * LATEST)])
    (topic,) = documents.values()
    assert topic["count"] == 3 * LATEST - 1
    assert len(topic["latest"]) == LATEST
