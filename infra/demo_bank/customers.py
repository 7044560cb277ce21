"""200 companies and 5,000 people, who works for whom, who supplies whom, and who said that they may be spoken to."""

from dataclasses import dataclass
from datetime import date, timedelta

from infra.demo_bank import LAST_DAY
from infra.demo_bank.dice import Dice
from infra.demo_bank.names import company_names, person_name
from infra.demo_bank.network import Row, at_work, outlet_ids
from infra.demo_bank.numbers import company_phone, credit_code, id_number, mobile_phone

COMPANIES = 200
PEOPLE = 5_000
EMPLOYED = 4_540
"""The rest of the people have no employer who is known here."""
SUPPLY_EDGES = 260
TEXTILE_COMPANY = "C000001"
TEXTILE_NAME = "锦华纺织有限公司"
TEXTILE_OUTLET = "O01"
LINKED = 40
"""Exactly so many people are linked with the textile company: the first ones."""
LINKED_PEOPLE = tuple(f"P{number:06}" for number in range(1, LINKED + 1))
CONSENTING = 31
ENDED = 3
BORN = ((30, (1991, 2007)), (38, (1981, 1990)), (20, (1966, 1980)), (12, (1946, 1965)))


@dataclass(frozen=True)
class Customers:
    companies: list[Row]
    people: list[Row]
    relationships: list[Row]


def customers(seed: int, staff: list[Row]) -> Customers:
    companies = _companies(Dice(seed, "companies"), staff)
    employers = _employers(Dice(seed, "employers"))
    people = _people(Dice(seed, "people"), staff, companies, employers)
    return Customers(companies, people, _relationships(Dice(seed, "relationships"), companies, people, employers))


def company_id(number: int) -> str:
    return f"C{number:06}"


def person_id(number: int) -> str:
    return f"P{number:06}"


