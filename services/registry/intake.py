"""The way in, for the service and for the command line alike: which files, checked how, through which doors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.registry.feed import Feed, FeedRefused, file_feed
from services.registry.kinds import KINDS, Kind
from services.registry.loader import Noted, Ports, Work
from services.registry.manifest import Control, find_manifest, read_manifest
from services.registry.stores import Documents, MongoKeys, MongoPlaces, MongoRejects
from services.registry.vault import Vault, open_vault
from shared.core.days import bank_day
from shared.core.errors import NotFound
from shared.core.reaction import Intent
from shared.core.recorded import Meta
from shared.core.store import CommitStore

SUFFIXES = (".csv", ".ndjson", ".jsonl")
BANK_CURRENCIES = frozenset({"CNY"})


class Executor(Protocol):
    """What decides commands on registry's log."""

    store: CommitStore

    def execute(self, intent: Intent, meta: Meta) -> Noted: ...

    def execute_many(self, work: Work) -> Sequence[int]: ...


def open_ports(
    executor: Executor,
    database: Documents,
    vault: Vault,
    new_id: Callable[[], str],
    clock: Callable[[], datetime],
    currencies: frozenset[str] = BANK_CURRENCIES,
) -> Ports:
    """The ports of a load on the real log. ``clock`` answers aware UTC."""
    rejects = MongoRejects(database)
    rejects.prepare()
    return Ports(
        load_many=executor.store.load_many,
        record=executor.execute_many,
        note=executor.execute,
        vault=vault,
        rejects=rejects,
        places=MongoPlaces(database),
        new_id=new_id,
        today=lambda: bank_day(clock()),
        currencies=currencies,
    )


def vault_of(database: Documents, secrets: Path) -> Vault:
    """The vault over this database's keys. Raises ``VaultError``."""
    keys = MongoKeys(database)
    keys.prepare()
    return open_vault(secrets, keys)


def plan(paths: Iterable[Path], kind: str | None = None) -> list[Feed]:
    """The feeds in files and directories, each checked from end to end, in the order in which they load.

    Raises ``FeedRefused`` with the first thing that is wrong, before any row of any of them is recorded.
    """
    found = [(_kind(path, control, kind), path, control) for path, control in _files(paths)]
    order = list(KINDS)
    found.sort(key=lambda one: (order.index(one[0].name), one[1].name))
    return [_checked(*one) for one in found]


def _checked(kind: Kind, path: Path, control: Control | None) -> Feed:
    feed = file_feed(path, kind.shape)
    if control is not None:
        control.check(path.name, feed.figures)
    return feed


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, Control | None]]:
    """Each file with its control totals, where a manifest stands beside it."""
    for path in paths:
        manifest = find_manifest(path if path.is_dir() else path.parent)
        controls = read_manifest(manifest) if manifest is not None else None
        if not path.is_dir():
            yield path, _control(path, controls)
            continue
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
        missing = sorted(set(controls or ()) - {file.name for file in files})
        if missing:
            raise FeedRefused(missing[0], "is in the manifest, and not in the directory; hand it over too")
        if not files:
            raise FeedRefused(str(path), f"holds no feed: no {', '.join(SUFFIXES)} file")
        for file in files:
            yield file, _control(file, controls)


def _control(path: Path, controls: dict[str, Control] | None) -> Control | None:
    if controls is None:
        return None
    if path.name not in controls:
        raise FeedRefused(path.name, "stands beside a manifest that does not name it; add it there, or move it away")
    return controls[path.name]


def _kind(path: Path, control: Control | None, asked: str | None) -> Kind:
    """As asked, as the manifest says, or as the name begins: ``balances-2026-08.csv``."""
    names = [asked, control.kind if control else None, path.name.partition(".")[0].partition("-")[0]]
    name = next(name for name in names if name is not None)
    if name not in KINDS:
        raise FeedRefused(path.name, f"{name!r} is no kind of feed; name it with --kind: {', '.join(KINDS)}")
    return KINDS[name]


def kind_named(name: str) -> Kind:
    """The kind that a caller named. Raises ``NotFound``."""
    if name not in KINDS:
        raise NotFound("unknown_kind", f"There is no kind of feed {name[:40]!r}. Send one of: {', '.join(KINDS)}.")
    return KINDS[name]
