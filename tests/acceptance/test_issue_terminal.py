"""Long work shows a bar on a terminal, and nothing but its result in a pipe."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import termios
from pathlib import Path

import pytest

from tests.installed import MONDAY, PROGRAM, ROOT, done, reminder
from tests.registers import SMALL, csv_text, write_files

PATIENCE = 60.0


def on_a_terminal(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Run a command whose standard error is a terminal: exit code, output, what was drawn."""
    ours, theirs = pty.openpty()
    out = home.parent / "stdout"
    termios.tcsetwinsize(theirs, (24, 100))
    with out.open("wb") as stdout:  # no pipe: that would have to be read at the same time
        process = subprocess.Popen(
            [*PROGRAM, "--home", str(home), "--as-of", MONDAY, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=theirs,
            env={"PATH": "/usr/bin:/bin", "TERM": "xterm"},
            cwd=ROOT,
        )
    os.close(theirs)
    drawn = b""
    while True:
        readable, _, _ = select.select([ours], [], [], PATIENCE)
        assert readable, "the command hangs"
        try:
            some = os.read(ours, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
        if not some:
            break
        drawn += some
    os.close(ours)
    code = process.wait(PATIENCE)
    return code, out.read_text(encoding="utf-8"), drawn.decode()


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """200 agreements: enough for a bar to move."""
    rows = [[f"KSD-{number}", "Kerja sama", "KSDPL", "B-01", "2026-05-31"] for number in range(200)]
    agreements = csv_text(["ref", "title", "kind", "bureau", "expires_on"], rows)
    return write_files(tmp_path / "register", {**SMALL, "agreements": agreements})


def test_import_and_plan_draw_a_bar_on_a_terminal(home: Path, register: Path) -> None:
    for command, label, number in (
        (["import", str(register)], "Planning", "200/200"),
        (["plan", "--to", "2026-12-31"], "Looking ahead", "200"),
        (["export", "agreements", str(home / "out.csv")], "Writing out.csv", "200"),
    ):
        code, output, drawn = on_a_terminal(home, *command)
        assert code == 0, drawn
        assert label in drawn
        assert number in drawn
        assert "\x1b[" in drawn, "it is drawn over itself"
        assert label not in output
        assert "\x1b" not in output


def test_same_commands_write_nothing_beside_their_result_in_a_pipe(
    home: Path, register: Path
) -> None:
    for command in (
        ["import", str(register)],
        ["plan", "--to", "2026-12-31"],
        ["export", "agreements", str(home / "out.csv")],
    ):
        ended = reminder(home, *command)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert "\x1b" not in ended.stdout


def test_json_is_whole_although_a_bar_is_drawn(home: Path, register: Path) -> None:
    done(home, "import", register)
    code, output, drawn = on_a_terminal(home, "plan", "--json", "--to", "2026-12-31")
    assert code == 0
    assert "Looking ahead" in drawn
    assert len(json.loads(output)) > 200
