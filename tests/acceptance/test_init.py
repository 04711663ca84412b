"""``init`` as an admin runs it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


def reminder(*arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reminder", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environ},
        cwd=Path(__file__).parents[2],
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def key_in(home: Path) -> str:
    found = re.search(r"^REMINDER_SECRET_KEY=(.+)$", (home / ".env").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def test_fresh_home_passes_the_check(tmp_path: Path) -> None:
    made = reminder("init", tmp_path / "home")
    assert made.returncode == 0
    assert "Next:" in made.stdout
    checked = reminder("--home", tmp_path / "home", "check")
    assert checked.returncode == 0, checked.stdout
    assert "0 errors" in checked.stdout
    assert "warning: config/reminder.yaml:6: service.admin" in checked.stdout
    assert key_in(tmp_path / "home") not in checked.stdout


def test_everything_is_for_the_owner_only(tmp_path: Path) -> None:
    reminder("init", tmp_path / "home")
    for path in [tmp_path / "home", *(tmp_path / "home").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_second_init_changes_nothing(tmp_path: Path) -> None:
    reminder("init", tmp_path)
    (tmp_path / "config" / "reminder.yaml").write_text("service: {language: en}\n")
    before = contents(tmp_path)
    again = reminder("init", tmp_path)
    assert again.returncode == 0
    assert "nothing was changed" in again.stdout
    assert contents(tmp_path) == before


def test_two_homes_have_different_keys(tmp_path: Path) -> None:
    reminder("init", tmp_path / "a")
    reminder("init", tmp_path / "b")
    assert key_in(tmp_path / "a") != key_in(tmp_path / "b")
    assert len(key_in(tmp_path / "a")) >= 32


def test_environment_file_of_before_gets_the_key_it_lacks(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REMINDER_LOG_FORMAT=json")
    (tmp_path / ".env").chmod(0o600)
    assert "REMINDER_SECRET_KEY added" in reminder("init", tmp_path).stdout
    assert (tmp_path / ".env").read_text().startswith("REMINDER_LOG_FORMAT=json\n")
    assert reminder("--home", tmp_path, "check").returncode == 0


def test_home_may_be_named_before_the_command_or_by_the_environment(tmp_path: Path) -> None:
    assert reminder("--home", tmp_path / "a", "init").returncode == 0
    assert reminder("init", REMINDER_HOME=str(tmp_path / "b")).returncode == 0
    assert (tmp_path / "a" / ".env").exists()
    assert (tmp_path / "b" / ".env").exists()


@pytest.mark.parametrize("name", ["", "config", "var"], ids=["the home", "config", "var"])
def test_file_where_a_folder_is_needed_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "home" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "home" / name).write_text("in the way")
    refused = reminder("init", tmp_path / "home")
    assert refused.returncode == 1
    assert "is a file where a folder is needed" in refused.stderr


def test_command_without_a_home_says_what_to_do(tmp_path: Path) -> None:
    refused = reminder("--home", tmp_path, "status")
    assert refused.returncode == 1
    assert "run reminder init" in refused.stderr
    assert "Traceback" not in refused.stderr
