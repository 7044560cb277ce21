"""What works (rule B8): each bundle rule by what its customers came to use, beside those held out and what is
popular.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from werkzeug.wrappers import Response

from services.desk.web.labels import label
from services.desk.web.product.chart import Chart, Estimate, drawn, interval, not_enough, rate, signed
from services.desk.web.product.conditions import own_name
from services.desk.web.product.screen import Answer, page, read
from services.desk.web.tables import as_csv, wanted_as_csv
from services.desk.web.words import text

Json = Mapping[str, Any]
BESIDE = ("against_held_out", "against_popular")
TOO_FEW = "too_few"


@dataclass(frozen=True)
class Shown:
    """One version of one rule, and its drawings: each arm's rate, and the differences."""

    told: Json
    name: str
    arms: Chart
    differences: Chart


@page("/results")
def results() -> Answer:
    asked = {"bundle": request.args.get("bundle") or None, "rules_version": request.args.get("rules_version", type=int)}
    told = read("/api/bundling/results", **asked)
    names = {one["code"]: own_name(one) for one in read("/api/bundling/catalogue")["bundles"]}
    if wanted_as_csv():
        return _csv(told["results"])
    shown = [_shown(one, names.get(one["bundle"], one["bundle"])) for one in told["results"]]
    return render_template(
        "product/results.html",
        shown=shown,
        method=told["method"],
        asked=asked,
        names=names,
        effect=effect,
        between=between,
    )


def effect(found: Json | None) -> str:
    """What a difference says, in words; that there is not enough data, where it says nothing."""
    return not_enough() if found is None else label("effect", found["effect"])


def between(found: Json | None) -> str:
    if found is None:
        return "–"
    value, low, high = (signed(found[name]) for name in ("value_bps", "low_bps", "high_bps"))
    return f"{value} ({low} … {high})"


def _shown(told: Json, name: str) -> Shown:
    return Shown(told, name, drawn(list(_arms(told["horizons"]))), drawn(list(_differences(told["horizons"]))))


def _arms(horizons: Sequence[Json]) -> Sequence[Estimate]:
    return [
        rate(
            text("%(days)s days, %(arm)s", days=one["days"], arm=label("arm", arm)),
            one["active"][arm]["customers"],
            one["active"][arm]["count"],
            tone,
        )
        for one in horizons
        for arm, tone in (("offered", "brand"), ("held_out", "quiet"))
    ]


def _differences(horizons: Sequence[Json]) -> Sequence[Estimate]:
    return [
        interval(
            text("%(days)s days, %(arm)s", days=one["days"], arm=label("beside", beside)),
            *((one[beside] or {}).get(name) for name in ("value_bps", "low_bps", "high_bps")),
            enough=(one[beside] or {}).get("effect") != TOO_FEW,
        )
        for one in horizons
        for beside in BESIDE
    ]


def _csv(told: Sequence[Json]) -> Response:
    head = [
        text("Bundle"),
        text("Rules version"),
        text("Days"),
        text("Offered"),
        text("In use"),
        text("Held out"),
        text("In use, held out"),
        text("Used, offered"),
        text("Used, held out"),
        *(
            f"{label('beside', beside)}, {what}"
            for beside in BESIDE
            for what in ("bps", text("low"), text("high"), text("effect"))
        ),
    ]
    rows = (
        [
            one["bundle"],
            one["rules_version"],
            at["days"],
            *(at["active"][arm][what] for arm in ("offered", "held_out") for what in ("customers", "count")),
            *(at["used"][arm]["count"] for arm in ("offered", "held_out")),
            *(
                (at[beside] or {}).get(what)
                for beside in BESIDE
                for what in ("value_bps", "low_bps", "high_bps", "effect")
            ),
        ]
        for one in told
        for at in one["horizons"]
    )
    return as_csv("results", head, rows)
