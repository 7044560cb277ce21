"""Where in a YAML file each value stands, so that a fault can be told with its line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from infra.stack.broken import Broken
from shared.core.places import Place, place_text

DEEPEST = 8


class Fault(NamedTuple):
    """``place`` reads like ``bundles[2].conditions[0].years``."""

    line: int
    place: str
    says: str


class NotYaml(Exception):
    """The text is none; ``fault`` says where it ends to be."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.says)
        self.fault = fault


class Placed:
    """The data of a text, and the line of each place in it. Raises ``NotYaml``."""

    def __init__(self, text: str) -> None:
        try:
            tree = yaml.compose(text, Loader=yaml.SafeLoader)
            self.data: Any = yaml.safe_load(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise NotYaml(Fault(mark.line + 1 if mark else 1, "", "is not YAML")) from None
        self._lines: Mapping[Place, int] = dict(_lines(tree, ())) if tree is not None else {}

    def fault(self, place: Place, says: str) -> Fault:
        return Fault(self.line(place), place_text(place), says)

    def line(self, place: Place) -> int:
        """Of the place itself, or of the nearest around it that the file has."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)


def read_text(path: Path) -> str:
    """Raises ``Broken`` where it cannot be read at all."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Broken(f"{path}: cannot be read ({error})") from None


def _lines(node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    """The line of each place in the file, as deep as our files go."""
    yield place, node.start_mark.line + 1
    if len(place) >= DEEPEST:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            yield here, key.start_mark.line + 1
            yield from ((where, line) for where, line in _lines(value, here) if where != here)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*place, number))
