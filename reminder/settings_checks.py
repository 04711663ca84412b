"""One check per setting: the value as it is used, or ValueError "what is wrong; what to write"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs

from reminder.mail_url import (
    credentials_of,
    host_of,
    is_loopback,
    parse_mail_url,
    port_of,
    refuse_controls,
    split_url,
)

LOCAL_SENDER = "Pengingat Kerja Sama <reminder@localhost>"
"""Sender for a Maildir, where nothing leaves the machine; SMTP must name its own."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9.-]{1,253})", re.ASCII)


def database_url(value: str, home: Path) -> str:
    """``sqlite:///PATH`` with the path made absolute, or ``postgresql://``."""
    if value.startswith("sqlite:"):
        path, query, _ = value.partition("?")[0], *value.partition("?")[1:]
        if query:
            raise ValueError("has a ? in it; options of SQLite are set by the service, remove it")
        file = path.removeprefix("sqlite://").removeprefix("/")
        if not path.startswith("sqlite:///") or file in ("", ":memory:"):
            raise ValueError("names no file; write for example sqlite:///var/reminder.db")
        if not file.isprintable() or "?" in str(home):
            raise ValueError("cannot be used in this folder; its name has a ? or control character")
        return f"sqlite:///{home / file}"
    if value.startswith(("postgresql://", "postgresql+psycopg://")):
        refuse_controls(value)
        parts = split_url(value)
        if parts.netloc:
            port_of(parts)
        return value
    scheme = value.partition(":")[0]
    near = "; write postgresql://" if scheme == "postgres" else ""
    raise ValueError(
        f"starts with {scheme[:20]}:{near or '; write sqlite:///PATH or postgresql://USER@HOST/NAME'}"
    )


def mail_url(value: str, home: Path) -> str:
    """A mail URL; a Maildir's path is made absolute."""
    url = parse_mail_url(value)
    return f"maildir:{home / url.path}" if url.scheme == "maildir" else value


def inbox_url(value: str, home: Path) -> str:
    """``imaps://USER:PASSWORD@HOST/FOLDER`` or ``maildir:PATH``; empty means off."""
    if not value or value.startswith("maildir:"):
        return mail_url(value, home) if value else ""
    refuse_controls(value)
    parts = split_url(value)
    if parts.scheme not in ("imap", "imaps"):
        raise ValueError("must start with imaps:// or maildir:")
    host = host_of(parts)
    if parts.scheme == "imap" and not is_loopback(host):
        raise ValueError("would send the password in the clear; write imaps://")
    port_of(parts)
    if not all(credentials_of(parts)):
        raise ValueError("names no user and password; write imaps://USER:PASSWORD@HOST/INBOX")
    return value


def public_url(value: str, _home: Path) -> str:
    """The base of every link, without a slash at its end; http only for this machine itself."""
    refuse_controls(value)
    parts = split_url(value)
    if parts.scheme not in ("http", "https"):
        raise ValueError(
            "must start with https://; write for example https://pengingat.example.go.id"
        )
    host = host_of(parts)
    port_of(parts)
    if "@" in parts.netloc:
        raise ValueError("has a user or password in it; everybody would read it, remove it")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ValueError("has a ? or # in it; write the base only, https://HOST/PATH")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("sends links that anyone on the way can read and use; write https://")
    return value.rstrip("/")


def heartbeat_url(value: str, _home: Path) -> str:
    """An http(s) URL to call after each scan; empty means off."""
    if value:
        refuse_controls(value)
        parts = split_url(value)
        if parts.scheme not in ("http", "https"):
            raise ValueError("must start with https://")
        host_of(parts)
        port_of(parts)
        if "@" in parts.netloc:
            raise ValueError("has a user or password in it; write it without, https://HOST/ID")
        if "#" in value or " " in value:
            raise ValueError("has a # or a space in it; write the address of the check only")
    return value


def secret_key(value: str, _home: Path) -> str:
    """At least 32 characters, as ``init`` makes it."""
    if not value:
        raise ValueError("is missing; run reminder init, which makes one, or give --home")
    if len(value) < 32 or len(set(value)) < 8:
        raise ValueError(
            "is too easy to guess; remove the line and run reminder init, which makes a new one"
        )
    return value


def address(value: str, _home: Path) -> str:
    """One bare ASCII address; empty means off."""
    if value:
        match = _ADDRESS.fullmatch(value)
        if match is None or not all(match[1].split(".")) or ".." in value:
            raise ValueError("is not one address; write for example trial@biro.example.go.id")
    return value


