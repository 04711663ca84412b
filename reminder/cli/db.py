"""``db``: looks after the database."""

from __future__ import annotations

import click

from reminder.cli.app import App, pass_app


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@pass_app
def upgrade(app: App) -> None:
    """Bring the schema up to date, after a backup. Does nothing where it is."""
    from reminder.storage.engine import Database
    from reminder.storage.schema import shown, upgrade

    database = Database(app.settings.database_url)
    try:
        before, after = upgrade(database)
    finally:
        database.close()
    if before == after:
        click.echo(f"{shown(database)}: the schema is up to date ({after}).")
    else:
        click.echo(f"{shown(database)}: schema {before or 'none'} -> {after}.")
