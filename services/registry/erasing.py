"""Erases a person (rule R5): first the fact, so that no row brings them back, then the key, so that nothing is left."""

from collections.abc import Callable

from services.registry.domain.people import CUSTOMER, EraseCustomer
from services.registry.people import People
from shared.core.errors import RuleBroken
from shared.core.reaction import Intent
from shared.core.recorded import Meta


def erase(customer_id: str, reason: str, people: People, execute: Callable[[Intent, Meta], object], meta: Meta) -> None:
    """Raises ``NotFound``, ``RuleBroken`` for a company, for who was erased before, or where the reason names the
    person. Killed between the two steps, a second call finishes the first.
    """
    try:
        named = people.mentioned(customer_id, reason)
    except RuleBroken:
        if people.destroy(customer_id):
            return  # the fact was recorded before, and the key outlived it
        raise
    if named:
        raise RuleBroken(
            "reason_holds_personal_data", "the reason names the person, and is kept: say why without who", rule="R5"
        )
    execute(Intent(CUSTOMER, customer_id, EraseCustomer(customer_id, reason)), meta)
    people.destroy(customer_id)
