"""Connections that are kept for the next mail, and what their loss says of the one at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reminder.mail.smtp import SmtpTransport
from reminder.mail.smtp_session import Session, Timers
from reminder.mail.transport import Verdict
from reminder.mail_url import MailUrl
from tests.mails import make_mail
from tests.smtp_server import DROP, RESET, Action, SmtpServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    """A relay on loopback."""
    with SmtpServer(tmp_path) as started:
        yield started


@pytest.mark.parametrize(("phase", "copies"), [("dot", 0), ("stored", 1)])
@pytest.mark.parametrize("fault", [DROP, RESET], ids=["closed", "reset"])
def test_a_kept_connection_that_is_lost_at_the_dot_has_its_mail_not_sent_again(
    server: SmtpServer, phase: str, copies: int, fault: Action
) -> None:
    server.then(phase, None, fault)
    with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport:
        assert transport.send(make_mail(1), lambda: True).verdict is Verdict.SENT
        outcome = transport.send(make_mail(2), lambda: True)
    assert (outcome.verdict, outcome.phase) == (Verdict.UNCERTAIN, "dot")
    assert server.connections == 1
    assert [mail.message_id for mail in server.mails].count("<mail-2@example.go.id>") == copies


def test_quit_over_a_connection_that_is_gone_raises_nothing(server: SmtpServer) -> None:
    url = MailUrl("smtp", "127.0.0.1", server.port)
    session = Session(url, Timers(), None, require_tls=False)
    session.open()
    session.wire.close()
    session.quit()
