"""Copies of the project, each in a folder of its own, so that the project itself stays whole."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[2]


@contextmanager
def copy_of_project() -> Iterator[Path]:
    """What git knows of the project and what is not yet told to it, until the end."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        check=True,
    )
    with TemporaryDirectory(prefix="mutants-") as name:
        copy = Path(name) / "project"
        for file in filter(None, listed.stdout.decode().split("\0")):
            if not (PROJECT / file).is_file():
                continue  # deleted, and git is not told yet
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / file, copy / file)
        yield copy


@contextmanager
def copy_of(project: Path) -> Iterator[Path]:
    """A copy of a copy, compiled code included, until the end."""
    with TemporaryDirectory(prefix="mutant-") as name:
        copy = Path(name) / "project"
        shutil.copytree(project, copy)
        yield copy
