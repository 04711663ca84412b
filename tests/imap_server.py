"""A mailbox on loopback that speaks as much IMAP as the service asks for, and can misbehave.

It is no server to judge the client by: that is Dovecot, in ``tests/realmail``. What a real
one cannot be made to do is done here: another UIDVALIDITY, a mail that cannot be had, silence.
"""

from __future__ import annotations

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    import ssl

_COMMAND = re.compile(rb"(\S+) (\S+) ?(.*)\r\n")


@dataclass
class ImapServer:
    """The mails of one folder by their UIDs, and what was asked of it."""

    port: int = 0
    validity: int = 1
    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    unfetchable: set[int] = field(default_factory=set)
    """UIDs that are refused when they are asked for."""
    commands: list[str] = field(default_factory=list)
    logins: int = 0

    def put(self, *mails: bytes) -> None:
        """Let mails arrive."""
        for raw in mails:
            self.mails[max(self.mails, default=0) + 1] = raw

    def renumber(self) -> None:
        """Count the mails anew, as a mailbox that was made anew does; nobody has read them."""
        self.validity += 1
        self.mails = dict(enumerate(self.mails.values(), start=101))
        self.seen = set()

    @property
    def url(self) -> str:
        """As ``REMINDER_INBOX_URL`` has it."""
        return f"imap://kotak%40biro:rahasia%20%22x%22@127.0.0.1:{self.port}/INBOX"

    def answer(self, verb: str, rest: str) -> Iterator[bytes]:
        """The untagged lines, and how it ended."""
        match verb:
            case "CAPABILITY":
                yield b"* CAPABILITY IMAP4rev1\r\n"
            case "LOGIN":
                self.logins += 1
                if rest != r'"kotak@biro" "rahasia \"x\""':
                    yield b"NO that is not known here"
                    return
            case "SELECT":
                if rest.strip('"') != "INBOX":
                    yield b"NO no such folder"
                    return
                yield b"* %d EXISTS\r\n" % len(self.mails)
                yield b"* OK [UIDVALIDITY %d] counted\r\n" % self.validity
            case "UID":
                yield from self._answer_by_uid(*rest.split(" ", 1))
                return
            case "LOGOUT":
                yield b"* BYE\r\n"
        yield b"OK done"

    def _answer_by_uid(self, verb: str, rest: str) -> Iterator[bytes]:
        if verb == "SEARCH":
            yield b"* SEARCH " + b" ".join(b"%d" % uid for uid in self._found(rest)) + b"\r\n"
        elif verb == "STORE":
            self.seen.add(int(rest.split()[0]))
        else:
            uids, _, items = rest.partition(" ")
            for number in map(int, uids.split(",")):
                if number in self.unfetchable and "BODY" in items:
                    yield b"NO cannot be had"
                    return
                yield self._fetched(number, items)
        yield b"OK done"

    def _found(self, criteria: str) -> list[int]:
        if criteria == "UNSEEN":
            return sorted(set(self.mails) - self.seen)
        first = int(criteria.removeprefix("UID ").removesuffix(":*"))
        later = sorted(uid for uid in self.mails if uid >= first)
        return later or [max(self.mails)] if self.mails else []  # as RFC 9051 has "*"

    def _fetched(self, uid: int, items: str) -> bytes:
        raw = self.mails[uid]
        if "BODY" not in items:
            return b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, len(raw))
        most = int(items.rpartition(".")[2].partition(">")[0])
        part = raw[:most]
        return b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(part), part)


@contextmanager
def imap_server(tls: ssl.SSLContext | None = None) -> Iterator[ImapServer]:
    """A server on a port of its own."""
    state = ImapServer()

    class Handler(socketserver.StreamRequestHandler):
        """One connection."""

        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                match = _COMMAND.fullmatch(line)
                assert match is not None
                tag, verb, rest = match[1], match[2].decode(), match[3].decode()
                state.commands.append(f"{verb} {rest}".strip())
                *lines, last = state.answer(verb, rest)
                self.wfile.write(b"".join(lines) + tag + b" " + last + b"\r\n")
                if verb == "LOGOUT":
                    return

    class Server(socketserver.ThreadingTCPServer):
        """Ends with its test, whatever a client does."""

        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            if tls is not None:
                connection = tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
            return connection, address

        def handle_error(self, *_arguments: object) -> None:
            """A client that hangs up, as one does that trusts no certificate."""

    with Server(("127.0.0.1", 0), Handler) as server:
        state.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
