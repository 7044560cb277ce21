"""What bundling does about facts: the bank's, other services', and its own."""

from services.bundling.reactions.fees import FEE_RUN_FACTS, ROUND, charge_fees
from services.bundling.reactions.offers import (
    BANK_FACTS,
    note_bank_facts,
    note_check,
    note_declined,
    offer_won_products,
)
from services.bundling.reactions.trials import Offered, begin_trials, measure_trials

__all__ = [
    "BANK_FACTS",
    "FEE_RUN_FACTS",
    "ROUND",
    "Offered",
    "begin_trials",
    "charge_fees",
    "measure_trials",
    "note_bank_facts",
    "note_check",
    "note_declined",
    "offer_won_products",
]
