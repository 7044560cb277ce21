"""``liandong status`` for people: tables whose words say what their colours say."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table

from infra.standing import Standing, Subscription

GOOD, ODD, BAD = "[green]{}[/]", "[yellow]{}[/]", "[red]{}[/]"


def tables(standing: Standing, *, everything: bool) -> RenderableType:
    """Without ``everything``, only subscriptions that are behind, or have something parked, get a line."""
    return Group(_relays(standing), _subscriptions(standing, everything=everything), *_lines(standing))


def _relays(standing: Standing) -> Table:
    table = Table("log", "head", "published", "unnumbered", "relay")
    for column in table.columns[1:4]:
        column.justify = "right"
    for one in standing.relays:
        waiting = one.head - one.published
        said = GOOD.format("caught up")
        if one.unnumbered:
            said = ODD.format("commits wait for a number")
        elif waiting:
            said = ODD.format(f"{waiting:,} to publish")
        log = one.service if one.partition == 0 else f"{one.service} {one.partition}"
        table.add_row(log, f"{one.head:,}", f"{one.published:,}", f"{one.unnumbered:,}", said)
    return table


def _subscriptions(standing: Standing, *, everything: bool) -> Table:
    depths = {queue.name: queue for queue in standing.queues}
    chosen = [one for one in standing.subscriptions if everything or one.lag or one.parked]
    quiet = len(standing.subscriptions) - sum(1 for one in standing.subscriptions if one.lag or one.parked)
    table = Table("subscription", "from", "lag", "parked", "in queue", "state")
    table.title = f"{quiet} of {len(standing.subscriptions)} subscriptions caught up, nothing parked"
    for column in table.columns[2:5]:
        column.justify = "right"
    for one in chosen:
        queue = depths.get(one.queue)
        depth = "–" if queue is None or queue.messages is None else f"{queue.messages:,}"
        alone = queue is not None and not queue.consumers
        source = one.source if one.partition == 0 else f"{one.source} {one.partition}"
        table.add_row(one.name, source, f"{one.lag:,}", f"{one.parked:,}", depth, _state(one, alone=alone))
    return table


def _state(one: Subscription, *, alone: bool) -> str:
    if one.parked:
        return BAD.format("parked events wait for a decision")
    if alone:
        return BAD.format("nobody consumes its queue")
    return ODD.format("behind") if one.lag else GOOD.format("caught up")


def _lines(standing: Standing) -> Iterator[str]:
    for note in standing.notes:
        yield BAD.format(note)
    if standing.dead_lettered is not None:
        yield f"dead-lettered messages: {standing.dead_lettered:,}"
    parked = (
        f"parked events: {standing.parked:,} (`liandong parked list`); left out by decision: {standing.discarded:,}"
    )
    yield BAD.format(parked) if standing.parked else parked
    oldest = standing.oldest_unacknowledged
    if oldest is None:
        yield "statements: HR acknowledged all"
    else:
        yield f"statements: oldest not acknowledged by HR is {oldest.seq} ({oldest.period}), for {oldest.hours:,.1f} h"
