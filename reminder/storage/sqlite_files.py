"""Files of SQLite as wholes: copied while in use, checked, and one put in another's place."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote

from reminder.errors import DatabaseError

BUSY_SECONDS = 15.0
"""How long a writer is waited for."""
ALONE_SECONDS = 2.0
"""How long other commands are waited for before the database is replaced."""
OURS = frozenset(("alembic_version", "agreements", "messages", "events", "service"))
"""Tables that every version of this service has."""
_BESIDE = ("-wal", "-shm", "-journal")
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What a backup holds, in numbers that a person knows."""

    agreements: int
    messages: int


def copy_online(file: Path, copy: Path, now: datetime) -> RowCounts:
    """Copy the database *file* into the empty file *copy*, whoever reads and writes it.

    *now* is stored in the copy as ``backup_at``: read before the copying began, so that the
    copy is never older than it says.
    """
    with _open(file, "rw") as database:
        # Not the pages as they lie: VACUUM leaves out what was deleted.
        database.execute("VACUUM INTO ?", (str(copy),))
    with _open(copy, "rw") as database:
        database.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        database.execute(
            "INSERT OR REPLACE INTO service (name, value) VALUES ('backup_at', ?)",
            (now.isoformat(),),
        )
        return RowCounts(
            agreements=database.execute("SELECT count(*) FROM agreements").fetchone()[0],
            messages=database.execute("SELECT count(*) FROM messages").fetchone()[0],
        )


def check_copy(copy: Path) -> str:
    """The schema's revision in *copy*; DatabaseError where it is damaged or not ours."""
    with _open(copy, "rw") as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if not names >= OURS:
            raise DatabaseError("it is a database of another program")
        found = [row[0] for row in database.execute("PRAGMA integrity_check(5)")]
        if found != ["ok"]:
            raise DatabaseError(f"it is damaged ({'; '.join(found)[:300]})")
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            tables = ", ".join(sorted({row[0] for row in broken}))
            raise DatabaseError(f"{len(broken)} rows refer to rows that are missing ({tables})")
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else ""


def stage(file: Path, staged: Path) -> None:
    """Copy a backup into the private file *staged*; what an earlier try left goes first."""
    remove(staged)
    os.close(os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with _open(file, "ro") as source, _open(staged, "rw") as target:
        source.backup(target)


def put_in_place(staged: Path, file: Path, now: datetime) -> Path | None:
    """Give *staged* the name *file*, at once; where the database of that name is kept now."""
    if not file.exists():
        staged.replace(file)
        return None
    kept = _free_name(file.with_name(f"{file.name}.before-restore-{now:%Y%m%dT%H%M%SZ}"))
    with _alone(file):
        for end in _BESIDE:  # only a damaged database still has them here
            beside = file.with_name(file.name + end)
            if beside.exists():
                beside.replace(kept.with_name(kept.name + end))
        # A second name first: there is no instant at which no database is there, and
        # another command would make an empty one.
        os.link(file, kept)
        staged.replace(file)
    kept.chmod(0o600)
    return kept


def remove(file: Path) -> None:
    """Take a database file away, with what SQLite keeps beside it."""
    for end in ("", *_BESIDE):
        file.with_name(file.name + end).unlink(missing_ok=True)


@contextmanager
def _open(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection of its own to a file that exists; DatabaseError for all that goes wrong."""
    try:
        with closing(
            sqlite3.connect(
                f"file:{quote(str(file))}?mode={mode}",
                uri=True,
                timeout=BUSY_SECONDS,
                isolation_level=None,
            )
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise DatabaseError(f"it cannot be read or copied ({error})") from None


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Nobody else has the database *file* open, and its log is folded into it.

    One that is damaged is left as it is. DatabaseError where another program has it open:
    it would go on writing into the file that is moved away.
    """
    with closing(sqlite3.connect(file, timeout=ALONE_SECONDS, isolation_level=None)) as connection:
        try:
            # Only where nobody else has it open can the log be folded in and given up.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in _DAMAGED:
                raise DatabaseError(
                    f"{file}: another program has the database open ({error}); end it, then "
                    "run this again. Nothing was changed"
                ) from None
        yield


def _free_name(wanted: Path) -> Path:
    names = (wanted if n == 1 else wanted.with_name(f"{wanted.name}-{n}") for n in count(1))
    return next(name for name in names if not os.path.lexists(name))
