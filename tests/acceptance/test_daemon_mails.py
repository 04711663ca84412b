"""The daemon at its mails: what is due leaves, and a stop leaves none half sent."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from tests.installed import MONDAY, done, shown
from tests.managed_daemons import ManagedDaemon, managed
from tests.registers import write_files
from tests.smtp_server import SmtpServer, Stored
from tests.waiting import PATIENCE


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., ManagedDaemon]]:
    with managed(home) as start:
        yield start


def import_agreements(home: Path, number: int) -> None:
    """So many agreements that end on 1 April, each with an officer of its own."""
    numbers = range(1, number + 1)
    register = {
        "bureaus": ["code,name", *(f"B-{n},Biro {n}" for n in numbers)],
        "contacts": ["email,bureau,role", *(f"o{n}@biro.go.id,B-{n},officer" for n in numbers)],
        "agreements": [
            "ref,title,kind,bureau,signed_on,expires_on",
            *(f"A/{n},Sister Province,KSDPL,B-{n},2021-04-01,2026-04-01" for n in numbers),
        ],
    }
    files = {name: "\n".join(lines) + "\n" for name, lines in register.items()}
    done(home, "import", write_files(home.parent / "register", files))


def sent_and_other(home: Path) -> tuple[list[str], list[str]]:
    """Message-IDs of what was sent, and the states of the rest."""
    log = shown(home, "log")
    sent = [message["message_id"] for message in log if message["state"] == "sent"]
    return sent, [message["state"] for message in log if message["state"] != "sent"]


def test_daemon_mails_what_is_due_and_logs_no_address(
    home: Path, start: Callable[..., ManagedDaemon]
) -> None:
    import_agreements(home, 2)
    daemon = start(MONDAY)
    mails = home / "var" / "mail" / "new"
    daemon.wait_until(lambda: len(list(mails.glob("*"))) == 2)
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert "@biro.go.id" in "".join(mail.read_text() for mail in mails.iterdir())
    assert "o1@" not in daemon.log_text()
    assert len(sent_and_other(home)[0]) == 2


class SlowServer(SmtpServer):
    """Takes a mail only when it is told to."""

    def __post_init__(self) -> None:
        self.is_asked = Event()
        self.may_take = Event()
        self.is_over = False
        super().__post_init__()

    def store(self, mail: Stored) -> None:
        self.is_asked.set()
        self.may_take.wait(PATIENCE)
        if self.is_over:
            raise ConnectionAbortedError
        super().store(mail)


@pytest.fixture
def slow_server(home: Path, tmp_path: Path) -> Iterator[SlowServer]:
    server = SlowServer(tmp_path)
    with (home / ".env").open("a") as file:
        file.write(f"REMINDER_MAIL_URL=smtp://127.0.0.1:{server.port}\n")
        file.write("REMINDER_MAIL_FROM=biro@example.go.id\n")
    yield server
    server.is_over = True
    server.may_take.set()
    server.close()


def test_stop_signal_lets_the_message_at_hand_end_and_takes_no_other(
    home: Path, start: Callable[..., ManagedDaemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 30)
    daemon = start(MONDAY)
    assert slow_server.is_asked.wait(PATIENCE)
    daemon.signal(signal.SIGTERM)
    daemon.wait_told("STOPPING=1")
    slow_server.may_take.set()
    assert daemon.ended() == 0
    sent, other = sent_and_other(home)
    assert sorted(mail.message_id for mail in slow_server.mails) == sorted(sent)
    assert sent
    assert set(other) == {"pending"}
    assert not daemon.events("job_failed")


def test_stop_signal_does_not_wait_for_a_relay_that_is_silent(
    home: Path, start: Callable[..., ManagedDaemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 1)
    daemon = start(MONDAY)
    assert slow_server.is_asked.wait(PATIENCE)
    began = monotonic()
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert monotonic() - began < 10
    assert sent_and_other(home) == ([], ["sending"])


def test_second_stop_signal_ends_it_at_once(
    home: Path, start: Callable[..., ManagedDaemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 1)
    daemon = start(MONDAY)
    assert slow_server.is_asked.wait(PATIENCE)
    began = monotonic()
    daemon.signal(signal.SIGTERM)
    daemon.wait_told("STOPPING=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert monotonic() - began < 5


def test_daemon_runs_on_postgresql_too(
    home: Path, start: Callable[..., ManagedDaemon], postgresql_url: str
) -> None:
    with (home / ".env").open("a") as file:
        file.write(f"REMINDER_DATABASE_URL={postgresql_url}\n")
    import_agreements(home, 2)
    daemon = start(MONDAY)
    daemon.wait_until(lambda: len(sent_and_other(home)[0]) == 2)
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert not daemon.events("job_failed")
    assert not (home / "var" / "reminder.db").exists()