def _companies(dice: Dice, staff: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for number, name in enumerate(company_names(dice, COMPANIES, TEXTILE_NAME), 1):
        outlet = TEXTILE_OUTLET if number == 1 else dice.one_of(outlet_ids())
        known = number == 1 or dice.in_100(65)
        managers = at_work(staff, outlet, "corporate")
        rows.append(
            {
                "customer_id": company_id(number),
                "kind": "company",
                "name": name,
                "phone": company_phone(dice),
                "id_number": credit_code(dice),
                "birth_date": None,
                "outlet_id": outlet,
                "manager_id": managers[0] if number == 1 else dice.one_of(managers) if known else None,
                "consent_marketing": number == 1 or dice.in_100(90),
                "corporate_customer": known,
                "business_date": LAST_DAY,
            }
        )
    return rows


def _employers(dice: Dice) -> list[int]:
    """The employer's number of each person in turn, 0 for none: a few companies employ many, most a few."""
    sizes = [(max(1, 400 // (rank + 3)), number) for rank, number in enumerate(dice.some(range(2, COMPANIES + 1), 999))]
    employers = [1] * LINKED + [dice.weighted(sizes) for _ in range(EMPLOYED - LINKED)]
    return employers + [0] * (PEOPLE - EMPLOYED)


def _people(dice: Dice, staff: list[Row], companies: list[Row], employers: list[int]) -> list[Row]:
    rows: list[Row] = []
    for number, employer in enumerate(employers, 1):
        first, last = dice.weighted(BORN)
        born = dice.day(date(first, 1, 1), date(last, 12, 31))
        near = employer and dice.in_100(82)
        outlet = str(companies[employer - 1]["outlet_id"]) if near else dice.one_of(outlet_ids())
        rows.append(
            {
                "customer_id": person_id(number),
                "kind": "person",
                "name": person_name(dice),
                "phone": mobile_phone(dice),
                "id_number": id_number(dice, born),
                "birth_date": born,
                "outlet_id": outlet,
                "manager_id": dice.one_of(at_work(staff, outlet, "retail")) if dice.in_100(35) else None,
                "consent_marketing": number <= CONSENTING or dice.in_100(85),
                "corporate_customer": False,
                "business_date": LAST_DAY,
            }
        )
    return rows


def _relationships(dice: Dice, companies: list[Row], people: list[Row], employers: list[int]) -> list[Row]:
    rows = [_textile_edge(dice, number, people[number - 1]) for number in range(1, LINKED + 1)]
    clerks: dict[int, int] = {}
    for number, employer in enumerate(employers[LINKED:EMPLOYED], LINKED + 1):
        clerks[employer] = clerks.get(employer, 0) + 1
        kind = "finance_staff" if clerks[employer] <= 2 else "employee"
        person = people[number - 1]
        willing = person["consent_marketing"] and dice.in_100(94)
        rows.append(_edge(dice, company_id(employer), person, kind, willing, ended=dice.in_100(4)))
    for company in range(2, COMPANIES + 1):
        rows += _leaders(dice, company, people)
    return rows + _supply(dice, companies)


def _textile_edge(dice: Dice, number: int, person: Row) -> Row:
    """The first 31 consent and work there still; of the others some left, and some did not consent."""
    kinds = {1: "legal_representative", 2: "owner", 3: "finance_staff", 4: "finance_staff"}
    ended = CONSENTING < number <= CONSENTING + ENDED
    consent = number <= CONSENTING + ENDED
    return _edge(dice, TEXTILE_COMPANY, person, kinds.get(number, "employee"), consent, ended=ended)


def _leaders(dice: Dice, company: int, people: list[Row]) -> list[Row]:
    """Who represents it by law, and who owns it: often the same person."""
    others = people[LINKED:]
    represents = dice.one_of(others)
    owns = represents if dice.in_100(60) else dice.one_of(others)
    edges = (("legal_representative", represents), ("owner", owns))
    return [
        _edge(dice, company_id(company), person, kind, dice.in_100(80), ended=dice.in_100(2)) for kind, person in edges
    ]


def _supply(dice: Dice, companies: list[Row]) -> list[Row]:
    """Suppliers and buyers; the textile company has three of each."""
    partners = dice.some(range(1, COMPANIES), 6)
    pairs = {(0, other): kind for other, kind in zip(partners, ["supplier", "buyer"] * 3, strict=True)}
    while len(pairs) < SUPPLY_EDGES:
        pair = (dice.number(1, COMPANIES - 1), dice.number(1, COMPANIES - 1))
        if pair[0] != pair[1] and pair not in pairs:
            pairs[pair] = dice.one_of(("supplier", "buyer"))
    return [
        _edge(dice, company_id(one + 1), companies[other], kind, dice.in_100(80), ended=dice.in_100(4))
        for (one, other), kind in pairs.items()
    ]


SOURCES = {
    "employee": "payroll list",
    "finance_staff": "manager's note",
    "owner": "business register",
    "legal_representative": "business register",
    "supplier": "supply contract",
    "buyer": "supply contract",
}


def _edge(dice: Dice, from_id: str, to: Row, kind: str, consent: bool, *, ended: bool) -> Row:
    """Nobody works before they are of age."""
    begins = date(2015, 1, 1) if to["birth_date"] is None else max(date(2015, 1, 1), of_age(to["birth_date"]))
    valid_from = dice.day(begins, date(2024, 12, 31))
    return {
        "from_id": from_id,
        "to_id": to["customer_id"],
        "kind": kind,
        "valid_from": valid_from,
        "valid_to": dice.day(max(valid_from, date(2025, 1, 1)), date(2026, 7, 31)) if ended else None,
        "source": SOURCES[kind],
        "confidence_bps": 10_000 if SOURCES[kind] == "business register" else dice.number(14, 19) * 500,
        "consent": consent,
        "business_date": LAST_DAY,
    }


def of_age(born: date) -> date:
    """The day on which somebody is 18, or the one after it."""
    return born + timedelta(days=18 * 365 + 5)
