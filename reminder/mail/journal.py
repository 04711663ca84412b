"""The outcome journal: verdicts kept in a local file until the database has them.

Between the relay's reply to the final dot and the commit that records it, the verdict is
known to the process alone. One record, written at once, survives the end of the process;
synced, it survives the end of the machine. What it says is asserted again at the next start.
"""

from __future__ import annotations

import fcntl
import os
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Self

from reminder.crash_points import CrashPoint, passing
from reminder.errors import ReminderError
from reminder.mail.journal_records import (
    RECORD_SIZE,
    OutcomeEntry,
    decode_since,
    encode,
    last_sequence,
)

__all__ = ["OutcomeEntry", "OutcomeJournal", "read_entries"]

SLOTS = 4096
FILE_SIZE = SLOTS * RECORD_SIZE
MOST_FILES = 16
_CLOSED = -1


class OutcomeJournal:
    """This process's ring of records, in the first file of the folder that nobody else holds.

    Threads may share it; a fork must not: open it after forking. ``write`` and ``sync``
    raise no ``OSError`` but say False where the disk refuses, because the mail is out by then:
    the caller commits the verdict all the same, and logs ``trouble``.
    """

    def __init__(self, folder: Path) -> None:
        """Create *folder* (0700) and a file (0600) where absent.

        ``ReminderError`` where no file can be had; then nothing may be sent.
        """
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = _take_file(folder)
            data = os.pread(self._descriptor, FILE_SIZE, 0)
        except OSError as error:
            raise ReminderError(
                f"{folder}: the outcome journal cannot be opened ({error.strerror}); free "
                f"{FILE_SIZE >> 20} MiB there, or give the folder to the user of the service"
            ) from None
        self._lock = Lock()
        self._sequence = last_sequence(data)
        self._synced = self._sequence
        self.needs_replay = True
        """Whether it may know verdicts that the database does not: at the start, and after a
        commit that failed."""
        self.database_id = ""
        """Of the database that the verdicts are about, and without which an entry counts for
        nothing later. The replay at the start finds it out, and so comes before any sending."""
        self.trouble = ""
        """Why the last ``write`` or ``sync`` that failed did."""

    def write(self, entry: OutcomeEntry) -> bool:
        """Put *entry* on record: from now on it survives the end of this process."""
        with self._lock:
            self._sequence += 1
            try:
                record = encode(entry, self._sequence, self.database_id)
                at = self._sequence % SLOTS * RECORD_SIZE
                written = os.pwrite(self._open_descriptor(), record, at)
            except (OSError, ValueError) as error:
                self.trouble = str(error)
                return False
        if written != RECORD_SIZE:
            self.trouble = f"only {written} of {RECORD_SIZE} octets were written"
            return False
        passing(CrashPoint.JOURNAL_WRITTEN)
        return True

    def sync(self) -> bool:
        """Make what was written survive a loss of power; nothing is done where nothing was."""
        try:
            with self._lock:
                descriptor, upto = self._open_descriptor(), self._sequence
                if upto == self._synced:
                    return True
            os.fdatasync(descriptor)
        except (OSError, ValueError) as error:
            self.trouble = str(error)
            return False
        with self._lock:
            self._synced = max(self._synced, upto)
        passing(CrashPoint.JOURNAL_SYNCED)
        return True

    def entries(self, since: datetime) -> list[OutcomeEntry]:
        """What all processes of this folder wrote, see ``read_entries``."""
        return read_entries(self._folder, since)

    def close(self) -> None:
        """Leave the file to the next process; what is written or synced after this fails."""
        with self._lock:
            descriptor, self._descriptor = self._descriptor, _CLOSED
        if descriptor != _CLOSED:
            os.close(descriptor)

    def _open_descriptor(self) -> int:
        if self._descriptor == _CLOSED:
            raise ValueError(f"the outcome journal in {self._folder} is closed")
        return self._descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def read_entries(folder: Path, since: datetime) -> list[OutcomeEntry]:
    """The entries in all files of *folder* that ended at *since* or later, the oldest first.

    Of each file the last 4,096 are left. Torn records and files that are not ours or cannot
    be read count for nothing: they must not keep the service from starting.
    """
    found: list[OutcomeEntry] = []
    for number in range(MOST_FILES):
        try:
            data = _path(folder, number).read_bytes()
        except OSError:
            continue
        found += decode_since(data, since)
    return sorted(found, key=attrgetter("ended_at"))


def _path(folder: Path, number: int) -> Path:
    return folder / f"outcomes.{number}.journal"


def _take_file(folder: Path) -> int:
    """Open the first file that no other process holds, until this one ends or closes it."""
    for number in range(MOST_FILES):
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(_path(folder, number), flags, 0o600)
        except PermissionError:
            continue  # left behind by root, who ran the service once
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _prepare(descriptor, folder)
        except BlockingIOError:
            os.close(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        else:
            return descriptor
    raise ReminderError(
        f"{folder}: other processes hold all {MOST_FILES} outcome journals; end those that "
        "should not run on this home, or give it to the user of the service"
    )


def _prepare(descriptor: int, folder: Path) -> None:
    """Give the file all the room it will ever need, so that a full disk refuses no record.

    Zeros are really written: reserved room would have to be converted at each first sync.
    """
    os.fchmod(descriptor, 0o600)
    size = os.fstat(descriptor).st_size
    if size == FILE_SIZE:
        return
    os.ftruncate(descriptor, min(size, FILE_SIZE))
    while size < FILE_SIZE:
        size += os.pwrite(descriptor, bytes(FILE_SIZE - size), size)
    os.fsync(descriptor)
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
