"""The web server of the daemon: uvicorn in a thread, on a socket bound before anything else."""

from __future__ import annotations

import errno
import socket
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from uvicorn import Config, Server

from reminder.clock import steady_seconds
from reminder.errors import ReminderError
from reminder.web.doors import LimitedConnection

if TYPE_CHECKING:
    from starlette.types import ASGIApp
    from structlog.typing import FilteringBoundLogger

BACKLOG = 128
"""Connections that the system keeps for us until they are taken up."""
TAKEN_AT_ONCE = 16
"""Connections taken up in one turn of the loop. What is too much is hung up on three turns later
(see ``doors``), so that many times four are open at most beside those that have room."""
ANSWER_ENDS_WITHIN = 3
"""Seconds that an answer under way may still take after the stop."""
STARTS_WITHIN = 30.0


class WebServer:
    """Serves *app* on *listen* (``HOST:PORT``) from ``start`` to ``stop``."""

    def __init__(self, app: ASGIApp, listen: str, log: FilteringBoundLogger) -> None:
        """Takes the port; ReminderError where somebody else has it."""
        self._socket = _bound(listen)
        self._listen = listen
        self._log = log
        self._is_stopping = False
        self._server = Server(
            Config(
                app,
                loop="asyncio",
                http=LimitedConnection,
                ws="none",
                lifespan="off",
                log_config=None,
                # A line for every malformed request would let anybody fill the log.
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                backlog=TAKEN_AT_ONCE,
                timeout_graceful_shutdown=ANSWER_ENDS_WITHIN,
            )
        )
        self._thread = Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to serve; returns when requests are taken."""
        from time import sleep

        self._thread.start()
        deadline = steady_seconds() + STARTS_WITHIN
        while not self._server.started:
            if not self._thread.is_alive() or steady_seconds() > deadline:
                raise ReminderError(
                    f"the web pages on {self._listen} could not be started; the log says why"
                )
            sleep(0.01)
        self._log.info("web_started", listen=self._listen)

    def stop(self) -> None:
        """Take no more requests; those under way are answered."""
        self._is_stopping = True
        self._server.should_exit = True

    def is_stopped(self) -> bool:
        """Whether everything has ended, or never began."""
        return not self._thread.is_alive()

    def has_failed(self) -> bool:
        """Whether it ended without being told to."""
        return not self._is_stopping and self.is_stopped()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except (Exception, SystemExit) as error:
            self._log.error("web_failed", exc_info=error)
        finally:
            self._socket.close()


class _LongQueue(socket.socket):
    """asyncio takes up as many connections in one turn as it has the socket queue; this queues
    more."""

    def listen(self, _backlog: int = BACKLOG, /) -> None:
        """Queue ``BACKLOG`` connections, whatever is asked for."""
        super().listen(BACKLOG)


def _bound(listen: str) -> socket.socket:
    parts = urlsplit(f"http://{listen}")
    host, port = parts.hostname or "", parts.port or 0
    try:
        family, _type, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            what = f"{listen} is in use by another program (another home's daemon?)"
        else:
            what = f"{listen} cannot be listened on ({error.strerror or error})"
        raise ReminderError(
            f"REMINDER_LISTEN: {what}; write a free HOST:PORT and let REMINDER_PUBLIC_URL lead "
            "there, or REMINDER_LISTEN=off to serve no pages"
        ) from None
    return _LongQueue(fileno=bound.detach())
