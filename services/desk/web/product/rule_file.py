"""A set of bundle rules as a YAML file: its data, and the line of each place in it, so that a fault is told with both.

The form is that of ``liandong rules show``; JSON is YAML, too.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any, ClassVar

import yaml

from services.desk.web.wish import Trouble
from services.desk.web.words import text
from shared.core.places import Place, place_text

PARTS = ("version", "effective_from", "active", "bundles", "products", "hold_out_bps")
DEEPEST = 40
FAULTY = "rules_faulty"
MISSHAPEN = re.compile(r"(?P<says>.*) - at `\$(?P<place>[^`]*)`\. See .*")
FAULT = re.compile(r"(?P<place>[a-z_]+(?:\[\d+\]|\.[a-z_]+)*) (?P<says>.+)")
STEP = re.compile(r"[A-Za-z_]\w*|(?<=\[)\d+(?=\])")
PLAIN = (str, int, bool, type(None))
DATES = "tag:yaml.org,2002:timestamp"
Json = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """``line`` counts from 1, None where there is no telling; ``excerpt`` is what stands there. ``english``: the words
    are the API's.
    """

    line: int | None
    place: str
    says: str
    excerpt: str = ""
    english: bool = True


class _Words(yaml.SafeLoader):
    """Dates stay words: the API reads them, and says where one is none."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {  # type: ignore[misc] # PyYAML keeps it by class
        first: [one for one in found if one[0] != DATES]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Alias(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Unreadable(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.says)
        self.fault = fault


class RuleFile:
    """Raises ``Unreadable`` for what is no such file at all."""

    def __init__(self, content: str) -> None:
        self._rows = content.splitlines()
        if _depth(content) > DEEPEST:
            raise self._unreadable(None, text("The brackets stand too deep in each other."))
        try:
            loader = _Words(_without_aliases(content))
            tree = loader.get_single_node()
            data = loader.construct_document(tree) if tree is not None else None
        except _Alias as error:
            says = text("References (*) are not taken. Write it out.")
            raise self._unreadable(error.line, says) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._unreadable(mark.line + 1 if mark else None, text("This is not YAML.")) from None
        except yaml.YAMLError:
            raise self._unreadable(None, text("This is not YAML.")) from None
        except (RecursionError, ValueError):
            raise self._unreadable(None, text("This cannot be read as rules.")) from None
        if not isinstance(data, dict):
            raise self._unreadable(1, text("Begin with the version, as in the example."))
        self._lines: dict[Place, int] = dict(self._places(tree, ())) if tree else {}
        self.data: Json = self._plain(data, ())

    def fault(self, place: Place, says: str, *, english: bool = True) -> Fault:
        line = self._line(place)
        return Fault(line, place_text(place), says, self._row(line), english)

    def faults(self, trouble: Trouble) -> list[Fault]:
        """What the API says to be wrong, where it stands; empty where it says nothing of the file."""
        return sorted((self.fault(*one) for one in _told(trouble)), key=lambda fault: (fault.line or 0, fault.place))

    def _line(self, place: Place) -> int:
        """Of the place itself, or of the nearest around it that the file has."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _row(self, line: int | None) -> str:
        return self._rows[line - 1].strip() if line and line <= len(self._rows) else ""

    def _unreadable(self, line: int | None, says: str) -> Unreadable:
        return Unreadable(Fault(line, "", says, self._row(line), english=False))

    def _places(self, node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
        line = node.start_mark.line + 1
        yield place, line
        if isinstance(node, yaml.MappingNode):
            known: set[str] = set()
            for key, value in node.value:
                name, at = str(key.value), key.start_mark.line + 1
                if name in known:
                    raise self._unreadable(at, text("%(name)s stands here a second time.", name=name))
                known.add(name)
                yield from self._places(value, (*place, name))
                yield (*place, name), at
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                yield from self._places(item, (*place, number))

    def _plain(self, value: Any, place: Place) -> Any:
        """As JSON has it."""
        if isinstance(value, dict):
            return {str(name): self._plain(one, (*place, str(name))) for name, one in value.items()}
        if isinstance(value, list):
            return [self._plain(one, (*place, number)) for number, one in enumerate(value)]
        if not isinstance(value, PLAIN):
            line = self._line(place)
            raise self._unreadable(line, text("Rules have words, whole numbers, dates and lists, and nothing else."))
        return value


def _depth(content: str) -> int:
    """How deep brackets stand in each other: it takes YAML ever longer, the deeper."""
    steps = (1 if sign in "[{" else -1 for sign in content if sign in "[]{}")
    return max(accumulate(steps), default=0)


def _without_aliases(content: str) -> str:
    """A few lines could else stand for more than fits into memory."""
    for event in yaml.parse(content, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _Alias(event.start_mark.line + 1 if event.start_mark else 1)
    return content


def written(told: Mapping[str, Any]) -> str:
    """A set, as the API shows it, as such a file."""
    kept = {name: told[name] for name in PARTS if told.get(name) or name == "bundles"}
    return yaml.safe_dump(_dated(kept), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100)


def _dated(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _dated(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_dated(one) for one in value]
    return date.fromisoformat(value) if name.startswith("effective_") and value else value


def _told(trouble: Trouble) -> Iterator[tuple[Place, str]]:
    if trouble.errors:
        yield from ((_place(name.split(".")), said) for name, said in trouble.errors.items())
    elif trouble.code == FAULTY and (found := MISSHAPEN.fullmatch(trouble.detail)):
        yield _place(STEP.findall(found["place"])), found["says"].replace("`", "")
    elif trouble.code == FAULTY:
        for said in trouble.detail.split("; "):
            fault = FAULT.fullmatch(said)
            yield (_place(STEP.findall(fault["place"])), fault["says"]) if fault else ((), said)


def _place(steps: list[str]) -> Place:
    return tuple(int(step) if step.isdecimal() else step for step in steps)
