"""What ``liandong verify`` checks of registry besides log and projections: erased people are unreadable (rule R5)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from services.registry.domain.people import CUSTOMER
from services.registry.events import CustomerErased
from services.registry.stores import Documents
from shared.core.event import type_of

Check = Callable[[], Iterator[str]]


def checks(database: Documents) -> dict[str, Check]:
    """The checks by a name for people, on registry's database."""
    return {"registry: erased customers have no key": partial(erased_have_no_key, database)}


def erased_have_no_key(database: Documents) -> Iterator[str]:
    """A key is destroyed for exactly those of whom the log says so, and nothing finds them any more."""
    commits = database["commits"].find({"events.type": type_of(CustomerErased)}, {"stream": 1})
    told = {commit["stream"].removeprefix(CUSTOMER.stream("")) for commit in commits}
    destroyed: dict[str, Mapping[str, Any]] = {key["_id"]: key for key in database["keys"].find({"wrapped": b""})}
    for customer_id in sorted(told - destroyed.keys()):
        yield f"the key of {customer_id} outlived the erasure: run `liandong erase {customer_id}` again"
    for customer_id in sorted(destroyed.keys() - told):
        yield f"the key of {customer_id} is destroyed, and the log knows of no erasure"
    for customer_id in sorted(one for one, key in destroyed.items() if key.get("marks")):
        yield f"{customer_id} can still be found by number"
