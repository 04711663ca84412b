"""Relays on loopback that take every mail: Postfix's ``smtp-sink``, ended with its context."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic, sleep

from tests.ports import free_port

SESSIONS = 200
START_LIMIT = 10.0
INSTALL = ("apt-get", "install", "--yes", "--no-install-recommends", "postfix")
NEVER_RUNNING = b"postfix postfix/main_mailer_type select No configuration\n"
FOLDERS = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec/postfix"))


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """A sink for as long as the context lasts; its port. *options* are its own, see its manual."""
    port = free_port()
    command = [_program(), *options, "-m", str(SESSIONS), f"127.0.0.1:{port}", str(SESSIONS)]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]  # it refuses to stay root
    process = subprocess.Popen(command)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _program() -> str:
    """``smtp-sink``, installed where that is allowed; else the bench ends here."""
    if (found := shutil.which("smtp-sink", path=FOLDERS)) is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit("smtp-sink is missing: install your system's package of Postfix (do not start it)")
    print("smtp-sink is missing: installing Debian's postfix, unconfigured, so that it never runs")
    subprocess.run("debconf-set-selections", input=NEVER_RUNNING, check=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(INSTALL, check=True, env=environ, stdout=subprocess.DEVNULL)
    found = shutil.which("smtp-sink", path=FOLDERS)
    assert found is not None, "Debian's package postfix has no smtp-sink"
    return found


def _wait_for(port: int) -> None:
    limit = monotonic() + START_LIMIT
    while monotonic() < limit:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        sleep(0.02)
    sys.exit(f"smtp-sink does not listen on port {port} after {START_LIMIT:.0f} s")
