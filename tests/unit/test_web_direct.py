"""Who is told the reasons: callers on this machine that ask for themselves."""

from __future__ import annotations

import pytest

from reminder.web.direct import is_direct


@pytest.mark.parametrize(
    ("client", "headers", "expected"),
    [
        pytest.param(("127.0.0.1", 1), [], True, id="this machine"),
        pytest.param(("127.8.0.1", 1), [], True, id="this machine by another number"),
        pytest.param(("::1", 1), [], True, id="IPv6"),
        pytest.param(("::ffff:127.0.0.1", 1), [], True, id="IPv4 inside IPv6"),
        pytest.param(("192.0.2.7", 1), [], False, id="another machine"),
        pytest.param(("::ffff:192.0.2.7", 1), [], False, id="another one inside IPv6"),
        pytest.param(None, [], False, id="nobody knows"),
        pytest.param(("a socket", 1), [], False, id="no address at all"),
        pytest.param(
            ("127.0.0.1", 1), [(b"x-forwarded-for", b"127.0.0.1")], False, id="through a proxy"
        ),
        pytest.param(("127.0.0.1", 1), [(b"forwarded", b"")], False, id="by the standard's name"),
        pytest.param(("127.0.0.1", 1), [(b"host", b"a.id")], True, id="with a host"),
    ],
)
def test_direct_is_only_who_asks_on_this_machine_for_himself(
    client: tuple[str, int] | None, headers: list[tuple[bytes, bytes]], expected: bool
) -> None:
    assert is_direct({"client": client, "headers": headers}) is expected
