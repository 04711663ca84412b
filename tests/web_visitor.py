"""A visitor of the pages as a browser is one: follows, keeps cookies, reads forms, presses buttons.

Speaks to the application without a socket. Times are those of the context that it is given.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode, urlsplit

from reminder.web.app import make_app
from tests.web_client import OWN_HOST, Answer

if TYPE_CHECKING:
    from jobs.context import JobContext

FORM = "application/x-www-form-urlencoded"


@dataclass
class Form:
    """A form of a page, with the values that it would send as it stands."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Visitor:
    """Somebody at a browser. *context* gives what the site is served with at that moment."""

    context: Callable[[], JobContext]
    address: str = "192.0.2.10"
    keeps_cookies: bool = True
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, target: str, method: str = "GET", **headers: str) -> Answer:
        """One request, not followed."""
        return self._ask(target, method, b"", headers)

    def open(self, target: str) -> Answer:
        """The page to which a link leads in the end."""
        answer = self.get(target)
        for _hop in range(3):
            if answer.status != 303:
                return answer
            self.at = answer.headers["location"]
            answer = self.get(self.at)
        raise AssertionError("redirected for ever")

    def post(self, target: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """A form sent there."""
        given = {"content_type": FORM} | headers
        return self._ask(target, "POST", urlencode(fields).encode(), given)

    def post_raw(self, target: str, body: bytes, **headers: str) -> Answer:
        """Anything sent there."""
        return self._ask(target, "POST", body, headers)

    def press(self, page: Answer, action: str, **fields: str) -> Answer:
        """Fill in the page's form for that answer, and press its button."""
        form = form_for(page, action)
        return self.post(form.action, form.fields | {"action": action} | fields)

    def _ask(self, target: str, method: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(target)
        given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
        given.append((b"host", OWN_HOST.encode()))
        if self.cookies:
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            given.append((b"cookie", jar.encode()))
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": given,
            "client": (self.address, 50000),
            "server": ("127.0.0.1", 8025),
        }
        context = self.context()
        status, headers_sent, content = asyncio.run(_call(make_app(lambda: context), scope, body))
        for name, value in headers_sent:
            if name == "set-cookie" and self.keeps_cookies:
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
        return Answer(status, dict(headers_sent), content)


async def _call(app: Any, scope: Any, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])


def forms_of(page: Answer) -> list[Form]:
    """The forms of a page."""
    reader = _Forms()
    reader.feed(page.page)
    return reader.forms


def form_for(page: Answer, action: str) -> Form:
    """The form of a page that gives that answer."""
    for form in forms_of(page):
        if form.fields.get("action") == action or ("action", action) in form.buttons:
            return form
    raise AssertionError(f"no form for {action} on the page: {re.sub(r'<[^>]+>', ' ', page.page)}")


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._inside = True
        elif self._inside and tag == "button":
            self.forms[-1].buttons.append((given.get("name", ""), given.get("value", "")))
        elif self._inside and tag == "input":
            is_choice = given.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in given:
                self.forms[-1].fields[given.get("name", "")] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
