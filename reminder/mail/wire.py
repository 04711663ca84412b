"""An SMTP connection as lines: bytes out, replies in, each under a time limit of its own.

Knows how a reply is built, not what its code means; that is for ``smtp.py`` alone.
"""

from __future__ import annotations

import select
import socket
import ssl
from dataclasses import dataclass

from reminder.clock import steady_seconds

LONGEST_LINE = 8192
LONGEST_REPLY = 65_536
_CHUNK = 16_384


class WireError(Exception):
    """No reply that makes sense was had. ``is_closed``: because the other side went away."""

    def __init__(self, text: str, *, is_closed: bool = False) -> None:
        super().__init__(text)
        self.is_closed = is_closed


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply: its code and the text of each line."""

    code: int
    lines: tuple[str, ...]


class Wire:
    """One connection. Time limits are for a whole step, however slowly its bytes drip in.

    The socket itself never waits: what cannot be done at once is waited for here, so that a
    command costs one call of the system and a reply two.
    """

    def __init__(self, host: str, port: int, within: float) -> None:
        """Connect; OSError where that fails."""
        self._socket = socket.create_connection((host, port), timeout=within)
        # The dot follows the body without a reply between: it must not wait for an ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._unread = bytearray()
        self.is_encrypted = False

    @property
    def local_host(self) -> str:
        """Our own end's number."""
        return str(self._socket.getsockname()[0])

    def encrypt(self, context: ssl.SSLContext, host: str, within: float) -> None:
        """Shake hands for TLS, checking that the certificate is for *host*; OSError if not."""
        if self._unread:
            # Sent in the clear before the handshake: somebody on the way put it there.
            raise WireError("the relay sent more than its reply before the TLS handshake")
        self._socket.settimeout(within)
        self._socket = context.wrap_socket(self._socket, server_hostname=host)
        self._socket.setblocking(False)
        self.is_encrypted = True

    def write(self, data: bytes, within: float) -> None:
        """Send all of *data*."""
        until = steady_seconds() + within
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._send(rest, until) :]
        except OSError as error:
            raise _translated(error) from error

    def read_reply(self, within: float) -> Reply:
        """Wait for one whole reply."""
        until = steady_seconds() + within
        code, lines, size = 0, [], 0
        while True:
            line = self._read_line(until)
            size += len(line)
            if size > LONGEST_REPLY:
                raise WireError(f"the reply is longer than {LONGEST_REPLY} octets")
            if not line[:3].isdigit() or line[3:4] not in (b"", b" ", b"-"):
                raise WireError("the reply does not begin with three digits")
            code = int(line[:3])
            lines.append(line[4:].decode("utf-8", "replace").strip())
            if line[3:4] != b"-":
                return Reply(code, tuple(lines))

    def has_input(self) -> bool:
        """Whether the other side has said something unasked; WireError where it went away."""
        if self._unread:
            return True
        try:
            self._keep(self._socket.recv(_CHUNK))
        except _NOT_YET:
            return False  # also a TLS record that is none of ours, such as a session ticket
        except OSError as error:
            raise _translated(error) from error
        return True

    def close(self) -> None:
        """Close without a word; the relay discards what has no final dot."""
        self._socket.close()

    def _read_line(self, until: float) -> bytes:
        start = 0
        while True:
            end = self._unread.find(b"\n", start)
            if end > LONGEST_LINE or (end < 0 and len(self._unread) > LONGEST_LINE):
                raise WireError(f"a line of the reply is longer than {LONGEST_LINE} octets")
            if end >= 0:
                line = bytes(self._unread[:end]).rstrip(b"\r")
                del self._unread[: end + 1]
                return line
            start = len(self._unread)
            try:
                self._receive(until)
            except OSError as error:
                raise _translated(error) from error

    def _send(self, data: memoryview, until: float) -> int:
        """Send as much of *data* as goes; how much that was."""
        while True:
            try:
                return self._socket.send(data)
            except _NOT_YET as error:
                self._wait_for(error, until, select.POLLOUT)

    def _receive(self, until: float) -> None:
        """Wait for more input."""
        if not self.is_encrypted:  # what TLS has decrypted already would be waited for in vain
            self._wait(select.POLLIN, until)
        while True:
            try:
                return self._keep(self._socket.recv(_CHUNK))
            except _NOT_YET as error:
                self._wait_for(error, until, select.POLLIN)

    def _keep(self, data: bytes) -> None:
        if not data:
            raise WireError("the relay closed the connection", is_closed=True)
        self._unread += data

    def _wait_for(self, error: OSError, until: float, usual: int) -> None:
        """Wait until what TLS or the socket asked for can be done."""
        if isinstance(error, ssl.SSLWantReadError):
            usual = select.POLLIN
        elif isinstance(error, ssl.SSLWantWriteError):
            usual = select.POLLOUT
        self._wait(usual, until)

    def _wait(self, event: int, until: float) -> None:
        poll = select.poll()
        poll.register(self._socket, event)
        left = until - steady_seconds()
        if left <= 0 or not poll.poll(left * 1000):
            raise TimeoutError


_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""What a socket that never waits says where it would have to."""


def _translated(error: OSError) -> WireError:
    if isinstance(error, TimeoutError):
        return WireError("the relay did not answer in time")
    if isinstance(error, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return WireError("the relay dropped the connection", is_closed=True)
    return WireError(f"the connection failed: {error.strerror or type(error).__name__}")
