"""Waiting until everything that was accepted is seen everywhere, and naming what is behind."""

import time

from infra.connected import Connected


def drain(here: Connected, seconds: float) -> bool:
    """Wait until every log is numbered to its end and every subscription has seen it; False if that takes longer."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not behind(here):
            return True
        time.sleep(0.2)
    return False


def behind(here: Connected) -> list[str]:
    """What has not caught up yet: logs with unnumbered commits, subscriptions before the head of their log.

    Read against the flow, as a subscription may itself append: who was at a head that nothing has come behind since
    has appended all it will, and that is numbered too.
    """
    places = [place for owner in (*here.logs.stores, "desk") for place in here.client[owner].checkpoints.find()]
    found = [service for service, store in here.logs.stores.items() if store.commits.find_one({"position": None})]
    heads = {
        (service, partition): store.head(partition)
        for service, store in here.logs.stores.items()
        for partition in range(store.partitions)
    }
    for place in places:
        _, source, partition = place["_id"].rsplit("/", 2)
        if place.get("position", 0) < heads[source, int(partition)]:
            found.append(place["_id"])
    return found
