"""Whether a request was made on this very machine, and for nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

FORWARDING = frozenset(
    (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto",
     b"x-real-ip")
)  # fmt: skip
"""Any of them says that a proxy passes the request on for somebody else."""


def is_direct(scope: Mapping[str, Any]) -> bool:
    """Whether whoever asks is on this machine: a loopback peer and no sign of a proxy.

    Why the service is not well, and its figures, are for such callers only.
    """
    client = scope.get("client")
    if not client or any(name in FORWARDING for name, _value in scope["headers"]):
        return False
    try:
        peer = ip_address(client[0].partition("%")[0])
    except ValueError:
        return False
    mapped = peer.ipv4_mapped if isinstance(peer, IPv6Address) else None
    return (mapped or peer).is_loopback
