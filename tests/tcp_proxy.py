"""A proxy for tests, in front of SMTP or PostgreSQL, that breaks connections where it is told."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

Side = Literal["client", "server"]


@dataclass(frozen=True)
class Cut:
    """Where to break a connection: *after* so many octets from *side*, counted from its
    beginning or, with a *pattern*, from where that begins."""

    side: Side
    after: int
    pattern: bytes = b""

    def place(self, seen: bytes) -> int | None:
        """How many of the octets seen may pass; None where the place is not yet reached."""
        start = seen.find(self.pattern)
        # A pattern must have come whole, or its first half could be something else's.
        is_reached = start >= 0 and len(seen) >= start + max(self.after, len(self.pattern))
        return start + self.after if is_reached else None


class TcpProxy:
    """Listens on loopback. Changing an attribute changes what happens from then on."""

    def __init__(self, server: tuple[str, int] | Path) -> None:
        """*server* is a host and port, or the path of a Unix socket."""
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.cuts: list[Cut] = []
        """Each is used once, by the first connection that reaches it."""
        self.was_cut = threading.Event()
        self.swallowed: set[Side] = set()
        """Half-open: what these sides say gets lost, and nobody hears of it."""
        self.may_pass = threading.Event()
        """Latency: while it is cleared, bytes wait here."""
        self.may_pass.set()
        self.is_refusing = False
        """New connections are broken at once."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Refuse what comes, and break what is open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.may_pass.set()
        self.break_all()

    def break_all(self) -> None:
        """Break every open connection, on both sides."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for one in sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads, which closes it

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.is_refusing:
                client.close()
                continue
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            with self._lock:
                self._sockets += [client, server]
            for side, source, target in (
                ("client", client, server),
                ("server", server, client),
            ):
                pump = threading.Thread(target=self._pump, args=[side, source, target], daemon=True)
                pump.start()

    def _connect(self) -> socket.socket:
        if isinstance(self._server, tuple):
            return socket.create_connection(self._server, timeout=10)
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._server))
        return server

    def _pump(self, side: Side, source: socket.socket, target: socket.socket) -> None:
        seen = bytearray()
        with suppress(OSError):
            source.settimeout(None)
            while data := source.recv(65_536):
                self.may_pass.wait()
                passed = len(seen)
                seen += data
                end = self._end(side, bytes(seen))
                if side not in self.swallowed:
                    target.sendall(seen[passed:end])
                if end is not None:
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()  # each end is closed by the thread that reads it

    def _end(self, side: Side, seen: bytes) -> int | None:
        with self._lock:
            for cut in self.cuts:
                if cut.side == side and (end := cut.place(seen)) is not None:
                    self.cuts.remove(cut)
                    self.was_cut.set()
                    return end
        return None
