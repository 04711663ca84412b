"""django-post-office beside the service: its environment, its queue, and its runs as processes.

Its venv is made once, and again when ``requirements.txt`` changes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.homes import Ran, administer, run
from tests.postgres import ROLE

if TYPE_CHECKING:
    from tests.postgres import Server


@dataclass(frozen=True)
class Tuning:
    """Its three knobs; without values as shipped."""

    processes: int = 1
    threads: int = 5
    batch: int = 100


AS_SHIPPED = Tuning()
TUNED = Tuning(processes=2, threads=8, batch=1000)
"""The best of those tried on two cores."""

ROOT = Path(__file__).parents[3]
VENV = ROOT / "var" / "bench-peers"
LOCK = Path(__file__).with_name("requirements.txt")


@dataclass(frozen=True)
class PostOffice:
    """A queue of *number* mails of 3.5 KB, kept full: each run drains a copy of it."""

    folder: Path
    number: int
    server: Server | None

    def drain(self, port: int, tuning: Tuning = AS_SHIPPED) -> float:
        """The seconds that the draining took, without the start of its process."""
        return float(self.run(port, tuning).said)

    def run(self, port: int, tuning: Tuning = AS_SHIPPED) -> Ran:
        """The whole process that drains."""
        with self._copy() as copy:
            return self._run("drain", copy, port, *astuple(tuning))

    def make(self) -> None:
        """Fill the queue."""
        self.folder.mkdir(parents=True)
        if self.server is not None:
            administer(self.server, f"CREATE DATABASE {self._name}")
        self._run("queue", self._name)

    @property
    def _name(self) -> str:
        return f"post_office_{self.number}"

    def _where(self, name: str) -> str:
        if self.server is not None:
            return f"{self.server.folder},{ROLE},{name}"
        return str(self.folder / name)

    def _run(self, work: str, name: str, *options: int) -> Ran:
        module = "tests.bench.peers.django_post_office"
        numbers = map(str, (self.number, *options))
        command = [str(VENV / "bin" / "python"), "-m", module, work, self._where(name), *numbers]
        # Its lock file goes into the folder.
        return run(command, {"PYTHONPATH": str(ROOT)}, self.folder)

    @contextmanager
    def _copy(self) -> Iterator[str]:
        copy = f"{self._name}_copy"
        if self.server is None:
            shutil.copyfile(self.folder / self._name, self.folder / copy)
            yield copy
            (self.folder / copy).unlink()
            return
        administer(self.server, f"CREATE DATABASE {copy} TEMPLATE {self._name}")
        yield copy
        administer(self.server, f"DROP DATABASE {copy} WITH (FORCE)")


def make_post_office(folder: Path, number: int, server: Server | None = None) -> PostOffice:
    """A full queue, on SQLite or PostgreSQL."""
    _make_venv()
    kind = "sqlite" if server is None else "postgresql"
    peer = PostOffice(folder / f"post-office-{kind}-{number}", number, server)
    peer.make()
    return peer


def _make_venv() -> None:
    made_from = VENV / LOCK.name
    if made_from.exists() and made_from.read_bytes() == LOCK.read_bytes():
        return
    print(f"making {VENV.relative_to(ROOT)} with django-post-office (once)", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--require-hashes", "-r", str(LOCK)], check=True)
    made_from.write_bytes(LOCK.read_bytes())
