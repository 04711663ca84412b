"""The headers that every answer bears, whoever made it (reliability: links must not leak)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CACHE = "cache-control"
NO_STORE = "no-store"
HEADERS = {
    # The address of a page is its key: no other site may learn it from a link or a look-up.
    "referrer-policy": "no-referrer",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex",
    "permissions-policy": "()",
}
HTTPS_ONLY = {"strict-transport-security": "max-age=31536000; includeSubDomains"}


class SecurityHeaders:
    """Outermost: adds the headers to every answer, and takes the body from one to HEAD."""

    def __init__(self, app: ASGIApp, is_https: Callable[[], bool]) -> None:
        self._app = app
        self._is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # there are no sockets and no start-up of ours
        is_head = scope["method"] == "HEAD"

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._with_ours(message["headers"])}
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _with_ours(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        ours = HEADERS | HTTPS_ONLY if self._is_https() else HEADERS
        names = {name.encode() for name in ours}
        kept = [(name, value) for name, value in given if name.lower() not in names]
        if all(name.lower() != CACHE.encode() for name, _value in kept):
            kept.append((CACHE.encode(), NO_STORE.encode()))
        return kept + [(name.encode(), value.encode()) for name, value in ours.items()]
