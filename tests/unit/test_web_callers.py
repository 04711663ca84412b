"""Whom the limits on the pages count by."""

from __future__ import annotations

import pytest

from reminder.web.callers import caller_of


def called(peer: str | None, *forwarded: str) -> str:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return caller_of({"client": (peer, 1) if peer else None, "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        pytest.param("192.0.2.1", (), "192.0.2.1", id="direct"),
        pytest.param("192.0.2.1", ("10.0.0.1",), "192.0.2.1", id="a stranger is not believed"),
        pytest.param("127.0.0.1", ("192.0.2.7",), "192.0.2.7", id="a proxy of this machine is"),
        pytest.param("127.0.0.1", ("1.1.1.1, 192.0.2.7",), "192.0.2.7", id="its own element"),
        pytest.param("::1", ("192.0.2.7",), "192.0.2.7", id="also over IPv6"),
        pytest.param("127.0.0.1", ("1.1.1.1", "2.2.2.2"), "127.0.0.1", id="two headers are none"),
        pytest.param("127.0.0.1", ("nonsense",), "127.0.0.1", id="no address"),
        pytest.param("2001:db8:1:2:3::9", (), "2001:db8:1:2::/64", id="an IPv6 network is one"),
        pytest.param("::ffff:192.0.2.1", (), "192.0.2.1", id="IPv4 in IPv6"),
        pytest.param("fe80::1%eth0", (), "fe80::/64", id="with a zone"),
        pytest.param(None, (), "unknown", id="a socket without an address"),
    ],
)
def test_caller(peer: str | None, forwarded: tuple[str, ...], caller: str) -> None:
    assert called(peer, *forwarded) == caller
