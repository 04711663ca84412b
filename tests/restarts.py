"""A PostgreSQL server that dies and comes back, for tests of what its clients make of that."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.postgres import ROLE, UNPRIVILEGED, Server, running_server
from tests.waiting import wait_until


@dataclass
class RestartedServer:
    """A server of one's own."""

    server: Server
    _command: list[str]
    _process: subprocess.Popen[bytes] | None = None
    """The server since it came back; before, somebody else's."""

    def crash(self) -> None:
        """End it as its own crash would, and start it again: what was not committed is gone."""
        pid = _pid(self.server)
        os.kill(pid, signal.SIGQUIT)  # PostgreSQL's immediate shutdown
        if self._process is not None:
            self._process.wait(20)
        wait_until(lambda: not _is_running(pid))
        is_root = os.geteuid() == 0
        self._process = subprocess.Popen(
            self._command,
            cwd=self.server.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=UNPRIVILEGED if is_root else None,
            group=pwd.getpwnam(UNPRIVILEGED).pw_gid if is_root else None,
            extra_groups=() if is_root else None,
        )
        wait_until(self._answers)

    def new_database(self, name: str) -> str:
        """An empty database; its URL."""
        where = f"host={self.server.folder} user={ROLE} dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.server.url(name)

    def stop(self) -> None:
        """End what was started here."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(20)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"host={self.server.folder} user={ROLE} dbname=postgres").close()
            return True
        return False


@contextmanager
def restarted_server() -> Iterator[RestartedServer]:
    """One for as long as the context lasts; Unavailable where none starts."""
    with running_server() as server:
        command = Path(f"/proc/{_pid(server)}/cmdline").read_bytes().split(b"\0")[:-1]
        restarted = RestartedServer(server, [part.decode() for part in command])
        try:
            yield restarted
        finally:
            restarted.stop()


def _pid(server: Server) -> int:
    return int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])


def _is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
