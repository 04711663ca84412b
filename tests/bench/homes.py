"""Homes with a register of a given size, on SQLite or PostgreSQL, and copies of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from reminder.cli.app import App
from reminder.cli.home import make_home
from tests.bench.peers.sample import SENDER
from tests.bench.register import ENTERED_AT, write_register
from tests.installed import dates_only, without_digests
from tests.postgres import ROLE, Server

if TYPE_CHECKING:
    from jobs.context import JobContext

LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Ran:
    """How long a process took, the most memory it held, and what it printed."""

    seconds: float
    peak_mib: float
    said: str


@dataclass(frozen=True)
class Home:
    """One home; ``server`` is None where its database is a SQLite file in it.

    Its mails go to the relay on ``port`` of this machine, 0 writes them to its Maildir.
    """

    path: Path
    server: Server | None = None
    database: str = "bench"
    port: int = 0
    imported: Ran | None = field(default=None, compare=False)

    @property
    def environ(self) -> dict[str, str]:
        """What the program is told of its database and its relay."""
        told = {}
        if self.server is not None:
            told["REMINDER_DATABASE_URL"] = self.server.url(self.database)
        if self.port:
            told["REMINDER_MAIL_URL"] = f"smtp://127.0.0.1:{self.port}"
            told["REMINDER_MAIL_FROM"] = SENDER
        return told

    @contextmanager
    def context(self, at: datetime) -> Iterator[JobContext]:
        """What jobs are given in this home at that instant."""
        app = App(self.path, as_of=at, environ={"REMINDER_LOG_LEVEL": "error", **self.environ})
        try:
            yield app.job_context()
        finally:
            app.close()

    @contextmanager
    def copy(self) -> Iterator[Home]:
        """The same home with a database of its own, to write to and throw away."""
        copied = self.path.with_name(f"{self.path.name}-copy")
        shutil.copytree(self.path, copied)
        home = replace(self, path=copied, database=f"{self.database}_copy")
        self._administer(f"CREATE DATABASE {home.database} TEMPLATE {self.database}")
        yield home
        self._administer(f"DROP DATABASE {home.database} WITH (FORCE)")
        shutil.rmtree(copied)

    def run(self, *arguments: str, at: datetime = ENTERED_AT) -> Ran:
        """Run ``reminder`` in this home as a process, at that instant."""
        return run([*self.command(at), *arguments], self.environ)

    def command(self, at: datetime) -> list[str]:
        """How ``reminder`` is called in this home."""
        return [*program(), "--home", str(self.path), "--as-of", at.isoformat()]

    def create_database(self) -> None:
        """Make the empty database, where a server holds it."""
        self._administer(f"CREATE DATABASE {self.database}")

    def settle(self) -> None:
        """What PostgreSQL does by itself in the minutes after a large import."""
        self._administer("VACUUM ANALYZE", self.database)

    def _administer(self, statement: str, database: str = "postgres") -> None:
        if self.server is not None:
            administer(self.server, statement, database)


def administer(server: Server, statement: str, database: str = "postgres") -> None:
    """Run a statement outside of any transaction."""
    import psycopg

    where = f"host={server.folder} user={ROLE} dbname={database}"
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(statement.encode())


def make_loaded_home(folder: Path, number: int, server: Server | None = None) -> Home:
    """A home with *number* agreements imported and planned; nothing is due in it."""
    kind = "sqlite" if server is None else "postgresql"
    home = Home(folder / f"{kind}-{number}", server, f"bench_{number}")
    make_home(home.path)
    dates_only(without_digests(home.path))
    home.create_database()
    register = folder / f"register-{number}"
    if not register.exists():
        write_register(register, number)
    return replace(home, imported=home.run("import", str(register)))


def program() -> list[str]:
    """The installed program, without what ``python -m`` adds to its start."""
    script = Path(sys.executable).with_name("reminder")
    return [str(script)] if script.exists() else [sys.executable, "-m", "reminder"]


def run(
    command: list[str], environ: dict[str, str] | None = None, folder: Path | None = None
) -> Ran:
    """Run a process to its end; a failure stops the bench with what it said."""
    with NamedTemporaryFile(mode="r", encoding="ascii") as usage:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", str(LAUNCHER), usage.name, *command],
            cwd=folder,
            env={**os.environ, **(environ or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            said = ended.stdout + ended.stderr
            sys.exit(f"{' '.join(command)} ended with {ended.returncode}:\n{said}")
        seconds, peak = usage.read().split()
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return Ran(float(seconds), int(peak) * unit / 2**20, ended.stdout)
