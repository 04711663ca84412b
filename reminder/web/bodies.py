"""What callers send: read whole before anything is done with it, within limits of size and time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 1024
"""No form of ours comes near it."""
READ_WITHIN = 10.0
"""Seconds for the whole of it, however steadily it drips in."""
CLOSE = {"Connection": "close"}
"""What is still to come of the body is not waited for."""


class LimitedBodies:
    """Answers 413 to what is too large and 408 to what takes too long; reading one body keeps
    no other caller waiting, and holds no thread."""

    def __init__(self, app: ASGIApp, within: float = READ_WITHIN) -> None:
        self._app = app
        self._within = within

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if length.strip().lstrip(b"0") == b"" and b"transfer-encoding" not in headers:
            await self._app(scope, receive, send)
            return
        if length.isdigit() and int(length) > MOST_BYTES:
            await PlainTextResponse("Too large\n", 413, CLOSE)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._within):
                body = await _read(receive)
        except TimeoutError:
            await PlainTextResponse("Too slow\n", 408, CLOSE)(scope, receive, send)
            return
        if body is None:
            return  # the caller has hung up
        if len(body) > MOST_BYTES:
            await PlainTextResponse("Too large\n", 413, CLOSE)(scope, receive, send)
            return
        given = False

        async def receive_read() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_read, send)


async def _read(receive: Receive) -> bytes | None:
    """The body, or as much as shows that it is too large; None from a caller who hung up."""
    body = bytearray()
    more = True
    while more and len(body) <= MOST_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)