def mailbox(value: str, home: Path) -> str:
    """``Name <address>`` or an address alone."""
    if value:
        name, bare = parseaddr(value)
        if not value.isprintable() or not bare or ("<" in value and not value.endswith(">")):
            raise ValueError("is not a sender; write Name <address@example.go.id>")
        if not name and bare != value.strip("<> "):
            raise ValueError("is not one sender; write Name <address@example.go.id>")
        try:
            address(bare, home)
        except ValueError:
            raise ValueError("has no usable address; write Name <address@example.go.id>") from None
    return value


def folder(value: str, home: Path) -> str:
    """A folder that exists, made absolute; empty means the one in the home."""
    if not value:
        return ""
    path = home / value
    if not path.is_dir():
        raise ValueError(f"names {path}, which is no folder; make it or remove the line")
    return str(path)


def listen(value: str, _home: Path) -> str:
    """``HOST:PORT``, or ``off``, which becomes empty: no pages are served."""
    if value.lower() == "off":
        return ""
    host, colon, _ = value.rpartition(":")
    if not colon or not host:
        raise ValueError("is not HOST:PORT; write for example 127.0.0.1:8025")
    refuse_controls(value)
    parts = split_url(f"http://{value}")
    host_of(parts)
    port_of(parts)
    if "@" in value or "/" in value:
        raise ValueError("is not HOST:PORT; write for example 127.0.0.1:8025")
    return value


def one_of(*words: str) -> Callable[[str, Path], str]:
    """A check for a fixed set of words."""

    def check(value: str, _home: Path) -> str:
        if value.lower() not in words:
            raise ValueError(f'is "{value[:20]}"; write one of {", ".join(words)}')
        return value.lower()

    return check


def pairs(values: dict[str, str], _home: Path) -> Iterator[tuple[str, str, str]]:
    """What is wrong between settings: (name, text, level). Fills in the Maildir's sender."""
    mail = parse_mail_url(values["mail_url"]) if "mail_url" in values else None
    if mail is not None and values.get("mail_from") == "":
        if mail.scheme == "maildir":
            values["mail_from"] = LOCAL_SENDER
        else:
            text = "is missing; write the sender, for example Pengingat <pengingat@HOST>"
            yield "mail_from", text, "error"
    remote = mail is not None and mail.scheme != "maildir" and not is_loopback(mail.host)
    if remote and is_loopback(split_url(values.get("public_url", "")).hostname or ""):
        text = "is this machine itself; recipients cannot open its links, write https://HOST"
        yield "public_url", text, "warning"
    if values.get("inbox_url", "").startswith("maildir:") and values["inbox_url"] == values.get(
        "mail_url"
    ):
        text = "is REMINDER_MAIL_URL too, so the service would read its own mails; name another"
        yield "inbox_url", text, "error"
    beat = split_url(values.get("heartbeat_url", ""))
    if beat.scheme == "http" and not is_loopback(beat.hostname or ""):
        text = "goes over the network in the clear, so others can call it too; write https://"
        yield "heartbeat_url", text, "warning"
    yield from _pages(values)
    yield from _postgresql(values)


def _pages(values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Whether the links in mails lead to where this service listens."""
    if "listen" not in values or "public_url" not in values:
        return
    public = split_url(values["public_url"])
    if not values["listen"]:
        text = "is off, so the link in every mail is dead; write HOST:PORT, see REMINDER_PUBLIC_URL"
        yield "listen", text, "warning"
    elif public.scheme == "http":
        # No proxy stands before a loopback address, so the two must agree.
        port, linked = port_of(split_url(f"http://{values['listen']}")), port_of(public) or 80
        if port != linked:
            text = f"leads to port {linked}, but the pages are served on {port}"
            hint = "write the port of REMINDER_LISTEN"
            yield "public_url", f"{text}; {hint}", "warning"


def _postgresql(values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    url = values.get("database_url", "")
    if not url.startswith("postgresql"):
        return
    parts = split_url(url)
    host = parts.hostname or ""
    if not host or is_loopback(host):
        return
    mode = parse_qs(parts.query).get("sslmode", [""])[-1]
    if mode in ("disable", "allow"):
        text = f"has sslmode={mode}, so the register goes over the network in the clear"
        yield "database_url", f"{text}; write ?sslmode=verify-full", "error"
    elif mode != "verify-full":
        text = "does not check the server's certificate; write ?sslmode=verify-full"
        yield "database_url", text, "warning"
