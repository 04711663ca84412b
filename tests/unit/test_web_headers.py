"""What every answer bears, which hosts are served, and what the style sheet promises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import PlainTextResponse

from reminder.resources import shipped
from reminder.web.headers import SecurityHeaders
from reminder.web.hosts import OwnAddress, called_host, own_hosts, public_path
from tests.stored import make_settings
from tests.web_client import ask

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from reminder.settings import Settings

PROMISED = {
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
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


def guarded(given: dict[str, str] | None = None, *, is_https: bool = False) -> ASGIApp:
    return SecurityHeaders(PlainTextResponse("halo", headers=given), lambda: is_https)


def test_every_answer_bears_the_promised_headers() -> None:
    headers = ask(guarded(), "/").headers
    assert {name: headers.get(name) for name in PROMISED} == PROMISED
    assert "strict-transport-security" not in headers
    assert "server" not in headers


def test_https_is_demanded_for_a_year_where_the_public_url_has_it() -> None:
    headers = ask(guarded(is_https=True), "/").headers
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_page_may_say_how_long_it_is_kept_and_nothing_else() -> None:
    given = {"Cache-Control": "max-age=60", "Referrer-Policy": "unsafe-url"}
    headers = ask(guarded(given), "/").headers
    assert headers["cache-control"] == "max-age=60"
    assert headers["referrer-policy"] == "no-referrer"


def test_answer_to_head_has_the_length_and_no_body() -> None:
    answer = ask(guarded(), "/", "HEAD")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "4")


def settings(public_url: str = "https://ingat.example.go.id", **changes: str) -> Settings:
    return make_settings(public_url=public_url, **{"listen": "127.0.0.1:8025"} | changes)


@pytest.mark.parametrize(
    ("header", "host"),
    [
        pytest.param(b"ingat.example.go.id", "ingat.example.go.id", id="a name"),
        pytest.param(b"INGAT.example.go.id:8443", "ingat.example.go.id", id="capitals, a port"),
        pytest.param(b"[::1]:8025", "[::1]", id="IPv6"),
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"a.id:port", "", id="a port that is no number"),
        pytest.param(b"user@ingat.example.go.id", "", id="a user"),
        pytest.param(b"ingat.example.go.id, evil.example", "", id="two hosts"),
        pytest.param(b"ingat.example.go.id/x", "", id="a path"),
        pytest.param(b"ingat.example.go.id\n", "", id="a line end"),
        pytest.param("ingat.exämple".encode(), "", id="not ASCII"),
    ],
)
def test_host_header_is_read_strictly(header: bytes, host: str) -> None:
    assert called_host(header) == host


@pytest.mark.parametrize(
    ("public_url", "listen", "hosts"),
    [
        pytest.param("https://a.id", "127.0.0.1:8025", {"a.id", "127.0.0.1"}, id="behind a proxy"),
        pytest.param("http://localhost:8025", "[::1]:8025", {"localhost", "[::1]"}, id="IPv6"),
        pytest.param(
            "https://a.id",
            "0.0.0.0:80",
            {"a.id", "0.0.0.0", "127.0.0.1", "[::1]", "localhost"},
            id="every address, so this machine's own too",
        ),
        pytest.param("https://bücher.id", "10.0.0.5:80", {"xn--bcher-kva.id", "10.0.0.5"}, id="ü"),
    ],
)
def test_own_hosts_are_the_public_one_and_the_one_listened_on(
    public_url: str, listen: str, hosts: set[str]
) -> None:
    assert own_hosts(settings(public_url, listen=listen)) == hosts


class Paths:
    """Remembers the path that comes through."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(scope["path"])
        await PlainTextResponse("halo")(scope, receive, send)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("ingat.example.go.id", 200, id="the public host"),
        pytest.param("127.0.0.1:8025", 200, id="the address listened on"),
        pytest.param("evil.example", 421, id="another"),
        pytest.param("ingat.example.go.id.evil.example", 421, id="one that begins with it"),
        pytest.param(None, 421, id="none, as HTTP/1.0 may"),
    ],
)
def test_other_host_is_refused(host: str | None, status: int) -> None:
    inner = Paths()
    own = settings()
    answer = ask(OwnAddress(inner, lambda: own), "/a/x", host=host, x_forwarded_host="a.id")
    assert answer.status == status
    assert bool(inner.seen) == (status == 200)


def test_forwarded_host_is_not_believed() -> None:
    own = settings()
    answer = ask(
        OwnAddress(Paths(), lambda: own),
        "/",
        host="evil.example",
        x_forwarded_host="ingat.example.go.id",
    )
    assert answer.status == 421


def test_path_of_the_public_url_is_taken_off_whether_the_proxy_passes_it_or_not() -> None:
    own = settings("https://a.id/ingat")
    inner = Paths()
    app = OwnAddress(inner, lambda: own)
    for path in ("/ingat/a/x", "/a/x", "/ingatan/a/x", "/ingat"):
        ask(app, path, host="a.id")
    assert public_path(own) == "/ingat"
    assert inner.seen == ["/a/x", "/a/x", "/ingatan/a/x", "/ingat"]


CSS = (shipped("templates") / "web" / "style.css").read_text(encoding="utf-8")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z]+): (#[0-9A-F]{6});", block))


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_style_sheet_is_small_and_asks_for_nothing_from_elsewhere() -> None:
    assert len(CSS.encode()) < 20_000
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "@media print" in CSS


def test_colours_of_urgency_are_those_of_the_mails() -> None:
    light: dict[str, Any] = colours(CSS[CSS.index(":root") : CSS.index("@media")])
    assert [light[name] for name in ("late", "soon", "later", "done")] == [
        "#B42318",
        "#B54708",
        "#175CD3",
        "#067647",
    ]


@pytest.mark.parametrize("ground", ["page", "sheet"])
@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_text_and_colours_stand_out_from_the_ground(scheme: str, ground: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light, dark, printed = (colours(block) for block in blocks)
    own = {"light": light, "dark": light | dark, "print": light | printed}[scheme]
    for text in ("text", "quiet"):
        assert contrast(own[text], own[ground]) >= 7, text
    for mark in ("late", "soon", "later", "done", "focus"):
        assert contrast(own[mark], own[ground]) >= 4.5, mark
