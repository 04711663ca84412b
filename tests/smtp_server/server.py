"""The server: a socket that listens, a thread for each connection, a script and a store."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tests.smtp_server.actions import Action
from tests.smtp_server.script import Rule, Script
from tests.smtp_server.store import Store, Stored
from tests.smtp_server.talk import Talk

if TYPE_CHECKING:
    import ssl

TOO_MANY = b"421 4.7.0 too many connections\r\n"


@dataclass
class SmtpServer:
    """Runs in threads of its own. For the names of the phases see ``script.PHASES``."""

    folder: Path
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    offers: tuple[str, ...] = ("SIZE 10485760", "8BITMIME")
    users: dict[str, str] = field(default_factory=dict)
    mechanisms: str = "PLAIN LOGIN"
    most_connections: int | None = None
    """At once; one more is told 421."""
    is_synced: bool = True
    """Whether a mail outlives the machine before it is answered; the slow part."""
    port: int = 0
    """0 lets the machine choose; afterwards the one that it chose."""
    mails: list[Stored] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """Every command line that was received, over all connections."""
    connections: int = 0

    def __post_init__(self) -> None:
        self.script = Script()
        self.body_closed = threading.Event()
        """Set once the script has answered or broken off inside a body."""
        self.is_closing = threading.Event()
        self._lock = threading.Lock()
        self._store = Store(self.folder, is_synced=self.is_synced)
        self._talks: dict[Talk, threading.Thread] = {}
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def then(self, phase: str, *actions: Action | None) -> Self:
        """The next times that *phase* is reached do this; None is the usual."""
        self.script.then(phase, actions)
        return self

    def always(self, phase: str, action: Action) -> Self:
        """Do this every time."""
        self.script.always(phase, action)
        return self

    def for_recipient(self, address: str, phase: str, *actions: Action | None) -> Self:
        """For that recipient do this in turn, the last one for ever; not before ``rcpt``."""
        self.script.for_recipient(address, phase, actions)
        return self

    def by_rule(self, rule: Rule) -> Self:
        """Ask *rule* in each phase that nothing else is scripted for."""
        self.script.by_rule(rule)
        return self

    def recover(self) -> Self:
        """Forget the script: from now on everything is as usual."""
        self.script.clear()
        return self

    def hang_up(self, farewell: bytes = b"") -> None:
        """Close every open connection, with a last word."""
        with self._lock:
            talks = dict(self._talks)
        for talk in talks:
            with suppress(OSError):
                talk.socket.sendall(farewell)
            with suppress(OSError):
                talk.socket.shutdown(socket.SHUT_RDWR)
        for thread in talks.values():
            thread.join(10)

    def close(self) -> None:
        """Stop, and break what is open."""
        if self.is_closing.is_set():
            return
        self.is_closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._accepting.join(10)
        self._listener.close()
        self.hang_up()
        self._store.close()

    def store(self, mail: Stored) -> None:
        """Take a mail for good."""
        self._store.add(mail)
        self.mails.append(mail)

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with self._lock:
                is_full = (
                    self.most_connections is not None and len(self._talks) >= self.most_connections
                )
            if is_full:
                with suppress(OSError), connection:
                    connection.sendall(TOO_MANY)
                continue
            talk = Talk(self, connection)
            thread = threading.Thread(target=self._run, args=[talk], daemon=True)
            with self._lock:
                self._talks[talk] = thread
            thread.start()

    def _run(self, talk: Talk) -> None:
        try:
            talk.run()
        finally:
            with self._lock:
                del self._talks[talk]
