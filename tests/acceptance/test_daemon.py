"""The daemon as a process: it holds its home, obeys signals, and survives being killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest

from tests.smtp_server import SmtpServer, Stored

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "reminder"]
PATIENCE = 60.0
"""Seconds for what takes one on an idle machine."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, f"not in time: {what}"
        sleep(0.02)


class Daemon:
    """A ``reminder run`` with the socket of a service manager and its log in a file."""

    def __init__(self, home: Path, *options: str) -> None:
        self.home = home
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = home.parent / f"notify{monotonic()}"
        self._socket.bind(str(address))
        self._socket.settimeout(PATIENCE)
        self._log = home.parent / f"log{monotonic()}"
        environ = {
            "PATH": os.environ["PATH"],
            "NOTIFY_SOCKET": str(address),
            "WATCHDOG_USEC": "1000000",
            "REMINDER_LOG_FORMAT": "json",
            "REMINDER_LISTEN": "off",  # the tests run side by side, and a port is one daemon's
        }
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "--home", str(home), *options, "run"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environ,
                cwd=ROOT,
            )

    def wait_told(self, word: str) -> str:
        """Wait until the service manager is told *word*."""
        while True:
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError:
                pytest.fail(f"{word} was not told; the log:\n{self.log_text()}")
            if word in message:
                return message

    def log_text(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, object]]:
        lines = self.log_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in found if event["event"] == name]

    def wait_logged(self, name: str, number: int = 1) -> list[dict[str, object]]:
        wait_until(lambda: len(self.events(name)) >= number, f"{name} in\n{self.log_text()}")
        return self.events(name)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._socket.close()


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., Daemon]]:
    daemons: list[Daemon] = []

    def start_daemon(*options: str) -> Daemon:
        daemons.append(Daemon(home, *options))
        daemons[-1].wait_told("READY=1")
        return daemons[-1]

    yield start_daemon
    for daemon in daemons:
        daemon.close()


def reminder(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        timeout=PATIENCE,
    )


def test_home_is_held_by_one_daemon_and_open_to_other_commands(
    home: Path, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    for command in ("run", "once"):
        second = reminder(home, command)
        assert second.returncode == 75, second.stderr
        assert f"process {daemon.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
    daemon.wait_logged("scan_done")
    status = json.loads(reminder(home, "status", "--json").stdout)
    assert status["daemon_running"] is True
    assert status["healthy"] is True, status
    assert status["last_scan_at"].endswith("+00:00")
    assert daemon.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_stop_signal_ends_it_within_ten_seconds(
    start: Callable[..., Daemon], number: signal.Signals
) -> None:
    daemon = start()
    daemon.wait_logged("scan_done")
    began = monotonic()
    daemon.signal(number)
    assert daemon.ended() == 0
    assert monotonic() - began < 10
    daemon.wait_told("STOPPING=1")
    assert daemon.events("daemon_stopped")
    assert not daemon.events("job_failed")


def test_watchdog_is_fed_and_the_state_told(start: Callable[..., Daemon]) -> None:
    daemon = start()
    daemon.wait_told("WATCHDOG=1")
    assert "last scan 20" in daemon.wait_told("STATUS=last scan")


def test_killed_daemon_leaves_a_home_that_starts_again(start: Callable[..., Daemon]) -> None:
    daemon = start()
    daemon.signal(signal.SIGKILL)
    assert daemon.ended() == -signal.SIGKILL
    assert start().wait_logged("scan_done")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("scan: {evry: 5 minutes}\n", "reminder.yaml:1", id="a typo"),
        pytest.param("service:\n  name: 'half writ", "reminder.yaml", id="X-45 half written"),
    ],
)
def test_reload_of_a_bad_config_keeps_the_old_whole(
    home: Path, start: Callable[..., Daemon], text: str, words: str
) -> None:
    daemon = start()
    daemon.wait_logged("scan_done")
    good = (home / "config" / "reminder.yaml").read_text()
    (home / "config" / "reminder.yaml").write_text(text)
    daemon.signal(signal.SIGHUP)
    daemon.wait_told("RELOADING=1")
    daemon.wait_told("READY=1")
    refused = [str(event["problem"]) for event in daemon.events("reload_refused")]
    assert any(words in problem for problem in refused)
    assert refused[-1] == "the config of before stays in force"
    assert not daemon.events("reloaded")

    (home / "config" / "reminder.yaml").write_text(good.replace("language: id", "language: en"))
    daemon.signal(signal.SIGHUP)
    assert daemon.wait_logged("reloaded")
    daemon.wait_logged("scan_done", 2)
    assert daemon.process.poll() is None


