"""A watcher outside: a web server that notes the calls it gets, and answers as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    import ssl


@dataclass
class Watcher:
    """What it was told, and how it answers: a status, or never."""

    url: str = ""
    status: int = 200
    location: str = ""
    hangs: bool = False
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and body of each."""
    let_go: Event = field(default_factory=Event)

    @property
    def paths(self) -> list[str]:
        """The paths that were called, in order."""
        return [path for _method, path, _body in self.calls]


@contextmanager
def watching(
    *, hangs: bool = False, status: int = 200, location: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[Watcher]:
    """One on a port of this machine, until the end."""
    watcher = Watcher(status=status, location=location, hangs=hangs)

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length).decode()
            watcher.calls.append((self.command, self.path, body))
            if watcher.hangs:
                watcher.let_go.wait(PATIENCE)
                return
            self.send_response(watcher.status)
            if watcher.location:
                self.send_header("Location", watcher.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_HEAD = _answer  # noqa: N815 # as http.server names them

        def log_message(self, *_arguments: object) -> None:
            """Not on standard error."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """A caller who hangs up is what some of these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    watcher.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/ping/a-key-of-its-own"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield watcher
    finally:
        watcher.let_go.set()
        server.shutdown()
        thread.join()
        server.server_close()
