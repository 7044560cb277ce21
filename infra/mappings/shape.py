"""The shape of a mapping's YAML file, checked before anything is read or written.

    mapping: berka                       its name
    century: 1900                        of two-digit years; 2000 where it is left out
    currencies: [CZK]                    allowed in its feeds besides the bank's own
    sources:                             the files of the extract
      clients: {file: client.asc, delimiter: ";", quote: '"', encoding: ascii}
      notes: {file: notes.txt, columns: [id, text]}      without a header row
    feeds:                               in any order; several of one kind follow each other in one file
      - kind: units
        rows: [{unit_id: HO, …}]         rows as they are
      - kind: holdings
        from: accounts                   a row for each row of a source
        where: {status: [A, B]}          only rows with one of these values; ``unless`` for all others
        join:                            columns of another source, as ``dispositions.client_id``; the first match
          - {with: dispositions, by: {account_id: account_id}, where: {type: [OWNER]}}
        columns:
          product: {is: now}             a constant
          holding_id: {from: account_id, do: [{prefix: A}]}
          name: {from: [first, last], with: " "}
      - kind: balances
        from: transactions
        month_end: {by: [account_id], date: {from: date, do: [{date: YYMMDD}]}, until: 1994-03}
        columns: {month: {from: month_end.month}, business_date: {from: month_end.last_day}, …}
      - kind: activity
        from: transactions
        daily: {by: [account_id], date: {…}, count: {uses: {}, authenticated_uses: {operation: [CARD]}}}
        columns: {business_date: {from: daily.date}, uses: {from: daily.uses}, …}

``month_end`` keeps the last row of each month and group; a month without one has that of the month before, up to the
month ``until``. ``daily`` counts, per group and day, the rows with one of the given values, and drops days without any.
"""

from pathlib import Path
from typing import Any

import yaml
from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from infra.stack.broken import Broken
from services.registry.kinds import KINDS
from services.registry.manifest import first_message

NAME = validate.Regexp(r"[a-z0-9_]{1,40}\Z", error="must be a name of a-z, 0-9 and _")


class Texts(fields.Field[list[str]]):
    """One text, or a list of texts; numbers are taken as they are written."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> list[str]:
        del attr, data, more
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str | int) for text in texts):
            raise ValidationError("must be a text or a list of texts")
        return [str(text) for text in texts]


def condition(**more: Any) -> fields.Dict:
    """Columns with the values that they may have."""
    return fields.Dict(keys=fields.String(), values=Texts(), **more)


class Source(Schema):
    file = fields.String(required=True)
    delimiter = fields.String(load_default=",", validate=validate.Length(equal=1))
    quote = fields.String(load_default='"', validate=validate.Length(equal=1))
    encoding = fields.String(load_default="utf-8-sig")
    columns = fields.List(fields.String(), load_default=None)

    @validates_schema
    def _stays_in_the_extract(self, source: dict[str, Any], **_more: Any) -> None:
        if Path(source["file"]).name != source["file"]:
            raise ValidationError("must be the name of a file in the extract's directory", "file")


class Column(Schema):
    """Either a constant, or columns with what is done to their text."""

    constant = fields.Raw(data_key="is", allow_none=True)
    sources = Texts(data_key="from")
    joined = fields.String(data_key="with", load_default="")
    do = fields.List(fields.Dict(keys=fields.String(), validate=validate.Length(equal=1)), load_default=list)

    @validates_schema
    def _one_of_both(self, column: dict[str, Any], **_more: Any) -> None:
        if ("constant" in column) == ("sources" in column):
            raise ValidationError("must have either 'is' or 'from'")


class Join(Schema):
    source = fields.String(data_key="with", required=True)
    by = fields.Dict(keys=fields.String(), values=fields.String(), required=True, validate=validate.Length(min=1))
    where = condition(load_default=dict)


class MonthEnd(Schema):
    by = Texts(required=True)
    date = fields.Nested(Column, required=True)
    until = fields.String(load_default=None, validate=validate.Regexp(r"\d{4}-(0[1-9]|1[0-2])\Z"))


class Daily(Schema):
    by = Texts(required=True)
    date = fields.Nested(Column, required=True)
    count = fields.Dict(keys=fields.String(), values=condition(), required=True, validate=validate.Length(min=1))


class Feed(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    rows = fields.List(fields.Dict(keys=fields.String()))
    source = fields.String(data_key="from")
    where = condition(load_default=dict)
    unless = condition(load_default=dict)
    join = fields.List(fields.Nested(Join), load_default=list)
    month_end = fields.Nested(MonthEnd)
    daily = fields.Nested(Daily)
    columns = fields.Dict(keys=fields.String(), values=fields.Nested(Column))

    @validates_schema
    def _whole(self, feed: dict[str, Any], **_more: Any) -> None:
        if ("rows" in feed) == ("source" in feed) or ("source" in feed) != ("columns" in feed):
            raise ValidationError("must have either 'rows', or 'from' and 'columns'")
        if "month_end" in feed and "daily" in feed:
            raise ValidationError("has both month_end and daily; make two feeds of it")
        known = KINDS[feed["kind"]].schema.columns()
        for row in [*feed.get("rows", []), feed.get("columns", {})]:
            unknown = [column for column in row if column not in known]
            if unknown:
                raise ValidationError(f"{unknown[0]} is no column of {feed['kind']}: {', '.join(known)}", "columns")


class Mapping(Schema):
    mapping = fields.String(required=True, validate=NAME)
    century = fields.Integer(load_default=2000, strict=True)
    currencies = fields.List(fields.String(validate=validate.Regexp(r"[A-Z]{3}\Z")), load_default=list)
    sources = fields.Dict(keys=fields.String(validate=NAME), values=fields.Nested(Source), required=True)
    feeds = fields.List(fields.Nested(Feed), required=True, validate=validate.Length(min=1))

    @post_load
    def _known_sources(self, mapping: dict[str, Any], **_more: Any) -> dict[str, Any]:
        for number, feed in enumerate(mapping["feeds"]):
            for source in [feed.get("source"), *(join["source"] for join in feed["join"])]:
                if source is not None and source not in mapping["sources"]:
                    raise ValidationError({"feeds": {number: [f"there is no source {source!r}"]}})
        return mapping


def read_mapping(path: Path) -> dict[str, Any]:
    """A mapping, sound in itself. Raises ``Broken`` with file and place."""
    try:
        loaded: dict[str, Any] = Mapping().load(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: cannot be read ({error})") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise Broken(f"{path}: is not YAML{f', line {mark.line + 1}' if mark else ''}") from None
    except ValidationError as error:
        place, reason = first_message(error.messages)
        raise Broken(f"{path}: {place}: {reason}") from None
    return loaded
