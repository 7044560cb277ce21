"""I12 on a real bank's accounts: the ledger and the second opinion agree over all that Berka's customers did.

Each account is an opening of a lead that two people of its district share; what its customer did are its days of use;
thirty days without any are dormancy. Districts have a head, regions another, the bank a third.
"""

import csv
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

import infra.mappings
from infra.mappings.engine import run_mapping
from infra.mappings.shape import read_mapping
from services.incentives.domain.deal import DEAL, Note
from services.incentives.domain.score import SCORE, Paid, ReckonScore
from services.incentives.events import (
    AccountNoted,
    CheckNoted,
    CreditPosted,
    DormancyNoted,
    Indicator,
    ManagerNoted,
    OpeningNoted,
    PeriodCompleted,
    PeriodScore,
    Plan,
    PlanActivated,
    Share,
    SplitNoted,
    UseNoted,
    Vesting,
)
from services.incentives.reference import differences, recompute
from services.incentives.rules import ActivePlan, plan_hash
from tests.public_data import BERKA_DATA

BERKA = Path(infra.mappings.__file__).parent / "berka.yaml"
PLAN = Plan(
    plan_id="berka",
    version=1,
    effective_from=date(1993, 1, 1),
    indicators=(Indicator("current_account_active", "now", 1_505, 10_000, 15_000, 15_000),),
    vesting=Vesting(active_days=3, window_days=60, within_days=90),
    reversal_days=180,
    tie_policy="share_and_skip",
    roll_up_bps=(1_000, 333),
    score=PeriodScore(100_000, 0),
)
ACTIVE = ActivePlan(PLAN, plan_hash(PLAN))
ASLEEP = timedelta(days=30)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory):
    if not BERKA_DATA.is_dir():
        pytest.skip(f"no Berka data in {BERKA_DATA} (LIANDONG_DATA names the directory above)")
    directory = tmp_path_factory.mktemp("berka")
    run_mapping(read_mapping(BERKA), BERKA_DATA, directory)

    def rows(kind):
        for file in sorted(directory.glob(f"*{kind}*.csv")):
            with file.open(encoding="utf-8", newline="") as text:
                yield from csv.DictReader(text)

    return rows


def deal_of(row, used, until):
    """The facts of one account, in the order of their days."""
    holding, opened = row["holding_id"], date.fromisoformat(row["opened_on"])
    lead, unit = f"lead{holding.lower()}", row["unit_id"]
    opening, bps = f"{lead}.now.1", int(holding[1:]) % 10_001
    first, second, head, region = f"{unit}-1", f"{unit}-2", f"{unit}-0", f"R{int(unit[1:]) % 8}"
    shares = (Share("corporate", first, unit, bps), Share("retail", second, unit, 10_000 - bps))
    yield SplitNoted(lead, 1, shares, opened, f"leads/lead-{lead}@5")
    yield OpeningNoted(lead, opening, "now", opened, f"bundling/offer-{lead}@3")
    yield CheckNoted(opening, True, None, opened, f"compliance/opening-{opening}@2")
    yield AccountNoted(opening, holding, opened, None, f"registry/holding-{holding}@1")
    for who, over in ((first, head), (second, head), (head, region), (region, "BANK"), ("BANK", None)):
        yield ManagerNoted(opening, who, unit, over, opened, f"registry/staff-{who}@1")
    asleep, number = opened + ASLEEP, 9
    for on, uses in ((on, uses) for on, uses in sorted(used.items()) if uses):
        while asleep < on:
            yield DormancyNoted(opening, asleep, f"bundling/offer-{lead}@{(number := number + 1)}")
            asleep = on + ASLEEP
        yield UseNoted(opening, holding, uses, on, f"registry/activity-{holding}.{on}@1")
        asleep = on + ASLEEP
    if asleep < until:
        yield DormancyNoted(opening, asleep, f"bundling/offer-{lead}@{number + 1}")


def ledger_of(facts):
    """Everything that a deal records: the facts of its first day at once, then one by one."""
    facts = list(facts)
    first = sum(fact.on == facts[0].on for fact in facts if not isinstance(fact, AccountNoted)) + 1
    state, recorded = DEAL.initial, []
    for together in (facts[:first], *([fact] for fact in facts[first:])):
        made = DEAL.decide(state, Note(tuple(together), (ACTIVE,)))
        state = DEAL.fold(made, state)
        recorded += made
    return recorded


def test_i12_over_a_real_banks_history_ledger_and_second_opinion_agree(feeds):
    used = defaultdict(dict)
    for row in feeds("activity"):
        used[row["holding_id"]][date.fromisoformat(row["business_date"])] = int(row["authenticated_uses"])
    until = max(max(days) for days in used.values())
    accounts = [row for row in feeds("holdings") if row["product"] == "now"]
    told, lines = [PlanActivated(PLAN, ACTIVE.plan_hash)], []
    for row in accounts:
        recorded = ledger_of(deal_of(row, used[row["holding_id"]], until))
        told += recorded
        lines += [one for one in recorded if isinstance(one, CreditPosted)]
    months = defaultdict(list)
    for number, line in enumerate(lines):
        if line.points_milli:
            months[line.staff_id, line.of_period].append(
                Paid(line.indicator, line.points_milli, f"incentives/x@{number}")
            )
    for (staff_id, period), paid in sorted(months.items()):
        scored = SCORE.decide(SCORE.initial, ReckonScore(staff_id, "D1", period, tuple(paid), ACTIVE))
        lines += [one for one in scored if isinstance(one, CreditPosted)]
    told += [PeriodCompleted(month, "registry/day@1") for month in sorted({line.of_period for line in lines})]
    ledger = [
        {name: getattr(one, name) for name in ("lead_id", "staff_id", "of_period", "points_milli")} for one in lines
    ]
    assert differences(recompute(told), ledger) == ()
    entries = Counter(line.entry for line in lines)
    assert len(accounts) > 3_000
    assert entries["vested"] > 1_000, entries
    assert entries["reversed"] > 20, entries
    over = {who for who, _ in months if who.startswith("R") or who == "BANK"}
    assert len(over) == 8  # the regions; the bank's head stands over the second level
