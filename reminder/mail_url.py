"""Mail URLs: ``maildir:PATH``, ``smtp://`` and ``smtps://``, read into one frozen value.

Pure and free of imports from ``mail``, so that the settings can check a URL at start.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.ASCII | re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class MailUrl:
    """Where mail goes. ``path`` only for a Maildir, the rest only for SMTP."""

    scheme: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    path: str = ""


def parse_mail_url(url: str) -> MailUrl:
    """Read *url*; ValueError says what is wrong with it, and never repeats a password.

    Without a port, ``smtps`` means 465 and ``smtp`` 587, or 25 on this machine itself.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "maildir":
        return _maildir(url)
    refuse_controls(url)
    if scheme not in ("smtp", "smtps"):
        raise ValueError(
            "must start with smtp://, smtps:// or maildir:; "
            "write for example smtp://relay.example.go.id:587"
        )
    parts = split_url(url)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "has something after the host; write smtp://USER:PASSWORD@HOST:PORT, "
            "and in a password %2F for /, %3F for ?, %23 for #"
        )
    host = host_of(parts)
    user, password = credentials_of(parts)
    default = 465 if scheme == "smtps" else 25 if is_loopback(host) else 587
    return MailUrl(scheme, host, port_of(parts) or default, user, password)


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine itself, by name or number; no look-up is made."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_controls(url: str) -> None:
    """ValueError where *url* holds a space or a control character.

    ``urlsplit`` drops tabs and line ends without a word, so this comes first.
    """
    if any(char.isspace() or not char.isprintable() for char in url):
        raise ValueError("has a space or a control character in it; remove it")


def split_url(url: str) -> SplitResult:
    """``urlsplit`` with an error that says what to write."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError("has a broken [IPv6] host; write it like smtp://[::1]:25") from None


def host_of(parts: SplitResult) -> str:
    """The host, a plain ASCII name or number."""
    try:
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if not host:
        raise ValueError("names no host; write it after //, for example //relay.example.go.id")
    if not host.isascii():
        raise ValueError(
            f'has the host "{host}"; write it in its xn-- form, which every server understands'
        )
    if ":" in host:
        try:
            ip_address(host)
        except ValueError:
            raise ValueError(f'has the host "{host}"; it is not an IPv6 address') from None
    elif len(host) > 253 or _HOST.fullmatch(host) is None:
        raise ValueError(f'has the host "{host}"; write a name or a number, without spaces')
    return host


def port_of(parts: SplitResult) -> int | None:
    """The port, or None where none is given."""
    text = parts.netloc.rpartition("@")[2].rpartition("]")[2].partition(":")
    if not text[1]:
        return None
    if not (text[2].isascii() and text[2].isdigit()):
        raise ValueError(
            f'has the port "{text[2]}"; write a number, '
            f"for example {parts.scheme}://relay.example.go.id:587"
        )
    if len(text[2]) > 5 or not 1 <= int(text[2]) <= 65535:
        raise ValueError(f"has the port {text[2][:20]}; a port is a number from 1 to 65535")
    return int(text[2])


def credentials_of(parts: SplitResult) -> tuple[str, str]:
    """User and password with their escapes undone; both or none."""
    userinfo, at, _ = parts.netloc.rpartition("@")
    if not at:
        return "", ""
    if _BAD_ESCAPE.search(userinfo):
        raise ValueError("has a bare % in its user or password; write %25 for it")
    user, _, password = userinfo.partition(":")
    if not user:
        raise ValueError("has an @ but no user before it; write USER:PASSWORD@HOST")
    if not password:
        raise ValueError("has a user but no password; write USER:PASSWORD@HOST")
    decoded = unquote(user, errors="strict"), unquote(password, errors="strict")
    if any(ord(char) < 32 or ord(char) == 127 for char in "".join(decoded)):
        raise ValueError("has a control character in its user or password")
    return decoded


def _maildir(url: str) -> MailUrl:
    path = url.partition(":")[2]
    if path.startswith("//"):
        if not path.startswith("///"):
            raise ValueError("has two slashes; write maildir:PATH or maildir:/PATH")
        path = path[2:]
    if not path.strip():
        raise ValueError("names no folder; write for example maildir:var/mail")
    if not path.isprintable():
        raise ValueError("has a control character in it; remove it")
    return MailUrl("maildir", path=path)
