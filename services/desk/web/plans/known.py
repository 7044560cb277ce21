"""The versions of plans that there are (rules I1, I6), and how they stand to each other."""

from collections.abc import Iterable, Mapping

from services.desk.web.api_client import Json
from services.desk.web.plans.studio import read

HANDS = ("drafted_by", "submitted_by", "tried_by", "approved_by")


def key_of(plan: Json) -> str:
    """``ebank-2026.1``."""
    return f"{plan['plan_id']}.{plan['version']}"


def stream(plan: Json) -> str:
    return f"plan-{key_of(plan)}"


def all_versions(after: str | None = None) -> list[Json]:
    """Every version as the API shows it, the one that takes effect last first."""
    told: list[Json] = read("plans", after=after)["plans"]
    order = sorted(told, key=lambda one: (one["plan"]["plan_id"], one["plan"]["version"]))
    return sorted(order, key=lambda one: (one["plan"]["effective_from"], one["plan"]["version"]), reverse=True)


def people(one: Json) -> list[str]:
    """Who had a hand in a version."""
    return [who for name in HANDS if (who := one.get(name))]


def standing(versions: Iterable[Json], on: str) -> dict[str, str]:
    """What each active version is on a day, by stream: the plan of the year that began last pays, and beside it each
    contest that is running; of equals the higher version.
    """
    series: dict[str, list[Json]] = {}
    for one in versions:
        if one["status"] == "active":
            plan = one["plan"]
            series.setdefault(plan["plan_id"] if plan.get("until") else "", []).append(plan)
    return {stream(plan): how for plans in series.values() for plan, how in _stand(plans, on)}


def _stand(plans: Iterable[Json], on: str) -> list[tuple[Json, str]]:
    """Of versions that take over from each other."""
    known = list(plans)
    begun = [plan for plan in known if plan["effective_from"] <= on <= plan.get("until", on)]
    paying = max(begun, key=lambda plan: (plan["effective_from"], plan["version"], plan["plan_id"]), default=None)
    found = []
    for plan in known:
        if plan["effective_from"] > on:
            how = "later"
        elif plan.get("until", on) < on:
            how = "over"
        else:
            how = "paying" if plan is paying else "replaced"
        found.append((plan, how))
    return found


def base_of(versions: Iterable[Json], stands: Mapping[str, str]) -> str | None:
    """What the next version is drafted from: the plan of the year that is in force, else the newest plan there is."""
    plans = [one["plan"] for one in versions]
    paying = (plan for plan in plans if not plan.get("until") and stands.get(stream(plan)) == "paying")
    plan = next(paying, plans[0] if plans else None)
    return key_of(plan) if plan else None


def before(versions: Iterable[Json], plan: Json) -> Json | None:
    """The version before this one: of the same plan, else the plan of the year that it would take over from."""
    known = list(versions)
    same: list[Json] = [one["plan"] for one in known if one["plan"]["plan_id"] == plan["plan_id"]]
    earlier = [one for one in same if one["version"] < plan["version"]]
    if earlier:
        return max(earlier, key=lambda one: one["version"])
    paid: list[Json] = [one["plan"] for one in known if one["status"] == "active" and not one["plan"].get("until")]
    others = [one for one in paid if stream(one) != stream(plan) and one["effective_from"] <= plan["effective_from"]]
    return max(others, key=lambda one: (one["effective_from"], one["version"]), default=None)
