"""``db backup`` and ``db restore``: a copy of the database, and it put back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.errors import ReminderError
from reminder.home_lock import hold_home

if TYPE_CHECKING:
    from reminder.storage.backup import Backup
    from reminder.storage.engine import Database
    from reminder.storage.restoring import Replacement

BACKUPS = "var/backups"


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def backup(app: App, file: Path | None, as_json: bool) -> None:
    """Copy the database to FILE (default: a new one in var/backups), while the daemon runs.

    PostgreSQL needs its program pg_dump on the PATH, not older than the server. A file that
    exists is never overwritten.
    """
    from reminder.storage.backup import back_up
    from reminder.storage.engine import Database

    now = app.clock.now()
    database = Database(app.settings.database_url)
    try:
        target = (file or _default_file(app, now, database.is_sqlite)).absolute()
        made = back_up(database, target, now, app.environ)
    finally:
        database.close()
    if as_json:
        print_json(made)
    else:
        _say_backup(app, made)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Replace a database that holds data.")
@pass_app
def restore(app: App, file: Path, yes: bool) -> None:
    """Put the backup FILE in the place of the database. No daemon may run (exit 75).

    Stop whatever else uses the database too, on other machines as well. The file is checked
    first; where it cannot be restored, nothing is changed. What waits in it may have been sent
    since, so those mails leave marked as possible duplicates. PostgreSQL needs its program
    pg_restore on the PATH, not older than the server.
    """
    from reminder.storage.engine import Database
    from reminder.storage.restoring import is_worth_keeping, restore
    from reminder.storage.schema import shown

    database = Database(app.settings.database_url)
    try:
        with hold_home(app.settings.home):
            if not yes and is_worth_keeping(database):
                raise ReminderError(
                    f"{shown(database)} holds data, which the backup would replace. Back it up "
                    "(reminder db backup), then say that you mean it: "
                    f"reminder db restore --yes {quote(str(file))}"
                )
            done = restore(database, file, app.settings.home, app.clock.now(), app.environ)
            _say_restored(app, database, done)
    finally:
        database.close()


def _default_file(app: App, now: datetime, is_sqlite: bool) -> Path:
    folder = app.settings.home / BACKUPS
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ReminderError(
            f"{folder}: cannot be made ({error.strerror}); name a file elsewhere"
        ) from None
    return folder / f"reminder-{now:%Y%m%dT%H%M%SZ}.{'db' if is_sqlite else 'dump'}"


def _say_backup(app: App, made: Backup) -> None:
    click.echo(f"Backup: {made.file}")
    click.echo(
        f"  {_megabytes(made.size)}, {_number(made.agreements, 'agreement')}, "
        f"{_number(made.messages, 'message')}, as of {made.backup_at:%Y-%m-%d %H:%M:%S} UTC; "
        "read back and found whole."
    )
    click.echo(
        f"Keep with it, but apart from it: {app.settings.home / '.env'}. Its secret key signs the "
        "links in the mails, and is not in the database."
    )


def _say_restored(app: App, database: Database, done: Replacement) -> None:
    from reminder.storage.adoption import has_sent, sender_url
    from reminder.storage.schema import REVISIONS, shown

    restored = done.restored
    click.echo(
        f"Restored: {shown(database)} as of {restored.backup_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"{_number(restored.agreements, 'agreement')}, {_number(restored.messages, 'message')}."
    )
    if done.version != REVISIONS[-1]:
        click.echo(f"  schema {done.version} -> {REVISIONS[-1]}")
    if done.kept is not None:
        click.echo(f"  The database before: {done.kept} (remove it when nobody needs it).")
    click.echo(
        f"  {_number(restored.marked, 'message')} may have been sent since; each leaves marked as "
        f"a possible duplicate. {restored.uncertain} uncertain."
    )
    with database.read() as connection:
        before = sender_url(connection) if has_sent(connection) else ""
    click.echo("Next:")
    if before not in ("", app.settings.public_url):
        click.echo(f"  reminder db adopt     it last sent as {before}; nothing is sent before that")
    click.echo("  reminder status       whether all is well")
    click.echo("  reminder run          or once: what was due since is told, marked too")


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
