"""What incentive plans, awards and disputes say by code."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

TERMS: Mapping[str, Any] = {
    "plan_id": text("Name of the plan"),
    "version": text("Version"),
    "effective_from": text("Takes effect on"),
    "until": text("Last day of the contest"),
    "indicators": text("Indicators"),
    "indicator": text("Indicator"),
    "product": text("Product"),
    "points_milli": text("Points each"),
    "weight_bps": text("Weight"),
    "target_milli": text("Target of a month"),
    "cap_bps": text("Counts at most"),
    "vesting": text("Use that vests"),
    "active_days": text("Days of use"),
    "window_days": text("Within days"),
    "within_days": text("First use after opening, at most"),
    "reversal_days": text("Taken back within"),
    "roll_up_bps": text("Managers"),
    "score": text("Score of the month"),
    "whole_milli": text("For every target reached"),
    "work_log_milli": text("For the work log"),
    "tie_policy": text("Equals in a ranking"),
}
WORDS: Mapping[str, Mapping[str, Any]] = {
    "plan_term": TERMS,
    "plan_status": {
        "draft": text("Draft"),
        "submitted": text("Submitted"),
        "approved": text("Approved"),
        "active": text("Put in force"),
    },
    "standing": {
        "": "",
        "paying": text("in force"),
        "later": text("begins later"),
        "replaced": text("replaced"),
        "over": text("over"),
    },
    "change": {
        "same": text("the same"),
        "changed": text("changed"),
        "added": text("new"),
        "removed": text("gone"),
    },
    "ties": {"share_and_skip": text("share the place, and the next one is skipped")},
    "plan_view": {
        "all": text("All plans"),
        "draft": text("Drafts"),
        "submitted": text("To approve"),
        "approved": text("To activate"),
        "active": text("Active plans"),
    },
    "award_view": {
        "proposed": text("To decide"),
        "approved": text("Approved ones"),
        "rejected": text("Rejected ones"),
    },
    "dispute_view": {
        "open": text("Open ones"),
        "accepted": text("Accepted ones"),
        "refused": text("Refused ones"),
    },
    "step": {
        "plan_drafted": text("Drafted"),
        "plan_submitted": text("Submitted"),
        "plan_tried": text("Tried over the history"),
        "plan_approved": text("Approved"),
        "plan_activated": text("Put in force"),
        "award_proposed": text("Proposed"),
        "award_approved": text("Approved"),
        "award_rejected": text("Rejected"),
        "dispute_raised": text("Raised"),
        "dispute_evidence_added": text("Evidence added"),
        "dispute_decided": text("Decided"),
    },
    "award_status": {"proposed": text("Proposed"), "approved": text("Approved"), "rejected": text("Rejected")},
    "outcome": {
        "accepted": text("Accept: the line is changed"),
        "refused": text("Refuse: the line stands"),
    },
    "field": {**TERMS, "points_milli": text("Points"), "outcome": text("Decision")},
    "problem": {
        "Small letters, digits, - and _, at most 64.": text("Small letters, digits, - and _, at most 64."),
        "Length must be between 1 and 100.": text("Name at least one indicator, and at most 100."),
        "Longer than maximum length 10.": text("At most ten levels."),
    },
    "refusal": {
        "plan_changed": text("Somebody else changed the plan since you opened it. Read it again, then decide."),
        "plan_not_editable": text("This version is no draft any more and stays as it is. Draft the next version."),
        "weights_not_whole": text("The weights must come to 100% together."),
        "indicator_twice": text("Two indicators have the same name. Name each one once."),
        "indicator_name_taken": text("Other lines of the ledger have the name of an indicator. Give it another."),
        "roll_up_rises": text(
            "A higher level of managers is credited more than the one below it. Let the rates fall or stay."
        ),
        "contest_ends_before_it_begins": text("The contest ends before it begins."),
        "contest_with_score": text("A month is scored by the plan of the year; a contest only pays by the piece."),
        "plan_not_submitted": text("The plan is a draft. Have it submitted first."),
        "approver_is_editor": text("You have worked on this plan. Somebody else approves it."),
        "what_if_mismatch": text(
            "The plan was run over the history again since you read it. Run it once more, read that, then approve."
        ),
        "what_if_overtaken": text("The history has moved on during this run. Run it again."),
        "plan_hash_mismatch": text("The plan's content was changed since you read it. Read it again, then approve."),
        "plan_not_approved": text("The plan is not approved yet."),
        "plan_decided": text("The plan is decided. Draft the next version to try something else."),
        "effective_in_closed_period": text(
            "The plan would take effect in a month that is closed. Draft a version that begins later."
        ),
        "contest_without_plan": text("No plan of the year is in force when the contest begins. Activate one first."),
        "second_person": text("You proposed it, or it is about you. A second person decides."),
        "already_approved": text("It was approved already; that stands."),
        "already_rejected": text("It was rejected already; that stands."),
        "already_accepted": text("It was accepted already; that stands."),
        "already_refused": text("It was refused already; that stands."),
        "bad_day": text("The day lies before the proposal, or too far ahead."),
        "period_closed": text("The month of this day is closed. Take a day after it."),
        "no_plan_in_force": text("No plan is in force on this day, so that its month is in no statement."),
        "outcome_without_points": text(
            "Who accepts says how many points the line changes by; who refuses changes none."
        ),
        "below_nothing": text("No more can be undone than the line says."),
        "taken_back": text("The credit was taken back for ever. Have its cause corrected, or propose an award."),
    },
}
