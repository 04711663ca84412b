"""Under which address the service may be called: its public one, or the one it listens on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from reminder.settings import Settings

_HOST = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.ASCII)
_EVERY = frozenset(("0.0.0.0", "[::]"))  # noqa: S104 # names to compare with, nothing is bound
_LOOPBACK = frozenset(("127.0.0.1", "[::1]", "localhost"))
MISDIRECTED = "This address is not served here. / Alamat ini tidak dilayani di sini.\n"


class OwnAddress:
    """Refuses another Host with 421, and takes the path of the public URL off the request.

    The proxy in front may pass ``https://HOST/PATH/a/...`` on with its PATH or without.
    """

    def __init__(self, app: ASGIApp, settings: Callable[[], Settings]) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        settings = self._settings()
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1 or called_host(given[0]) not in own_hosts(settings):
            await PlainTextResponse(MISDIRECTED, 421)(scope, receive, send)
            return
        prefix = public_path(settings)
        if prefix and scope["path"].startswith(f"{prefix}/"):
            scope = {**scope, "path": scope["path"].removeprefix(prefix)}
        await self._app(scope, receive, send)


def called_host(header: bytes) -> str:
    """The host that a Host header names, without its port; empty for anything malformed.

    A proxy may leave out the port or name its own, so that a port says nothing.
    """
    match = _HOST.fullmatch(header.decode("latin-1").lower())
    return match[1] if match else ""


def own_hosts(settings: Settings) -> frozenset[str]:
    """The hosts under which this service is called."""
    urls = (settings.public_url, f"http://{settings.listen}")
    hosts = frozenset(_bracketed(urlsplit(url).hostname or "") for url in urls) - {""}
    # Who listens on every address listens on this machine's own too, where it is watched from.
    return hosts | _LOOPBACK if hosts & _EVERY else hosts


def public_path(settings: Settings) -> str:
    """The path below which the public URL has its pages; empty where it has none."""
    return urlsplit(settings.public_url).path.rstrip("/")


def is_https(settings: Settings) -> bool:
    """Whether browsers reach the service by https."""
    return settings.public_url.startswith("https://")


def _bracketed(host: str) -> str:
    if not host.isascii():
        import idna

        host = idna.encode(host, uts46=True).decode()  # as browsers send it
    return f"[{host}]" if ":" in host else host
