"""What a set of bundle rules changes beside the one whose place it takes: bundle by bundle, condition by condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.desk.web.product.conditions import Names, of_rule, words

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """Of one bundle: ``kind`` is ``new``, ``changed`` or ``gone``; conditions in words, products by code."""

    kind: str
    bundle: Json
    asks: Sequence[str] = ()
    asks_no_more: Sequence[str] = ()
    offers: Sequence[str] = ()
    offers_no_more: Sequence[str] = ()


def changes(before: Json, after: Json, name: Names) -> list[Change]:
    """In the order of the newer set, then what is gone."""
    old = {one["code"]: one for one in before["bundles"]}
    new = {one["code"]: one for one in after["bundles"]}
    found = [_change(old.get(code), bundle, name) for code, bundle in new.items()]
    gone = [Change("gone", bundle) for code, bundle in old.items() if code not in new]
    return [one for one in found if one is not None] + gone


def _change(old: Json | None, new: Json, name: Names) -> Change | None:
    if old is None:
        return Change("new", new)
    if old == new:
        return None
    return Change(
        kind="changed",
        bundle=new,
        asks=_more(old["conditions"], new["conditions"], name),
        asks_no_more=_more(new["conditions"], old["conditions"], name),
        offers=[item for item in new["items"] if item not in old["items"]],
        offers_no_more=[item for item in old["items"] if item not in new["items"]],
    )


def _more(of: Sequence[Json], beside: Sequence[Json], name: Names) -> list[str]:
    return [words(of_rule(one), name) for one in beside if one not in of]
