"""How commands end: 0 done, 1 refused, 2 wrong usage, 75 held; and when ``--as-of`` is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.home_lock import hold_home
from tests.installed import done, reminder, rows_of, tables_of
from tests.registers import SMALL, write_files

REMOTE = {
    "REMINDER_MAIL_URL": "smtp://relay.example.go.id",
    "REMINDER_MAIL_FROM": "pengingat@example.go.id",
}


def test_warnings_alone_end_with_0(home: Path) -> None:
    ended = reminder(home, "check", at="")
    assert ended.returncode == 0
    assert "warning: config/reminder.yaml:6: service.admin" in ended.stdout
    assert "0 errors" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["why", "KSD-9"], id="no such agreement"),
        pytest.param(["plan", "--bureau", "B-9"], id="no such bureau"),
        pytest.param(["export", "nothing", "x.csv"], id="no such table"),
        pytest.param(["preview", "no-rule", "KSD-9"], id="no such rule"),
        pytest.param(["import", "nothing.csv"], id="no such file"),
        pytest.param(["report", "KSD-9", "2026-S1", "--on", "2026-03-01", "--evidence", "x"],
                     id="a fact about nothing"),
        pytest.param(["follow-up", "RTL-9"], id="no such follow-up"),
    ],
)  # fmt: skip
def test_refusal_ends_with_1_and_says_what_to_do(home: Path, arguments: list[str]) -> None:
    ended = reminder(home, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr
    assert "Traceback" not in ended.stderr
    assert "This should not happen" not in ended.stderr


@pytest.mark.parametrize("command", ["status", "once", "plan", "log", "check", "run", "doctor"])
def test_config_with_a_mistake_ends_with_1_and_its_line_whatever_reads_it(
    home: Path, command: str
) -> None:
    (home / "config" / "rules.yaml").write_text("rules:\n  - name: x\n    deadline: expirys\n")
    ended = reminder(home, command, at="")
    if command in ("status", "log"):  # the record can be read whatever the config is like
        assert ended.returncode == 0
        return
    assert ended.returncode == 1
    assert "rules.yaml:3" in ended.stdout + ended.stderr


def test_error_in_the_settings_is_named_with_its_line_by_every_command(home: Path) -> None:
    with (home / ".env").open("a") as file:
        file.write("REMINDER_LOG_LEVEL=loud\n")
    line = len((home / ".env").read_text().splitlines())
    for command in (["status"], ["once"], ["plan"], ["log"], ["why", "X"], ["check"]):
        ended = reminder(home, *command, at="")
        assert ended.returncode == 1
        assert f".env:{line}: REMINDER_LOG_LEVEL" in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["plan", "--from", "yesterday"], id="no day"),
        pytest.param(
            ["plan", "--from", "2026-03-02", "--to", "2026-03-01"], id="days turned round"
        ),
        pytest.param(["plan", "--against", "nowhere"], id="no such folder"),
        pytest.param(["log", "--state", "gone"], id="no such state"),
        pytest.param(["log", "--since", "2026-03-02"], id="a day is no instant"),
        pytest.param(["log", "--follow", "--json"], id="options that do not go together"),
        pytest.param(["why"], id="no agreement named"),
        pytest.param(["step", "KSD-1", "x"], id="nothing to record"),
    ],
)
def test_wrong_usage_ends_with_2(home: Path, arguments: list[str]) -> None:
    ended = reminder(home, *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Error: " in ended.stderr


def test_home_that_is_held_ends_with_75_and_reading_goes_on(home: Path) -> None:
    done(home, "db", "upgrade")
    with hold_home(home):
        for command in ("once", "run"):
            assert reminder(home, command).returncode == 75
        for reading in (["status"], ["log"], ["plan"], ["check"], ["once", "--dry-run"]):
            done(home, *reading)


@pytest.mark.parametrize(
    "command", [["once"], ["run"], ["status"], ["plan"], ["send-test", "a@x.id"]]
)
def test_another_time_is_refused_with_a_relay_that_is_not_this_machine(
    home: Path, command: list[str]
) -> None:
    ended = reminder(home, *command, **REMOTE)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "--as-of with the relay relay.example.go.id would mail real recipients" in ended.stderr
    assert "add --yes" in ended.stderr


def test_another_time_is_granted_with_yes(home: Path, tmp_path: Path) -> None:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    assert "KSD-1" in done(home, "--yes", "plan", **REMOTE)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-03-02", "not an instant with its offset"),
        ("2026-03-02T09:00:00", "not an instant with its offset"),
        ("yesterday", "not an instant with its offset"),
        ("2026-02-30T09:00:00+07:00", "not an instant"),
        ("9999-12-31T00:00:00Z", "outside 1901 to 2198"),
    ],
)
def test_another_time_must_be_an_instant(home: Path, at: str, words: str) -> None:
    ended = reminder(home, "status", at=at)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr


def test_everything_stored_bears_the_time_that_was_given(home: Path, tmp_path: Path) -> None:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    done(home, "once")
    stamps = {
        (table, column): {value for (value,) in rows_of(home, f"SELECT {column} FROM {table}")}
        for table in tables_of(home)
        for _, column, *_ in rows_of(home, f"PRAGMA table_info({table})")
        if column.endswith("_at") or column in ("at", "date", "entered_on", "made_on", "planned_on")
    }
    days = {
        (*where, str(value)[:10])
        for where, values in stamps.items()
        for value in values
        if value is not None
    }
    assert {table for table, _, _ in days} >= {"messages", "attempts", "events", "agreements"}
    assert {day for _, column, day in days if column != "expires_at"} == {"2026-03-02"}
