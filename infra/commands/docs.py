"""``liandong docs``: the descriptions of the HTTP API and of the events, as files."""

from pathlib import Path

import click


@click.command(epilog="Example: `liandong docs site`, then open site/index.html by any web server.")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def command(directory: Path) -> None:
    """Write OpenAPI, AsyncAPI and pages to read them by. A running stack serves the same under /docs/."""
    from infra.docs.site import write_site  # noqa: PLC0415, it reads in all the services

    write_site(directory)
    click.echo(f"{directory / 'index.html'}")
