"""A customer as rows tell of them, until they are erased; and each look at what is sealed of them (rule R5)."""

from datetime import date
from typing import assert_never

import msgspec

from services.registry.domain.rows import Fact, Known, RecordRow, decide_row, evolve_row
from services.registry.events import CustomerErased, CustomerRecorded, CustomerUnmasked
from services.registry.rules.unmasking import Scope, in_force
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken


class EraseCustomer(Command, frozen=True):
    """``reason`` is for people, and names nobody."""

    customer_id: str
    reason: str


class Customer(msgspec.Struct, frozen=True):
    known: Known = Known()
    erased: bool = False


class UnmaskCustomer(Command, frozen=True):
    """``scopes`` is how near the asker stands to the customer; ``erased`` and they come from registry's own log."""

    unmasking_id: str
    customer_id: str
    fields: tuple[str, ...]
    reason: str
    note: str
    staff_id: str
    roles: tuple[str, ...]
    scopes: frozenset[Scope]
    on: date


class Unmasking(msgspec.Struct, frozen=True):
    """``on`` is the day of the look; None before it."""

    on: date | None = None


def decide_customer(state: Customer, command: RecordRow | EraseCustomer) -> list[Fact | CustomerErased]:
    match command:
        case RecordRow() if state.erased:
            raise erased()
        case RecordRow():
            return [*decide_row(state.known, command)]
        case EraseCustomer() if state.erased:
            return []
        case EraseCustomer(customer_id=customer_id, reason=reason):
            newest = state.known.facts[-1] if state.known.facts else None
            if isinstance(newest, CustomerRecorded) and newest.kind == "company":
                raise RuleBroken(
                    "not_a_person",
                    f"{customer_id} is a company: its name is no personal data, and stays. Erase people.",
                    rule="R5",
                )
            return [CustomerErased(customer_id, reason)]
        case _:
            assert_never(command)


def evolve_customer(state: Customer, event: Fact | CustomerErased) -> Customer:
    match event:
        case CustomerErased():
            return msgspec.structs.replace(state, erased=True)
        case _:
            return msgspec.structs.replace(state, known=evolve_row(state.known, event))


def decide_unmasking(state: Unmasking, command: UnmaskCustomer) -> list[CustomerUnmasked]:
    """Who may see what, for which reason, is data of the rule version in force on the day of the asking. A repeat is
    asked the same: what was shown once may not be theirs to see any more, nor be what it was.
    """
    rules = in_force(command.on)
    why_not = rules.refusal(command.roles, command.scopes, command.fields, command.reason)
    if why_not is not None:
        raise RuleBroken("may_not_unmask", why_not, rule="R5")
    if state.on is not None and state.on != command.on:
        message = f"this look was on {state.on}, and each look is noted: take a new Idempotency-Key to look again"
        raise RuleBroken("look_is_over", message, rule="R5")
    if state.on is not None:
        return []
    return [
        CustomerUnmasked(
            unmasking_id=command.unmasking_id,
            customer_id=command.customer_id,
            fields=command.fields,
            reason=command.reason,
            note=command.note,
            staff_id=command.staff_id,
            roles=command.roles,
            on=command.on,
            rules_version=rules.version,
        )
    ]


def evolve_unmasking(state: Unmasking, event: CustomerUnmasked) -> Unmasking:
    match event:
        case CustomerUnmasked(on=on):
            return msgspec.structs.replace(state, on=on)
        case _:
            assert_never(event)


def erased() -> RuleBroken:
    return RuleBroken(
        "customer_erased", "the customer was erased: nothing personal of them is kept or taken in any more", rule="R5"
    )


CUSTOMER: Decider[Customer, RecordRow | EraseCustomer] = Decider(
    "customer", Customer(), decide_customer, evolve_customer
)
UNMASKING: Decider[Unmasking, UnmaskCustomer] = Decider("unmasking", Unmasking(), decide_unmasking, evolve_unmasking)
