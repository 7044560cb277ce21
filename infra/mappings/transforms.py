"""The fixed set of transforms of a mapping. Each takes a text and gives one, or None for nothing.

=============  ==========================================  ==================================================
transform      argument                                    gives
=============  ==========================================  ==================================================
trim           true                                        without white space around it
upper, lower   true                                        in capitals, in small letters
prefix         text                                        the text before the value
suffix         text                                        the text after the value
take           number                                      its first characters
empty          list of texts                               nothing, where it is one of them
map            {text: text}                                what stands beside it; others what stands beside
                                                           ``"*"``, or themselves where that is missing
flag           list of texts                               ``true`` where it is one of them, else ``false``
date           ``YYYY-MM-DD``, ``DD.MM.YY``, …             ISO date; two-digit years are of ``century`` (see shape)
birth_number   true                                        ISO date of a Czech birth number, YYMMDD, women MM + 50
minor          number of decimals                          minor units of a decimal number with a point or comma
=============  ==========================================  ==================================================
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

Value = str | None
Transform = Callable[[Value], Value]
PARTS = {"YYYY": 4, "YY": 2, "MM": 2, "DD": 2}


class BadTransform(ValueError):
    """An unknown transform, or an argument that it does not take."""


def transform(name: str, argument: Any, century: int) -> Transform:
    """A transform ready for use. Raises ``BadTransform``."""
    make = _ALL.get(name)
    if make is None:
        raise BadTransform(f"there is no transform {name!r}; there are {', '.join(_ALL)}")
    kind, build = make
    if not isinstance(argument, kind) or (isinstance(argument, bool) and kind is int):
        raise BadTransform(f"{name} takes {_SAID[kind]}")
    return build(argument, century)


def _text(change: Callable[[str, Any], Value]) -> Callable[[Any, int], Transform]:
    """A transform of a text; nothing stays nothing."""
    return lambda argument, _century: lambda value: None if value is None else change(value, argument)


def _map(values: dict[Any, Any], _century: int) -> Transform:
    known = {str(key): constant(value) for key, value in values.items()}
    others = known.pop("*", None) if "*" in known else ...
    return lambda value: known.get(value or "", value if others is ... else others)


def constant(value: Any) -> Value:
    """A value of the YAML file as a feed's text."""
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _date(pattern: str, century: int) -> Transform:
    places = _places(pattern)
    return lambda value: value if value is None else _iso(value, pattern, places, century, 0)


def _birth_number(_argument: Any, century: int) -> Transform:
    places = _places("YYMMDD")
    return lambda value: value if value is None else _iso(value, "YYMMDD", places, century, 50)


def _places(pattern: str) -> dict[str, slice]:
    """Where year, month and day stand in a date pattern."""
    year = "YYYY" if "YYYY" in pattern else "YY"
    if any(pattern.count(part) != 1 for part in (year, "MM", "DD")):
        raise BadTransform(f"date {pattern!r} must hold YYYY or YY, MM and DD once each")
    return {part: slice(pattern.index(part), pattern.index(part) + PARTS[part]) for part in (year, "MM", "DD")}


def _iso(value: str, pattern: str, places: dict[str, slice], century: int, off: int) -> str:
    """The date in ISO form, or the value as it is where it is none. Months over ``off`` are read less it."""
    try:
        if len(value) != len(pattern) or not value.isascii():
            return value
        year, month, day = (int(value[place]) for place in places.values())
        month -= off if off and month > off else 0
        return date(year if "YYYY" in places else century + year, month, day).isoformat()
    except ValueError:
        return value


def _minor(value: str, decimals: Any) -> str:
    try:
        amount = Decimal(value.strip().replace(",", ".")).scaleb(int(decimals))
    except InvalidOperation:
        return value
    return str(int(amount)) if amount.is_finite() and amount == amount.to_integral_value() else value


_SAID: dict[Any, str] = {
    bool: "true",
    str: "a text",
    int: "a whole number",
    list: "a list",
    dict: "a table of values",
}
_ALL: dict[str, tuple[Any, Callable[[Any, int], Transform]]] = {
    "trim": (bool, _text(lambda value, _: value.strip() or None)),
    "upper": (bool, _text(lambda value, _: value.upper())),
    "lower": (bool, _text(lambda value, _: value.lower())),
    "prefix": (str, _text(lambda value, text: f"{text}{value}")),
    "suffix": (str, _text(lambda value, text: f"{value}{text}")),
    "take": (int, _text(lambda value, count: value[:count])),
    "empty": (list, _text(lambda value, texts: None if value in map(str, texts) else value)),
    "map": (dict, _map),
    "flag": (list, lambda texts, _: lambda value: "true" if value in [str(text) for text in texts] else "false"),
    "date": (str, _date),
    "birth_number": (bool, _birth_number),
    "minor": (int, _text(_minor)),
}
