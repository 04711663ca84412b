"""Runs a command from a small process: ``python launcher.py FILE COMMAND...``.

The peak that the system gives for a process counts what its parent held when it was forked,
and the bench holds more than what it measures. Writes seconds and peak to FILE.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter


def main(file: str, command: list[str]) -> int:
    """Run the command to its end; its exit code."""
    began = perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    Path(file).write_text(f"{seconds} {usage.ru_maxrss}", encoding="ascii")
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
