"""``python -m infra.demo_bank OUT --seed 7``: write the demo bank's files into a directory."""

from pathlib import Path

import click

from infra.demo_bank import SEED
from infra.demo_bank.bank import write_bank


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--seed", default=SEED, show_default=True, help="Another seed makes another bank of the same size.")
def main(out: Path, seed: int) -> None:
    """Write a made-up bank into OUT: a CSV for each kind of feed, and the manifest beside them."""
    for kind, rows in write_bank(out, seed).items():
        click.echo(f"{out / kind}.csv  {rows:>6,} rows")


if __name__ == "__main__":
    main()
