"""``reminder run`` as a process of its own: its log in a file, its pages on a port of its own."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from tests.installed import MONDAY, PROGRAM, ROOT, body_of, done, mails_of
from tests.ports import free_port
from tests.registers import SMALL, write_files
from tests.waiting import PATIENCE
from tests.web_client import LINK, Answer


class Daemon:
    """A daemon of *home* as of *at* (empty: now), with nothing else in its environment.

    It runs as long as its context lasts, and is killed where it still does then.
    """

    def __init__(self, home: Path, *, at: str = MONDAY, **environ: str) -> None:
        self.home = home
        self.log = home.parent / f"log{monotonic()}"
        then = ("--as-of", at) if at else ()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "--home", str(home), *then, "run"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={"PATH": os.environ["PATH"], **environ},
                cwd=ROOT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def log_text(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8")

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Until it is true, which must be while the daemon runs."""
        limit = monotonic() + PATIENCE
        while not condition():
            assert self.process.poll() is None, self.log_text()
            assert monotonic() < limit, self.log_text()
            sleep(0.01)

    def wait_logged(self, event: str) -> None:
        """Until it has said so, in a log for people."""
        self.wait_until(lambda: f" {event}" in self.log_text())

    def signal(self, number: signal.Signals) -> None:
        """What a service manager or a person sends it."""
        self.process.send_signal(number)

    def ended(self, within: float = PATIENCE) -> int:
        """The exit status of one that ends in so many seconds."""
        return self.process.wait(within)

    def stop(self, within: float = PATIENCE) -> str:
        """Tell it to end, which it does well and in so many seconds; its log."""
        self.signal(signal.SIGTERM)
        assert self.ended(within) == 0
        return self.log_text()


class ServingDaemon(Daemon):
    """One whose pages are asked for."""

    def __init__(self, home: Path, *, at: str = MONDAY, **environ: str) -> None:
        self.port = served_on(home)
        super().__init__(home, at=at, **environ)

    @property
    def token(self) -> str:
        """That of the link in its one mail."""
        [mail] = mails_of(self.home)
        return next(iter({found[1] for found in LINK.finditer(body_of(mail))}))

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        answer = fetch(self.port, path, method, **headers)
        return answer.status, answer.body

    def connect(self) -> socket.socket:
        """An open connection that asks nothing yet."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


@contextmanager
def mailed(home: Path, **environ: str) -> Iterator[ServingDaemon]:
    """A daemon that tells all it does, and whose one mail has left."""
    done(home, "import", write_files(home.parent / "register", SMALL))
    with ServingDaemon(home, **{"REMINDER_LOG_LEVEL": "debug"} | environ) as daemon:
        daemon.wait_until(lambda: mails_of(home))
        yield daemon


def served_on(home: Path) -> int:
    """Have the home's pages served on a free port; that port."""
    port = free_port()
    with (home / ".env").open("a", encoding="utf-8") as file:
        file.write(f"REMINDER_LISTEN=127.0.0.1:{port}\n")
        file.write(f"REMINDER_PUBLIC_URL=http://127.0.0.1:{port}\n")
    return port


def fetch(port: int, path: str, method: str = "GET", **headers: str) -> Answer:
    """The answer of this machine over a connection of its own, without its date."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, PATIENCE)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        given = {name.lower(): value for name, value in answer.getheaders()}
        given.pop("date", None)
        return Answer(answer.status, given, answer.read())


def answer_of(connection: socket.socket) -> bytes:
    """Everything that comes until the other side hangs up."""
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer
