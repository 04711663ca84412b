"""What callers send: limits of size and time, before anything is done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse

from reminder.web.bodies import MOST_BYTES, LimitedBodies

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Inner:
    """Answers with the number of bytes it was given."""

    def __init__(self) -> None:
        self.calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls += 1
        body = await Request(scope, receive).body()
        await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


def send_to(
    inner: Inner, chunks: Sequence[bytes], within: float = 10.0, **headers: str
) -> tuple[int, bytes, dict[bytes, bytes]]:
    """Status (0 for none), body and headers; after the last of *chunks* nothing ever comes,
    unless it is empty, which hangs up."""
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/", "headers": given}
    left = list(chunks)
    sent: list[Any] = []

    async def receive() -> Any:
        if not left:
            await asyncio.Event().wait()
        chunk = left.pop(0)
        if not chunk:
            return {"type": "http.disconnect"}
        more = not chunk.endswith(b".")
        return {"type": "http.request", "body": chunk, "more_body": more}

    async def send(message: Any) -> None:
        sent.append(message)

    async def talk() -> None:
        await LimitedBodies(inner, within)(scope, receive, send)

    asyncio.run(talk())
    if not sent:
        return 0, b"", {}
    return sent[0]["status"], sent[1]["body"], dict(sent[0]["headers"])


def test_body_in_pieces_arrives_whole() -> None:
    status, body, _headers = send_to(Inner(), [b"a" * 10, b"b" * 9 + b"."], content_length="20")
    assert (status, body) == (200, b"20 bytes")


def test_largest_body_is_taken() -> None:
    last = b"b" * (MOST_BYTES - 1) + b"."
    status, body, _headers = send_to(Inner(), [last], content_length=str(MOST_BYTES))
    assert (status, body) == (200, f"{MOST_BYTES} bytes".encode())


def test_x52_length_that_is_too_large_is_refused_before_a_byte_is_read() -> None:
    inner = Inner()
    status, _body, headers = send_to(inner, [], content_length=str(MOST_BYTES + 1))
    assert (status, headers[b"connection"], inner.calls) == (413, b"close", 0)


def test_x52_body_without_a_length_is_cut_off_at_the_limit() -> None:
    inner = Inner()
    chunks = [b"x" * 1024] * (MOST_BYTES // 1024 + 1)
    status, _body, _headers = send_to(inner, chunks, transfer_encoding="chunked")
    assert (status, inner.calls) == (413, 0)


def test_x52_body_that_does_not_come_is_given_up() -> None:
    inner = Inner()
    status, _body, headers = send_to(inner, [b"x"], within=0.02, content_length="10")
    assert (status, headers[b"connection"], inner.calls) == (408, b"close", 0)


def test_caller_who_hangs_up_is_not_answered() -> None:
    inner = Inner()
    assert send_to(inner, [b"x", b""], content_length="10") == (0, b"", {})
    assert inner.calls == 0


def test_request_without_a_body_is_not_waited_for() -> None:
    inner = Inner()
    assert send_to(inner, [b"."], content_length="0")[0] == 200
    assert inner.calls == 1
