"""Canonical values of compliance's tests: one opening of a company, its officers, and transfers near a limit."""

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from services.compliance.domain.independence import Reporting
from services.compliance.domain.opening import ReceiveOpening
from services.compliance.domain.watch import NoteTransfer
from services.compliance.events import Evidence, OpeningReceived, TransferSeen
from shared.core.recorded import Meta, Recorded

LEAD = "01jd"
OPENING = f"{LEAD}.corporate_ebank.1"
TODAY = date(2026, 3, 2)
SELLER, MAKER, CHECKER, CALLER = "C0003", "S0101", "S0102", "S0103"
PARTNER = "R0007"
SELLERS = (SELLER, PARTNER)
"""A joint lead's: who asked, and the co-owner."""
OFFICER = Reporting("K0001", known=True, superiors=("K0000", "M0001"))
INDEPENDENT = Reporting(CHECKER, known=True, superiors=("M0007",))
MADE, CALLED = Reporting(MAKER, known=True), Reporting(CALLER, known=True)
COMPANY = Evidence(
    papers=("application", "business_licence", "legal_representative_id", "authorisation"),
    maker_id=MAKER,
    checker_id=CHECKER,
    call_back_by=CALLER,
    call_back_confirmed=True,
    certificate_handed_to="customer",
    daily_limit_minor=100_000_000,
)
PERSON = Evidence(
    papers=("id_card", "application"),
    maker_id=MAKER,
    checker_id=CHECKER,
    call_back_by=None,
    call_back_confirmed=False,
    certificate_handed_to="none",
    daily_limit_minor=5_000_000,
)
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMIT = 2_000_000


def receive(evidence=COMPANY, product="corporate_ebank", kind="company", **changed):
    return ReceiveOpening(
        opening_id=OPENING,
        lead_id=LEAD,
        product=product,
        customer_id="C0001",
        customer_kind=kind,
        seller_id=SELLER,
        sellers=SELLERS,
        unit_id="O011",
        evidence=replace(evidence, **changed),
        on=TODAY,
    )


def received(evidence=COMPANY, **changed):
    return OpeningReceived(
        opening_id=OPENING,
        lead_id=LEAD,
        product="corporate_ebank",
        customer_id="C0001",
        customer_kind="company",
        seller_id=SELLER,
        sellers=SELLERS,
        unit_id="O011",
        evidence=replace(evidence, **changed),
        on=TODAY,
    )


def transfer(n, minutes=None, *, amount=LIMIT, limit=LIMIT, ref=OPENING):
    """The ``n``-th transfer, ten minutes after the one before unless ``minutes`` after nine says otherwise."""
    at = MORNING + timedelta(minutes=10 * n if minutes is None else minutes)
    return NoteTransfer(f"T{n}", "H1", ref, amount, limit, at, at.date())


def move(name, hours=0.0, amount=2_000_000, direction="in", *, ref=None, other=None):
    """Money in or out of H1, so many hours after nine; its limit is far away."""
    at = MORNING + timedelta(hours=hours)
    return NoteTransfer(name, "H1", ref, amount, 100 * amount, at, at.date(), direction, other)


def seen(command):
    return TransferSeen(
        command.transfer_id,
        command.holding_id,
        command.opening_ref,
        command.amount_minor,
        command.limit_minor,
        command.at,
        command.direction,
        command.counterparty,
    )


def recorded(event, stream="any-1", version=1, service="bundling"):
    return Recorded(
        service=service,
        stream=stream,
        version=version,
        partition=0,
        position=version,
        recorded_at=MORNING,
        event=event,
        meta=Meta(command_id=f"c{version}", actor="K0001"),
    )
