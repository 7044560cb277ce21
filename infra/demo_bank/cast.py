"""Who plays in the demonstration: found in the same seed's bank, and the demo's logins."""

from dataclasses import dataclass

from infra.demo_bank import SEED
from infra.demo_bank.customers import CONSENTING, LINKED_PEOPLE, TEXTILE_COMPANY, TEXTILE_NAME, TEXTILE_OUTLET
from infra.demo_bank.network import HEAD_OFFICE, Row, branch_of, staff


@dataclass(frozen=True)
class Player:
    staff_id: str
    name: str
    unit_id: str
    line: str
    role: str


@dataclass(frozen=True)
class Cast:
    """``maker`` and ``checker`` open what is sold; ``caller`` makes the call-back; none of them sells it. The
    ``second`` ones decide on what the first of their role proposed.
    """

    corporate_manager: Player
    retail_manager: Player
    maker: Player
    checker: Player
    caller: Player
    outlet_head: Player
    branch_manager: Player
    compliance_officer: Player
    second_compliance_officer: Player
    product_manager: Player
    second_product_manager: Player
    designer: Player
    approver: Player
    hr_officer: Player
    ops: Player
    second_ops: Player
    auditor: Player
    company_id: str = TEXTILE_COMPANY
    company_name: str = TEXTILE_NAME
    outlet_id: str = TEXTILE_OUTLET
    linked_people: tuple[str, ...] = LINKED_PEOPLE
    consenting_people: tuple[str, ...] = LINKED_PEOPLE[:CONSENTING]


def cast(seed: int = SEED) -> Cast:
    """The people of the story; the bank of another seed has the same numbers with other names."""
    rows = staff(seed)

    def player(unit_id: str, role: str, line: str, place: int = 0) -> Player:
        return _player(
            [row for row in rows if (row["unit_id"], row["role"], row["line"]) == (unit_id, role, line)][place]
        )

    return Cast(
        corporate_manager=player(TEXTILE_OUTLET, "corporate", "corporate"),
        retail_manager=player(TEXTILE_OUTLET, "retail", "retail"),
        maker=player(TEXTILE_OUTLET, "branch", "ebanking"),
        checker=player(TEXTILE_OUTLET, "branch", "ebanking", 1),
        caller=player(TEXTILE_OUTLET, "branch", "management"),
        outlet_head=player(TEXTILE_OUTLET, "branch", "management"),
        branch_manager=player(branch_of(TEXTILE_OUTLET), "branch", "management"),
        compliance_officer=player(HEAD_OFFICE, "compliance", "management", 1),
        second_compliance_officer=player(HEAD_OFFICE, "compliance", "management", 2),
        product_manager=player(HEAD_OFFICE, "product", "ebanking"),
        second_product_manager=player(HEAD_OFFICE, "product", "retail"),
        designer=player(HEAD_OFFICE, "designer", "management"),
        approver=player(HEAD_OFFICE, "approver", "management"),
        hr_officer=player(HEAD_OFFICE, "hr", "management"),
        ops=player(HEAD_OFFICE, "ops", "technology"),
        second_ops=player(HEAD_OFFICE, "ops", "technology", 1),
        auditor=player(HEAD_OFFICE, "auditor", "management"),
    )


def _player(row: Row) -> Player:
    return Player(**{field: str(row[field]) for field in ("staff_id", "name", "unit_id", "line", "role")})
