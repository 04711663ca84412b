"""The home of a demonstration: what a rebuild deletes, and what it never does."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.cli.demo_home import MARKER, claim_home, rebuild_home
from reminder.errors import ReminderError


@pytest.fixture
def demo_home(tmp_path: Path) -> Path:
    folder = tmp_path / "demo"
    claim_home(folder)
    rebuild_home(folder)
    return folder


def test_new_folder_becomes_a_marked_home(demo_home: Path) -> None:
    assert (demo_home / MARKER).is_file()
    assert (demo_home / ".env").is_file()
    assert (demo_home / "config" / "reminder.yaml").is_file()


def test_empty_folder_is_taken(tmp_path: Path) -> None:
    claim_home(tmp_path)
    assert (tmp_path / MARKER).is_file()


def test_folder_of_somebody_else_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(ReminderError, match="nothing was touched"):
        claim_home(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_home_made_by_init_is_refused(home: Path) -> None:
    with pytest.raises(ReminderError, match="no home of a demonstration"):
        claim_home(home)


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    with pytest.raises(ReminderError, match="is a file"):
        claim_home(tmp_path / "demo")


def test_var_that_is_a_link_is_refused(demo_home: Path, tmp_path: Path) -> None:
    (demo_home / "var").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (demo_home / "var").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReminderError, match="is a link"):
        claim_home(demo_home)


def test_rebuild_deletes_the_data_of_the_last_run(demo_home: Path) -> None:
    for name in ("var/reminder.db", "var/mail/new/1", "register/agreements.csv"):
        (demo_home / name).parent.mkdir(parents=True, exist_ok=True)
        (demo_home / name).write_text("old")
    claim_home(demo_home)
    rebuild_home(demo_home)
    assert list((demo_home / "var").iterdir()) == []
    assert list((demo_home / "register").iterdir()) == []


def test_rebuild_does_not_follow_a_link_out_of_the_home(demo_home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    (demo_home / "var" / "mail").symlink_to(tmp_path / "mine")
    rebuild_home(demo_home)
    assert not (demo_home / "var" / "mail").exists()
    assert (tmp_path / "mine" / "letter.txt").read_text() == "mine"


def test_rebuild_keeps_files_that_the_demonstration_did_not_make(demo_home: Path) -> None:
    (demo_home / "register").mkdir()
    for name in ("notes.txt", "config/rules.yaml", "register/more.csv"):
        (demo_home / name).write_text("mine")
    assert rebuild_home(demo_home) == []
    assert (demo_home / "notes.txt").read_text() == "mine"
    assert (demo_home / "config/rules.yaml").read_text() == "mine"
    assert (demo_home / "register/more.csv").read_text() == "mine"


def test_rebuild_keeps_and_names_a_file_that_was_changed(demo_home: Path) -> None:
    (demo_home / "config/reminder.yaml").write_text("service: {language: en}\n")
    assert rebuild_home(demo_home) == ["config/reminder.yaml"]
    assert (demo_home / "config/reminder.yaml").read_text() == "service: {language: en}\n"
    # The next rebuild must not take the changed file for its own.
    assert rebuild_home(demo_home) == ["config/reminder.yaml"]


def test_rebuild_makes_a_fresh_secret(demo_home: Path) -> None:
    before = (demo_home / ".env").read_text()
    rebuild_home(demo_home)
    assert (demo_home / ".env").read_text() != before
