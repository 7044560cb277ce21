"""A yes or no in a JSON body, taken at its word: marshmallow's own field would also take 1, "yes" or "off"."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields


class Flag(fields.Boolean):
    """``true`` or ``false``, and nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002, marshmallow's signature
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value
