"""Restoring: a backup that was checked takes the place of the database, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from reminder.errors import DatabaseError, ReminderError
from reminder.storage.backup import sync
from reminder.storage.dumps import (
    DumpContents,
    drop_later_tables,
    load,
    read_dump,
    refuse_old_pg_restore,
    tables_made,
)
from reminder.storage.engine import Database
from reminder.storage.restore_mark import clear_mark, set_mark
from reminder.storage.restored import Restored, holds_data, settle
from reminder.storage.schema import REVISIONS, read_version, shown, upgrade
from reminder.storage.sqlite_files import check_copy, put_in_place, remove, stage

_SQLITE, _DUMP = b"SQLite format 3\0", b"PGDMP"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What restoring did."""

    restored: Restored
    version: str
    """The schema of the backup; the database has the present one."""
    kept: Path | None
    """Where the database lies that was there before; None for PostgreSQL, which keeps none."""


def is_worth_keeping(database: Database) -> bool:
    """Whether the present database holds anything, or cannot be read, so that nobody knows."""
    try:
        if database.file is not None and not database.file.exists():
            return False
        if read_version(database) is None:
            return False
        with database.read() as connection:
            return holds_data(connection)
    except DatabaseError:
        if not database.is_sqlite:
            raise  # no server, no restoring
        return True
    finally:
        database.close()


def restore(
    database: Database,
    file: Path,
    home: Path,
    now: datetime,
    environ: Mapping[str, str] | None = None,
) -> Replacement:
    """Put the backup *file* in the place of *database*. The caller holds *home*.

    DatabaseError or ReminderError where the file cannot be restored; the database is then as
    it was.
    """
    file = file.absolute()
    _refuse_other_kind(database, file)
    try:
        if database.file is not None:
            return _restore_file(database, database.file.resolve(), file, home, now)
        return _restore_dump(database, file, home, now, environ or {})
    except OSError as error:
        raise ReminderError(
            f"{error.filename or file}: cannot be used ({error.strerror}); nothing was restored"
        ) from error


def _restore_file(
    database: Database, present: Path, file: Path, home: Path, now: datetime
) -> Replacement:
    """All is done to a copy, which then takes the name of the database."""
    if present.exists() and present.samefile(file):
        raise ReminderError(f"{file}: is the database itself; name a backup")
    staged = present.with_name(f".{present.name}.restoring")
    present.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        with _naming(file):
            stage(file, staged)
            version = _known(check_copy(staged))
        copy = Database(database.url.set(database=str(staged)).render_as_string())
        try:
            upgrade(copy)
            with copy.write() as connection:
                restored = settle(connection, now)
        finally:
            copy.close()
        sync(staged)
        database.close()
        set_mark(home, file)
        try:
            kept = put_in_place(staged, present, now)
            sync(present.parent)
        finally:
            clear_mark(home)  # whatever failed: it is the database before, or all of the new one
    finally:
        remove(staged)
    return Replacement(restored, version, kept)


def _restore_dump(
    database: Database, file: Path, home: Path, now: datetime, environ: Mapping[str, str]
) -> Replacement:
    """The dump is loaded in one transaction; if we die after it, the mark stays.

    Restoring once more then does what is missing.
    """
    _refuse_newer(database)
    refuse_old_pg_restore(database, environ)
    with _naming(file):
        contents = read_dump(file, environ)
        version = _known(contents.version)
    set_mark(home, file)
    _load_or_nothing(database, file, contents, home, environ)
    with database.write() as connection:
        drop_later_tables(connection, contents)
    upgrade(database)
    with database.write() as connection:
        restored = settle(connection, now)
    clear_mark(home)
    return Replacement(restored, version, None)


def _load_or_nothing(
    database: Database, file: Path, contents: DumpContents, home: Path, environ: Mapping[str, str]
) -> None:
    before = tables_made(database)
    try:
        load(database, file, contents, environ)
    except DatabaseError as error:
        # A connection that breaks at the commit leaves open whether it took place.
        with suppress(DBAPIError):
            if tables_made(database) == before:
                clear_mark(home)
                raise DatabaseError(f"{file}: {error}. The database was not changed") from None
        raise


@contextmanager
def _naming(file: Path) -> Iterator[None]:
    """Say of what is wrong with a backup which one it is, and what to do."""
    try:
        yield
    except DatabaseError as error:
        raise DatabaseError(
            f"{file}: {error}. The database was not changed; name another backup"
        ) from None


def _refuse_other_kind(database: Database, file: Path) -> None:
    """By the first bytes: a dump is of no use to SQLite, nor a file of SQLite to PostgreSQL."""
    try:
        with file.open("rb") as stream:
            first = stream.read(len(_SQLITE))
    except OSError as error:
        raise ReminderError(f"{file}: cannot be read ({error.strerror})") from None
    kind = "PostgreSQL" if first.startswith(_DUMP) else "SQLite" if first == _SQLITE else ""
    if not kind:
        raise DatabaseError(
            f"{file}: is not a backup of this service; name one of reminder db backup"
        )
    if database.is_sqlite != (kind == "SQLite"):
        raise DatabaseError(
            f"{file}: is a backup of a {kind} database and {shown(database)} is another kind; "
            "set REMINDER_DATABASE_URL to what the backup is for"
        )


def _known(version: str) -> str:
    if version not in REVISIONS:
        raise DatabaseError(
            f"it has schema {version or 'none'}, which this program does not know; if it is of a "
            "newer version of the service, install that one"
        )
    return version


def _refuse_newer(database: Database) -> None:
    """What a newer version made could not be taken away without knowing it."""
    version = read_version(database)
    if version is not None and version not in REVISIONS:
        raise DatabaseError(
            f"{shown(database)} has schema {version}, which this program does not know; restore "
            "with the version that made it, or into an empty database"
        )
