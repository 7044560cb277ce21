"""What compliance says by code: states, the rules of a check, papers, patterns, and its refusals."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

RULES: Mapping[str, Any] = {
    "C1.papers": text("The papers are complete"),
    "C1.two_operators": text("Two different operators made and checked it"),
    "C1.representative_confirmed": text("The legal representative confirmed the authorisation"),
    "C1.call_back_by_another": text("Somebody other than the seller called back"),
    "C1.daily_limit": text("The daily limit is within bounds"),
    "C1.certificate_in_person": text("The certificate was handed to the customer in person"),
    "C1.other": text("Something else that only a person sees"),
    "C2.checker_not_seller": text("The second operator is not the seller"),
    "C2.checker_independent": text("The second operator does not report to the seller"),
    "C2.officer_independent": text("The officer is independent of the sale"),
}
"""What each rule of a check asks for."""
REFUSABLE = (
    "C1.papers",
    "C1.two_operators",
    "C1.representative_confirmed",
    "C1.call_back_by_another",
    "C1.daily_limit",
    "C1.certificate_in_person",
    "C1.other",
    "C2.checker_independent",
)
"""The rules that an officer may refuse by, as compliance takes them."""

WORDS: Mapping[str, Mapping[str, Any]] = {
    "check": RULES,
    "opening_state": {
        "waiting": text("Waits for the check"),
        "cleared": text("Cleared"),
        "refused": text("Refused"),
        "all": text("All states"),
    },
    "alert_state": {
        "open": text("Open alert"),
        "confirmed": text("Confirmed"),
        "dismissed": text("Dismissed"),
        "all": text("All states"),
    },
    "sample_state": {
        "unsettled": text("Anything to do"),
        "to_inspect": text("To inspect"),
        "to_remedy": text("To remedy"),
        "overdue": text("Overdue remedies"),
        "all": text("All samples"),
    },
    "inspected": {
        "to_inspect": text("To inspect"),
        "in_order": text("In order"),
        "to_remedy": text("To remedy"),
        "remedied": text("Remedied"),
        "overdue": text("Remedy overdue"),
    },
    "pattern": {
        "burst": text("Burst at the limit"),
        "round_trip": text("Round trip"),
        "pass_through": text("Fast pass-through"),
        "unauthenticated_activation": text("Activated without the customer"),
        "shared_device": text("One device, many customers"),
        "shared_phone": text("One telephone number, many customers"),
        "new_device_registration": text("Registered from a device never seen"),
        "period_end_spike": text("Rush at the end of the month"),
    },
    "pattern_means": {
        "burst": text("Several transfers close to the limit of one, shortly after each other."),
        "round_trip": text("The first money in left again soon: it may only have put the account to use."),
        "pass_through": text("Money comes in and goes on to somebody else at once, again and again."),
        "unauthenticated_activation": text("The first use was not authenticated by the customer."),
        "shared_device": text("Several customers sign in from the same device."),
        "shared_phone": text("Several customers have the same telephone number."),
        "new_device_registration": text("Soon after the opening, somebody registered from an unknown device."),
        "period_end_spike": text("The last days bring a large part of what was sold in the month."),
    },
    "subject": {
        "holding": text("Account"),
        "seller": text("Seller"),
        "device": text("Device"),
        "customer": text("Customer"),
        "telephone": text("Telephone number"),
    },
    "direction": {"in": text("Money in"), "out": text("Money out")},
    "paper": {
        "application": text("Application"),
        "business_licence": text("Business licence"),
        "legal_representative_id": text("Legal representative's identity card"),
        "authorisation": text("Authorisation"),
        "id_card": text("Identity card"),
    },
    "handed_to": {
        "customer": text("Handed to the customer in person"),
        "clerk": text("Kept by a clerk"),
        "none": text("None handed over"),
    },
    "refusal": {
        "officer_unknown": text(
            "The staff register does not know you, so it cannot be shown that you are independent of the sale. "
            "Have the staff data loaded."
        ),
        "officer_is_seller": text("You sold this. Who sells does not judge: another officer must decide."),
        "officer_took_part": text("You took part in this. Another officer must decide."),
        "officer_reports_to_seller": text("You report to the seller. Another officer must decide."),
        "checker_not_independent": text(
            "The second operator is not independent of the seller. Refuse the opening by that rule."
        ),
        "operator_unknown": text(
            "The staff register does not know who made it or who called back. Refuse the opening by that rule."
        ),
        "already_cleared": text("It was cleared meanwhile, and that stands."),
        "already_refused": text("It was refused meanwhile, and that stands."),
        "already_confirmed": text("The alert was confirmed meanwhile, and that stands."),
        "already_dismissed": text("The alert was dismissed meanwhile, and that stands."),
        "unknown_rule": text("An opening cannot be refused by this rule. Choose another."),
        "not_received": text("This opening was never asked for."),
        "not_in_sample": text("This opening is not in the sample."),
        "due_in_the_past": text("The day for the remedy is over already. Choose a later one."),
        "no_finding": text("Nothing was found here that asks for a remedy."),
        "another_unit": text("The sample is of another unit: who leads that one reports the remedy."),
    },
    "problem": {
        "Length must be between 1 and 64.": text("Say it in 1 to 64 letters."),
    },
    "field": {
        "rule": text("Rule"),
        "finding": text("Finding"),
        "remedy_due": text("To remedy by"),
        "remedy": text("Remedy"),
    },
}
