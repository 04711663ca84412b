"""The mark of a restoring under way. Found later, it says that this one never ended.

What is in the database then was not told that it is restored, and must not be sent.
"""

from __future__ import annotations

import os
from pathlib import Path

from reminder.storage.backup import sync

MARK = "var/restoring"
"""A file in the home that names the backup."""


def set_mark(home: Path, backup: Path) -> None:
    """The database is about to be replaced by *backup*; on the disk when this returns."""
    path = home / MARK
    path.parent.mkdir(mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as stream:
        stream.write(f"{backup}\n")
        stream.flush()
        os.fsync(stream.fileno())
    sync(path.parent)


def clear_mark(home: Path) -> None:
    """The database is whole: restored, or the one before."""
    (home / MARK).unlink(missing_ok=True)


def unfinished(home: Path) -> str:
    """The backup whose restoring was begun in *home* and never ended; "" for none."""
    path = home / MARK
    if not os.path.lexists(path):
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip() or "a backup"
    except OSError:  # another user's: whoever ran the restoring as root
        return "a backup"
