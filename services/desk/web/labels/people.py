"""What roles, lines, customers and their relationships are called."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as text

WORDS: Mapping[str, Mapping[str, Any]] = {
    "line": {
        "corporate": text("Corporate"),
        "retail": text("Retail"),
        "cards": text("Cards"),
        "credit": text("Credit"),
        "international": text("International business"),
        "settlement": text("Settlement"),
        "ebanking": text("E-banking"),
        "technology": text("Technology"),
    },
    "customer": {"company": text("Company"), "person": text("Person")},
    "role": {
        "corporate": text("Corporate customer manager"),
        "retail": text("Retail customer manager"),
        "branch": text("Branch staff"),
        "product": text("Product manager"),
        "compliance": text("Compliance officer"),
        "designer": text("Incentive designer"),
        "approver": text("Incentive approver"),
        "hr": text("HR officer"),
        "ops": text("Operations"),
        "auditor": text("Auditor"),
    },
    "part": {
        "branch": text("Branch manager"),
        "outlet_head": text("Head of the outlet"),
        "maker": text("Branch staff: opens what was sold"),
        "checker": text("Branch staff: checks what was opened"),
        "caller": text("Branch staff: calls the customer back"),
        "second_compliance_officer": text("Compliance officer, the second"),
        "second_product_manager": text("Product manager, the second"),
        "second_ops": text("Operations, the second"),
    },
    "theme": {"auto": text("Look: as the system"), "light": text("Look: light"), "dark": text("Look: dark")},
    "relationship": {
        "employee": text("employee"),
        "owner": text("owner"),
        "legal_representative": text("legal representative"),
        "finance_staff": text("finance staff"),
        "supplier": text("supplier"),
        "buyer": text("buyer"),
    },
}
