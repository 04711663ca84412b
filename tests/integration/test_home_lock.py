"""One daemon per home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reminder.errors import HomeBusy, ReminderError
from reminder.home_lock import LOCK_FILE, hold_home, holder_of

HOLD = """
import sys
from pathlib import Path
from reminder.home_lock import hold_home
with hold_home(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold_elsewhere(home: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_home_that_is_held_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path) as other:
        assert holder_of(tmp_path) == other.pid
        with pytest.raises(HomeBusy, match=f"process {other.pid}") as busy, hold_home(tmp_path):
            pass
        assert busy.value.exit_code == 75
        other.kill()
    # The kernel gave the lock back; the file that stayed means nothing.
    assert holder_of(tmp_path) is None
    with hold_home(tmp_path):
        assert holder_of(tmp_path) == os.getpid()
    assert holder_of(tmp_path) is None


def test_lock_file_is_for_the_owner_only(tmp_path: Path) -> None:
    with hold_home(tmp_path):
        pass
    assert (tmp_path / LOCK_FILE).stat().st_mode & 0o777 == 0o600


def test_home_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ReminderError, match="run reminder init"), hold_home(tmp_path / "a" / "b"):
        pass
    assert holder_of(tmp_path / "a") is None