def test_reload_takes_the_settings_too_but_not_another_database(
    home: Path, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    with (home / ".env").open("a") as file:
        file.write("REMINDER_LOG_LEVEL=warning\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_told("RELOADING=1")
    daemon.wait_told("READY=1")
    with (home / ".env").open("a") as file:
        file.write("REMINDER_DATABASE_URL=sqlite:///var/other.db\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_told("READY=1")
    refused = daemon.wait_logged("reload_refused")
    assert "restart the service" in str(refused[0]["problem"])
    assert not (home / "var" / "other.db").exists()


def test_config_with_errors_is_refused_at_the_start(home: Path) -> None:
    (home / "config" / "reminder.yaml").write_text("scan: {evry: 5 minutes}\n")
    refused = reminder(home, "run")
    assert refused.returncode == 1
    assert "reminder.yaml:1" in refused.stderr
    assert "Traceback" not in refused.stderr


MONDAY = "2026-03-02T09:00:00+07:00"


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
    folder = home.parent / "register"
    folder.mkdir()
    for name, lines in register.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    imported = reminder(home, "--as-of", MONDAY, "import", str(folder))
    assert imported.returncode == 0, imported.stderr


def sent_and_other(home: Path) -> tuple[list[str], list[str]]:
    """Message-IDs of what was sent, and the states of the rest."""
    log = json.loads(reminder(home, "--as-of", MONDAY, "log", "--json").stdout)
    sent = [message["message_id"] for message in log if message["state"] == "sent"]
    return sent, [message["state"] for message in log if message["state"] != "sent"]


def test_daemon_mails_what_is_due_and_logs_no_address(
    home: Path, start: Callable[..., Daemon]
) -> None:
    import_agreements(home, 2)
    daemon = start("--as-of", MONDAY)
    mails = home / "var" / "mail" / "new"
    wait_until(lambda: len(list(mails.glob("*"))) == 2, "two mails in the Maildir")
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
    home: Path, start: Callable[..., Daemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 30)
    daemon = start("--as-of", MONDAY)
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
    home: Path, start: Callable[..., Daemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 1)
    daemon = start("--as-of", MONDAY)
    assert slow_server.is_asked.wait(PATIENCE)
    began = monotonic()
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert monotonic() - began < 10
    assert sent_and_other(home) == ([], ["sending"])


def test_second_stop_signal_ends_it_at_once(
    home: Path, start: Callable[..., Daemon], slow_server: SlowServer
) -> None:
    import_agreements(home, 1)
    daemon = start("--as-of", MONDAY)
    assert slow_server.is_asked.wait(PATIENCE)
    began = monotonic()
    daemon.signal(signal.SIGTERM)
    daemon.wait_told("STOPPING=1")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert monotonic() - began < 5


def test_daemon_runs_on_postgresql_too(
    home: Path, start: Callable[..., Daemon], postgresql_url: str
) -> None:
    with (home / ".env").open("a") as file:
        file.write(f"REMINDER_DATABASE_URL={postgresql_url}\n")
    import_agreements(home, 2)
    daemon = start("--as-of", MONDAY)
    wait_until(lambda: len(sent_and_other(home)[0]) == 2, "two mails sent")
    daemon.signal(signal.SIGTERM)
    assert daemon.ended() == 0
    assert not daemon.events("job_failed")
    assert not (home / "var" / "reminder.db").exists()


def test_folder_that_is_no_home_gets_no_files(tmp_path: Path) -> None:
    for command in ("run", "once"):
        refused = reminder(tmp_path, command)
        assert refused.returncode == 1
        assert "run reminder init" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_closed_pipe_is_quiet(home: Path) -> None:
    producer = subprocess.Popen(
        [*PROGRAM, "--home", str(home), "check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert producer.stdout is not None
    assert producer.stderr is not None
    producer.stdout.close()
    assert producer.stderr.read() == b""
    producer.stderr.close()
    producer.wait(PATIENCE)
