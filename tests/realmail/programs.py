"""Starting a server program, waiting until it answers, and what its log said where it does not."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

PATIENCE = 60.0
"""Seconds that a server may take to start; a loaded machine takes many times what an idle one
does."""
TAIL = 40
"""Lines of a log that are shown."""


class Unavailable(Exception):
    """A program is not here, or cannot be run by this user; the text says which and why."""


class NotStarted(Exception):
    """A program is here and did not come up; the text ends with its log."""


def find_program(name: str, package: str) -> str:
    """Where the program is; Unavailable where the package is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise Unavailable(f"there is no {name}; on Debian: apt-get install {package}")
    return found


@dataclass
class Running:
    """A server program that answers."""

    process: subprocess.Popen[bytes]
    logs: tuple[Path, ...]

    def stop(self) -> None:
        """End it, and what it started."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def told(self) -> str:
        """The ends of its logs."""
        return tails(self.logs)


def start(command: Sequence[str | Path], logs: Sequence[Path], ports: Iterable[int]) -> Running:
    """Run *command* in the foreground until all *ports* answer; what it prints goes to the last
    of *logs*. NotStarted where it ends before, or does not answer in time."""
    if setpriv := shutil.which("setpriv"):
        # Tests that are killed cannot stop their server; the kernel does it for them.
        command = [setpriv, "--pdeathsig", "TERM", *command]
    with logs[-1].open("wb") as output:
        process = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    running = Running(process, tuple(logs))
    limit = monotonic() + PATIENCE
    for port in ports:
        while not _answers(port):
            if process.poll() is not None or monotonic() > limit:
                running.stop()
                raise NotStarted(f"{command[-1]}: did not come up\n{running.told()}")
            sleep(0.05)
    return running


def tails(logs: Iterable[Path]) -> str:
    """The last lines of each log that there is, under its name."""
    told = []
    for log in logs:
        if log.is_file():
            lines = log.read_text(errors="replace").splitlines()[-TAIL:]
            told.append("\n".join([f"--- {log.name}", *lines]))
    return "\n".join(told)


def _answers(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), 1)):
            return True
    except OSError:
        return False
