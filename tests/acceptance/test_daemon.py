"""The daemon as a process: it holds its home, obeys signals, and survives being killed."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.installed import PROGRAM, ROOT, reminder, shown
from tests.managed_daemons import ManagedDaemon, managed
from tests.waiting import PATIENCE


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., ManagedDaemon]]:
    with managed(home) as start:
        yield start


def test_home_is_held_by_one_daemon_and_open_to_other_commands(
    home: Path, start: Callable[..., ManagedDaemon]
) -> None:
    daemon = start()
    for command in ("run", "once"):
        second = reminder(home, command, at="")
        assert second.returncode == 75, second.stderr
        assert f"process {daemon.process.pid}" in second.stderr
        assert "Traceback" not in second.stderr
    daemon.wait_event("scan_done")
    status = shown(home, "status", at="")
    assert status["daemon_running"] is True
    assert status["healthy"] is True, status
    assert status["last_scan_at"].endswith("+00:00")
    assert daemon.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_stop_signal_ends_it_within_ten_seconds(
    start: Callable[..., ManagedDaemon], number: signal.Signals
) -> None:
    daemon = start()
    daemon.wait_event("scan_done")
    began = monotonic()
    daemon.signal(number)
    assert daemon.ended() == 0
    assert monotonic() - began < 10
    daemon.wait_told("STOPPING=1")
    assert daemon.events("daemon_stopped")
    assert not daemon.events("job_failed")


def test_watchdog_is_fed_and_the_state_told(start: Callable[..., ManagedDaemon]) -> None:
    daemon = start()
    daemon.wait_told("WATCHDOG=1")
    assert "last scan 20" in daemon.wait_told("STATUS=last scan")


def test_killed_daemon_leaves_a_home_that_starts_again(start: Callable[..., ManagedDaemon]) -> None:
    daemon = start()
    daemon.signal(signal.SIGKILL)
    assert daemon.ended() == -signal.SIGKILL
    assert start().wait_event("scan_done")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("scan: {evry: 5 minutes}\n", "reminder.yaml:1", id="a typo"),
        pytest.param("service:\n  name: 'half writ", "reminder.yaml", id="X-45 half written"),
    ],
)
def test_reload_of_a_bad_config_keeps_the_old_whole(
    home: Path, start: Callable[..., ManagedDaemon], text: str, words: str
) -> None:
    daemon = start()
    daemon.wait_event("scan_done")
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
    assert daemon.wait_event("reloaded")
    daemon.wait_event("scan_done", 2)
    assert daemon.process.poll() is None


def test_reload_takes_the_settings_too_but_not_another_database(
    home: Path, start: Callable[..., ManagedDaemon]
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
    refused = daemon.wait_event("reload_refused")
    assert "restart the service" in str(refused[0]["problem"])
    assert not (home / "var" / "other.db").exists()


def test_config_with_errors_is_refused_at_the_start(home: Path) -> None:
    (home / "config" / "reminder.yaml").write_text("scan: {evry: 5 minutes}\n")
    refused = reminder(home, "run", at="")
    assert refused.returncode == 1
    assert "reminder.yaml:1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_folder_that_is_no_home_gets_no_files(tmp_path: Path) -> None:
    for command in ("run", "once"):
        refused = reminder(tmp_path, command, at="")
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
