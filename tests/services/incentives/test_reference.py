"""I12: the second opinion finds what it is there to find."""

from pathlib import Path

from services.incentives import reference
from services.incentives.events import PlanActivated
from services.incentives.reference import differences, recompute
from tests.services.incentives.examples import CORPORATE, LEAD, PLANS, RETAIL, alert, dormant, vested
from tests.services.incentives.test_deal import history, lines

ACTIVE = PlanActivated(PLANS[0].plan, PLANS[0].plan_hash)
OCTOBER = {(LEAD, CORPORATE, "2026-10"): 600, (LEAD, RETAIL, "2026-10"): 900}


def booked(recorded):
    return [
        {"lead_id": x.lead_id, "staff_id": x.staff_id, "of_period": x.of_period, "points_milli": x.points_milli}
        for x in lines(recorded)
    ]


def test_i12_from_the_facts_alone():
    assert recompute([ACTIVE, *vested()]) == OCTOBER
    assert recompute([ACTIVE, *vested(), alert("open", 40), alert("dismissed", 50)]) == OCTOBER
    assert recompute([ACTIVE, *vested(), alert("open", 40)]) == {}
    assert recompute(vested()) == {}


def test_i12_a_ledger_that_is_right_has_no_differences():
    recorded = history(*vested(), dormant(80))
    assert differences(recompute([ACTIVE, *recorded]), booked(recorded)) == ()


def test_i12_a_missing_a_wrong_and_a_doubled_line_are_named():
    recorded = history(*vested())
    right = [line for line in booked(recorded) if line["points_milli"]]
    recomputed = recompute([ACTIVE, *recorded])
    wrong = [right[0], right[1] | {"points_milli": 901}]
    assert differences(recomputed, right) == ()
    assert differences(recomputed, right[1:]) == (
        f"lead {LEAD}, {CORPORATE}, 2026-10: ledger 0, recomputed 600 thousandths",
    )
    assert differences(recomputed, wrong) == (
        f"lead {LEAD}, {RETAIL}, 2026-10: ledger 901, recomputed 900 thousandths",
    )
    assert len(differences(recomputed, [*right, *right])) == 2


def test_i12_a_line_in_the_wrong_month_is_named():
    recorded = history(*vested())
    moved = [line | {"of_period": "2026-11"} for line in booked(recorded)]
    assert len(differences(recompute([ACTIVE, *recorded]), moved)) == 4


def test_the_second_opinion_shares_no_code_with_the_first():
    source = Path(reference.__file__).read_text()
    assert "services.incentives.domain" not in source.split('"""', 2)[2]
    assert "services.incentives.rules" not in source
