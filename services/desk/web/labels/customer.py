"""What is said of a customer by code: tiers, perks, neighbours, what may be unmasked and why, how a chain stands."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "tier": {"key": text("Key customer"), "level_1": text("Level 1"), "level_2": text("Level 2")},
    "composite": {
        "top": text("Top tier"),
        "middle": text("Middle tier"),
        "basic": text("Basic tier"),
        "none": text("No account"),
    },
    "perk": {
        "no_minimum": text("No minimum balance"),
        "better_rate": text("Better interest rate"),
        "no_card_fee": text("No card fee"),
        "no_atm_fee": text("No cash machine fee"),
    },
    "relationship": {"owns": text("company owned"), "represents": text("company represented")},
    "neighbour": {
        "employee": text("employer"),
        "owner": text("company owned"),
        "legal_representative": text("company represented"),
        "finance_staff": text("employer (finance)"),
        "supplier": text("buys from the customer"),
        "buyer": text("sells to the customer"),
    },
    "edge": {"valid": text("valid"), "ended": text("ended"), "to_come": text("to come")},
    "opportunity": {"open": text("In work"), "won": text("Won"), "withdrawn": text("Withdrawn")},
    "channel": {"branch": text("Branch"), "online": text("Online"), "phone": text("Phone")},
    "personal": {
        "name": text("Name"),
        "phone": text("Telephone"),
        "id_number": text("Identity number"),
        "birth_date": text("Date of birth"),
    },
    "unmask_reason": {
        "customer_contact": text("To reach the customer"),
        "opening_check": text("To check an opening"),
        "complaint": text("A complaint"),
        "investigation": text("An investigation"),
        "legal_request": text("A request by law"),
    },
    "field": {
        "fields": text("What to see"),
        "number": text("Number to look up"),
    },
    "refusal": {
        "may_not_unmask": text("Your role does not see this of the customer, or not for that reason. Ask compliance."),
        "look_is_over": text("This was shown on another day. To see it again, say again why."),
        "note_holds_personal_data": text("The note names the person or holds a number of theirs. Say why without who."),
        "customer_erased": text("The customer was erased: nothing personal of them is kept any more."),
    },
}
