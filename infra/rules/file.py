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

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
import yaml

from infra.yaml_places import Fault, NotYaml, Placed, read_text
from services.bundling.rules.bundles import Bundle, RuleSet
from services.bundling.rules.catalogue import Product
from services.bundling.rules.conditions import Condition
from services.bundling.rules.drafts import Faults, faults
from shared.core.places import Place

KINDS = {str(kind.__struct_config__.tag): kind for kind in get_args(Condition)}


class Checked(NamedTuple):
    """``rules`` is None where there are faults."""

    rules: RuleSet | None
    faults: tuple[Fault, ...]


def read_rules(path: Path, published: Sequence[RuleSet]) -> Checked:
    """``published`` are the sets that there are, oldest first. Raises ``Broken`` where it cannot be read at all."""
    return check(read_text(path), published)


def check(text: str, published: Sequence[RuleSet]) -> Checked:
    try:
        placed = Placed(text)
    except NotYaml as error:
        return Checked(None, (error.fault,))
    found = list(_shape(placed.data))
    rules = None if found else msgspec.convert(placed.data, RuleSet)
    if rules is not None:
        found += faults(rules, published)
    told = [placed.fault(place, says) for place, says in found]
    return Checked(None if told else rules, tuple(sorted(told)))


def write_rules(rules: RuleSet) -> str:
    """A set as such a file."""
    told = msgspec.to_builtins(rules, builtin_types=(date,))
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


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
