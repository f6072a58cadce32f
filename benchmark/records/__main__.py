"""Seeds records into a database of its own and measures the gateway's answers: a table, and pass or fail.

Exit status: 0 where every median holds, 1 where one does not, 2 for a wrong command line.
"""

import secrets
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from flask_migrate import upgrade
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from benchmark.records.asked import Measured, measure, questions
from benchmark.records.seed import seed
from gateway import create_app
from gateway.database import db
from gateway.settings import Settings


def main(
    records: Annotated[int, typer.Option(help="records to seed", min=100)] = 100_000,
    database_url: Annotated[
        str | None, typer.Option(help="an empty database to fill; default: SQLite in a temporary folder")
    ] = None,
    repeats: Annotated[int, typer.Option(help="requests a median", min=1)] = 21,
) -> None:
    """Measure requests for one record and lists with every filter."""
    with tempfile.TemporaryDirectory(prefix="ki67-records-") as folder:
        measured = _measured(Path(folder), records, database_url, repeats)
    Console().print(_table(measured, records))
    raise typer.Exit(0 if all(each.holds for each in measured) else 1)


def _measured(folder: Path, records: int, database_url: str | None, repeats: int) -> list[Measured]:
    secret = secrets.token_hex(32)
    app = create_app(
        Settings(
            secret=SecretStr(secret),
            var_folder=folder,
            database_url=SecretStr(database_url) if database_url else None,
            log_level="error",
        )
    )
    with app.app_context():
        upgrade()
        seeded = seed(records, secret)
        db.session.remove()
    return [measure(app, seeded, each, repeats) for each in questions(seeded)]


def _table(measured: list[Measured], records: int) -> Table:
    table = Table("asked", "by", "median ms", "limit ms", "holds", title=f"{records} records")
    for each in measured:
        asked = each.question
        holds = "yes" if each.holds else "[red]no"
        table.add_row(asked.name, asked.who, f"{each.median_ms:.1f}", f"{asked.limit_ms:.0f}", holds)
    return table


if __name__ == "__main__":
    typer.run(main)
