"""A lead's timeline in plain words: what happened, who did it, and why. Each entry is an event as the API gives it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.desk.web.labels import label
from services.desk.web.reading import Names
from services.desk.web.view import day, share
from services.desk.web.words import text

Entry = Mapping[str, Any]
ACTORS = ("opened_by", "proposed_by", "won_by", "staff_id", "by")


@dataclass(frozen=True)
class Told:
    """``why`` is empty where nothing needs saying; ``foreign``: it is the API's own English."""

    at: str
    what: str
    why: str = ""
    foreign: bool = False


def story(timeline: Sequence[Entry], names: Names) -> list[Told]:
    """The newest first."""
    return [told(entry, names) for entry in reversed(timeline)]


def people_in(timeline: Iterable[Entry]) -> set[str]:
    """Everybody whose name the story needs."""
    found: set[str] = set()
    for entry in timeline:
        found |= {
            str(entry[field]) for field in (*ACTORS, "owner_id", "from_id", "to_id", "leader_id") if entry.get(field)
        }
        found |= {str(one["staff_id"]) for one in entry.get("shares", ())}
    return found


def units_in(timeline: Iterable[Entry]) -> set[str]:
    return {str(entry["queue"]).partition(":")[2] for entry in timeline if entry.get("queue")}


def told(entry: Entry, names: Names) -> Told:
    what = _WHAT.get(entry["type"])
    said = what(entry, names) if what else str(entry["type"]).replace("_", " ")
    why, foreign = _why(entry)
    return Told(str(entry["at"]), said, why, foreign)


def who(entry: Entry, names: Names) -> str:
    """The person who did it; a rule by its number; empty where nobody did."""
    actor = next((str(entry[field]) for field in ACTORS if entry.get(field)), "")
    return names.staff(actor) or actor


def queue_name(queue: str, names: Names) -> str:
    """``retail:O01`` → Retail · Chunfeng Road outlet."""
    line, _, unit_id = queue.partition(":")
    return f"{label('line', line)} · {names.unit(unit_id)}" if unit_id else queue


def _why(entry: Entry) -> tuple[str, bool]:
    match entry["type"]:
        case "lead_routed" | "group_routed":
            named = label("routing", entry["rule"])
            return (named, False) if named != entry["rule"] else (str(entry["reason"]), True)
        case "lead_lost":
            return " – ".join(one for one in (label("lost", entry["reason"]), entry["text"]) if one), False
        case "lead_expired":
            return label("expired", entry["reason"]), False
        case "split_voided":
            return label("voided", entry["reason"]), False
        case "lead_reopened" | "lead_merged" | "lead_unmerged" | "lead_released" | "line_left":
            return str(entry["reason"]), False
        case _:
            return "", False


def _shares(entry: Entry) -> str:
    return text(", ").join(f"{label('line', one['line'])} {share(one['bps'])}" for one in entry["shares"])


def _routed(entry: Entry, names: Names) -> str:
    line = label("line", entry["line"])
    if entry["owner_id"]:
        owner = names.staff(entry["owner_id"]) or entry["owner_id"]
        return text("%(line)s side: now %(owner)s's", line=line, owner=owner)
    return text("%(line)s side: waits in the queue %(queue)s", line=line, queue=queue_name(entry["queue"], names))


def _group(entry: Entry, names: Names) -> str:
    if entry["leader_id"]:
        return text(
            "%(leader)s leads the marketing group", leader=names.staff(entry["leader_id"]) or entry["leader_id"]
        )
    return text("The marketing group waits for a leader in %(queue)s", queue=queue_name(entry["queue"], names))


def _handed(entry: Entry, names: Names) -> str:
    before = names.staff(entry["from_id"]) or entry["from_id"]
    after = names.staff(entry["to_id"] or "") or entry["to_id"] or queue_name(entry["queue"], names)
    return text("Handed over from %(before)s to %(after)s", before=before, after=after)


def _stage(entry: Entry, names: Names) -> str:
    reached = text(
        "%(who)s: the project reached %(stage)s", who=who(entry, names), stage=label("stage", entry["stage"])
    )
    return f"{reached} ({day(entry['bid_on'])})" if entry.get("bid_on") else reached


_WHAT: Mapping[str, Any] = {
    "lead_opened": lambda e, n: text("%(who)s opened the lead", who=who(e, n)),
    "lead_routed": _routed,
    "group_routed": _group,
    "split_proposed": lambda e, n: text(
        "%(who)s proposed split no. %(number)s: %(shares)s", who=who(e, n), number=e["proposal"], shares=_shares(e)
    ),
    "split_voided": lambda e, _: text("Split no. %(number)s is off", number=e["proposal"]),
    "split_accepted": lambda e, n: text(
        "%(who)s accepted split no. %(number)s for the side: %(line)s",
        who=who(e, n),
        number=e["proposal"],
        line=label("line", e["line"]),
    ),
    "lead_activated": lambda e, _: text("All sides agreed: the lead is active, %(shares)s", shares=_shares(e)),
    "first_contact_made": lambda e, n: text("%(who)s spoke with the customer for the first time", who=who(e, n)),
    "first_contact_missed": lambda e, _: text(
        "The first contact was due on %(day)s and was missed", day=day(e["due_on"])
    ),
    "lead_handed_over": _handed,
    "project_stage_reached": _stage,
    "lead_qualified": lambda e, n: text("%(who)s qualified the lead", who=who(e, n)),
    "lead_won": lambda e, n: text(
        "%(who)s won the lead: %(products)s",
        who=who(e, n),
        products=text(", ").join(label("product", code) for code in e["products"]),
    ),
    "lead_lost": lambda e, n: text("%(who)s closed the lead as lost", who=who(e, n)),
    "lead_expired": lambda _e, _n: text("The lead expired"),
    "lead_reopened": lambda e, n: text("%(who)s opened the lead again", who=who(e, n) or text("Linkage")),
    "line_left": lambda e, n: text("%(line)s left the lead, by %(who)s", line=label("line", e["line"]), who=who(e, n)),
    "lead_merged": lambda e, n: text("%(who)s merged it into %(lead)s", who=who(e, n), lead=e["into_id"]),
    "lead_absorbed": lambda e, _: text("Lead %(lead)s was merged into this one", lead=e["merged_id"]),
    "lead_released": lambda e, _: text("Lead %(lead)s stands on its own again", lead=e["merged_id"]),
    "lead_unmerged": lambda e, n: text("%(who)s undid the merge", who=who(e, n) or text("Linkage")),
}
"""Each event of a lead, by its stored name."""
