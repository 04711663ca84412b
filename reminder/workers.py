"""Workers by name: which process of which machine holds a lease, and whether it still runs."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PROC = Path("/proc")


def own_name() -> str:
    """The name of this process: machine, boot, process namespace, number and start.

    Machines may share a name, containers number their processes alike, and numbers are
    used again; all of it together is unique.
    """
    return f"{socket.gethostname()[:30]}:{_place()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(name: str) -> bool:
    """Whether that process certainly runs no more. False where nobody here can know."""
    try:
        _host, place, pid, started = name.rsplit(":", 3)
        number = int(pid)
    except ValueError:
        return False
    if not place or place != _place():
        return False
    return _started(number) != started


def _place() -> str:
    """The boot and the process namespace that numbers of processes belong to."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot.replace('-', '')[:16]}.{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""  # not Linux: a lease then has to run out


def _started(pid: int) -> str:
    """When process *pid* began, in ticks since the boot; empty where there is none."""
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # The second field, the program's name in brackets, may itself hold spaces and brackets.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def leave_processor_of(pid: int) -> None:
    """Keep this process off the one processor that process *pid* keeps to, see below."""
    allowed = os.sched_getaffinity(0)
    with suppress(OSError):
        os.sched_setaffinity(0, allowed - {_processor_of(pid, allowed)} or allowed)


def _processor_of(pid: int, allowed: Collection[int]) -> int:
    return sorted(allowed)[pid % len(allowed)]


@contextmanager
def on_one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts meanwhile, on one processor.

    Python lets one thread run at a time, whatever the machine has. On several processors
    many threads that wait for short answers spend more on waking each other across them
    than on their work: 16 sessions sent 727 mails a second on two, and 1,399 on one.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield  # not Linux
        return
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {_processor_of(os.getpid(), allowed)})
    except OSError:
        yield  # the service manager may forbid it: slower, and no worse
        return
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
