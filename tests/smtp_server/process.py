"""The server in a process of its own, so that killing a daemon never touches the oracle."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.smtp_server.store import Stored, taken

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class RelayProcess:
    """A running relay on loopback."""

    port: int
    folder: Path

    def mails(self) -> list[Stored]:
        """What it has taken so far."""
        return taken(self.folder)


@contextmanager
def relay_process(folder: Path, *options: str) -> Iterator[RelayProcess]:
    """A relay for as long as the context lasts; *options* as for ``python -m``."""
    command = [sys.executable, "-m", "tests.smtp_server", str(folder), *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield RelayProcess(int(process.stdout.readline()), folder)
        finally:
            process.terminate()
