"""Where the installed daemon listens, or not, and what else loads what serves its pages."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.daemons import Daemon
from tests.installed import MONDAY, ROOT, done, reminder
from tests.waiting import PATIENCE
from tests.web_offices import Office, daemons_of, make_office


@pytest.fixture
def office(home: Path) -> Office:
    return make_office(home)


@pytest.fixture
def start(office: Office) -> Iterator[Callable[..., Daemon]]:
    with daemons_of(office) as start:
        yield start


def test_port_that_is_taken_ends_the_start_before_anything_is_done(office: Office) -> None:
    with socket.create_server(("127.0.0.1", office.port)):
        refused = reminder(office.home, "run")
    assert refused.returncode == 1
    assert f"REMINDER_LISTEN: 127.0.0.1:{office.port} is in use" in refused.stderr
    assert "REMINDER_LISTEN=off" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "daemon_started" not in refused.stderr
    assert "scan_done" not in refused.stderr


def test_address_of_another_machine_cannot_be_listened_on(office: Office) -> None:
    refused = reminder(office.home, "run", REMINDER_LISTEN=f"192.0.2.1:{office.port}")
    assert refused.returncode == 1
    assert "REMINDER_LISTEN: 192.0.2.1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_pages_can_be_switched_off(office: Office, start: Callable[..., Daemon]) -> None:
    with socket.create_server(("127.0.0.1", office.port)):
        daemon = start(REMINDER_LISTEN="off")
    assert "web_started" not in daemon.log_text()
    assert "REMINDER_LISTEN" in done(office.home, "check", at="", REMINDER_LISTEN="off")


def test_reload_is_seen_by_the_pages(office: Office, start: Callable[..., Daemon]) -> None:
    daemon = start()
    config = office.home / "config" / "reminder.yaml"
    name = "Pengingat Kerja Sama Daerah"
    assert name in office.get("/").page
    config.write_text(config.read_text().replace(name, "Pengingat Baru"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_logged("reloaded")
    assert "Pengingat Baru" in office.get("/").page
    with (office.home / ".env").open("a") as file:
        file.write("REMINDER_LOG_LEVEL=debug\n")
    env = office.home / ".env"
    env.write_text(env.read_text().replace(f"LISTEN=127.0.0.1:{office.port}", "LISTEN=off"))
    daemon.signal(signal.SIGHUP)
    daemon.wait_logged("reload_refused")
    assert "REMINDER_LISTEN was changed" in daemon.log_text()


@pytest.mark.parametrize("command", [["--version"], ["check"], ["--as-of", MONDAY, "once"]])
def test_other_commands_do_not_load_the_web(home: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reminder", "--home", str(home), *command],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        timeout=PATIENCE,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "reminder.cli" in loaded
    assert not loaded & {"starlette", "uvicorn", "h11", "anyio", "reminder.web"}
