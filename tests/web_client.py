"""Asks a web application as its server does, without a socket; and reads the pages."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import ASGIApp

OWN_HOST = "127.0.0.1:8025"
LINK = re.compile(r"https?://[^\s\"<>]+/a/([A-Za-z0-9._-]+)")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def page(self) -> str:
        """The source of the page."""
        return self.body.decode()

    @property
    def text(self) -> str:
        """What a reader sees, on one line."""
        return visible_text(self.page)


def ask(
    app: ASGIApp,
    target: str,
    method: str = "GET",
    host: str | None = OWN_HOST,
    client: str = "127.0.0.1",
    **headers: str,
) -> Answer:
    """The answer to one request; *target* with its escapes, as it stands in a request line."""
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    if host is not None:
        given.append((b"host", host.encode()))
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": given,
        "client": (client, 50000),
        "server": ("127.0.0.1", 8025),
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(_call(app, scope, receive, send))
    names = [name.decode() for name, _value in sent[0]["headers"]]
    assert len(names) == len(set(names)), "a header that comes twice"
    return Answer(
        sent[0]["status"],
        {name.decode(): value.decode() for name, value in sent[0]["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
    )


async def _call(app: ASGIApp, scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)


def visible_text(page: str) -> str:
    """The text of the body, blanks joined."""
    body = page[page.index("<body>") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class Outline(HTMLParser):
    """What a screen reader goes by: headings, landmarks, languages, and whatever acts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)

    @property
    def headings(self) -> list[int]:
        """Levels of the headings, in order."""
        return [int(tag[1]) for tag in self.tags if re.fullmatch(r"h[1-6]", tag)]

    def values(self, name: str) -> list[str]:
        """Every value of an attribute."""
        return [value for given, value in self.attributes if given == name]
