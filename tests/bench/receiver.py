"""A relay that takes every mail and remembers when; ``python -m tests.bench.receiver``.

Prints its port, and once its input is closed the instants, in seconds of the machine's
monotonic clock, which all its processes share.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).parents[2]
GREETING = b"220 bench ESMTP\r\n"
HELLO = b"250-bench\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432\r\n"
GO_AHEAD = b"354 End data with <CR><LF>.<CR><LF>\r\n"
TAKEN = b"250 2.0.0 Ok\r\n"
DOT = b"\r\n.\r\n"


class Receiver(asyncio.Protocol):
    """One session: all commands are good."""

    def __init__(self, instants: list[float]) -> None:
        self._instants = instants
        self._unread = bytearray()
        self._is_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        """Answer each whole command and each whole mail."""
        self._unread += data
        while True:
            end = DOT if self._is_data else b"\r\n"
            at = self._unread.find(end)
            if at < 0:
                return
            line = bytes(self._unread[:at])
            del self._unread[: at + len(end)]
            self._transport.write(self._reply(line))

    def _reply(self, line: bytes) -> bytes:
        if self._is_data:
            self._instants.append(monotonic())
            self._is_data = False
            return TAKEN
        command = line[:4].upper()
        self._is_data = command == b"DATA"
        return {b"EHLO": HELLO, b"DATA": GO_AHEAD}.get(command, TAKEN)


class Received:
    """What a receiver saw, once its context has ended."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.instants: list[float] = []


@contextmanager
def receiver() -> Iterator[Received]:
    """A receiver as a process of its own, for as long as the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.receiver"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    received = Received(int(process.stdout.readline()))
    try:
        yield received
    finally:
        said, _ = process.communicate()
    received.instants = json.loads(said)


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    instants: list[float] = []
    server = await loop.create_server(lambda: Receiver(instants), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps(instants))


if __name__ == "__main__":
    asyncio.run(_serve())
