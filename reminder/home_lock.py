"""One daemon per home: a lock that the kernel gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from reminder.errors import HomeBusy, ReminderError

LOCK_FILE = "var/reminder.lock"
_TRIES, _PAUSE = 5, 0.1


@contextmanager
def hold_home(home: Path) -> Iterator[None]:
    """Hold *home* until the end; HomeBusy where another daemon, or ``once``, holds it.

    The file stays behind: removing it would let a third process lock a new file of that
    name while the second still waits on the old one.
    """
    descriptor = _open(home)
    try:
        for attempt in range(_TRIES):
            if _try_lock(descriptor):
                break
            if attempt < _TRIES - 1:
                sleep(_PAUSE)  # a ``status`` that looks at the lock holds it for an instant
        else:
            pid = _pid_in(descriptor)
            raise HomeBusy(
                f"{home}: another daemon holds this home{f' (process {pid})' if pid else ''}; "
                "it does the work already. Stop it first, or use another --home."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder_of(home: Path) -> int | None:
    """The process that holds *home*, 0 where its number cannot be read, None for nobody."""
    try:
        descriptor = os.open(home / LOCK_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _try_lock(descriptor, fcntl.LOCK_SH) else _pid_in(descriptor)
    finally:
        os.close(descriptor)


def _open(home: Path) -> int:
    path = home / LOCK_FILE
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ReminderError(
            f"{path}: cannot be opened ({error.strerror}); run reminder init, "
            "or give the home to the user of the service"
        ) from None


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid_in(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0).strip()
    return int(text) if text.isdigit() else 0
