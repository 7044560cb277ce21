"""What products are called, by the kind of customer that they are for."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

Words = Mapping[str, Any]

COMPANY_PRODUCTS: Words = {
    "settlement": text("Corporate settlement account"),
    "payroll": text("Payroll service"),
    "corporate_ebank": text("Corporate e-banking"),
    "online_reconciliation": text("Online reconciliation"),
}
PERSON_PRODUCTS: Words = {
    "mobile": text("Mobile banking"),
    "online": text("Online banking"),
    "telephone": text("Telephone banking"),
    "now": text("NOW account"),
    "mmda": text("Money market deposit account"),
    "term_deposit": text("Term deposit"),
    "personal_loan": text("Personal loan"),
    "mortgage": text("Mortgage"),
    "education_loan": text("Education loan"),
    "investment_trust": text("Investment trust"),
    "debit_card": text("Debit card"),
    "credit_card": text("Credit card"),
}
PRODUCTS: Words = {**COMPANY_PRODUCTS, **PERSON_PRODUCTS}


def products_for(customer_kind: str) -> Words:
    """What may be sold to a company, or to a person."""
    return COMPANY_PRODUCTS if customer_kind == "company" else PERSON_PRODUCTS
