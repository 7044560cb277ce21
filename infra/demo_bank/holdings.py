"""What customers have: some 9,000 holdings, what stands on them at the month's end, and how they were used."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from infra.demo_bank import LAST_DAY
from infra.demo_bank.customers import CONSENTING, LINKED_PEOPLE, TEXTILE_COMPANY, Customers, of_age
from infra.demo_bank.dice import Dice
from infra.demo_bank.network import Row

MONEY = ("now", "mmda", "term_deposit", "investment_trust", "personal_loan", "mortgage", "education_loan", "settlement")
CHANNELS = ("online", "mobile", "telephone", "corporate_ebank", "online_reconciliation")
OF_PERSON = {
    "now": 77, "debit_card": 12, "mmda": 10, "term_deposit": 14, "investment_trust": 6, "personal_loan": 5,
    "mortgage": 6, "education_loan": 1, "credit_card": 12, "online": 14, "telephone": 6,
}  # fmt: skip
OF_COMPANY = {"settlement": 90, "term_deposit": 35, "corporate_ebank": 35, "payroll": 25, "online_reconciliation": 20}
MOBILE_BY_AGE = ((35, 30), (46, 18), (200, 5))
LINKED_WITH_MOBILE = 8
"""Of the consenting people of the textile company; the others are whom its win can bring."""
BALANCES = (
    (34, (5_00, 2_000_00)),
    (30, (2_000_00, 10_000_00)),
    (1, (10_000_00, 10_000_00)),
    (18, (10_000_00, 25_000_00)),
    (1, (25_000_00, 25_000_00)),
    (13, (25_000_00, 200_000_00)),
    (3, (200_000_00, 2_000_000_00)),
)
DAYS_OF_USE = ((38, (9, 20)), (30, (1, 4)), (32, (0, 0)))
HISTORY_DAYS = 60
TRANSFERS = 300
LIMIT_MINOR = 20_000_00
CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Held:
    holdings: list[Row]
    balances: list[Row]
    activity: list[Row]
    transfers: list[Row]


def held(seed: int, customers: Customers) -> Held:
    holdings = _holdings(Dice(seed, "holdings"), customers)
    open_ones = [row for row in holdings if row["closed_on"] is None]
    activity = _activity(Dice(seed, "activity"), open_ones)
    return Held(
        holdings=holdings,
        balances=_balances(Dice(seed, "balances"), open_ones),
        activity=activity,
        transfers=_transfers(Dice(seed, "transfers"), open_ones),
    )


def _holdings(dice: Dice, customers: Customers) -> list[Row]:
    rows: list[Row] = []
    for company in customers.companies:
        for product in _of_company(dice, company):
            rows.append(_holding(dice, len(rows) + 1, company, product, date(2012, 1, 1)))
    for number, person in enumerate(customers.people, 1):
        born = person["birth_date"]
        grown = max(date(2010, 1, 1), of_age(born))
        for product in _of_person(dice, number, LAST_DAY.year - born.year):
            rows.append(_holding(dice, len(rows) + 1, person, product, grown))
    return rows


def _of_company(dice: Dice, company: Row) -> Iterator[str]:
    if company["customer_id"] == TEXTILE_COMPANY:
        yield "term_deposit"
    elif company["corporate_customer"]:
        yield from (product for product, percent in OF_COMPANY.items() if dice.in_100(percent))


def _of_person(dice: Dice, number: int, age: int) -> Iterator[str]:
    yield from (product for product, percent in OF_PERSON.items() if dice.in_100(percent))
    likely = next(percent for under, percent in MOBILE_BY_AGE if age < under)
    wanted = dice.in_100(likely)
    if number <= CONSENTING:
        wanted = number in range(3, 3 * LINKED_WITH_MOBILE + 1, 3)
    if wanted:
        yield "mobile"


def _holding(dice: Dice, number: int, customer: Row, product: str, earliest: date) -> Row:
    opened = dice.day(earliest, date(2026, 7, 31))
    plays = customer["customer_id"] in (TEXTILE_COMPANY, *LINKED_PEOPLE)
    closed = not plays and opened < date(2025, 1, 1) and dice.in_100(3)
    return {
        "holding_id": f"H{number:06}",
        "customer_id": customer["customer_id"],
        "product": product,
        "unit_id": customer["outlet_id"],
        "opened_on": opened,
        "closed_on": dice.day(date(2025, 1, 1), date(2026, 7, 31)) if closed else None,
        "opening_ref": None,
        "business_date": LAST_DAY,
    }


def _balances(dice: Dice, holdings: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for holding in holdings:
        if holding["product"] in MONEY:
            least, most = dice.weighted(BALANCES)
            rows.append(
                {
                    "holding_id": holding["holding_id"],
                    "month": f"{LAST_DAY:%Y-%m}",
                    "balance_minor": dice.number(least, most),
                    "currency": "CNY",
                    "business_date": LAST_DAY,
                }
            )
    return rows


def _activity(dice: Dice, holdings: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for holding in holdings:
        if holding["product"] not in CHANNELS:
            continue
        history = [LAST_DAY - timedelta(days=back) for back in range(HISTORY_DAYS)]
        days = dice.some(
            [day for day in history if day >= holding["opened_on"]], dice.number(*dice.weighted(DAYS_OF_USE))
        )
        for day in sorted(days):
            uses = dice.number(1, 6)
            rows.append(
                {
                    "holding_id": holding["holding_id"],
                    "uses": uses,
                    "authenticated_uses": uses if dice.in_100(85) else dice.number(0, uses),
                    "business_date": day,
                }
            )
    return sorted(rows, key=lambda row: (str(row["business_date"]), str(row["holding_id"])))


def _transfers(dice: Dice, holdings: list[Row]) -> list[Row]:
    """Ordinary ones of the last month: none is near its limit."""
    channels = [row for row in holdings if row["product"] in {"online", "mobile", "corporate_ebank"}]
    moments = sorted(
        datetime.combine(
            dice.day(LAST_DAY.replace(day=1), LAST_DAY), time(dice.number(8, 20), dice.number(0, 59)), CHINA
        )
        for _ in range(TRANSFERS)
    )
    return [
        {
            "transfer_id": f"T{number:06}",
            "holding_id": dice.one_of(channels)["holding_id"],
            "amount_minor": dice.number(10_00, LIMIT_MINOR * 8 // 10),
            "limit_minor": LIMIT_MINOR,
            "currency": "CNY",
            "at": at.isoformat(),
            "business_date": at.date(),
        }
        for number, at in enumerate(moments, 1)
    ]
