"""Histories of one deal as they might come: every fact with corrections, over some months."""

from hypothesis import strategies as st

from tests.services.incentives.examples import (
    LEAD,
    account,
    alert,
    claim,
    cleared,
    dispute,
    dormant,
    led,
    opening,
    refused,
    split,
    use,
)

# Days on the edges of the rules, few enough to meet each other: windows of 30, 90 and 180 days after days 2 to 31.
DAYS = st.sampled_from([5, 12, 13, 20, 21, 22, 24, 29, 30, 40, 92, 182, 192, 193, 202, 209, 210]) | st.integers(-3, 300)
EARLY = st.sampled_from([-1, 0, 2, 5, 12, 13, 20, 29, 30, 31, 34, 90, 91, 92]) | st.integers(-3, 130)
SELDOM = st.none() | st.none() | st.none() | st.none() | st.none() | DAYS


HIERARCHY = {"S0042": "S0010", "S0099": "S0010", "S0007": "S0020", "S0010": "S0001", "S0020": "S0001", "S0001": None}
OTHERWISE = {"S0042": "S0007", "S0099": "S0042", "S0007": "S0001", "S0001": "S0042"}
"""One in which people of a split lead each other, in a ring."""
DISPUTED = st.sampled_from(
    [
        *(("mobile_active", staff_id) for staff_id in ("S0042", "S0031", "S0099")),
        *(("mobile_active.team", staff_id) for staff_id in ("S0010", "S0001", "S0020")),
        *(("autumn:mobile_active", staff_id) for staff_id in ("S0042", "S0007")),
        ("two-days:mobile_active.team", "S0010"),
    ]
)
"""Whose part may be in dispute: their own, what rolls up to them, what a contest pays."""


@st.composite
def facts_of_opening(draw, number):
    """One opening: mostly it vests, and then anything happens."""
    opening_id, holding = f"{LEAD}.mobile.{number}", f"H{number}"
    facts = [opening(opening_id)]
    for version in range(1, draw(st.integers(1, 2)) + 1):
        closed = draw(SELDOM)
        facts.append(account(draw(st.sampled_from([0, 0, 0, 1, -2])), closed, version, opening_id, holding))
    facts += [cleared(draw(st.sampled_from([0, 0, 0, 12, 13, 40])), opening_id)]
    end = draw(SELDOM)
    facts += [] if end is None else [refused(end, opening_id)]
    days = draw(st.sampled_from([[2, 5, 12], [2, 5, 12], [0, 5, 29], [90, 91, 92], []]))
    for on in dict.fromkeys([*days, *draw(st.lists(EARLY, max_size=3))]):
        counts = draw(st.sampled_from([[1], [1], [1], [1, 0], [0, 2], [0]]))
        facts += [use(on, count, version, opening_id, holding) for version, count in enumerate(counts, start=1)]
    facts += [dormant(on, opening_id, 9 + on % 7) for on in draw(st.lists(DAYS, max_size=2, unique=True))]
    for n in range(draw(st.integers(0, 2))):
        start = draw(DAYS)
        alert_id = f"a{number}{n}"
        facts.append(alert("open", start, alert_id, opening_id))
        end = draw(st.sampled_from(["open", "confirmed", "dismissed", "dismissed"]))
        if end != "open":
            facts.append(alert(end, start + draw(st.integers(0, 12)), alert_id, opening_id))
    for staff_id, above in draw(st.sampled_from([{}, HIERARCHY, HIERARCHY, OTHERWISE])).items():
        facts += [led(staff_id, above, on, "B01", opening_id, 10 * number + on) for on in (-2, 0, 1)]
        if draw(st.booleans()):  # the manager's row comes late: they were not in post, and whoever is over them led
            row, over = f"registry/staff-{above}@7", HIERARCHY.get(above)
            facts.append(led(staff_id, over, 0, "B01", opening_id, 10 * number, (row, f"registry/staff-{over}@1")))
    for version, denied in enumerate(draw(st.sampled_from([[], [], [], [True], [True, False]])), 1):
        facts.append(claim("01j8other.mobile.1" if denied else None, version, opening_id))
    for n in range(draw(st.integers(0, 2))):
        start, (indicator, disputed) = draw(DAYS), draw(DISPUTED)
        facts.append(dispute("open", start, disputed, f"d{number}{n}", opening_id, 0, indicator))
        if draw(st.booleans()):
            end, points = start + draw(st.integers(0, 30)), draw(st.sampled_from([0, 0, 150, -150, 900, -5_000]))
            facts.append(dispute("closed", end, disputed, f"d{number}{n}", opening_id, points, indicator))
    return facts


@st.composite
def deals(draw):
    """``(facts in one order, the same facts in another order with some twice)``."""
    facts = [split()]
    for proposal in range(2, draw(st.integers(1, 3)) + 1):
        retail = draw(st.sampled_from(["S0042", "S0099", "S0007"]))
        facts.append(split(proposal, draw(DAYS), draw(st.integers(0, 10_000)), retail_id=retail))
    for number in range(1, draw(st.integers(1, 2)) + 1):
        facts += draw(facts_of_opening(number))
    unique = list({(fact.source, getattr(fact, "through", ())): fact for fact in facts}.values())
    twice = draw(st.lists(st.sampled_from(unique), max_size=5))
    return unique, draw(st.permutations(unique + twice))
