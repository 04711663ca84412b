"""``db``: looks after the database."""

from __future__ import annotations

import click

from reminder.cli.app import App, pass_app
from reminder.cli.backups import backup, restore


@click.group()
def db() -> None:
    """Look after the database."""


db.add_command(backup)
db.add_command(restore)


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


@db.command()
@pass_app
def adopt(app: App) -> None:
    """Let this service send from a database that last sent under another public URL.

    Only where it takes over from the other one, or where its mails reach nobody: with both
    sending, everybody gets everything twice.
    """
    from reminder.storage.adoption import adopt

    here = app.settings.public_url
    with app.database.write() as connection:
        before = adopt(connection, here, app.clock.now())
    if before == here:
        click.echo(f"Nothing to do: this database sends as {here} already.")
    elif not before:
        click.echo(f"This database sends as {here}; it had sent under no other URL.")
    else:
        click.echo(
            f"This database sends as {here} from now on, and no longer as {before}. See that the "
            f"service at {before} is stopped for good."
        )
        click.echo(f"Links in the mails sent before lead to {before}.")
