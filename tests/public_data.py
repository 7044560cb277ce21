"""Public data sets that some tests use: beside the checkout, or where ``LIANDONG_DATA`` says. Without them such tests
are skipped.
"""

import os
from pathlib import Path

DATA = Path(os.environ.get("LIANDONG_DATA", Path(__file__).parents[2] / "shared" / "data"))
BERKA_DATA = DATA / "berka"
"""PKDD'99: accounts, cards, loans and transactions of a Czech bank."""
CONTACTS = DATA / "bank-marketing" / "contacts.csv"
"""UCI Bank Marketing (Moro, Cortez, Rita 2014): telephone contacts of a Portuguese bank, and their outcome."""
