"""Why a rule says yes or no (rule B3)."""

from datetime import date

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """One condition of a rule, the fact that met it or did not, and the date of that fact."""

    condition: str
    holds: bool
    fact: str
    as_of: date | None
