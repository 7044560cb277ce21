"""Plans, a run over the history, an award and a dispute as the API tells them."""

import copy

DESIGNER, APPROVER, BOTH = "S0311", "S0312", "S0313"
PLAN = {
    "plan_id": "ebank-2026",
    "version": 1,
    "effective_from": "2026-01-01",
    "indicators": [
        {"indicator": "payroll_active", "product": "payroll", "points_milli": 10_000, "weight_bps": 6_000, "target_milli": 20_000, "cap_bps": 15_000},
        {"indicator": "mobile_active", "product": "mobile", "points_milli": 1_500, "weight_bps": 4_000, "target_milli": 15_000, "cap_bps": 15_000},
    ],
    "vesting": {"active_days": 3, "window_days": 30, "within_days": 90},
    "reversal_days": 180,
    "tie_policy": "share_and_skip",
}  # fmt: skip
HASHES = {"plan_hash": "a" * 64, "what_if_hash": "d" * 64}


def plan(**changes):
    return copy.deepcopy(PLAN) | changes


def view(content=None, status="draft", **more):
    """A version as ``GET /plans/…`` shows it; who has a hand in it only from the status on in which they had."""
    one = {"plan": content or plan(), "plan_hash": HASHES["plan_hash"], "status": status, "drafted_by": DESIGNER, "what_if_hash": None, "tried_by": None, "version": 1}  # fmt: skip
    if status != "draft":
        one |= {"submitted_by": DESIGNER, "version": 2}
    if status in {"approved", "active"}:
        one |= {"approved_by": APPROVER, "version": 3}
    return one | more


def change(staff_id, old, new, unit_id="O01", rank=(1, 1)):
    return {
        "staff_id": staff_id, "unit_id": unit_id, "old_milli": old, "new_milli": new, "difference_milli": new - old,
        "old_rank": rank[0], "new_rank": rank[1], "rank_move": rank[0] - rank[1], "newly_at_zero": new == 0 < old,
    }  # fmt: skip


def found(*people):
    old, new = (sum(one[name] for one in people) for name in ("old_milli", "new_milli"))
    zero = sum(one["newly_at_zero"] for one in people)
    totals = {"old_milli": old, "new_milli": new, "cost_milli": new - old, "newly_at_zero": zero}
    return HASHES | {"deals": 12} | totals | {"people": list(people)}


FOUND = found(
    change("S0203", 1_500, 3_000, rank=(2, 1)), change("S0204", 700, 700, "O02", (3, 2)), change("S0101", 2_000, 0, "B01", (1, 3))
)  # fmt: skip


def award(**changes):
    return {
        "award_id": "a1", "entry": "penalised", "staff_id": "S0203", "unit_id": "O01", "points_milli": 2_000,
        "reason": "certificate kept", "evidence": ["finding-7"], "proposed_by": "S0301", "on": "2026-09-03",
        "status": "proposed", "decided_by": None, "decided_on": None, "why_not": None, "line_id": None,
    } | changes  # fmt: skip


def dispute(**changes):
    return {
        "dispute_id": "n1", "line_id": "n1", "lead_id": "l1", "staff_id": "S0203", "unit_id": "O01",
        "of_period": "2026-09", "said_milli": 600, "reason": "the split was another", "evidence": ["l1 split 2"],
        "raised_by": "S0203", "on": "2026-10-02", "due_on": "2026-10-17", "overdue": True, "status": "open",
        "outcome": None, "points_milli": None, "decided_by": None, "decided_on": None, "because": None,
        "adjusted_by": None,
    } | changes  # fmt: skip
