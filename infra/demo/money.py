"""Steps 5 and 6: the month closes, HR pulls; autumn passes, a late fact comes, a plan is tried on."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from infra.demo import bank
from infra.demo.retail import entries
from infra.demo.stage import Stage, points
from infra.public import Json, Unexpected, until

SEPTEMBER, OCTOBER, NOVEMBER = "2026-09", "2026-10", "2026-11"
LAST_DAYS = {SEPTEMBER: date(2026, 9, 30), OCTOBER: date(2026, 10, 31), NOVEMBER: date(2026, 11, 30)}
SHOWN = 8
HR_CLIENT = Path(__file__).parents[1] / "hr_client.py"


def activate_the_plan(stage: Stage, plan: Json) -> str:
    """Drafted by one, approved by another, who signs the hash; the plan's hash. Does nothing where it is active."""
    known = {
        (p["plan"]["plan_id"], p["plan"]["version"]): p for p in stage["designer"].get("/api/incentives/plans")["plans"]
    }
    key = (plan["plan_id"], plan["version"])
    path = f"/api/incentives/plans/{key[0]}/{key[1]}"
    if known.get(key, {}).get("status") == "active":
        return str(known[key]["plan_hash"])
    stage["designer"].post("/api/incentives/plans", plan)
    stage["designer"].post(f"{path}/submit")
    submitted = until(lambda: stage["approver"].find(path), "the plan is shown")
    stage["approver"].post(f"{path}/approve", {"plan_hash": submitted["plan_hash"]})
    stage["approver"].post(f"{path}/activate")
    until(lambda: stage["hr"].get(path)["status"] == "active", "the plan is active")
    return str(submitted["plan_hash"])


def close_september(stage: Stage) -> None:
    stage.step("月末结账 · September closes; HR pulls the sealed statement")
    close_period(stage, SEPTEMBER, LAST_DAYS[SEPTEMBER])
    ranking = stage["hr"].get(f"/api/incentives/rankings/{SEPTEMBER}")["ranking"]
    scores = {s["staff_id"]: s for s in stage["hr"].get(f"/api/incentives/scores/{SEPTEMBER}")["scores"]}
    stage.tell("Ranking and completion:")
    for place in ranking[:5]:
        best = max(scores[place["staff_id"]]["indicators"], key=lambda i: i["points_milli"])
        stage.tell(
            f"  {place['rank']}. {place['staff_id']} of {place['unit_id']}: {points(place['points_milli'])} points; "
            f"{best['indicator']} at {best['completion']} of its target"
        )
    line = entries(stage, stage.things["active"][0]["lead_id"], "vested")[0]
    explained = stage["hr"].get(f"/api/incentives/hr/lines/{line['line_id']}/explain")
    stage.things["explained"] = explained
    stage.holds(explained["agrees"], f"line {line['line_id']} does not follow from its events")
    stage.tell("One line explains itself, down to the events, and is recomputed from those alone:")
    stage.draw(tree_of(explained))
    stage.tell(_hr(stage))
    stage.things["first"] = _statement(stage, 1)


def tree_of(explained: Json) -> Tree:
    """A line of the ledger with what it rests on."""
    tree = Tree(escape(f"{explained['said']} ({explained['computation']})"))
    for node in explained["because"]:
        tree.add(f"{escape(node['what'])}: {escape(node['said'])} [dim]{escape(node['event'])}[/]")
    return tree


def autumn(stage: Stage) -> None:
    stage.step("沉睡与冲回 · One customer stops using it: the credit is taken back")
    for lead in (*stage.things["active"], *stage.things["company"]):
        bank.use(stage, lead["holding"], bank.days_from(date(2026, 10, 10), 3, step=7))
        bank.use(stage, lead["holding"], bank.days_from(date(2026, 11, 5), 3, step=7))
    for month in (OCTOBER, NOVEMBER):
        bank.close_day(stage, LAST_DAYS[month])
    sleeper = stage.things["sleeper"]
    reversed_ = until(lambda: entries(stage, sleeper["lead_id"], "reversed"), "the dormant credit is reversed")
    stage.holds(all(line["of_period"] == SEPTEMBER for line in reversed_), "a reversal names another month")
    taken = sum(line["points_milli"] for line in reversed_)
    stage.tell(
        f"{sleeper['holding']} was not used for 60 days. {points(taken)} points are posted against the lines of "
        f"September that they adjust ({', '.join(line['adjusts'][:12] for line in reversed_)}…), once."
    )


