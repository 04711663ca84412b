"""A disk that keeps what was synced, and of the rest as much as a loss of power would."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.system_calls import SystemCall

VARIANTS = ("nothing", "half of each write", "every second write")
"""What is left of the writes that were not synced: disks reorder and tear them."""


class Disk:
    """The files of one service: its database, the log of that, and its outcome journals."""

    def __init__(self, calls: Iterable[SystemCall], database: Path) -> None:
        """*calls* up to the loss of power; *database* as it was before the first of them."""
        self._synced = {"reminder.db": bytearray(database.read_bytes())}
        self._unsynced: list[SystemCall] = []
        for call in calls:
            if _place(call) is None:
                continue
            if call.name in ("pwrite64", "ftruncate"):
                self._unsynced.append(call)
            elif call.name in ("fdatasync", "fsync"):
                self._sync(call.file)

    def lay_out(self, home: Path, variant: str) -> None:
        """Make a home with the files as the next start finds them."""
        left = {name: bytearray(content) for name, content in self._synced.items()}
        kept = {
            "nothing": [],
            "half of each write": self._unsynced,
            "every second write": self._unsynced[1::2],
        }[variant]
        for call in kept:
            _apply(call, left, is_torn=variant == "half of each write")
        (home / "var").mkdir(parents=True, mode=0o700)
        home.chmod(0o700)
        for name, content in left.items():
            (home / name).write_bytes(content)
            (home / name).chmod(0o600)

    def _sync(self, file: str) -> None:
        for call in self._unsynced:
            if call.file == file:
                _apply(call, self._synced)
        self._unsynced = [call for call in self._unsynced if call.file != file]


def _place(call: SystemCall) -> str | None:
    """Where the file lies in a home; None for files that are not the service's."""
    name = Path(call.file).name
    if name.startswith("reminder.db") and not name.endswith("-shm"):
        return name
    return f"var/{name}" if name.endswith(".journal") else None


def _apply(call: SystemCall, files: dict[str, bytearray], *, is_torn: bool = False) -> None:
    content = files.setdefault(str(_place(call)), bytearray())
    if call.name == "ftruncate":
        del content[call.number :]
        content.extend(bytes(call.number - len(content)))
        return
    data = call.data[: len(call.data) // 2] if is_torn else call.data
    content.extend(bytes(max(0, call.number - len(content))))
    content[call.number : call.number + len(data)] = data
