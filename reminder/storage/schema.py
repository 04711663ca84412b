"""The schema: made on first use, compared at each start, brought up to date on demand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from reminder.crash_points import CrashPoint, passing
from reminder.errors import DatabaseError
from reminder.storage.engine import SQLITE_PRAGMAS, Database
from reminder.storage.identity import give_id
from reminder.storage.postgresql_sessions import connect_args

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every revision in order; a start compares one row with the last and loads no Alembic."""

_MIGRATION_LOCK = 7_205_759_403_792_794  # any constant; names our advisory lock in PostgreSQL


def open_database(url: str) -> Database:
    """The database behind *url* with its schema in place; DatabaseError says why not."""
    database = Database(url)
    try:
        ensure_schema(database)
    except BaseException:
        database.close()
        raise
    return database


def ensure_schema(database: Database, revisions: Sequence[str] = REVISIONS) -> None:
    """Make the schema in an empty database; refuse one that is older, newer or not ours."""
    if database.file is not None and _is_missing(database.file):
        _refuse_to_replace(database.file)
    _make_private_file(database.file)
    version = read_version(database)
    if version == revisions[-1]:
        return
    if version is None:
        if database.file is not None:
            _refuse_to_replace(database.file)
        _migrate(database)
    elif version in revisions:
        raise DatabaseError(
            f"the database has schema {version} and this program needs {revisions[-1]}; "
            "back it up, then run: reminder db upgrade"
        )
    else:
        raise DatabaseError(
            f"the database has schema {version}, which this program does not know; "
            "it was used with a newer version, install that one"
        )


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the schema up to date; the revision before and after."""
    _make_private_file(database.file)
    before = read_version(database)
    if before is not None and before not in REVISIONS:
        ensure_schema(database)  # refuses, and says why
    if before != REVISIONS[-1]:
        _migrate(database)
    return before, REVISIONS[-1]


def read_version(database: Database) -> str | None:
    """The revision of the schema, None for a database without any."""
    try:
        with database.read() as connection:
            return _version(connection)
    except DBAPIError as error:
        raise DatabaseError(
            f"the database {shown(database)} cannot be used: {_reason(error)}; "
            "check REMINDER_DATABASE_URL, and that the service may read and write there"
        ) from None


def shown(database: Database) -> str:
    """Its file or URL, without a password."""
    return str(database.file) if database.file else database.url.render_as_string()


def _version(connection: Connection) -> str | None:
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return version
    foreign = names & {"agreements", "bureaus", "messages", "notices"}
    if foreign:
        raise DatabaseError(
            f"the database holds a table {min(foreign)} that this service did not make; "
            "give the service a database of its own"
        )
    return None


def _migrate(database: Database) -> None:
    engine = create_engine(
        database.url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={} if database.is_sqlite else connect_args(database.url),
    )
    if database.is_sqlite:
        event.listen(engine, "connect", _without_foreign_keys)
        event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.begin() as connection:
            if not database.is_sqlite:
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK}
                )
            if _version(connection) == REVISIONS[-1]:
                return  # another process was faster
            _run_alembic(connection)
            give_id(connection)
            passing(CrashPoint.MID_MIGRATION)
            if database.is_sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise DatabaseError(f"the upgrade would break {len(broken)} references")
    except DBAPIError as error:
        raise DatabaseError(
            f"the schema of {shown(database)} could not be made: {_reason(error)}; "
            "nothing was changed"
        ) from None
    finally:
        engine.dispose()


def _run_alembic(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "reminder.storage:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _without_foreign_keys(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # SQLite changes a table by copying and dropping it; with foreign keys on, the drop
    # would delete what refers to it. They are checked as a whole at the end instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (*SQLITE_PRAGMAS, "foreign_keys=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _make_private_file(file: Path | None) -> None:
    """SQLite would make the file with the mode of the umask; its -wal and -shm copy this mode."""
    if file is None:
        return
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise DatabaseError(
            f"the database {file} cannot be opened ({error.strerror}); make its folder, "
            "and give it to the user of the service"
        ) from None


def _is_missing(file: Path) -> bool:
    try:
        file.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # who opens it says why that cannot be done
    return False


def _refuse_to_replace(file: Path) -> None:
    """An empty database in place of one that is lost would tell everybody everything again.

    A daemon keeps its outcome journals beside the database, and makes them after it.
    """
    if any(file.parent.glob("outcomes.*.journal")):
        raise DatabaseError(
            f"the database {file} is gone or empty, and this home has sent mails from it; move it "
            "back, or run: reminder db restore FILE. To begin anew with an empty one, which "
            "knows of no mail that was sent, run: reminder db upgrade"
        )


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:300]
