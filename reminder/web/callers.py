"""Who calls: the address that the limits on the pages count by. Never logged, never stored raw."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

_OF_ONE_CALLER = 64
"""Bits of an IPv6 address: whoever has one of a network has all the others too."""


def caller_of(scope: Mapping[str, Any]) -> str:
    """The address of the caller; of an IPv6 caller the network.

    A proxy on this machine may say for whom it calls, in one header X-Forwarded-For, whose last
    element it added itself; nobody else is believed.
    """
    client = scope.get("client")
    peer = _address(client[0]) if client else None
    if peer is None:
        return "unknown"
    if peer.is_loopback:
        given = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        if len(given) == 1:
            told = _address(given[0].decode("latin-1").rpartition(",")[2].strip())
            return _folded(told) if told is not None else _folded(peer)
    return _folded(peer)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _folded(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _OF_ONE_CALLER), strict=False))
    return str(address)
