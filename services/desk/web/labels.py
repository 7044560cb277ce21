"""What codes are called, in the user's language. A code without a name here is shown as it is."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

Words = Mapping[str, Any]

COMPANY_PRODUCTS: Words = {
    "settlement": text("Corporate settlement account"),
    "payroll": text("Payroll service"),
    "corporate_ebank": text("Corporate e-banking"),
    "online_reconciliation": text("Online reconciliation"),
}
PERSON_PRODUCTS: Words = {
    "mobile": text("Mobile banking"),
    "online": text("Online banking"),
    "telephone": text("Telephone banking"),
    "now": text("NOW account"),
    "mmda": text("Money market deposit account"),
    "term_deposit": text("Term deposit"),
    "personal_loan": text("Personal loan"),
    "mortgage": text("Mortgage"),
    "education_loan": text("Education loan"),
    "investment_trust": text("Investment trust"),
    "debit_card": text("Debit card"),
    "credit_card": text("Credit card"),
}
PRODUCTS: Words = {**COMPANY_PRODUCTS, **PERSON_PRODUCTS}

WORDS: Mapping[str, Words] = {
    "product": PRODUCTS,
    "line": {"corporate": text("Corporate"), "retail": text("Retail")},
    "customer": {"company": text("Company"), "person": text("Person")},
    "role": {
        "corporate": text("Corporate customer manager"),
        "retail": text("Retail customer manager"),
        "branch": text("Branch staff"),
        "product": text("Product manager"),
        "compliance": text("Compliance officer"),
        "designer": text("Incentive designer"),
        "approver": text("Incentive approver"),
        "hr": text("HR officer"),
        "ops": text("Operations"),
        "auditor": text("Auditor"),
    },
    "state": {
        "opened": text("New"),
        "proposed": text("Split proposed"),
        "active": text("Active"),
        "qualified": text("Qualified"),
        "won": text("Won"),
        "lost": text("Lost"),
        "expired": text("Expired"),
        "merged": text("Merged"),
    },
    "source": {
        "branch": text("Branch"),
        "ebanking_advert": text("E-banking advert"),
        "sms": text("SMS"),
        "phone": text("Phone"),
        "campaign": text("Campaign"),
        "target_list": text("Claimed target list"),
        "linkage": text("Linkage"),
    },
    "relationship": {
        "employee": text("employee"),
        "owner": text("owner"),
        "legal_representative": text("legal representative"),
        "finance_staff": text("finance staff"),
        "supplier": text("supplier"),
        "buyer": text("buyer"),
    },
    "routing": {
        "L3.opener": text("Opened the lead"),
        "L3.winner": text("Won the lead that this one follows from"),
        "L3.roster": text("Goes to a manager of the customer's outlet"),
        "L3.dealt": text("Dealt to a manager of the customer's outlet"),
        "L3.invited": text("Invited by the other side"),
        "L3.claimed": text("Claimed from the queue"),
        "L3.none": text("No rule matched: waits at the customer's outlet"),
        "L4.merged": text("Owns a lead that was merged into this one"),
        "L6.key": text("Key customer: goes to their own manager"),
        "L6.electronic": text("Goes to the electronic channel"),
        "L2.joined": text("Joined with a line of its own"),
        "L7.missed": text("The first contact was missed: waits at the customer's outlet"),
        "L9.handover": text("Handed over by whoever had it before"),
        "L9.unhanded": text("Went back to the queue: its owner left, and nobody was named"),
    },
    "lost": {
        "price": text("Price"),
        "competitor": text("Went to a competitor"),
        "no_need": text("No need"),
        "no_contact": text("Could not be reached"),
        "not_eligible": text("Not eligible"),
        "compliance": text("Compliance"),
        "duplicate": text("Duplicate"),
        "other": text("Other"),
    },
    "expired": {
        "held_before_win": text("The customer had the product before"),
        "link_released": text("The relationship ended, or consent is missing"),
        "link_ended": text("The relationship has ended"),
        "other_kind": text("The customer is not of the kind that the rule is for"),
        "corporate_customer": text("The company became a corporate customer by another way"),
        "erased": text("The customer's data were erased"),
    },
    "refusal": {
        "lead_merged": text("The lead was merged into another. Work on that one."),
        "lead_ended": text("The lead has ended. Open a new one for a new need."),
        "lead_not_active": text("The lead is not active yet: both sides must accept the split first."),
        "not_the_proposal": text("Another split was proposed meanwhile. Read it, then decide."),
        "not_your_side": text("Only the owner of this side may accept for it."),
        "not_an_owner": text("Only an owner of the lead may do this."),
        "side_taken": text("Somebody else took this side of the lead already."),
        "not_your_queue": text("The lead waits in the queue of another unit."),
        "two_owners_needed": text("You own the other side of this lead; it takes two people."),
        "before_opening": text("The date lies before the day on which the lead was opened."),
        "won_stays_won": text("What is won stays won. Open a new lead for a new need."),
        "wrong_role": text("Your role may not do this."),
        "no_unit": text("You belong to no unit, so nothing can be claimed for it."),
        "not_found": text("There is no such lead any more."),
        "idempotency_key_reused": text("This form was sent before with other content. Send it again as it is now."),
        "too_many_requests": text("Too many requests at once. Wait a moment, then send it again."),
    },
    "item": {
        "requested": text("Opening requested"),
        "cleared": text("Cleared by compliance"),
        "refused": text("Refused by compliance"),
        "opened": text("Account opened"),
        "activated": text("Activated"),
        "active": text("In active use"),
        "dormant": text("Dormant"),
        "closed": text("Closed"),
    },
    "statement": {
        "period": text("Month's close"),
        "adjustment": text("Adjustment"),
        "contest": text("Contest"),
    },
    "entry": {
        "pending": text("Pending"),
        "vested": text("Vested"),
        "reversed": text("Reversed"),
        "held": text("Held"),
        "released": text("Released"),
        "adjusted": text("Adjusted"),
        "awarded": text("Awarded"),
        "penalised": text("Penalised"),
    },
    "indicator": {
        "payroll_active": text("Payroll service in use"),
        "corporate_ebank_active": text("Corporate e-banking in use"),
        "reconciliation_active": text("Online reconciliation in use"),
        "settlement_active": text("Settlement account in use"),
        "mobile_active": text("Mobile banking in use"),
        "online_active": text("Online banking in use"),
        "telephone_active": text("Telephone banking in use"),
        "work_log": text("Work log"),
        "award": text("Award or penalty"),
    },
}


ABOUT = {".team": text("%(indicator)s: my people's"), ".completion": text("%(indicator)s: completion")}
"""What the end of an indicator's name adds to it."""


def label(kind: str, code: str) -> str:
    """The name of a code of a kind, such as ``label("state", "won")``."""
    return indicator(code) if kind == "indicator" else str(WORDS[kind].get(code, code))


def indicator(code: str) -> str:
    """``autumn:mobile_active.team``: of the contest *autumn*, what rolled up of mobile banking in use."""
    contest, _, rest = code.rpartition(":")
    end = next((end for end in ABOUT if rest.endswith(end)), "")
    name = str(WORDS["indicator"].get(rest.removesuffix(end), rest.removesuffix(end)))
    told = str(ABOUT[end]) % {"indicator": name} if end else name
    return f"{contest} · {told}" if contest else told


def products_for(customer_kind: str) -> Words:
    """What may be sold to a company, or to a person."""
    return COMPANY_PRODUCTS if customer_kind == "company" else PERSON_PRODUCTS
