"""What a process asked of the kernel, in order, as strace saw it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TRACED = "pwrite64,fdatasync,fsync,ftruncate,sendto"
LONGEST = 200_000
"""Octets of a write that are recorded; no page and no mail of a test is longer."""

_CALL = re.compile(
    r"(?:\d+\s+)?(?P<name>\w+)\(\d+<(?P<file>[^>]*)>(?:, \"(?P<data>[^\"]*)\")?(?P<rest>.*)"
)
_OCTET = re.compile(r"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class SystemCall:
    """One call that wrote, synced, cut or sent."""

    name: str
    file: str
    """Its path, or what strace calls a socket."""
    data: bytes
    number: int
    """Where in the file a write begins, or the length that it is cut to."""


@cache
def why_no_tracing() -> str:
    """Why processes cannot be traced here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "ptrace is not allowed"


def traced(command: Sequence[str | Path], folder: Path, cwd: Path) -> list[SystemCall]:
    """Run *command* to its end and return what it asked for; *folder* takes the recording."""
    file = folder / "strace.txt"
    options: list[str | Path] = [
        "-f",
        "-y",
        "-xx",
        "-s",
        str(LONGEST),
        "-e",
        f"trace={TRACED}",
        "-o",
        file,
    ]
    subprocess.run(["strace", *options, *command], cwd=cwd, check=True)
    lines = file.read_text().splitlines()
    assert not any("<unfinished" in line for line in lines), "two threads wrote at once"
    return [_read(match) for line in lines if (match := _CALL.match(line))]


def _read(match: re.Match[str]) -> SystemCall:
    numbers = [int(number) for number in re.findall(r", (\d+)", match["rest"])]
    data = bytes.fromhex("".join(_OCTET.findall(match["data"] or "")))
    file = bytes.fromhex("".join(_OCTET.findall(match["file"]))).decode()
    return SystemCall(match["name"], file or match["file"], data, numbers[-1] if numbers else 0)
