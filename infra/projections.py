"""A projection by the name that people give it."""

from infra.projector import projections
from infra.stack.broken import Broken
from shared.core.projection import Projection


def named(name: str) -> tuple[str, Projection]:
    """The owner and the projection of ``<owner>.<projection>``. Raises ``Broken``, with the names that there are."""
    known = {f"{owner}.{one.name}": (owner, one) for owner, owned in projections().items() for one in owned}
    if name not in known:
        raise Broken(f"there is no projection {name}; there are {', '.join(sorted(known))}")
    return known[name]
