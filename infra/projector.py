"""The projector process: keeps every projection of every owner up to date."""

import importlib
import sys

from infra.processes import SERVICES
from services.catalogue import EVENTS, UPCASTS
from shared.core.projection import Projection
from shared.runtime.processes import Projector, run

OWNERS = (*SERVICES, "desk")


def projections() -> dict[str, tuple[Projection, ...]]:
    """By owner: what each service's ``projections`` module lists as its own."""
    return {owner: importlib.import_module(f"services.{owner}.projections").PROJECTIONS for owner in OWNERS}


if __name__ == "__main__":
    sys.exit(run("projector", Projector, EVENTS, UPCASTS, projections()))
