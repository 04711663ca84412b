"""What systemd is told, over a real socket."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reminder.resources import shipped
from reminder.sd_notify import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = f"reminder-test-{os.getpid()}"
    address = f"\0{name}" if request.param == "abstract" else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(5)
        yield channel, address.replace("\0", "@")


def test_every_state_is_told(listener: tuple[socket.socket, str]) -> None:
    channel, address = listener
    manager = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "120000000"})
    manager.ready("started")
    manager.reloading()
    manager.alive()
    manager.stopping()
    told = [channel.recv(4096) for _ in range(4)]
    assert told == [b"READY=1\nSTATUS=started", b"RELOADING=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_nothing_happens_where_nobody_listens(tmp_path: Path) -> None:
    ServiceManager({}).ready("started")
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready("started")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        pytest.param({}, None, id="no watchdog"),
        pytest.param({"WATCHDOG_USEC": "5000000"}, 5.0, id="watchdog for whoever runs"),
        pytest.param({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}, None, id="for another"),
        pytest.param({"WATCHDOG_USEC": "soon"}, None, id="not a number"),
    ],
)
def test_watchdog_is_fed_only_where_it_is_ours(
    environ: dict[str, str], seconds: float | None
) -> None:
    assert ServiceManager(environ).watchdog_seconds == seconds


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_unit_is_valid_and_its_exposure_is_small(tmp_path: Path) -> None:
    unit = tmp_path / "reminder.service"
    text = (shipped("config") / "reminder.service").read_text(encoding="utf-8")
    # systemd-analyze looks for the program, which is installed elsewhere or not at all.
    unit.write_text(text.replace("/opt/reminder/bin/reminder run", "/bin/true"))
    for arguments in (["verify"], ["security", "--offline=true", "--threshold=15"]):
        seen = subprocess.run(
            ["systemd-analyze", *arguments, str(unit)],
            capture_output=True,
            text=True,
            check=False,
        )
        if "Failed to" in seen.stderr and "Unknown" not in seen.stderr:
            pytest.skip(f"systemd-analyze cannot work here: {seen.stderr.strip()}")
        assert seen.returncode == 0, seen.stderr + seen.stdout[-2000:]
