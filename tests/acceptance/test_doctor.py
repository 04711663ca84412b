"""``doctor`` and ``send-test`` against real things."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reminder.storage.engine import Database
from reminder.storage.planning import write_service
from reminder.storage.schema import REVISIONS
from tests.smtp_server import SmtpServer, reply

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    server = SmtpServer(tmp_path)
    yield server
    server.close()


def relay(port: int) -> dict[str, str]:
    return {
        "REMINDER_MAIL_URL": f"smtp://127.0.0.1:{port}",
        "REMINDER_MAIL_FROM": "Biro <biro@example.go.id>",
    }


def results(seen: subprocess.CompletedProcess[str]) -> dict[str, bool]:
    found: dict[str, bool] = {}
    for one in json.loads(seen.stdout):
        found[one["check"]] = found.get(one["check"], True) and one["ok"]
    return found


def test_fresh_home_is_sound(home: Path) -> None:
    seen = reminder(home, "doctor", "--json")
    assert seen.returncode == 0, seen.stdout
    assert all(results(seen).values())
    assert {"settings", "policy", "files", "disk", "home lock", "database", "clock"} <= set(
        results(seen)
    )


def test_relay_is_tried_without_sending(home: Path, server: SmtpServer) -> None:
    seen = reminder(home, "doctor", **relay(server.port))
    assert seen.returncode == 0, seen.stdout
    assert "NOOP" in server.commands
    assert server.mails == []


def test_relay_that_is_down_fails_only_its_own_check(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    seen = reminder(home, "doctor", "--json", **relay(port))
    assert seen.returncode == 1
    failed = [name for name, ok in results(seen).items() if not ok]
    assert failed
    assert all(name.startswith("mail") for name in failed)


@pytest.mark.parametrize(
    ("break_it", "check"),
    [
        pytest.param("config/reminder.yaml", "policy", id="config with a mistake"),
        pytest.param("var/reminder.db", "database", id="database that is none"),
        pytest.param(".env", "settings", id="settings with a mistake"),
    ],
)
def test_each_fault_is_named(home: Path, break_it: str, check: str) -> None:
    (home / break_it).write_text("REMINDER_LISTEN: broken " * 200)
    (home / break_it).chmod(0o600)
    seen = reminder(home, "doctor", "--json")
    assert seen.returncode == 1
    assert results(seen)[check] is False
    assert "Traceback" not in seen.stderr


def test_clock_far_from_the_last_good_reading_is_named(home: Path) -> None:
    assert reminder(home, "once").returncode == 0
    sound = reminder(home, "doctor")
    assert "agrees with" in sound.stdout, sound.stdout
    database = Database(f"sqlite:///{home / 'var' / 'reminder.db'}")
    with database.write() as connection:
        seen = {"wall": "2199-01-01T00:00:00+00:00", "steady": 1.0, "boot": "another"}
        write_service(connection, clock=json.dumps(seen))
    database.close()
    told = reminder(home, "doctor", "--json")
    assert told.returncode == 1
    assert results(told)["clock"] is False
    assert "stepped back from 2199-01-01" in told.stdout


def test_test_mail_arrives_and_is_explained(home: Path, server: SmtpServer) -> None:
    seen = reminder(home, "send-test", "budi@biro.go.id", "--json", **relay(server.port))
    assert seen.returncode == 0, seen.stderr
    told = json.loads(seen.stdout)
    assert (told["verdict"], told["phase"], told["code"]) == ("sent", "dot", 250)
    assert [mail.recipients for mail in server.mails] == [("budi@biro.go.id",)]
    assert server.mails[0].message_id == told["message_id"]


def test_two_test_mails_differ(home: Path, server: SmtpServer) -> None:
    for _ in range(2):
        reminder(home, "send-test", "budi@biro.go.id", **relay(server.port))
    assert len({mail.message_id for mail in server.mails}) == 2


def test_refused_test_mail_ends_with_1_and_the_reply(home: Path, server: SmtpServer) -> None:
    server.then("rcpt", reply("550 5.1.1 no such user here"))
    seen = reminder(home, "send-test", "budi@biro.go.id", **relay(server.port))
    assert seen.returncode == 1
    assert "rcpt" in seen.stdout
    assert "550 5.1.1" in seen.stdout


def test_test_mail_obeys_the_redirection(home: Path, server: SmtpServer) -> None:
    environ = {**relay(server.port), "REMINDER_REDIRECT_TO": "trial@biro.go.id"}
    seen = reminder(home, "send-test", "budi@biro.go.id", **environ)
    assert seen.returncode == 0
    assert [mail.recipients for mail in server.mails] == [("trial@biro.go.id",)]
    assert "sent to trial@biro.go.id instead" in seen.stdout


def test_database_upgrade_does_nothing_where_it_is_up_to_date(home: Path) -> None:
    latest = REVISIONS[-1]
    assert f"none -> {latest}" in reminder(home, "db", "upgrade").stdout
    assert f"up to date ({latest})" in reminder(home, "db", "upgrade").stdout
    assert (home / "var" / "reminder.db").stat().st_mode & 0o777 == 0o600
