"""What the server took for good: the oracle, in a file that outlives the server."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

FILE = "taken.jsonl"


@dataclass(frozen=True)
class Stored:
    """One mail that the server took."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    """As it was sent: dots unstuffed, lines ending in CRLF."""

    @property
    def message_id(self) -> str:
        """The header of that name."""
        return str(message_from_bytes(self.data)["Message-ID"])

    @property
    def body(self) -> bytes:
        """Without the headers."""
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def is_marked(self) -> bool:
        """Whether it says that it may be a repeat."""
        return "X-Possible-Duplicate" in message_from_bytes(self.data)


class Store:
    """A file with one line for each mail, written before the client is answered."""

    def __init__(self, folder: Path, *, is_synced: bool) -> None:
        """Without *is_synced* a line survives the server, not the machine."""
        self._is_synced = is_synced
        self._lock = threading.Lock()
        self._file = (folder / FILE).open("a")

    def add(self, mail: Stored) -> None:
        """Take one mail; it is kept when this returns."""
        row = {
            "sender": mail.sender,
            "recipients": mail.recipients,
            "data": mail.data.decode("latin-1"),
        }
        line = json.dumps(row) + "\n"
        with self._lock:
            self._file.write(line)
            self._file.flush()
            if self._is_synced:
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; what is in it stays."""
        self._file.close()


def taken(folder: Path) -> list[Stored]:
    """All mails that a server with that folder took, in order, also while it runs."""
    with (folder / FILE).open() as file:
        rows = [json.loads(line) for line in file if line.endswith("\n")]
    return [
        Stored(row["sender"], tuple(row["recipients"]), row["data"].encode("latin-1"))
        for row in rows
    ]
