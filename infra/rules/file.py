"""A set of bundle rules as a YAML file: what it says, or everything that is wrong with it, each with its line.

version: 2
effective_from: 2027-01-01
active: {uses: 3, days: 60}                 what counts as in use
bundles:
  - code: precise_mobile
    name_zh: 手机银行精准营销
    name_en: Precise mobile banking
    conditions:                             all must hold; the kinds are those of ``rules.conditions``
      - {type: holds, any_of: [online]}
      - {type: age_at_most, years: 45}
    items: [mobile]                         none: the rule asks for a service visit
products:                                   new versions of the catalogue; may be left out, as ``hold_out_bps``
  - {code: mobile, version: 2, name_zh: 手机银行, name_en: Mobile banking, line: ebanking, kind: channel,
     electronic: true, prerequisites: [[debit_card]], effective_from: 2027-01-01}
hold_out_bps: 500                           of those whom a bundle reaches: not offered it, to compare with
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
import yaml

from infra.stack.broken import Broken
from services.bundling.rules.bundles import Bundle, RuleSet
from services.bundling.rules.catalogue import Product
from services.bundling.rules.conditions import Condition
from services.bundling.rules.drafts import Faults, Place, faults, place_text

KINDS = {str(kind.__struct_config__.tag): kind for kind in get_args(Condition)}
DEEPEST = 8


class Fault(NamedTuple):
    """``place`` reads like ``bundles[2].conditions[0].years``."""

    line: int
    place: str
    says: str


class Checked(NamedTuple):
    """``rules`` is None where there are faults."""

    rules: RuleSet | None
    faults: tuple[Fault, ...]


def read_rules(path: Path, published: Sequence[RuleSet]) -> Checked:
    """``published`` are the sets that there are, oldest first. Raises ``Broken`` where it cannot be read at all."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: cannot be read ({error})") from None
    return check(text, published)


def check(text: str, published: Sequence[RuleSet]) -> Checked:
    try:
        tree = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return Checked(None, (Fault(mark.line + 1 if mark else 1, "", "is not YAML"),))
    lines = dict(_lines(tree, ())) if tree is not None else {}
    found = list(_shape(data))
    rules = None if found else msgspec.convert(data, RuleSet)
    if rules is not None:
        found += faults(rules, published)
    told = [Fault(_line(lines, place), place_text(place), says) for place, says in found]
    return Checked(None if told else rules, tuple(sorted(told)))


def write_rules(rules: RuleSet) -> str:
    """A set as such a file."""
    told = msgspec.to_builtins(rules, builtin_types=(date,))
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """The line of each place in the file, as deep as a set of rules goes."""
    yield place, node.start_mark.line + 1
    if len(place) >= DEEPEST:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            yield here, key.start_mark.line + 1
            yield from ((where, line) for where, line in _lines(value, here) if where != here)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*place, number))


def _line(lines: Mapping[Place, int], place: Place) -> int:
    """Of the place itself, or of the nearest around it that the file has."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _shape(data: Any) -> Faults:
    """What is missing, unknown, or of another type."""
    if not isinstance(data, dict):
        yield (), f"must be an object with {', '.join(RuleSet.__struct_fields__)}"
        return
    yield from _struct(data, RuleSet, (), but=("bundles", "products"))
    yield from _many(data.get("products") or (), ("products",))
    many = data.get("bundles")
    if not isinstance(many, list) or not many:
        yield ("bundles",), "must be a list of at least one bundle"
        return
    for number, bundle in enumerate(many):
        place: Place = ("bundles", number)
        if not isinstance(bundle, dict):
            yield place, f"must be an object with {', '.join(Bundle.__struct_fields__)}"
            continue
        yield from _struct(bundle, Bundle, place, but=("conditions",))
        yield from _conditions(bundle.get("conditions"), (*place, "conditions"))


def _many(found: Any, place: Place) -> Faults:
    if not isinstance(found, list | tuple):
        yield place, "must be a list of products"
        return
    for number, product in enumerate(found):
        if isinstance(product, dict):
            yield from _struct(product, Product, (*place, number))
        else:
            yield (*place, number), f"must be an object with {', '.join(Product.__struct_fields__)}"


def _conditions(found: Any, place: Place) -> Faults:
    if not isinstance(found, list) or not found:
        yield place, "must be a list of at least one condition"
        return
    for number, one in enumerate(found):
        kind = KINDS.get(one.get("type", "")) if isinstance(one, dict) else None
        if kind is None:
            yield (*place, number), f"must have a type: one of {', '.join(sorted(KINDS))}"
            continue
        yield from _struct({name: value for name, value in one.items() if name != "type"}, kind, (*place, number))


def _struct(given: Mapping[str, Any], kind: type[msgspec.Struct], place: Place, but: Sequence[str] = ()) -> Faults:
    """Each field by itself, so that one fault does not hide another; ``but`` are looked at elsewhere."""
    known = msgspec.structs.fields(kind)
    fields = {field.name: field.type for field in known}
    asked = (field.name for field in known if field.required and field.name not in but)
    yield from ((place, f"lacks {name}") for name in asked if name not in given)
    for name, value in given.items():
        if name not in fields:
            yield (*place, str(name)), f"is unknown here; there are {', '.join(fields) or 'no fields'}"
        elif name not in but:
            try:
                msgspec.convert(value, fields[name])
            except msgspec.ValidationError as error:
                yield (*place, name), _said(error)


def _said(error: msgspec.ValidationError) -> str:
    text = str(error).partition(" - at ")[0]
    return text[0].lower() + text[1:].replace("`", "")
