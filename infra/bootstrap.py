"""What a fresh stack needs besides processes: first what they rely on, then what their users want to see."""

import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import click
from pymongo import MongoClient
from rich.console import Console
from rich.table import Table

from infra.commands.import_ import import_files
from infra.connected import remember
from infra.demo.corporate import propose_a_joint_lead
from infra.demo.money import activate_the_plan
from infra.demo.stage import Stage
from infra.demo.story import default_plan
from infra.demo_bank import SEED
from infra.demo_bank.bank import write_bank
from infra.demo_bank.cast import Player
from infra.demo_bank.cast import cast as players
from infra.stack.context import Context
from infra.stack.nginx import docs_of
from services.catalogue import EVENTS, UPCASTS
from shared.runtime.auth import Principal, make_identity_keys
from shared.runtime.mongo_store import JsonDocument
from shared.runtime.wiring import Logs

PARTS = {
    "corporate_manager": "corporate",
    "retail_manager": "retail",
    "branch_manager": "branch",
    "compliance_officer": "compliance",
    "product_manager": "product",
    "hr_officer": "hr",
    "ops": "bank",
}
"""What the story calls somebody of the cast by; the others keep their names."""

console = Console(highlight=False)


def prepare(context: Context) -> None:
    """The servers stand, none of our processes runs yet: keys and indexes that all of them rely on."""
    make_identity_keys(context.secrets)
    identities = [
        {
            "part": part,
            "staff_id": p.staff_id,
            "name": p.name,
            "roles": sorted(p.roles),
            "unit_id": p.unit_id,
            "line": p.line,
        }
        for part, p in cast().items()
    ]
    (context.secrets / "demo-identities.json").write_text(json.dumps(identities, ensure_ascii=False), encoding="utf-8")
    with MongoClient[JsonDocument](context.mongo_uri, tz_aware=True) as client:
        for store in Logs(client, EVENTS, UPCASTS, partitions=1).stores.values():
            store.prepare()


def cast() -> Mapping[str, Principal]:
    """The demo's people by their part in the story."""
    known = players(SEED)
    found = {field.name: getattr(known, field.name) for field in fields(known)}
    return {
        PARTS.get(name, name): Principal(p.staff_id, p.name, frozenset({p.role}), p.unit_id, p.line)
        for name, p in found.items()
        if isinstance(p, Player)
    }


def make_bank_files(run_dir: Path) -> Path:
    """The demo bank's files, as a bank would hand them over; made once."""
    directory = run_dir / "bank"
    if not (directory / "manifest.yaml").exists():
        write_bank(directory, SEED)
    return directory


def bootstrap(context: Context) -> None:
    """Everything is ready, and users may come: developers find the descriptions, the demo bank is loaded, a plan is
    active, one joint lead waits for its two sides, and the logins are shown.
    """
    from infra.docs.site import write_site  # noqa: PLC0415, it reads in nameko and all the services

    remember(context.run_dir, context.settings())
    write_site(docs_of(context.run_dir))
    import_files(context.run_dir, [make_bank_files(context.run_dir)], console)
    stage = Stage(context.public_url, context.secrets, context.run_dir, cast(), console)
    activate_the_plan(stage, default_plan())
    if not stage["corporate"].get("/api/leads")["leads"]:
        propose_a_joint_lead(stage)
    stage.close()
    welcome(context)


def welcome(context: Context) -> None:
    """Who may sign in, each once, and where."""
    table = Table("staff", "name", "roles", "unit", title="demo logins: no password, choose a name")
    for p in {p.staff_id: p for p in cast().values()}.values():
        table.add_row(p.staff_id, p.name, ", ".join(sorted(p.roles)), p.unit_id)
    console.print(table)
    console.print(f"open [bold]{context.public_url}[/], developers {context.public_url}/docs/")


@click.command()
@click.argument("step", type=click.Choice(["prepare", "bootstrap"]))
def command(step: str) -> None:
    """One step, as `liandong run` has it done: the context comes pickled by standard input."""
    context: Context = pickle.load(sys.stdin.buffer)  # noqa: S301, from our own parent
    {"prepare": prepare, "bootstrap": bootstrap}[step](context)


if __name__ == "__main__":
    from infra.cli import main

    main(command=command)
