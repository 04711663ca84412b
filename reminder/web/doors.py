"""The doors: how many connections are open at once, and how long one may take to ask.

uvicorn waits for ever for a request that is not whole, and takes as many connections as there
are: they would use up the file descriptors that sending needs too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from asyncio import TimerHandle, Transport

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

MOST_OPEN = 256
"""Connections at once. With those that are taken up before they are refused, at most another 64
(``server.TAKEN_AT_ONCE``), this stays well below the 1,024 files that a process may usually have
open."""
ASKED_WITHIN = 10.0
"""Seconds from the beginning of a connection, or of a further request, to the end of its head."""
FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


class LimitedConnection(H11Protocol):
    """One connection; those beyond the limit are told so and closed."""

    _asked_by: TimerHandle | None = None
    _is_refused = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn
        """Take it, if there is room."""
        if len(self.connections) >= MOST_OPEN:
            self._is_refused = True
            transport.write(FULL)
            transport.close()
            return
        super().connection_made(transport)
        self._begin_to_wait()

    def data_received(self, data: bytes) -> None:
        """Whatever comes: part of a request, or of a body that nobody reads any more."""
        if self._is_refused:
            return
        if self._asked_by is None and self._is_between_requests():
            self._begin_to_wait()
        super().data_received(data)
        if not self._is_between_requests():
            self._end_to_wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._end_to_wait()
        if not self._is_refused:
            super().connection_lost(exc)

    def _is_between_requests(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first request
        return cycle is None or cycle.response_complete

    def _begin_to_wait(self) -> None:
        self._asked_by = self.loop.call_later(ASKED_WITHIN, self._took_too_long)

    def _end_to_wait(self) -> None:
        if self._asked_by is not None:
            self._asked_by.cancel()
            self._asked_by = None

    def _took_too_long(self) -> None:
        self._asked_by = None
        if self._is_between_requests():
            self.transport.abort()
