"""``liandong token``: a bearer token of the demo identity provider."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from infra.stack.broken import Broken
from shared.runtime.auth import PRIVATE, Principal, issue_token

ROLES = ("corporate", "retail", "product", "branch", "compliance", "designer", "approver", "hr", "ops", "auditor")


@click.command(epilog='Example: curl -H "Authorization: Bearer $(liandong token --staff HR01 --role hr)" …')
@click.option("--staff", required=True, help="Staff number, or the name of a machine.")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="May be repeated.")
@click.option("--unit", help="Unit id.")
@click.option("--line", help="Business line.")
@click.option("--hours", default=12, show_default=True, type=click.IntRange(1, 24 * 30))
@click.pass_obj
def command(run_dir: Path, staff: str, roles: tuple[str, ...], unit: str | None, line: str | None, hours: int) -> None:
    """Issue a bearer token, signed with the key of this stack's demo identity provider."""
    secrets = run_dir / "secrets"
    if not (secrets / PRIVATE).exists():
        raise Broken(f"{secrets} holds no identity key: start the stack once with `make run`")
    principal = Principal(staff, staff, frozenset(roles), unit, line)
    click.echo(issue_token(secrets, principal, datetime.now(UTC), timedelta(hours=hours)))
