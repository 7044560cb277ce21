"""How personal data look to every eye, and how telephone and identity numbers are written before they are compared."""

import re
import unicodedata

MOBILE = re.compile(r"1[0-9]{10}\Z")
SHORT = 7
"""A telephone number up to so long shows only its end."""


def masked_name(name: str) -> str:
    """王小明 → 王**, John Smith → J**."""
    return f"{name.strip()[:1]}**"


def masked_phone(phone: str) -> str:
    """13812348000 → 138****8000; a shorter one shows its last two digits."""
    digits = normal_phone(phone)
    return _hidden(digits, 3, 4) if len(digits) > SHORT else _hidden(digits, 0, 2)


def masked_id(id_number: str) -> str:
    """Its last four characters, or two of a short one: 330499198001010011 → **************0011."""
    plain = normal_id(id_number)
    return _hidden(plain, 0, 4 if len(plain) > SHORT else 2)


def normal_phone(text: str) -> str:
    """Digits alone: full-width ones are narrowed, spaces and dashes dropped, and the country code of China in any form
    (+86, 0086, or 86 before a mobile number). A landline behind it gets back the 0 that it lost.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[^0-9]", "", plain)
    national = digits.removeprefix("0086") if digits.startswith("0086") else digits.removeprefix("86")
    if national == digits:
        return digits
    if MOBILE.match(national):
        return national
    if plain.startswith("+") or digits.startswith("0086"):
        return national if national.startswith("0") else f"0{national}"
    return digits


def normal_id(text: str) -> str:
    """Letters and digits alone, narrow and upper-case: ３３０４９９ … ００１x → 330499…001X."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def _hidden(text: str, first: int, last: int) -> str:
    """At least half of it is hidden, whatever its length."""
    last = min(last, len(text) // 2)
    end = text[len(text) - last :]
    return f"{text[:first]}{'*' * (len(text) - first - last)}{end}"
