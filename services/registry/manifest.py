"""Control totals: what the bank says it handed over, held against what has arrived (rule R2).

``manifest.yaml`` (or ``manifest.json``) stands beside the files::

    business_date: 2026-08-31
    files:
      balances.csv: {kind: balances, rows: 6012, sha256: 9f86…, sum: 48120033}

``sha256`` and ``sum`` may be left out; ``sum`` is of ``balance_minor``, ``uses`` or ``amount_minor``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.registry.feed import FeedRefused, Figures

NAMES = ("manifest.yaml", "manifest.yml", "manifest.json")


class ControlSchema(Schema):
    """The control totals of one file."""

    kind = fields.String(required=True)
    rows = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    sha256 = fields.String(validate=validate.Regexp(r"[0-9a-f]{64}\Z", error="must be 64 lower-case hex digits"))
    sum = fields.Integer(strict=True)


class ManifestSchema(Schema):
    business_date = fields.Raw()
    files = fields.Dict(keys=fields.String(), values=fields.Nested(ControlSchema(unknown=RAISE)), required=True)


@dataclass(frozen=True)
class Control:
    """The totals of one file; None where the manifest does not say."""

    kind: str
    rows: int
    sha256: str | None = None
    total: int | None = None

    def check(self, file: str, figures: Figures) -> None:
        """Raises ``FeedRefused`` at the first total that does not match."""
        said = {"rows": self.rows, "sum": self.total, "sha256": self.sha256}
        found = {"rows": figures.rows, "sum": figures.total, "sha256": figures.sha256}
        for name, value in said.items():
            if value is not None and value != found[name]:
                raise FeedRefused(
                    file,
                    f"its {name} is {found[name]} and the manifest says {value}: "
                    "the file is incomplete or was changed; hand it over again",
                    column=name,
                )


def find_manifest(directory: Path) -> Path | None:
    return next((path for name in NAMES if (path := directory / name).is_file()), None)


def read_manifest(path: Path) -> dict[str, Control]:
    """Control totals by file name. Raises ``FeedRefused`` naming the manifest."""
    try:
        said = ManifestSchema(unknown=RAISE).load(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError) as error:
        raise FeedRefused(path.name, f"cannot be read ({error})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise FeedRefused(path.name, "is not YAML", line=mark.line + 1 if mark else None) from None
    except ValidationError as error:
        place, reason = first_message(error.messages)
        raise FeedRefused(path.name, f"{place}: {reason}") from None
    return {name: _control(control) for name, control in said["files"].items()}


def _control(said: Mapping[str, Any]) -> Control:
    return Control(said["kind"], said["rows"], said.get("sha256"), said.get("sum"))


def first_message(messages: Any) -> tuple[str, str]:
    """The first of marshmallow's nested messages, and the dotted path to it."""
    path: list[str] = []
    while isinstance(messages, Mapping):
        key, messages = next(iter(messages.items()))
        path += [] if key in {"_schema", "value"} else [str(key)]
    return ".".join(path), str(messages[0] if isinstance(messages, list) else messages)