def late_fact(stage: Stage) -> None:
    stage.step("迟到的事实 · A late fact: the closed month does not move")
    quiet = stage.things["quiet"]
    answer = bank.use(stage, quiet["holding"], bank.days_from(date(2026, 9, 26), 3))
    vested = until(lambda: entries(stage, quiet["lead_id"], "vested"), f"the late use vests ({answer['position']})")
    stage.holds(_statement(stage, 1) == stage.things["first"], "statement 1 changed")
    stage.tell(
        f"Use of {quiet['holding']} on three days of September arrives after the close. Statement 1 is pulled again: "
        f"the same {len(stage.things['first']):,} bytes. {points(sum(v['points_milli'] for v in vested))} points "
        "stand in the open period, marked as of September."
    )
    for month in (OCTOBER, NOVEMBER):
        close_period(stage, month)
    stage.tell(_hr(stage))


def what_if(stage: Stage, plan: Json) -> None:
    stage.step("方案试算 · What if mobile paid double, payroll half, and managers were credited a tenth?")
    indicators = [_changed(one) for one in plan["indicators"]]
    changed = plan | {"version": plan["version"] + 1, "indicators": indicators, "roll_up_bps": [1_000]}
    found = stage["designer"].post("/api/incentives/what-if", changed)
    stage.draw(table_of(found["people"]))
    led = [person for person in found["people"] if person["old_milli"] == 0 < person["new_milli"]]
    stage.holds(led, "no manager would be credited")
    differences = [person["difference_milli"] for person in found["people"]]
    stage.holds(sum(differences) == found["cost_milli"], "the differences do not add up to the cost")
    stage.tell(
        f"{sum(d > 0 for d in differences)} gain, {sum(d < 0 for d in differences)} lose over {found['deals']} deals; "
        f"cost {points(found['cost_milli'])} points; result hash {found['plan_hash'][:12]}…"
    )


def table_of(people: Iterable[Json]) -> Table:
    """Who gains or loses most."""
    table = Table("staff", "unit", "now", "then", "difference", "rank")
    for one in sorted(people, key=lambda p: -abs(p["difference_milli"]))[:SHOWN]:
        milli = (one["old_milli"], one["new_milli"], one["difference_milli"])
        table.add_row(one["staff_id"], one["unit_id"], *map(points, milli), f"{one['old_rank']} → {one['new_rank']}")
    return table


def _changed(indicator: Json) -> Json:
    factor = {"mobile": (2, 1), "payroll": (1, 2)}.get(indicator["product"], (1, 1))
    return indicator | {"points_milli": indicator["points_milli"] * factor[0] // factor[1]}


def close_period(stage: Stage, month: str, last_day: date | None = None) -> None:
    """Close a month, and first its ``last_day``, where the end-of-day feed has not come yet."""
    if last_day is not None:
        bank.close_day(stage, last_day)
    until(lambda: _period(stage, month, "completed"), f"{month} is complete")
    stage["approver"].post(f"/api/incentives/periods/{month}/close")
    until(lambda: _period(stage, month, "seq"), f"{month} is closed")


def _period(stage: Stage, month: str, field: str) -> object:
    periods = stage["hr"].get("/api/incentives/periods")["periods"]
    return next((period[field] for period in periods if period["period"] == month), None)


def _statement(stage: Stage, seq: int) -> bytes:
    return stage["hr"].raw(f"/api/incentives/hr/statements/{seq}")


def _hr(stage: Stage) -> str:
    """What the stand-alone HR client says of a pull; it knows nothing of ours but the public contract.

    Where it could not finish it is run again, as an HR system would: it may be stopped at any point.
    """
    return until(lambda: _pull(stage), "the HR client pulls, checks and acknowledges")


def _pull(stage: Stage) -> str:
    token = stage.run_dir / "hr-token"
    token.touch(mode=0o600)
    token.write_text(stage["hr"].token)
    command = [sys.executable, str(HR_CLIENT), "--url", stage.url, "--token-file", str(token)]
    command += ["--store", str(stage.run_dir / "hr.sqlite"), "pull"]
    pulled = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if pulled.returncode:
        raise Unexpected(f"the HR client: {pulled.stderr.strip() or pulled.stdout.strip()}")
    return pulled.stdout.strip()
