"""The table as a picture: a bar a row on a scale of the budget, in plain SVG that any browser shows and searches.

The bar's length is how many times the budget is reached, so that one line stands for every budget: a bar that crosses
it is met. Below one budget the scale is even, above it a doubling takes a fixed step.
"""

import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from infra.bench.measure import Row
from infra.bench.report import number

WIDTH, LEFT, ROW_HEIGHT, TOP = 860, 330, 44, 64
BUDGET_AT = 190  # pixels from the axis to the line of the budget
DOUBLING = 60  # pixels
LONGEST = 330
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
  .small { font-size: 11px; fill: #57606a }
  .bar { fill: #2f6f9f } .missed .bar { fill: #fff; stroke: #b3412e; stroke-width: 1.5; stroke-dasharray: 5 3 }
  .line { stroke: #1b1f24; stroke-width: 1.5 } .missed .verdict { fill: #b3412e } .verdict { font-weight: 600 }
  .paper { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .small { fill: #9aa5b1 } .bar { fill: #69b0e0 } .paper { fill: #0d1117 }
    .line { stroke: #e6edf3 } .missed .bar { fill: #0d1117; stroke: #ff9583 } .missed .verdict { fill: #ff9583 }
  }
"""


def reached(row: Row) -> float:
    """How many times the budget is reached: 1 is just met, 2 is twice as good, 0.5 half of what is asked."""
    value, budget = row.ours if row.ratio is None else row.ratio, row.budget
    return value / budget.at_least if budget.at_least is not None else (budget.at_most or 0) / value


def length(times: float) -> float:
    """Pixels of a bar."""
    return BUDGET_AT * times if times <= 1 else min(BUDGET_AT + DOUBLING * math.log2(times), LONGEST)


def chart(rows: Sequence[Row], machine: str) -> str:
    """The SVG's text."""
    height = TOP + ROW_HEIGHT * len(rows) + 30
    line = LEFT + BUDGET_AT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title">',
        f'<title id="title">Budgets, measured: {sum(row.met for row in rows)} of {len(rows)} met</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>',
        '<text x="16" y="26">Each budget is the upright line; a bar that reaches it is met.</text>',
        f'<text class="small" x="16" y="44">{escape(machine)}</text>',
        *(_bar(row, TOP + ROW_HEIGHT * place) for place, row in enumerate(rows)),
        f'<line class="line" x1="{line}" x2="{line}" y1="{TOP - 6}" y2="{height - 26}"/>',
        f'<text class="small" x="{line}" y="{height - 10}" text-anchor="middle">budget</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _bar(row: Row, top: float) -> str:
    """One row: what it is, its bar, its figure, its verdict in words and in shape."""
    end = LEFT + length(reached(row))
    measured = f"{number(row.ours)} {row.unit}" if row.ratio is None else f"{row.ratio:.2f} ×"
    beside = f"{number(row.ours)} {row.unit}" if row.ratio is not None else "no bare counterpart"
    asked = f"{beside}; asked {row.budget.text(row.unit)}"
    verdict = f'<tspan class="verdict">{"✓ met" if row.met else "✗ missed"}</tspan>'
    text_x = max(end, LEFT + BUDGET_AT) + 8
    return "\n".join(
        [
            f'<g class="{"met" if row.met else "missed"}">',
            f'<text x="16" y="{top + 16}">{escape(row.name)}</text>',
            f'<text class="small" x="16" y="{top + 31}">{escape(asked)}</text>',
            f'<rect class="bar" x="{LEFT}" y="{top + 4}" width="{end - LEFT:.1f}" height="26" rx="2"/>',
            f'<text x="{text_x:.1f}" y="{top + 22}">{escape(measured)} {verdict}</text>',
            "</g>",
        ]
    )


def draw(rows: Sequence[Row], file: Path, machine: str) -> None:
    file.write_text(chart(rows, machine), encoding="utf-8")
