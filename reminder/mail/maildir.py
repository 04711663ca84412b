"""A Maildir as a way to send: one file per mail, for trials and for one machine."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from reminder.mail.transport import (
    BeforeDot,
    Outcome,
    OutgoingMail,
    TransportCheck,
    Verdict,
)

_LONGEST_NAME = 200
"""Mail clients append flags to a name, and file systems end at 255 octets."""


class MaildirTransport:
    """Writes into ``tmp``, syncs, renames into ``new``: a reader never sees half a mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._is_made = False

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        """Write the file. A repeat has the same name and so takes the place of the first."""
        name = _file_name(mail.message_id)
        waiting = self._folder / "tmp" / f"{name}.{os.getpid()}"
        try:
            self._make()
            # Mail programs on this machine expect its own line ends.
            _write(waiting, mail.data.replace(b"\r\n", b"\n"))
        except OSError as error:
            _remove(waiting)
            return self._failed(Verdict.RELAY, error)
        try:
            is_allowed = before_dot()
        except BaseException:
            _remove(waiting)
            raise
        if not is_allowed:
            _remove(waiting)
            return Outcome(Verdict.FENCED, "file")
        try:
            waiting.replace(self._folder / "new" / name)
            _sync_folder(self._folder / "new")
        except OSError as error:
            _remove(waiting)
            # If the rename did happen, the next try replaces the file: no second copy.
            return self._failed(Verdict.DEFERRED, error)
        return Outcome(Verdict.SENT, "file", text=f"new/{name}", relay="maildir")

    def close(self) -> None:
        """Nothing is open between two mails."""

    def verify(self) -> list[TransportCheck]:
        """Whether a mail could be written here now."""
        probe = self._folder / "tmp" / f"doctor.{os.getpid()}"
        try:
            self._make()
            _write(probe, b"probe\n")
        except OSError as error:
            return [TransportCheck("Maildir", False, self._failed(Verdict.RELAY, error).text)]
        finally:
            _remove(probe)
        return [TransportCheck("Maildir", True, f"{self._folder} can be written")]

    def _make(self) -> None:
        if self._is_made:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(mode=0o700, exist_ok=True)
        self._is_made = True

    def _failed(self, verdict: Verdict, error: OSError) -> Outcome:
        self._is_made = False
        text = (
            f"the Maildir {self._folder} cannot be written ({error.strerror}); "
            "make room there, or give the folder to the user of the service"
        )
        return Outcome(verdict, "file", text=text[:500], relay="maildir")


def _file_name(message_id: str) -> str:
    """A name that is the same for every copy of one message, and different for another."""
    name = quote(message_id.strip("<>"), safe="@+=")
    if not name or name.startswith(".") or len(name) > _LONGEST_NAME:
        return hashlib.sha256(message_id.encode()).hexdigest()
    return name


def _write(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(file: Path) -> None:
    with suppress(OSError):
        file.unlink()
