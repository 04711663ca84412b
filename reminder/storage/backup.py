"""Backups: a whole and checked copy of the database under its final name, or nothing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reminder.crash_points import CrashPoint, passing
from reminder.errors import DatabaseError, ReminderError
from reminder.storage.dumps import dump, read_dump
from reminder.storage.engine import Database
from reminder.storage.schema import REVISIONS, read_version, shown
from reminder.storage.sqlite_files import RowCounts, check_copy, copy_online


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is there and was read back."""

    file: Path
    backup_at: datetime
    """It holds everything up to this instant, and perhaps a little of what came after."""
    size: int
    """In bytes."""
    agreements: int
    messages: int


def back_up(
    database: Database, file: Path, now: datetime, environ: Mapping[str, str] | None = None
) -> Backup:
    """Copy *database* to *file* while others use it.

    *environ* is where PostgreSQL's programs are found (PATH) and how they connect (PG...).
    DatabaseError or ReminderError says why there is no backup; *file* is not there then.
    """
    version = read_version(database)
    if version is None:
        raise DatabaseError(f"{shown(database)} is empty; there is nothing to back up")
    if version not in REVISIONS:
        raise DatabaseError(
            f"the database has schema {version}, which this program does not know; "
            "back it up with the version that made it"
        )
    with _put_in_place_at_the_end(file) as part:
        try:
            rows = _copy(database, part, now, environ or {})
        except DatabaseError as error:
            raise DatabaseError(
                f"{shown(database)} could not be backed up: {error}. Nothing was written; "
                "see reminder doctor"
            ) from None
        size = part.stat().st_size
    return Backup(file, now, size, rows.agreements, rows.messages)


def _copy(database: Database, part: Path, now: datetime, environ: Mapping[str, str]) -> RowCounts:
    """Fill *part* and read it back."""
    if database.file is not None:
        rows = copy_online(database.file, part, now)
        passing(CrashPoint.MID_BACKUP)
        check_copy(part)
    else:
        rows = dump(database, part, now, environ)
        passing(CrashPoint.MID_BACKUP)
        read_dump(part, environ)
    return rows


@contextmanager
def _put_in_place_at_the_end(file: Path) -> Iterator[Path]:
    """A private file beside *file* to be filled; it takes that name only when all went well."""
    _refuse_existing(file)
    part = file.with_name(f".{file.name}.{secrets.token_hex(6)}.part")
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(part, flags, 0o600))
    except OSError as error:
        raise ReminderError(
            f"{file}: cannot be written ({error.strerror}); choose another folder"
        ) from None
    try:
        yield part
        sync(part)
        _refuse_existing(file)  # another one may have been made meanwhile
        part.rename(file)
        sync(file.parent)
    except OSError as error:
        raise ReminderError(f"{file}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


def _refuse_existing(file: Path) -> None:
    if os.path.lexists(file):  # a link that leads nowhere too
        raise ReminderError(f"{file}: is there already; nothing was changed, name another file")


def sync(path: Path) -> None:
    """Have a file or folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
