"""F-51: the log cannot be written. No mail waits for that, and what was lost is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from reminder.logs import lines_lost, set_up_logs
from tests.installed import MONDAY, PROGRAM, ROOT, done, mails_of, rows_of
from tests.registers import SMALL, write_files
from tests.waiting import PATIENCE, wait_until

SENT = "SELECT count(*) FROM messages WHERE state = 'sent'"
CLOSED = ["sh", "-c", 'exec "$@" 2>&-', "sh"]
"""Starts a program without standard error."""


@contextmanager
def standard_error(kind: str) -> Iterator[int]:
    """One that cannot be written to."""
    if kind == "nobody reads":
        reader, descriptor = os.pipe()
        os.close(reader)
    else:
        descriptor = os.open("/dev/full" if kind == "disk full" else os.devnull, os.O_WRONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("kind", ["disk full", "nobody reads", "closed"])
def test_f51_daemon_without_a_log_sends_and_ends_as_always(
    home: Path, tmp_path: Path, kind: str
) -> None:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    command = [*PROGRAM, "--home", str(home), "--as-of", MONDAY, "run"]
    with standard_error(kind) as descriptor:
        daemon = subprocess.Popen(
            [*CLOSED, *command] if kind == "closed" else command,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "REMINDER_LISTEN": "off"},
        )
    try:
        wait_until(lambda: daemon.poll() is not None or rows_of(home, SENT) == [(1,)])
        daemon.send_signal(signal.SIGTERM)
        output, _nothing = daemon.communicate(timeout=PATIENCE)
    finally:
        daemon.kill()
        daemon.wait()
    assert (daemon.returncode, output) == (0, b"")
    assert len(mails_of(home)) == 1


def test_f51_lost_lines_are_counted_and_told_once_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, before = tmp_path / "log", lines_lost()
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        log = set_up_logs("info", "json")
        for number in range(3):
            log.info("lost", number=number)
        with written.open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
        log.info("kept")
        log.info("kept too")
    entries = [json.loads(line) for line in written.read_text().splitlines()]
    assert [entry["event"] for entry in entries] == ["kept", "log_lines_lost", "kept too"]
    assert entries[1]["lines"] == 3
    assert lines_lost() - before == 3
