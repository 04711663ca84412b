"""A Maildir that mail arrives in: files in ``new`` are read, and moved to ``cur`` once stored."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from reminder.errors import MailboxError
from reminder.mail.mailbox import (
    MOST_HEADER_OCTETS,
    MOST_OCTETS,
    TOO_LARGE,
    Arrived,
    headers_of,
)

_LONGEST_NAME = 180
"""Of the part of a key that is the file's name; its hash takes the place of a longer one."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Not blocking: a named pipe among the files must not hold the service up.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SEEN = ":2,S"


class MaildirMailbox:
    """Reads plain files below the folder itself, and follows no link out of it."""

    def __init__(self, folder: Path) -> None:
        """MailboxError where the folder cannot be used."""
        self._folder = folder
        self._open: list[int] = []
        self._troubles: list[str] = []
        try:
            self._new = self._opened("new")
            self._cur = self._opened("cur")
        except OSError as error:
            self.close()
            raise MailboxError(
                f"The Maildir {folder} cannot be read ({error.filename or ''} {error.strerror}); "
                "give the folder to the user of the service, or correct REMINDER_INBOX_URL."
            ) from None

    @property
    def source(self) -> str:
        """Files keep their names, so there is one counting only."""
        return f"maildir:{self._folder}"[:500]

    def arrived(self, last_key: str, most: int) -> Iterator[Arrived]:
        """By the names of the files, which begin with the time of their delivery."""
        del last_key  # what was stored is no longer in ``new``, or is known again by its key
        found = 0
        for name in sorted(os.listdir(self._new)):  # noqa: PTH208 - of a descriptor
            if found == most:
                return
            if name.startswith("."):
                continue  # as any Maildir reader does
            try:
                mail = self._read(name)
            except OSError as error:
                self._troubles.append(f"new/{_shown(name)}: {error.strerror or error}")
                continue
            found += 1
            yield mail

    def mark(self, marks: Sequence[str]) -> None:
        """Move them to ``cur``, as read."""
        for name in marks:
            flagged = name if ":2," in name else f"{name}{_SEEN}"
            try:
                os.rename(name, flagged, src_dir_fd=self._new, dst_dir_fd=self._cur)
            except FileNotFoundError:
                pass  # taken away by somebody else meanwhile: it is stored, which is all we need
            except OSError as error:
                self._troubles.append(f"new/{_shown(name)} cannot be moved: {error.strerror}")

    def troubles(self) -> Sequence[str]:
        return self._troubles

    def close(self) -> None:
        while self._open:
            with suppress(OSError):
                os.close(self._open.pop())

    def _opened(self, part: str) -> int:
        descriptor = os.open(self._folder / part, _FOLDER)
        self._open.append(descriptor)
        return descriptor

    def _read(self, name: str) -> Arrived:
        descriptor = os.open(name, _FILE, dir_fd=self._new)
        with os.fdopen(descriptor, "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise OSError(0, "is no plain file")
            is_large = status.st_size > MOST_OCTETS
            raw = stream.read(MOST_HEADER_OCTETS if is_large else MOST_OCTETS + 1)
        if is_large or len(raw) > MOST_OCTETS:
            raw, trouble = headers_of(raw), TOO_LARGE
        else:
            trouble = ""
        return Arrived(_key(name, raw), name, raw, trouble)


def _shown(name: str) -> str:
    """A name as every terminal and database can show it; whoever delivers may choose it."""
    return ascii(name)[1:-1]


def _key(name: str, raw: bytes) -> str:
    """Another text under a name that was there before is another mail."""
    digest = hashlib.sha256(raw).hexdigest()[:32]
    safe = quote(os.fsencode(name), safe="@+=,:")
    if len(safe) > _LONGEST_NAME:
        safe = hashlib.sha256(safe.encode()).hexdigest()
    return f"{safe}#{digest}"
