"""What compliance asks of an opening, and which patterns it watches for (rules C1, C2, C3). Data: a change is a
new version.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec

from services.compliance.events import Check, Evidence
from services.compliance.flows import PassThroughRules, RoundTripRules

CustomerKind = Literal["company", "person"]


class OpeningRules(msgspec.Struct, frozen=True):
    """``certified`` products come with a certificate. Limits are of a day, in minor units (分)."""

    papers: dict[CustomerKind, tuple[str, ...]]
    highest_limit_minor: dict[CustomerKind, int]
    electronic: tuple[str, ...]
    certified: tuple[str, ...]


class BurstRules(msgspec.Struct, frozen=True):
    """``transfers`` within ``window``, each of at least ``share_bps`` of its limit. Near-limit transfers are kept for
    ``memory``, so that a file that comes late still finds its neighbours.
    """

    transfers: int
    window: timedelta
    share_bps: int
    memory: timedelta

    def near(self, amount_minor: int, limit_minor: int) -> bool:
        return limit_minor > 0 and amount_minor * 10_000 >= limit_minor * self.share_bps


class SpikeRules(msgspec.Struct, frozen=True):
    """A month whose last ``days`` bring over ``share_bps`` of what was sold in it. Of fewer than ``least`` openings,
    nothing follows: the domain names no number, and one opening on the last day is no rush.
    """

    days: int
    share_bps: int
    least: int

    def rush(self, sold: Sequence[tuple[str, date]], month_end: date) -> tuple[str, ...]:
        """The openings of the last days where they are too many; () where they are not."""
        last = [opening for opening, day in sold if day > month_end - timedelta(days=self.days)]
        too_many = len(sold) >= self.least and len(last) * 10_000 > len(sold) * self.share_bps
        return tuple(sorted(last)) if too_many else ()


class DeviceRules(msgspec.Struct, frozen=True):
    """So many ``customers`` on one device are too many; a registration from a device that the customer was never seen
    with is an alert up to ``registration_days`` after the opening.
    """

    customers: int
    registration_days: int


class TelephoneRules(msgspec.Struct, frozen=True):
    """So many ``customers`` with one telephone number are too many."""

    customers: int


class RuleSet(msgspec.Struct, frozen=True):
    version: int
    effective_from: date
    opening: OpeningRules
    burst: BurstRules
    round_trip: RoundTripRules
    pass_through: PassThroughRules
    spike: SpikeRules
    device: DeviceRules
    telephone: TelephoneRules


RULE_SETS: tuple[RuleSet, ...] = (
    RuleSet(
        version=1,
        effective_from=date(2000, 1, 1),
        opening=OpeningRules(
            papers={
                "company": ("application", "business_licence", "legal_representative_id", "authorisation"),
                "person": ("application", "id_card"),
            },
            highest_limit_minor={"company": 500_000_000, "person": 20_000_000},
            electronic=("corporate_ebank", "online_reconciliation", "online", "telephone", "mobile"),
            certified=("corporate_ebank", "online"),
        ),
        burst=BurstRules(transfers=5, window=timedelta(hours=24), share_bps=9_500, memory=timedelta(days=30)),
        round_trip=RoundTripRules(window=timedelta(hours=48), share_bps=9_000, least_minor=10_000),
        pass_through=PassThroughRules(
            window=timedelta(hours=24),
            slack_bps=1_000,
            least_minor=1_000_000,
            pairs=3,
            span=timedelta(days=7),
            watch=timedelta(days=90),
            busy=100,
        ),
        spike=SpikeRules(days=3, share_bps=4_000, least=5),
        device=DeviceRules(customers=3, registration_days=3),
        telephone=TelephoneRules(customers=3),
    ),
)


def in_force(on: date) -> RuleSet:
    """The rules of a day; before the first set, the first."""
    begun = [rules for rules in RULE_SETS if rules.effective_from <= on]
    return begun[-1] if begun else RULE_SETS[0]


class Case(msgspec.Struct, frozen=True):
    """What is to be checked of one opening."""

    product: str
    customer_kind: CustomerKind
    sellers: tuple[str, ...]
    evidence: Evidence


def examine(case: Case, rules: OpeningRules) -> tuple[Check, ...]:
    """Everything that the papers alone can show, in the order in which a refusal names it."""
    checks = [_papers(case, rules), _two_operators(case)]
    if case.customer_kind == "company":
        checks += [_representative(case), _call_back(case)]
    return (*checks, _limit(case, rules), _certificate(case, rules), _checker(case))


def first_broken(checks: tuple[Check, ...]) -> Check | None:
    return next((check for check in checks if not check.held), None)


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
"""What an officer may name when refusing; ``C1.other`` for what only a person sees, told in the reason."""


def _papers(case: Case, rules: OpeningRules) -> Check:
    missing = [paper for paper in rules.papers[case.customer_kind] if paper not in case.evidence.papers]
    said = f"missing: {', '.join(missing)}" if missing else f"complete: {', '.join(rules.papers[case.customer_kind])}"
    return Check("C1.papers", not missing, said)


def _two_operators(case: Case) -> Check:
    maker, checker = case.evidence.maker_id, case.evidence.checker_id
    said = f"made by {maker}, checked by {checker}" if maker != checker else f"{maker} both made and checked it"
    return Check("C1.two_operators", maker != checker, said)


def _representative(case: Case) -> Check:
    confirmed = case.evidence.call_back_confirmed
    said = "confirmed" if confirmed else "not confirmed"
    return Check(
        "C1.representative_confirmed", confirmed, f"the authorisation was {said} with the legal representative"
    )


def _call_back(case: Case) -> Check:
    caller = case.evidence.call_back_by
    said = f"called back by {caller}" if caller else "nobody called back"
    if caller in case.sellers:
        said += ", who sold it"
    return Check("C1.call_back_by_another", caller is not None and caller not in case.sellers, said)


def _limit(case: Case, rules: OpeningRules) -> Check:
    """A channel needs a limit of its own; what is no channel may go without one."""
    limit, highest = case.evidence.daily_limit_minor, rules.highest_limit_minor[case.customer_kind]
    lowest = 1 if case.product in rules.electronic else 0
    return Check("C1.daily_limit", lowest <= limit <= highest, f"{limit} a day, allowed {lowest} to {highest} (分)")


def _certificate(case: Case, rules: OpeningRules) -> Check:
    """A clerk never keeps a customer's certificate (代客保管); products without one may say ``none``."""
    given = case.evidence.certificate_handed_to
    held = given == "customer" or (given == "none" and case.product not in rules.certified)
    said = {
        "customer": "the certificate was handed to the customer in person",
        "clerk": "a clerk keeps the customer's certificate",
        "none": "no certificate was handed over",
    }[given]
    return Check("C1.certificate_in_person", held, said)


def _checker(case: Case) -> Check:
    checker = case.evidence.checker_id
    sold = checker in case.sellers
    return Check("C2.checker_not_seller", not sold, f"{checker} {'sold it' if sold else 'did not sell it'}")
