"""The web server: what it queues while the loop is busy, and what it takes up in one turn."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from threading import Event
from typing import TYPE_CHECKING

import structlog
from starlette.responses import PlainTextResponse

from reminder.web.server import BACKLOG, TAKEN_AT_ONCE, WebServer
from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


def free_address() -> tuple[str, int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        return host, port


def test_connections_are_queued_while_the_loop_is_busy_although_few_are_taken_up_at_once() -> None:
    is_busy, may_go_on = Event(), Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_busy.set()
        may_go_on.wait(PATIENCE)
        await PlainTextResponse("ok")(scope, receive, send)

    address = free_address()
    request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    server = WebServer(app, "{}:{}".format(*address), structlog.get_logger())
    server.start()
    with ExitStack() as stack:
        stack.callback(server.stop)
        stack.callback(may_go_on.set)
        first = stack.enter_context(closing(socket.create_connection(address, PATIENCE)))
        first.sendall(request)
        assert is_busy.wait(PATIENCE)
        # Whoever finds the queue full is not answered before the loop goes on, however long
        # that takes.
        waiting = [
            stack.enter_context(closing(socket.create_connection(address, PATIENCE / 4)))
            for _ in range(BACKLOG)
        ]
        assert len(waiting) > 2 * TAKEN_AT_ONCE
        may_go_on.set()
        for connection in (first, *waiting):
            if connection is not first:
                connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    wait_until(server.is_stopped)
