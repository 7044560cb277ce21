"""``liandong status``: each process with its pid, state and memory, and how far everything is."""

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pymongo.errors import PyMongoError
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table

from infra.stack.broken import Broken
from infra.stack.lock import Holder, read_holder
from infra.stack.measured import Measured, measure

if TYPE_CHECKING:
    from infra.standing import Standing

MB = 1_000_000
REFRESH_SECONDS = 1.0


@click.command(epilog="Examples: `liandong status --watch`; `liandong status --json | jq .subscriptions`")
@click.option("--json", "as_json", is_flag=True, help="For machines; has everything.")
@click.option("--watch", is_flag=True, help="A live table, until Ctrl-C.")
@click.option("--all", "everything", is_flag=True, help="Every subscription, also those that have caught up.")
@click.pass_obj
def command(run_dir: Path, *, as_json: bool, watch: bool, everything: bool) -> None:
    """What runs, how much memory it takes, and how far relays and subscriptions are. Exit code 1 when nothing runs."""
    if read_holder(run_dir) is None and "LIANDONG_MONGO_URI" not in os.environ:
        click.echo(f"not running in {run_dir}; `make run` starts it", err=True)
        raise SystemExit(1)
    with contextlib.closing(Look(run_dir)) as look:
        if as_json:
            click.echo(json.dumps(look.facts(), default=datetime.isoformat))
        elif watch:
            _watch(look, everything=everything)
        else:
            Console().print(look.tables(everything=everything))


def _watch(look: "Look", *, everything: bool) -> None:
    # A shell starts what it runs in the background deaf to Ctrl-C; brought to the front, it must end all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), Live(look.tables(everything=everything), auto_refresh=False) as live:
        while True:
            time.sleep(REFRESH_SECONDS)
            live.update(look.tables(everything=everything), refresh=True)


class Look:
    """Looks again and again over the same connections; tells in words what does not answer."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._open = contextlib.ExitStack()
        self._ask: Any = None

    def close(self) -> None:
        self._open.close()

    def facts(self) -> dict[str, Any]:
        holder, rows, standing, trouble = self._now()
        facts: dict[str, Any] = asdict(standing) if standing else {"notes": [trouble]}
        return {"address": holder.address if holder else None, "processes": [asdict(row) for row in rows], **facts}

    def tables(self, *, everything: bool) -> RenderableType:
        from infra.status_tables import tables  # noqa: PLC0415 -- see _standing

        holder, rows, standing, trouble = self._now()
        processes = [_table(rows, holder.address or "starting")] if holder else []
        return Group(*processes, tables(standing, everything=everything) if standing else trouble)

    def _now(self) -> "tuple[Holder | None, list[Measured], Standing | None, str]":
        rows = list(measure(self._run_dir))
        try:
            return read_holder(self._run_dir), rows, self._standing(), ""
        except Broken as broken:
            return read_holder(self._run_dir), rows, None, str(broken)
        except PyMongoError as error:
            return read_holder(self._run_dir), rows, None, f"the database does not answer ({type(error).__name__})"

    def _standing(self) -> "Standing":
        """Read only now: it pulls in all the services, and whoever measures memory needs none of them."""
        from infra.connected import connected  # noqa: PLC0415
        from infra.standing import Broker, look  # noqa: PLC0415

        if self._ask is None:
            here = self._open.enter_context(connected(self._run_dir))
            broker = self._open.enter_context(contextlib.closing(Broker(here.settings.amqp_uri)))
            self._ask = lambda: look(here, broker)
        standing: Standing = self._ask()
        return standing


def _table(rows: list[Measured], address: str) -> Table:
    table = Table("process", "pid", "state", title=f"Liandong, {address}", show_footer=True)
    table.add_column("resident MB", justify="right", footer=f"{sum(row.resident for row in rows) / MB:,.0f}")
    table.columns[0].footer = "total"
    for row in rows:
        died = f", died {row.deaths} ×" if row.deaths else ""
        state = f"{'running' if row.pid else 'down'}{died}"
        table.add_row(row.process, str(row.pid or "–"), state, f"{row.resident / MB:,.0f}")
    return table
