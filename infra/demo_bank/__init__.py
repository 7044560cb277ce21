"""A bank that never was, as the files that a bank would hand over: the same bytes for the same seed.

The business history ends on ``LAST_DAY``; the demonstration begins on the day after. Names, companies and numbers are
made up: identity numbers have valid check digits and a district that does not exist, telephone numbers reach nobody.
"""

from datetime import date

LAST_DAY = date(2026, 8, 31)
SEED = 7
"""The demonstration's own bank."""
