"""``reminder status`` names what keeps the service from sending."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reminder.storage.engine import Database
from reminder.storage.planning import write_service
from tests.integration.test_status import add_message

ROOT = Path(__file__).parents[2]


def reminder(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environ},
        cwd=ROOT,
    )


def status(home: Path, *before: str, **environ: str) -> dict[str, Any]:
    seen = reminder(home, *before, "status", "--json", **environ)
    assert seen.returncode == 0, seen.stderr
    shown: dict[str, Any] = json.loads(seen.stdout)
    return shown


@pytest.fixture
def change(home: Path) -> Callable[..., None]:
    """Sets service values in the database of a home that has run once, in good health."""
    assert reminder(home, "once").returncode == 0
    assert status(home)["problems"] == []

    def write(**values: str) -> None:
        database = Database(f"sqlite:///{home / 'var' / 'reminder.db'}")
        with database.write() as connection:
            write_service(connection, **values)
        database.close()

    return write


def test_clock_far_from_the_last_good_reading_is_a_problem_until_a_person_trusts_it(
    home: Path, change: Callable[..., None]
) -> None:
    ahead = datetime.now(UTC) + timedelta(days=2)
    change(clock=json.dumps({"wall": ahead.isoformat(), "steady": 1.0, "boot": "another"}))
    shown = status(home)
    assert shown["healthy"] is False
    assert "stepped back" in shown["clock_trouble"]
    assert shown["clock_trouble"] in shown["problems"]
    assert "stepped back" in reminder(home, "once").stderr
    assert reminder(home, "release", "clock", "--by", "sri@example.go.id").returncode == 0
    assert (status(home)["healthy"], status(home)["clock_trouble"]) == (True, None)


def test_time_that_the_admin_states_is_never_in_doubt(
    home: Path, change: Callable[..., None]
) -> None:
    change(clock=json.dumps({"wall": "2199-01-01T00:00:00+00:00", "steady": 1.0, "boot": "x"}))
    assert status(home, "--as-of", datetime.now(UTC).isoformat())["clock_trouble"] is None


def test_database_that_sent_as_another_service_is_a_problem(
    home: Path, change: Callable[..., None]
) -> None:
    change(public_url="https://old.example.go.id")
    assert status(home)["sent_before_as"] is None  # it never sent anything
    database = Database(f"sqlite:///{home / 'var' / 'reminder.db'}")
    with database.write() as connection:
        add_message(connection, 1, "sent", next_try_at=None, sent_at=datetime.now(UTC))
    database.close()
    shown = status(home)
    assert (shown["healthy"], shown["sent_before_as"]) == (False, "https://old.example.go.id")
    ours = {"REMINDER_PUBLIC_URL": "https://old.example.go.id/"}
    assert status(home, **ours)["sent_before_as"] is None
