"""The access log: one line for each request, with the page's name and never its address.

An address that opens something is a key, and whose address calls is a person's datum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reminder.clock import steady_seconds

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from jobs.context import JobContext

METHODS = frozenset("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE CONNECT".split())
PAGES = frozenset("a act calendar unsubscribe style.css healthz readyz metrics".split())
"""First parts of the paths that are served."""
WATCHED = frozenset("healthz readyz metrics".split())
"""Asked every few seconds by programs; what they find wrong is told elsewhere."""


class AccessLog:
    """Notes each request. What a person posted is told as a matter of course, the rest only
    with the level ``debug``: anybody can ask for anything, and a log must not fill by that."""

    def __init__(self, app: ASGIApp, context: Callable[[], JobContext]) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = steady_seconds(), 0

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        page = page_of(scope["path"])
        method = scope["method"] if scope["method"] in METHODS else "other"
        try:
            await self._app(scope, receive, send_noting)
        finally:
            log = self._context().log
            level = log.debug
            if status >= 500 and page not in WATCHED:
                level = log.warning
            elif method == "POST" and page != "other" and status < 400:
                level = log.info
            seconds = round(steady_seconds() - began, 3)
            # Without a status the caller hung up before there was one.
            level("request", method=method, page=page, status=status or None, seconds=seconds)


def page_of(path: str) -> str:
    """Which page a path asks for, in one of our own words; below a public path it is the second
    part that says so."""
    parts = path.split("/", 3)[1:3]
    return next((part for part in parts if part in PAGES), "other")
