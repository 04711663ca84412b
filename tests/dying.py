"""The program as a process that ends at a crash point: POINT HIT ARGUMENTS..."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from reminder.cli.main import program
from reminder.crash_points import CrashPoint, set_killer
from tests.installed import MONDAY, ROOT

DIED = 137
"""The exit code of a process that signal 9 ended."""


def dies_at(
    point: CrashPoint, hit: int, home: Path, *arguments: str | Path, **environ: str
) -> None:
    """Run a command in *home* that ends when it passes *point* for the *hit*-th time."""
    killer = (sys.executable, "-m", "tests.dying", point, str(hit))
    ended = subprocess.run(
        [*killer, "--home", home, "--as-of", MONDAY, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], **environ},
        cwd=ROOT,
        timeout=120,
    )
    assert ended.returncode == DIED, ended.stdout + ended.stderr


def _main(wanted: CrashPoint, hit: int, arguments: list[str]) -> None:
    passed = 0

    def killer(point: CrashPoint) -> None:
        nonlocal passed
        passed += point is wanted
        if passed == hit:
            os._exit(DIED)

    set_killer(killer)
    program(arguments, prog_name="reminder")


if __name__ == "__main__":
    _main(CrashPoint(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
