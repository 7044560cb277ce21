"""The network where namespaces are not allowed: each place is an address of loopback, and a small TCP proxy stands
before whatever listens there.

Who dials is told by the environment of the process at the other end of the connection. A pair that is cut keeps its
connections, and new ones are taken, but nothing passes until it is healed. Disks of one's own there are none.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil

from infra.chaos.network import Network, Place

TAG = "CHAOS_PLACE"
CHUNK = 65_536
STRANGER = ""
"""The place of whoever has none: the run itself, which is never cut off."""
Peer = tuple[str, int]
T = TypeVar("T")


@dataclass
class Dialling:
    """Who is at the other end of the connections that come in; one look at the machine serves all who wait for it."""

    _known: dict[Peer, str] = field(default_factory=dict)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def place_of(self, peer: Peer) -> str:
        async with self._looking:
            if peer not in self._known:
                self._known = await asyncio.to_thread(_look)
        return self._known.pop(peer, STRANGER)


@dataclass
class Proxies(Network):
    """``with Proxies(names) as network: network.places["a"]``."""

    names: Sequence[str]
    places: dict[str, Place] = field(default_factory=dict)
    one_loopback: bool = True
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _dialling: Dialling = field(default_factory=Dialling)
    _cuts: dict[frozenset[str], asyncio.Event] = field(default_factory=dict)
    """For each pair that is cut, what is set once it is healed."""
    _servers: list[asyncio.Server] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()
        for number, name in enumerate(self.names, 1):
            tag = ("env", f"{TAG}={name}")
            self.places[name] = Place(name, f"127.77.{number}.1", f"127.77.{number}.2", tag)
        return self

    def __exit__(self, *_: object) -> None:
        self.heal()
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def small_disk(self, directory: Path, megabytes: int) -> None:  # noqa: ARG002 -- there is none
        directory.mkdir(parents=True, exist_ok=True)

    def expose(self, name: str, port: int) -> None:
        place = self.places[name]
        server = asyncio.start_server(partial(self._serve, place, port), place.address, port)
        self._servers.append(self._wait(server))

    def cut(self, one: str, others: Iterable[str]) -> None:
        pairs = [frozenset((one, other)) for other in others]
        self._wait(self._change(lambda: self._cuts.update({pair: asyncio.Event() for pair in pairs})))

    def heal(self) -> None:
        self._wait(self._change(self._open_all))

    def _open_all(self) -> None:
        for healed in self._cuts.values():
            healed.set()
        self._cuts.clear()

    async def _change(self, change: Callable[[], None]) -> None:
        change()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        passing = asyncio.all_tasks() - {asyncio.current_task()}
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    async def _serve(self, place: Place, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):  # nobody there, or the run ends
            pair = frozenset((place.name, await self._dialling.place_of(writer.get_extra_info("peername"))))
            await self._passable(pair)
            there_reader, there_writer = await asyncio.open_connection(place.listens, port)
            await asyncio.gather(self._pass(pair, reader, there_writer), self._pass(pair, there_reader, writer))
        writer.close()

    async def _pass(self, pair: frozenset[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """From one side to the other until either ends; the end, too, is not told while the pair is cut."""
        data = b"begun"
        try:
            while data:
                data = await reader.read(CHUNK)
                await self._passable(pair)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            await self._passable(pair)
            writer.close()

    async def _passable(self, pair: frozenset[str]) -> None:
        while pair in self._cuts:
            await self._cuts[pair].wait()


def _look() -> dict[Peer, str]:
    """Each end of a connection of this machine, and the place of the process that holds it."""
    places: dict[int, str] = {}
    known: dict[Peer, str] = {}
    for connection in psutil.net_connections("tcp4"):
        if connection.pid is not None and connection.laddr:
            if connection.pid not in places:
                places[connection.pid] = _place(connection.pid)
            known[connection.laddr.ip, connection.laddr.port] = places[connection.pid]
    return known


def _place(pid: int) -> str:
    try:
        return psutil.Process(pid).environ().get(TAG, STRANGER)
    except psutil.Error:
        return STRANGER
