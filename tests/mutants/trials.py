"""Trials: a copy of the project and some of its tests -> whether a test failed, and which."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryFile

LONGEST = 300.0
"""Seconds for the tests of one mutant; all of them take far less."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+?::.+?)(?: - .*)?$", re.MULTILINE)
_ALL_PASSED, _SOME_FAILED = 0, 1
_WHERE = "import jobs, reminder; print(jobs.__file__, reminder.__file__, sep='\\n')"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of some tests in one copy."""

    status: int | None
    """As pytest ended; None where the time was up."""
    output: str

    @property
    def has_passed(self) -> bool:
        """Whether every test passed."""
        return self.status == _ALL_PASSED

    @property
    def first_failure(self) -> str:
        """The test that failed first; empty where none did, or where tests could not be run."""
        found = _FAILED.search(self.output) if self.status == _SOME_FAILED else None
        return found[1] if found else ""


def tried(project: Path, tests: Sequence[str], longest: float = LONGEST) -> Trial:
    """Run *tests* in the copy *project*, up to the first that fails.

    Without PostgreSQL: what is broken here is the same on both databases.
    """
    _check_is_imported(project)
    # The seed: a mutant that one run kills is not to be spared by the luck of the next.
    arguments = ["-x", "-q", "-p", "no:cacheprovider", "--tb=short", "--hypothesis-seed=0"]
    arguments += ["-k", "not postgresql"]
    with TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments, *tests],
            cwd=project,
            env=_environ(project),
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: what hangs may have started processes too.
            start_new_session=True,
        )
        status: int | None = None
        try:
            status = process.wait(longest)
        except subprocess.TimeoutExpired:
            pass
        finally:
            _end(process)
        output.seek(0)
        return Trial(status, output.read().decode(errors="replace"))


def _environ(project: Path) -> dict[str, str]:
    # The project is installed as editable: without this path a process that a test starts
    # elsewhere would import the original.
    return os.environ | {"PYTHONPATH": str(project)}


def _check_is_imported(project: Path) -> None:
    """AssertionError where something else than the copy would be tested."""
    found = subprocess.run(
        [sys.executable, "-c", _WHERE],
        cwd=project,
        env=_environ(project),
        capture_output=True,
        text=True,
        check=True,
    )
    for file in found.stdout.splitlines():
        assert Path(file).is_relative_to(project), f"{file} is imported instead of {project}"


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, SIGKILL)
    except ProcessLookupError:
        return  # ended by itself, with all that it started
    process.wait()
