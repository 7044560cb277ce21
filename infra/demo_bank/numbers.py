"""Identity and registration numbers with valid check digits, and telephone numbers that reach nobody."""

from datetime import date

from infra.demo_bank.dice import Dice

DISTRICT = "330599"
"""A district that does not exist, in a city that does: nobody's number can come out."""
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def id_number(dice: Dice, born: date) -> str:
    """A resident's number, 18 digits, check digit after GB 11643."""
    body = f"{DISTRICT}{born:%Y%m%d}{dice.number(1, 999):03}"
    return body + resident_check(body)


def resident_check(body: str) -> str:
    """The 18th digit (ISO 7064 MOD 11-2); 10 is written X."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return "10X98765432"[total % 11]


def credit_code(dice: Dice) -> str:
    """A company's unified social credit code, 18 places, check digits after GB 11714 and GB 32100."""
    organisation = "MA" + "".join(str(dice.number(0, 9)) for _ in range(6))
    body = f"91{DISTRICT}{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)


def organisation_check(body: str) -> str:
    total = sum(int(char, 36) * weight for char, weight in zip(body, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_check(body: str) -> str:
    total = sum(CREDIT_ALPHABET.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def mobile_phone(dice: Dice) -> str:
    """Eleven digits of the range 142, which no person's telephone has."""
    return f"142{dice.number(0, 99_999_999):08}"


def company_phone(dice: Dice) -> str:
    """Of Huzhou's area; no telephone there begins with 1."""
    return f"0572-1{dice.number(0, 999_999):06}"
