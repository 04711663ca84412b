"""F-17, F-19, F-52: TLS that is no good, kept connections that died, names that mislead."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import DeliverReport
from tests.certificates import server_context, trusting
from tests.faults.relayed import PASSWORD, USER, deliver_each_minute, secure_smtp, smtp
from tests.outboxes import MADE, Outbox
from tests.smtp_server import INJECTED, SmtpServer
from tests.stored import at

if TYPE_CHECKING:
    import trustme

    from reminder.storage.engine import Database

EXPIRED = datetime(2024, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("fault", ["stripped", "wrong name", "expired", "injected"])
def test_f17_without_good_tls_neither_mail_nor_password_leaves(
    database: Database, tmp_path: Path, authority: trustme.CA, fault: str
) -> None:
    outbox = Outbox(database)
    name = "other.example.go.id" if fault == "wrong name" else "localhost"
    tls = server_context(authority, name, EXPIRED if fault == "expired" else None)
    with ExitStack() as stack:
        server = stack.enter_context(SmtpServer(tmp_path, tls=tls, users={USER: PASSWORD}))
        if fault == "stripped":
            server.tls = None
        if fault == "injected":
            server.always("starttls", INJECTED)
        transport = stack.enter_context(secure_smtp(server.port, trusting(authority)))
        deliver_each_minute(outbox, transport, at(MADE), timedelta(minutes=10))
        assert server.connections > 1
        assert server.mails == []
        assert {line.split()[0] for line in server.commands} <= {"EHLO", "STARTTLS"}
        assert outbox.message("state", "attempts") == ("pending", 0)
        assert {verdict for (verdict,) in outbox.attempts("verdict")} == {"relay"}


@pytest.mark.parametrize(
    "farewell", [b"", b"421 4.4.2 idle too long\r\n"], ids=["without a word", "421"]
)
def test_f19_a_kept_connection_that_died_is_replaced_at_once(
    database: Database, server: SmtpServer, farewell: bytes
) -> None:
    outbox = Outbox(database, 2)
    with smtp(server.port) as transport:
        assert outbox.deliver(MADE, transport=transport, limit=1) == DeliverReport(sent=1)
        server.hang_up(farewell)
        later = f"{MADE} 09:10"
        assert outbox.deliver(later, transport=transport) == DeliverReport(sent=1)
    assert server.connections == 2
    assert [mail.is_marked for mail in server.mails] == [False, False]
    assert outbox.attempts("verdict", "possible_duplicate") == [("sent", False)] * 2


RESOLVER_ERRORS = {
    "NXDOMAIN": socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    "SERVFAIL": socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
    "a name that cannot be": UnicodeError("label too long"),
}


@pytest.mark.parametrize("error", RESOLVER_ERRORS.values(), ids=RESOLVER_ERRORS)
def test_f52_a_name_that_cannot_be_resolved_is_the_relays_trouble(
    database: Database, server: SmtpServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    outbox = Outbox(database)

    def fail(*_arguments: object, **_options: object) -> object:
        raise error

    with smtp(server.port) as transport, monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", fail)
        assert outbox.deliver(MADE, transport=transport).relay_faults == 1
    assert outbox.attempts("phase", "verdict") == [("connect", "relay")]
    assert outbox.message("state", "attempts") == ("pending", 0)
    with smtp(server.port) as transport:
        assert outbox.deliver(f"{MADE} 09:30", transport=transport) == DeliverReport(sent=1)


def test_f52_a_name_that_leads_to_somebody_else_gets_nothing(
    database: Database, tmp_path: Path, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The impostor has a good certificate, for a name of its own."""
    outbox = Outbox(database)
    tls = server_context(authority, "impostor.example.go.id")
    with SmtpServer(tmp_path, tls=tls, users={USER: PASSWORD}) as impostor:
        resolved = socket.getaddrinfo("127.0.0.1", impostor.port, type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: resolved)
        with secure_smtp(25, trusting(authority)) as transport:
            assert outbox.deliver(MADE, transport=transport).relay_faults == 1
        assert impostor.connections == 1
        assert impostor.mails == []
        assert [line.split()[0] for line in impostor.commands] == ["EHLO", "STARTTLS"]
    assert outbox.message("state", "attempts") == ("pending", 0)
