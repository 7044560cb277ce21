"""The product catalogue (rule B1), as data: a changed product is a new version beside the old one, never an edit."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

import msgspec

Kind = Literal["account", "channel", "card", "loan", "investment", "service"]
Line = Literal["corporate", "retail", "ebanking", "cards", "credit", "international", "settlement", "technology"]
BEGINNING = date(2000, 1, 1)


class Product(msgspec.Struct, frozen=True):
    """Each group of ``prerequisites`` asks for one of its products; both ends of the effective dates are included."""

    code: str
    version: int
    name_zh: str
    name_en: str
    line: str
    kind: Kind
    electronic: bool = False
    prerequisites: tuple[tuple[str, ...], ...] = ()
    exclusions: tuple[str, ...] = ()
    effective_from: date = BEGINNING
    effective_to: date | None = None

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)


PERSONAL_ACCOUNTS = ("now", "mmda", "term_deposit", "debit_card", "credit_card")
SETTLEMENT = (("settlement",),)
A_PERSONAL_ACCOUNT = (PERSONAL_ACCOUNTS,)

CATALOGUE: tuple[Product, ...] = (
    Product("settlement", 1, "单位结算账户", "Corporate settlement account", "corporate", "account"),
    Product("payroll", 1, "代发工资", "Payroll service", "corporate", "service", prerequisites=SETTLEMENT),
    Product("corporate_ebank", 1, "企业网上银行", "Corporate e-banking", "ebanking", "channel", True, SETTLEMENT),
    Product(
        "online_reconciliation", 1, "网上对账", "Online reconciliation", "ebanking", "channel", True,
        prerequisites=(("corporate_ebank",),),
    ),
    Product("online", 1, "个人网上银行", "Online banking", "ebanking", "channel", True, A_PERSONAL_ACCOUNT),
    Product("telephone", 1, "电话银行", "Telephone banking", "ebanking", "channel", True, A_PERSONAL_ACCOUNT),
    Product("mobile", 1, "手机银行", "Mobile banking", "ebanking", "channel", True, A_PERSONAL_ACCOUNT),
    Product("now", 1, "活期支票账户", "NOW account", "retail", "account"),
    Product("mmda", 1, "货币市场存款账户", "Money market deposit account", "retail", "account"),
    Product("term_deposit", 1, "定期存款", "Term deposit", "retail", "account"),
    Product("personal_loan", 1, "个人贷款", "Personal loan", "credit", "loan"),
    Product("mortgage", 1, "住房按揭贷款", "Mortgage", "credit", "loan"),
    Product("education_loan", 1, "教育贷款", "Education loan", "credit", "loan"),
    Product("investment_trust", 1, "投资信托", "Investment trust", "retail", "investment"),
    Product("debit_card", 1, "借记卡", "Debit card", "cards", "card"),
    Product("credit_card", 1, "信用卡", "Credit card", "cards", "card"),
)  # fmt: skip

E_CHANNELS = tuple(product.code for product in CATALOGUE if product.electronic)


def find(code: str, on: date, catalogue: Sequence[Product] = CATALOGUE) -> Product | None:
    """The version of a product that is sold on a day: of those that have begun, the newest decides, its end too."""
    begun = [product for product in catalogue if product.code == code and product.effective_from <= on]
    newest = max(begun, key=lambda product: product.version, default=None)
    return newest if newest is not None and newest.in_force(on) else None


def sold(on: date, catalogue: Sequence[Product] = CATALOGUE) -> dict[str, Product]:
    """By code, what is sold on a day."""
    versions = {product.code: find(product.code, on, catalogue) for product in catalogue}
    return {code: product for code, product in versions.items() if product is not None}


def obstacles(product: Product, others: Collection[str]) -> list[str]:
    """Why a customer cannot have a product beside the ``others`` that they have or take with it; [] where they can."""
    missing = [group for group in product.prerequisites if not set(group) & set(others)]
    clashes = [code for code in product.exclusions if code in others]
    return [
        *(f"{product.code} needs {' or '.join(group)}" for group in missing),
        *(f"{product.code} cannot stand beside {code}" for code in clashes),
    ]
