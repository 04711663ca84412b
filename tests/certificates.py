"""Certificates for tests: a server that shows one, and a client that trusts who issued it."""

from __future__ import annotations

import ssl
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import trustme


def server_context(
    authority: trustme.CA, name: str, expires: datetime | None = None
) -> ssl.SSLContext:
    """What a server with a certificate for *name* uses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=expires).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """What a client does by default, with that authority trusted besides."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(context)
    return context
