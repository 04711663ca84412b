"""The files of an import: found in folders, opened so that nothing but a plain file is read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reminder.register.text import escaped

ENDINGS = (".csv", ".xlsx")
_LOOKALIKES = (".xls", ".xlsm", ".xlsb", ".ods", ".tsv", ".txt", ".json")
"""In a folder these may have been meant as tables; a README was not."""
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Begins an .xls, and also an .xlsx that is locked with a password."""


class FileProblem(Exception):
    """A file, or the rest of it, cannot be read: at which line if any, why, and what to do."""

    def __init__(self, message: str, hint: str, line: int | None = None) -> None:
        super().__init__(f"{message}; {hint}")
        self.message = message
        self.hint = hint
        self.line = line


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """One file to import; ``label`` names it in messages."""

    path: Path
    label: str


def find_files(paths: Iterable[Path]) -> tuple[list[RegisterFile], list[RegisterFile]]:
    """The register files among *paths* and in the folders among them, and the files left out."""
    found: list[Path] = []
    left_out: list[RegisterFile] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        for entry in sorted(path.iterdir()):
            if entry.suffix.lower() in ENDINGS and not _is_lock(entry) and not entry.is_dir():
                found.append(entry)
            elif entry.suffix.lower() in _LOOKALIKES and not _is_lock(entry):
                left_out.append(RegisterFile(entry, escaped(f"{path.name}/{entry.name}")))
    names = [path.name for path in found]
    return [
        RegisterFile(path, escaped(path.name if names.count(path.name) == 1 else str(path)))
        for path in dict.fromkeys(found)
    ], left_out


def _is_lock(path: Path) -> bool:
    """Hidden files, and those that office programs put beside an open one."""
    return path.name.startswith((".", "~$"))


def open_plain(path: Path) -> BinaryIO:
    """*path* opened for reading; FileProblem unless it is a plain file, not a link to one.

    Checked on the open file, so that a swap between looking and opening changes nothing.
    """
    try:
        # O_NONBLOCK: a pipe that nobody writes to must not hold the import up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise FileProblem(*_cannot_open(error)) from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise FileProblem(f"it is {_kind(mode)}, not a file", "name a .csv or .xlsx file")
    return os.fdopen(descriptor, "rb")


def _cannot_open(error: OSError) -> tuple[str, str]:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link", "name the file that it points to"
    if error.errno == errno.ENOENT:
        return "there is no such file", "check the path"
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return "it is a socket or device, not a file", "name a .csv or .xlsx file"
    return f"it cannot be read ({error.strerror})", "check its permissions"


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def size_of(stream: BinaryIO) -> int:
    """The size of an open file in bytes."""
    return os.fstat(stream.fileno()).st_size


def refuse_other_formats(head: bytes) -> None:
    """FileProblem where the first bytes show that a file is no CSV whatever its name."""
    if head.startswith(_OLD_OFFICE):
        raise FileProblem(
            "it is an old .xls file or locked with a password",
            "save it as .xlsx without a password, or as CSV UTF-8",
        )
    if head.startswith(b"PK\x03\x04"):
        raise FileProblem("it is a zip or .xlsx file", "give it the ending .xlsx")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileProblem("it is written in UTF-16", 'save it as "CSV UTF-8"')
