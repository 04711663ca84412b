"""Workers by name: which process of which machine holds a lease, and whether it still runs."""

from __future__ import annotations

import os
import socket
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
