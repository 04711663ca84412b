"""Daemons under a service manager, which a test stands for: what they tell it, and their log."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from tests.daemons import Daemon
from tests.waiting import PATIENCE


class ManagedDaemon(Daemon):
    """One with the socket of a service manager, a log in JSON, and no pages."""

    def __init__(self, home: Path, *, at: str = "") -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = home.parent / f"notify{monotonic()}"
        self._socket.bind(str(address))
        self._socket.settimeout(PATIENCE)
        environ = {
            "NOTIFY_SOCKET": str(address),
            "WATCHDOG_USEC": "1000000",
            "REMINDER_LOG_FORMAT": "json",
            "REMINDER_LISTEN": "off",  # the tests run side by side, and a port is one daemon's
        }
        super().__init__(home, at=at, **environ)

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._socket.close()

    def wait_told(self, word: str) -> str:
        """The message to the service manager in which *word* comes next."""
        while True:
            try:
                message = self._socket.recv(4096).decode()
            except TimeoutError as error:
                raise AssertionError(f"{word} was not told; the log:\n{self.log_text()}") from error
            if word in message:
                return message

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of that name in its log."""
        lines = self.log_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in found if event["event"] == name]

    def wait_event(self, name: str, number: int = 1) -> list[dict[str, Any]]:
        """The events of that name, once there are so many."""
        self.wait_until(lambda: len(self.events(name)) >= number)
        return self.events(name)


@contextmanager
def managed(home: Path) -> Iterator[Callable[..., ManagedDaemon]]:
    """Starts as many as are asked for, each of which is up then, and ends them all."""
    with ExitStack() as stack:

        def start(at: str = "") -> ManagedDaemon:
            daemon = stack.enter_context(ManagedDaemon(home, at=at))
            daemon.wait_told("READY=1")
            return daemon

        yield start
