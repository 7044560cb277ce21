"""Values as a bank's files write them: strict, the same for CSV (all text) and NDJSON, and quick to read.

An empty CSV field arrives here as None. Messages follow the column's name: "balances.csv, line 7, currency: …".
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

Messages = dict[str, str | list[Any] | dict[Any, Any]]
MISSING: Messages = {"required": "is missing", "null": "is empty", "invalid": "is not text"}
MOST = 10**15
"""No count or amount is over this: ten trillion in major units, well within 64 bits."""
WHOLE = re.compile(r"-?[0-9]{1,16}\Z")
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z"
REFERENCE = r"[A-Za-z0-9][A-Za-z0-9._-]{0,159}\Z"
DAY_LENGTH = len("2026-08-31")


class Text(fields.String):
    """Text of 1 to ``most`` characters."""

    default_error_messages = MISSING

    def __init__(self, most: int = 200, **more: Any) -> None:
        super().__init__(**_needed(more))
        self.most = most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        if text is None or not text.strip() or len(text) > self.most or UNSEEN.search(text):
            raise ValidationError(f"must be 1 to {self.most} characters, none of them a control character")
        return text


class Id(fields.String):
    """The bank's own number of a thing: letters, digits, ``-`` and ``_``; with ``dots`` also ``.``."""

    default_error_messages = MISSING

    def __init__(self, *, dots: bool = False, **more: Any) -> None:
        rule = "must be 1 to 160 of A-Z a-z 0-9 . _ -" if dots else "must be 1 to 64 of A-Z a-z 0-9 _ -"
        check = validate.Regexp(REFERENCE if dots else NAME, error=f"{rule}, beginning with a letter or digit")
        super().__init__(validate=check, **_needed(more))


class OneOf(fields.String):
    default_error_messages = MISSING

    def __init__(self, values: tuple[str, ...], **more: Any) -> None:
        super().__init__(validate=validate.OneOf(values, error="must be one of {choices}"), **_needed(more))


class Pattern(fields.String):
    """Text of one shape; ``said`` tells people which."""

    default_error_messages = MISSING

    def __init__(self, regex: str, said: str, **more: Any) -> None:
        super().__init__(validate=validate.Regexp(regex, error=said), **_needed(more))


class Currency(fields.String):
    """A currency that the schema, that is the bank or the mapping, allows."""

    default_error_messages = MISSING

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> str:
        text = super()._deserialize(value, attr, data, **more)
        allowed: frozenset[str] = getattr(self.root, "currencies", frozenset())
        if text not in allowed:
            raise ValidationError(f"must be {' or '.join(sorted(allowed))}")
        return str(text)


class Whole(fields.Field[int]):
    """An integer, or its digits: no sign but ``-``, no grouping, no decimals."""

    default_error_messages = MISSING

    def __init__(self, least: int = -MOST, most: int = MOST) -> None:
        super().__init__(required=True)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> int:
        del attr, data, more
        if isinstance(value, str) and WHOLE.match(value):
            value = int(value)
        if type(value) is not int:
            raise ValidationError("must be a whole number, such as 1200")
        if not self.least <= value <= self.most:
            raise ValidationError(f"must be {self.least} to {self.most}")
        return value


class Flag(fields.Field[bool]):
    default_error_messages = MISSING

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> bool:
        del attr, data, more
        if value is True or value == "true":
            return True
        if value is False or value == "false":
            return False
        raise ValidationError("must be true or false")


class Day(fields.Field[date]):
    """A business date, ``YYYY-MM-DD`` and nothing else, from 1900 to 2199."""

    default_error_messages = MISSING

    def __init__(self, **more: Any) -> None:
        super().__init__(**_needed(more))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> date:
        del attr, data, more
        try:
            if isinstance(value, str) and len(value) == DAY_LENGTH and value[4] == value[7] == "-":
                day = date.fromisoformat(value)
                if 1900 <= day.year <= 2199:
                    return day
        except ValueError:
            pass
        raise ValidationError("must be a date of the calendar as YYYY-MM-DD, such as 2026-08-31")


class Moment(fields.Field[datetime]):
    """A point in time with its offset, ``2026-09-03T09:15:00+08:00``; kept as UTC."""

    default_error_messages = MISSING

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **more: Any) -> datetime:
        del attr, data, more
        try:
            if isinstance(value, str):
                at = datetime.fromisoformat(value)
                if at.tzinfo is not None and 1900 < at.year < 2200:
                    return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError("must be a time with its offset, such as 2026-09-03T09:15:00+08:00")


def _needed(more: dict[str, Any]) -> dict[str, Any]:
    """A column is required, or may be left out and be empty."""
    optional = more.pop("optional", False)
    return more | ({"allow_none": True, "load_default": None} if optional else {"required": True})
