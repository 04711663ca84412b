"""A real SMTP server on loopback that misbehaves as told; what it stored is the oracle.

It writes every accepted mail to a file of its own, synced, before it answers, so that a
test can ask what a relay really took, whatever the client believes.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    import ssl

Kind = Literal["say", "drop", "reset", "silence"]


@dataclass(frozen=True)
class Action:
    """What to do in a phase instead of the usual reply."""

    kind: Kind
    pieces: tuple[bytes, ...] = ()
    """Sent one after the other, each in a packet of its own as far as TCP allows."""


def reply(text: str) -> Action:
    """Answer with that line."""
    return Action("say", (text.encode() + b"\r\n",))


def raw(*pieces: bytes) -> Action:
    """Send exactly these bytes."""
    return Action("say", pieces)


DROP = Action("drop")
"""Close the connection."""
RESET = Action("reset")
"""Break it with a TCP reset."""
SILENCE = Action("silence")
"""Say nothing until the client goes away."""
GARBAGE = raw(b"\xff\xfe what is this\r\n")
FAULTS = {"drop": DROP, "reset": RESET, "silence": SILENCE, "garbage": GARBAGE}


@dataclass(frozen=True)
class Stored:
    """One mail that the server took."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    """As it was sent: dots unstuffed, lines ending in CRLF."""

    @property
    def message_id(self) -> str:
        """The header of that name."""
        return str(message_from_bytes(self.data)["Message-ID"])


@dataclass
class SmtpServer:
    """Runs in threads of its own. Phases: greeting ehlo starttls auth mail rcpt data
    body dot stored rset noop quit; ``dot`` comes before the mail is stored, ``stored`` after."""

    folder: Path
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    offers: tuple[str, ...] = ("SIZE 10485760", "8BITMIME")
    users: dict[str, str] = field(default_factory=dict)
    mechanisms: str = "PLAIN LOGIN"
    mails: list[Stored] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """Every command line that was received, over all connections."""
    connections: int = 0

    def __post_init__(self) -> None:
        self._script: defaultdict[str, list[Action | None]] = defaultdict(list)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.body_closed = threading.Event()
        """Set once the server has broken the connection inside a body."""
        self._file = (self.folder / "taken.jsonl").open("a")
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def then(self, phase: str, *actions: Action | None) -> SmtpServer:
        """The next times that *phase* is reached do this; None is the usual."""
        self._script[phase].extend(actions)
        return self

    def always(self, phase: str, action: Action) -> SmtpServer:
        """Do this every time."""
        self._script[phase].extend([action] * 1000)
        return self

    def close(self) -> None:
        """Stop, and break what is open."""
        if self._file.closed:
            return
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._threads[0].join(10)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join(10)
        self._file.close()

    def next_action(self, phase: str) -> Action | None:
        """Take the next action from the script."""
        with self._lock:
            return self._script[phase].pop(0) if self._script[phase] else None

    def store(self, mail: Stored) -> None:
        """Take a mail for good."""
        with self._lock:
            self.mails.append(mail)
            row = {
                "sender": mail.sender,
                "recipients": mail.recipients,
                "data": mail.data.decode("latin-1"),
            }
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=_Talk(self, connection).run, daemon=True)
            self._threads.append(thread)
            thread.start()


class _Closed(Exception):
    pass


class _Talk:
    """One connection."""

    def __init__(self, server: SmtpServer, connection: socket.socket) -> None:
        self._server = server
        self._socket = connection
        self._socket.settimeout(30)
        self._unread = b""
        self._is_encrypted = False

    def run(self) -> None:
        try:
            if self._server.implicit_tls:
                self._encrypt()
            self._act("greeting", "220 relay.example.go.id ESMTP")
            while self._command():
                pass
        except (_Closed, OSError):
            pass
        finally:
            self._socket.close()

    def _command(self) -> bool:
        line = self._line().decode("utf-8", "surrogateescape")
        self._server.commands.append(line)
        verb = line.split(" ", 1)[0].upper()
        match verb:
            case "EHLO":
                self._act("ehlo", self._hello())
            case "STARTTLS":
                self._act("starttls", "220 2.0.0 go ahead")
                self._encrypt()
            case "AUTH":
                self._authenticate(line)
            case "MAIL":
                self._sender = _path(line)
                self._recipients: list[str] = []
                self._act("mail", "250 2.1.0 ok")
            case "RCPT":
                self._recipients.append(_path(line))
                self._act("rcpt", "250 2.1.5 ok")
            case "DATA":
                if self._act("data", "354 go ahead"):
                    self._data()
            case "RSET" | "NOOP":
                self._act(verb.lower(), "250 2.0.0 ok")
            case "QUIT":
                self._act("quit", "221 2.0.0 bye")
                return False
            case _:
                self._send(b"500 5.5.2 what\r\n")
        return True

    def _hello(self) -> str:
        offers = list(self._server.offers)
        if self._server.tls and not self._is_encrypted and not self._server.implicit_tls:
            offers.append("STARTTLS")
        if self._server.users:
            offers.append(f"AUTH {self._server.mechanisms}")
        lines = ["relay.example.go.id", *offers]
        return "\r\n".join(
            f"250{' ' if place == len(lines) - 1 else '-'}{line}"
            for place, line in enumerate(lines)
        )

    def _authenticate(self, line: str) -> None:
        parts = line.split(" ")
        if parts[1].upper() == "PLAIN":
            _, user, password = base64.b64decode(parts[2]).split(b"\0")
        else:
            self._send(b"334 VXNlcm5hbWU6\r\n")
            user = base64.b64decode(self._line())
            self._send(b"334 UGFzc3dvcmQ6\r\n")
            password = base64.b64decode(self._line())
        is_right = self._server.users.get(user.decode()) == password.decode()
        self._act("auth", "235 2.7.0 welcome" if is_right else "535 5.7.8 wrong user or password")

    def _data(self) -> None:
        action = self._server.next_action("body")
        if action is not None:
            self._socket.recv(100)
            self._do(action)
        lines: list[bytes] = []
        while (line := self._line()) != b".":
            lines.append(line.removeprefix(b"."))
        if not self._act("dot", ""):
            return
        data = b"".join(line + b"\r\n" for line in lines)
        self._server.store(Stored(self._sender, tuple(self._recipients), data))
        self._act("stored", "250 2.0.0 Ok: queued as 4F2A1")

    def _act(self, phase: str, usual: str) -> bool:
        """Do what the script says, else the usual; whether it was the usual."""
        action = self._server.next_action(phase)
        if action is None:
            if usual:
                self._send(usual.encode() + b"\r\n")
            return True
        self._do(action)
        return False

    def _do(self, action: Action) -> None:
        if action.kind == "say":
            for piece in action.pieces:
                self._send(piece)
            return
        if action.kind == "silence":
            while self._socket.recv(4096):
                pass
        if action.kind == "reset":
            linger = struct.pack("ii", 1, 0)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()
        self._server.body_closed.set()
        raise _Closed

    def _send(self, data: bytes) -> None:
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(data)

    def _line(self) -> bytes:
        while b"\r\n" not in self._unread:
            data = self._socket.recv(65536)
            if not data:
                raise _Closed
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line

    def _encrypt(self) -> None:
        assert self._server.tls is not None
        self._socket = self._server.tls.wrap_socket(self._socket, server_side=True)
        self._is_encrypted = True


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
