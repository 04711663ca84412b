"""One connection of the server: commands in, replies out, as the script has it."""

from __future__ import annotations

import base64
import select
import socket
import struct
from typing import TYPE_CHECKING

from tests.smtp_server.actions import Action
from tests.smtp_server.script import Envelope
from tests.smtp_server.store import Stored

if TYPE_CHECKING:
    import threading

    from tests.smtp_server.server import SmtpServer

LONGEST_IDLE = 60.0
"""Seconds without a word from the client after which the server hangs up."""

_END = b"\r\n.\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Closed(Exception):
    """The connection is over."""


class Talk:
    """Runs until the client or the script ends it."""

    def __init__(self, server: SmtpServer, connection: socket.socket) -> None:
        self._server = server
        self.socket = connection
        self.socket.settimeout(LONGEST_IDLE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        self._is_encrypted = False
        self._envelope = Envelope()

    def run(self) -> None:
        """Greet, then command by command."""
        try:
            if self._server.implicit_tls:
                self._encrypt()
            self._act("greeting", "220 relay.example.go.id ESMTP")
            while self._command():
                pass
        except (Closed, OSError):
            pass
        finally:
            self.socket.close()

    def _command(self) -> bool:
        line = self._line().decode("utf-8", "surrogateescape")
        self._server.commands.append(line)
        verb = line.split(" ", 1)[0].upper()
        match verb:
            case "EHLO":
                self._act("ehlo", self._hello())
            case "STARTTLS":
                self._start_tls()
            case "AUTH":
                self._authenticate(line)
            case "MAIL":
                self._envelope = Envelope(_path(line))
                self._act("mail", "250 2.1.0 ok")
            case "RCPT":
                recipients = (*self._envelope.recipients, _path(line))
                self._envelope = Envelope(self._envelope.sender, recipients)
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

    def _start_tls(self) -> None:
        action = self._next("starttls")
        if action is None:
            self._send(b"220 2.0.0 go ahead\r\n")
        else:
            self._do(action)
        if action is None or action.pieces[0].startswith(b"220"):
            self._encrypt()

    def _encrypt(self) -> None:
        assert self._server.tls is not None
        self.socket.recv(1, socket.MSG_PEEK)  # the client has begun
        self._act("handshake", "")
        self.socket = self._server.tls.wrap_socket(self.socket, server_side=True)
        self._is_encrypted = True

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
        action = self._next("body")
        if action is not None:
            self._read_body(action.after)
            self._do(action, self._server.body_closed)
        data = self._body()
        if not self._act("dot", ""):
            return
        self._server.store(Stored(self._envelope.sender, self._envelope.recipients, data))
        self._act("stored", "250 2.0.0 Ok: queued as 4F2A1")

    def _act(self, phase: str, usual: str) -> bool:
        """Do what the script says, else the usual; whether it was the usual."""
        action = self._next(phase)
        if action is None:
            if usual:
                self._send(usual.encode() + b"\r\n")
            return True
        self._do(action)
        return False

    def _next(self, phase: str) -> Action | None:
        return self._server.script.next(phase, self._envelope)

    def _do(self, action: Action, is_done: threading.Event | None = None) -> None:
        for piece in action.pieces:
            self._send(piece)
            # Nobody waits for the rest of a reply once the server is told to stop.
            if action.pause and self._server.is_closing.wait(action.pause):
                raise Closed
        match action.ending:
            case "half-close":
                self.socket.shutdown(socket.SHUT_WR)
            case "reset":
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                self.socket.close()
            case "drop":
                self.socket.close()
        if is_done is not None:
            is_done.set()
        if action.ending != "stay":
            self._sit_out(action)
            raise Closed

    def _sit_out(self, action: Action) -> None:
        """Stay until the client goes away, where the connection is still open."""
        if action.ending == "half-close":
            while self.socket.recv(65_536):
                pass
        elif action.ending == "silence":
            self._wait_in_silence()

    def _wait_in_silence(self) -> None:
        """Read nothing either, or the client would never notice in the middle of a long body."""
        gone = select.poll()
        gone.register(self.socket, select.POLLRDHUP)  # and what poll always tells of
        while not (gone.poll(50) or self._server.is_closing.is_set()):
            pass

    def _send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def _receive(self) -> bytes:
        data = self.socket.recv(65_536)
        if not data:
            raise Closed
        return data

    def _line(self) -> bytes:
        while b"\r\n" not in self._unread:
            self._unread += self._receive()
        line, _, self._unread = self._unread.partition(b"\r\n")
        return line

    def _read_body(self, octets: int) -> None:
        """Wait for that much of the body, or for its end."""
        while len(self._unread) < octets and _END not in self._unread:
            self._unread += self._receive()

    def _body(self) -> bytes:
        """The mail up to the line with the dot alone."""
        text = bytearray(b"\r\n" + self._unread)
        start = 0
        while (end := text.find(_END, start)) < 0:
            start = max(0, len(text) - len(_END))
            text += self._receive()
        self._unread = bytes(text[end + len(_END) :])
        return bytes(text[: end + 2]).replace(b"\r\n.", b"\r\n")[2:]


def _path(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]
