"""The independent check of one opening (rules C1, C2): the papers may refuse it at once, only an officer clears it."""

from datetime import date
from typing import Literal, assert_never

import msgspec
from msgspec.structs import replace

from services.compliance import rules
from services.compliance.domain.independence import Reporting, require_independent, seller_over
from services.compliance.events import Check, Evidence, OpeningCleared, OpeningReceived, OpeningRefused
from services.compliance.rules import Case
from shared.core.decider import Command, Decider
from shared.core.errors import RuleBroken


class ReceiveOpening(Command, frozen=True):
    opening_id: str
    lead_id: str
    product: str
    customer_id: str
    customer_kind: Literal["company", "person"]
    seller_id: str
    sellers: tuple[str, ...]
    unit_id: str
    evidence: Evidence
    on: date


class ClearOpening(Command, frozen=True):
    """``maker``, ``checker`` and ``caller`` are the operators of the evidence as the staff register has them: whom the
    checker reports to counts as well. ``caller`` is None where nobody called back.
    """

    officer: Reporting
    maker: Reporting
    checker: Reporting
    caller: Reporting | None
    on: date


class RefuseOpening(Command, frozen=True):
    officer: Reporting
    rule: str
    reason: str
    on: date


OpeningCommand = ReceiveOpening | ClearOpening | RefuseOpening
OpeningEvent = OpeningReceived | OpeningCleared | OpeningRefused


class Opening(msgspec.Struct, frozen=True):
    status: Literal["unknown", "waiting", "cleared", "refused"] = "unknown"
    received: OpeningReceived | None = None

    @property
    def request(self) -> OpeningReceived:
        if self.received is None:
            raise RuleBroken("not_received", "This opening was never asked for", rule="C1")
        return self.received


def decide(opening: Opening, command: OpeningCommand) -> list[OpeningEvent]:
    match command:
        case ReceiveOpening():
            return [] if opening.received else _receive(command)
        case ClearOpening():
            if opening.status == "cleared":
                return []
            _still_waiting(opening)
            return [_clear(opening.request, command)]
        case RefuseOpening():
            if opening.status == "refused":
                return []
            _still_waiting(opening)
            return [_refuse(opening.request, command)]
        case _:
            assert_never(command)


def evolve(opening: Opening, event: OpeningEvent) -> Opening:
    match event:
        case OpeningReceived():
            return replace(opening, status="waiting", received=event)
        case OpeningCleared():
            return replace(opening, status="cleared")
        case OpeningRefused():
            return replace(opening, status="refused")
        case _:
            assert_never(event)


OPENING: Decider[Opening, OpeningCommand] = Decider("opening", Opening(), decide, evolve)


def _still_waiting(opening: Opening) -> None:
    if opening.status in {"cleared", "refused"}:
        message = f"Opening {opening.request.opening_id} was {opening.status} already; that stands"
        raise RuleBroken(f"already_{opening.status}", message, rule="C1")


def _receive(command: ReceiveOpening) -> list[OpeningEvent]:
    received = OpeningReceived(**msgspec.structs.asdict(command))
    checks = _examined(received)
    broken = rules.first_broken(checks)
    if broken is None:
        return [received]
    refused = OpeningRefused(
        opening_id=command.opening_id,
        lead_id=command.lead_id,
        product=command.product,
        rule=broken.rule,
        reason=broken.said,
        checks=checks,
        officer_id=None,
        on=command.on,
    )
    return [received, refused]


def _examined(received: OpeningReceived) -> tuple[Check, ...]:
    case = Case(received.product, received.customer_kind, received.sellers, received.evidence)
    return rules.examine(case, rules.in_force(received.on).opening)


def _clear(received: OpeningReceived, command: ClearOpening) -> OpeningCleared:
    officer, checker = command.officer, command.checker
    require_independent(officer, received.sellers, others=(received.evidence.maker_id,))
    _require_known(received, command)
    over = seller_over(checker, received.sellers)
    if not checker.known or over:
        why = f"reports to the seller {over}" if checker.known else "is not in the staff register"
        message = f"The second operator {checker.staff_id} {why}; refuse it with C2.checker_independent"
        raise RuleBroken("checker_not_independent", message, rule="C2")
    independent = (
        Check("C2.checker_independent", True, f"{checker.staff_id} reports to no seller"),
        Check("C2.officer_independent", True, f"{officer.staff_id} neither sold it, made it nor reports to a seller"),
    )
    return OpeningCleared(
        opening_id=received.opening_id,
        lead_id=received.lead_id,
        product=received.product,
        checks=(*_examined(received), *independent),
        officer_id=officer.staff_id,
        on=command.on,
    )


def _require_known(received: OpeningReceived, command: ClearOpening) -> None:
    """Only of people whom the register knows can it be said that they are different ones: a name that is written in
    another way is not another person.
    """
    operators = {"C1.two_operators": command.maker}
    if received.customer_kind == "company" and command.caller is not None:
        operators["C1.call_back_by_another"] = command.caller
    for rule, operator in operators.items():
        if not operator.known:
            message = f"The operator {operator.staff_id} is not in the staff register; refuse it with {rule}"
            raise RuleBroken("operator_unknown", message, rule="C1")


def _refuse(received: OpeningReceived, command: RefuseOpening) -> OpeningRefused:
    require_independent(command.officer, received.sellers, others=(received.evidence.maker_id,))
    if command.rule not in rules.REFUSABLE:
        message = f"{command.rule} is no rule to refuse by; name one of {', '.join(rules.REFUSABLE)}"
        raise RuleBroken("unknown_rule", message, rule="C1")
    return OpeningRefused(
        opening_id=received.opening_id,
        lead_id=received.lead_id,
        product=received.product,
        rule=command.rule,
        reason=command.reason,
        checks=(*_examined(received), Check(command.rule, False, command.reason)),
        officer_id=command.officer.staff_id,
        on=command.on,
    )
