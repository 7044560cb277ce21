"""How the bundle rules do, on a terminal: rates beside the hold-out's, and the differences drawn (rule B8)."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

Json = Mapping[str, Any]
HALF, FULL_BPS = 12, 10_000
STYLES = {"more": "green", "fewer": "red", "none": "", "too_few": "dim"}


def results_table(results: Iterable[Json]) -> Table:
    table = Table(
        *("bundle", "offered", "held out", "accepted", "after", "in use", "held out", "difference, 95 %", "to popular"),
        title="bundle rules, judged by use",
    )
    for one in results:
        name = Text(f"{one['bundle']} {one['rules_version']}")
        if one["worse_than_popular"]:
            name.append("\nworse than what is popular", "red")
        for number, after in enumerate(one["horizons"]):
            active = after["active"]
            first = (name, f"{one['offered']:,}", f"{one['held_out']:,}", _percent(one["items"]["accepted_bps"]))
            table.add_row(
                *(first if number == 0 else ("",) * len(first)),
                f"{after['days']} days",
                *(_percent(active[arm]["rate_bps"]) for arm in ("offered", "held_out")),
                *(_drawn(after[against]) for against in ("against_held_out", "against_popular")),
            )
    return table


def _percent(bps: int | None) -> str:
    return "–" if bps is None else f"{bps / 100:.1f} %"


def _drawn(difference: Json | None) -> Text:
    """The interval on a line from -100 % to +100 %, with 0 in the middle."""
    if difference is None:
        return Text("nobody to compare", "dim")
    low, value, high = (_place(difference[f"{name}_bps"]) for name in ("low", "value", "high"))
    line = "".join(
        "●" if at == value else "━" if low <= at <= high else "┊" if at == HALF else " " for at in range(2 * HALF + 1)
    )
    told = "{value_bps:+.1f} ({low_bps:+.1f} to {high_bps:+.1f})".format(
        **{name: bps / 100 for name, bps in difference.items() if name != "effect"}
    )
    return Text(f"{line} {told}", STYLES[difference["effect"]])


def _place(bps: int) -> int:
    return HALF + round(bps * HALF / FULL_BPS)
