"""The room on the file systems that the service writes to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

FLOOR = 64 * 2**20
"""Bytes. A batch of claims, its frozen contents, intents and verdicts take about one MiB, and
SQLite's log may grow by a few before it is folded in: with this much room, what is begun can
be recorded to its end even while another program fills the disk."""

FreeBytes = Callable[[Path], int]
"""The bytes free to us on the file system of a folder; OSError where nobody can tell."""


def free_bytes(folder: Path) -> int:
    """The bytes free to us on the file system of *folder*, which need not exist yet."""
    room = os.statvfs(existing(folder))
    return room.f_bavail * room.f_frsize


def existing(folder: Path) -> Path:
    """*folder*, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def low_disk(folders: Iterable[Path], free: FreeBytes = free_bytes) -> str:
    """Where there is too little room and what to do, "" where there is enough everywhere.

    The words are the same as long as the trouble is: they hold no figure that moves.
    """
    for folder in folders:
        try:
            room = free(folder)
        except OSError as error:
            return (
                f"{folder}: the room left cannot be read ({error.strerror}); mount it, or give it "
                "to the user of the service"
            )
        if room < FLOOR:
            return (
                f"{folder}: less than {FLOOR // 2**20} MiB are free, too little to be sure that "
                "what is sent can be recorded; make room there"
            )
    return ""
