"""Where the boxes and lines of a customer's neighbourhood stand: the customer in the middle, half of the neighbours to
the left, half to the right. Lengths are in the units of the drawing.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from services.desk.web.customer.links import Link

WIDTH, MARGIN = 1_080, 10
BOX, BOX_HEIGHT, PITCH = 350, 48, 58
MIDDLE, MIDDLE_HEIGHT = 190, 64
ROUND, SQUARE = 24, 4
NAME_CELLS, MIDDLE_CELLS = 26, 24
"""How many narrow letters have room; a Chinese one takes the room of two."""


@dataclass(frozen=True)
class Box:
    """``radius`` tells people from companies; ``name`` is cut to its room."""

    x: int
    y: int
    width: int
    height: int
    radius: int
    name: str


@dataclass(frozen=True)
class Neighbour(Box):
    """``line`` is the path of the edge from the middle; ``dashes`` are those of a line that carries nothing, empty for
    one that does.
    """

    link: Link
    line: str
    dashes: str


@dataclass(frozen=True)
class Graph:
    width: int
    height: int
    middle: Box
    neighbours: Sequence[Neighbour]


def drawn(name: str, kind: str, links: Sequence[Link]) -> Graph:
    """The customer of a name and kind, and the links of one page."""
    rows = (len(links) + 1) // 2
    height = max(rows * PITCH, MIDDLE_HEIGHT) + 2 * MARGIN
    middle = Box(
        x=(WIDTH - MIDDLE) // 2,
        y=(height - MIDDLE_HEIGHT) // 2,
        width=MIDDLE,
        height=MIDDLE_HEIGHT,
        radius=_radius(kind),
        name=shortened(name, MIDDLE_CELLS),
    )
    return Graph(WIDTH, height, middle, [_placed(link, place, rows, middle) for place, link in enumerate(links)])


def _placed(link: Link, place: int, rows: int, middle: Box) -> Neighbour:
    on_the_right = place >= rows
    x = WIDTH - MARGIN - BOX if on_the_right else MARGIN
    y = MARGIN + (place % rows) * PITCH + (PITCH - BOX_HEIGHT) // 2
    begin = middle.x + middle.width if on_the_right else middle.x
    end = x if on_the_right else x + BOX
    half, centre = (begin + end) // 2, y + BOX_HEIGHT // 2
    at = middle.y + middle.height // 2
    return Neighbour(
        x=x,
        y=y,
        width=BOX,
        height=BOX_HEIGHT,
        radius=_radius(link.kind),
        name=shortened(link.name, NAME_CELLS),
        link=link,
        line=f"M{begin} {at} C{half} {at} {half} {centre} {end} {centre}",
        dashes="" if link.state == "valid" and link.consent else "2 5" if link.state != "valid" else "8 5",
    )


def _radius(kind: str) -> int:
    return SQUARE if kind == "company" else ROUND


def shortened(name: str, cells: int) -> str:
    """A name that has room, or as much of it with dots."""
    if _cells(name) <= cells:
        return name
    kept = name
    while kept and _cells(kept) >= cells:
        kept = kept[:-1]
    return f"{kept}…"


def _cells(name: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in name)
