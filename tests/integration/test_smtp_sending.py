"""How mails go over the wire: connections, the leave to dot, bytes and addresses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from reminder.mail.smtp import MOST_MAILS, SmtpTransport
from reminder.mail.transport import OutgoingMail, Verdict
from reminder.mail_url import MailUrl
from tests.mails import make_mail, send
from tests.smtp_server import DROP, Action, SmtpServer, raw, reply


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    """A relay on loopback."""
    with SmtpServer(tmp_path) as started:
        yield started


@pytest.fixture
def transport(server: SmtpServer) -> Iterator[SmtpTransport]:
    """A transport to that relay, plain as loopback allows."""
    made = SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))
    yield made
    made.close()


def test_a_refused_recipient_does_not_spoil_the_next_mail(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.then("rcpt", reply("550 5.1.1 no such user"))
    assert transport.send(make_mail(1), lambda: True).verdict is Verdict.FAILED
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
    assert server.connections == 1
    assert server.commands.count("RSET") == 1


def test_greylisting_is_overcome_by_the_same_envelope(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.then("rcpt", reply("451 4.7.1 greylisted"))
    assert transport.send(make_mail(), lambda: True).verdict is Verdict.DEFERRED
    assert transport.send(make_mail(), lambda: True).verdict is Verdict.SENT
    assert len({line for line in server.commands if line.startswith("MAIL")}) == 1


def test_a_connection_is_used_for_fifty_mails(server: SmtpServer, transport: SmtpTransport) -> None:
    for number in range(MOST_MAILS + 1):
        assert transport.send(make_mail(number), lambda: True).verdict is Verdict.SENT
    assert server.connections == 2
    assert len(server.mails) == MOST_MAILS + 1


def test_a_connection_is_used_for_five_minutes(server: SmtpServer) -> None:
    seconds = 0.0
    url = MailUrl("smtp", "127.0.0.1", server.port)
    with closing(SmtpTransport(url, elapsed=lambda: seconds)) as transport:
        for number, seconds in enumerate((0.0, 299.0, 300.0)):  # noqa: B007 - read by elapsed
            transport.send(make_mail(number), lambda: True)
    assert server.connections == 2


@pytest.mark.parametrize("action", [reply("421 4.4.2 idle too long"), DROP], ids=["421", "closed"])
def test_a_kept_connection_that_the_relay_closed_is_renewed_at_once(
    server: SmtpServer, transport: SmtpTransport, action: Action
) -> None:
    server.then("mail", None, action)
    assert transport.send(make_mail(1), lambda: True).verdict is Verdict.SENT
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
    assert server.connections == 2
    assert [mail.message_id for mail in server.mails] == [
        "<mail-1@example.go.id>",
        "<mail-2@example.go.id>",
    ]


def test_a_fresh_connection_that_is_closed_at_mail_is_not_tried_again(server: SmtpServer) -> None:
    server.always("mail", DROP)
    assert send(server).verdict is Verdict.DEFERRED
    assert server.connections == 1


def test_without_leave_the_dot_is_not_sent(server: SmtpServer, transport: SmtpTransport) -> None:
    assert transport.send(make_mail(1), lambda: False).verdict is Verdict.FENCED
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
    assert [mail.message_id for mail in server.mails] == ["<mail-2@example.go.id>"]


def test_leave_is_asked_for_when_the_whole_body_is_out(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    asked: list[list[str]] = []

    def before_dot() -> bool:
        asked.append([line.split()[0] for line in server.commands])
        return True

    transport.send(make_mail(), before_dot)
    assert asked == [["EHLO", "MAIL", "RCPT", "DATA"]]


def test_a_machine_that_slept_after_the_intent_does_not_dot(server: SmtpServer) -> None:
    elapsed = iter([0.0, 10.0, 15.1])  # opened, leave given, about to dot
    url = MailUrl("smtp", "127.0.0.1", server.port)
    with closing(SmtpTransport(url, elapsed=lambda: next(elapsed))) as transport:
        outcome = transport.send(make_mail(), lambda: True)
    assert (outcome.verdict, outcome.phase) == (Verdict.DEFERRED, "body")
    assert server.mails == []


def test_an_error_while_asking_for_leave_sends_no_dot(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    def before_dot() -> bool:
        raise RuntimeError("the database is locked")

    with pytest.raises(RuntimeError, match="locked"):
        transport.send(make_mail(1), before_dot)
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
    assert [mail.message_id for mail in server.mails] == ["<mail-2@example.go.id>"]


def test_a_relay_that_refuses_before_the_dot_is_heard(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.then("body", reply("552 5.3.4 too large, stop"))
    heard = transport.send(make_mail(), lambda: _wait_for_input(transport))
    assert (heard.verdict, heard.phase) == (Verdict.FAILED, "body")
    assert server.mails == []


def _wait_for_input(transport: SmtpTransport) -> bool:
    session = transport._session
    assert session is not None
    while not session.wire.has_input():
        pass
    return True


@pytest.mark.parametrize(
    ("body", "on_the_wire"),
    [
        (b"", b""),
        (b".\r\n", b".\r\n"),
        (b"..\r\n.a\r\n", b"..\r\n.a\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n.\r\nb\r\n"),
        (b"no line end", b"no line end\r\n"),
        (b".\r\n.\r\n.\r\n", b".\r\n.\r\n.\r\n"),
    ],
)
def test_dots_arrive_as_they_were(
    server: SmtpServer, transport: SmtpTransport, body: bytes, on_the_wire: bytes
) -> None:
    assert transport.send(make_mail(body=body), lambda: True).verdict is Verdict.SENT
    assert server.mails[0].data == make_mail(body=on_the_wire).data


@pytest.mark.parametrize(
    "body",
    [b"a\rb\r\n", b"a\nb\r\n", b"a\r.\r\n", b"a\n.\n", b"a\x00b\r\n", b"x" * 999 + b"\r\n"],
    ids=["bare CR", "bare LF", "smuggled dot", "LF dot LF", "NUL", "999 octets"],
)
def test_bytes_that_could_be_taken_for_another_mail_never_leave(
    server: SmtpServer, transport: SmtpTransport, body: bytes
) -> None:
    outcome = transport.send(make_mail(body=body), lambda: True)
    assert (outcome.verdict, outcome.phase) == (Verdict.HELD, "body")
    assert server.connections == 0


@pytest.mark.parametrize(
    "recipient",
    [
        "a@x.id> NOTIFY=NEVER <b@x.id",
        "a@x.id>\r\nRCPT TO:<b@x.id",
        "a b@x.id",
        "a@x.id\x00",
        "a@b@x.id",
        "",
    ],
)
def test_an_address_that_could_be_taken_for_a_command_never_leaves(
    server: SmtpServer, transport: SmtpTransport, recipient: str
) -> None:
    mail = make_mail()
    hostile = OutgoingMail(mail.message_id, mail.sender, recipient, mail.data)
    assert transport.send(hostile, lambda: True).verdict is Verdict.HELD
    assert server.connections == 0


def test_size_is_declared_and_its_limit_heeded(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    server.offers = ("SIZE 200",)
    big = transport.send(make_mail(body=b"x" * 500 + b"\r\n"), lambda: True)
    assert (big.verdict, big.phase) == (Verdict.HELD, "mail")
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
    size = len(make_mail(2).data)
    assert f"MAIL FROM:<pengingat@example.go.id> SIZE={size}" in server.commands
    assert server.connections == 1


def test_a_relay_without_extensions_takes_plain_mail(server: SmtpServer) -> None:
    server.offers = ()
    assert send(server).verdict is Verdict.SENT
    assert "MAIL FROM:<pengingat@example.go.id>" in server.commands


def test_an_address_that_needs_smtputf8_is_held_where_it_is_not_offered(
    server: SmtpServer,
    transport: SmtpTransport,
) -> None:
    mail = make_mail()
    named = OutgoingMail(mail.message_id, mail.sender, "ünï@bücher.example", mail.data)
    outcome = transport.send(named, lambda: True)
    assert (outcome.verdict, outcome.text) == (
        Verdict.HELD,
        "needs SMTPUTF8, which the relay does not offer",
    )
    server.offers = ("SMTPUTF8",)
    transport.close()
    assert transport.send(named, lambda: True).verdict is Verdict.SENT
    assert "RCPT TO:<ünï@xn--bcher-kva.example>" in server.commands


def test_replies_are_kept_without_addresses_and_urls(server: SmtpServer) -> None:
    server.then(
        "rcpt",
        raw(
            b"550-5.1.1 <petugas@example.go.id> unknown, see\r\n"
            b"550 5.1.1 https://help.example/?to=petugas@example.go.id " + b"x" * 900 + b"\r\n"
        ),
    )
    outcome = send(server)
    assert outcome.enhanced == "5.1.1"
    assert outcome.text.startswith("<[address]> unknown, see [url] xxx")
    assert len(outcome.text) == 500


def test_a_relay_that_is_not_there_is_the_relays_trouble(tmp_path: Path) -> None:
    with SmtpServer(tmp_path) as gone:
        pass
    outcome = send(gone)
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "connect")
    assert "cannot be reached: Connection refused; check REMINDER_MAIL_URL" in outcome.text


def test_a_relay_that_vanished_between_two_mails_is_the_relays_trouble(
    server: SmtpServer, transport: SmtpTransport
) -> None:
    assert transport.send(make_mail(1), lambda: True).verdict is Verdict.SENT
    server.close()
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.RELAY


def test_no_socket_is_without_a_time_limit(server: SmtpServer, transport: SmtpTransport) -> None:
    limits: list[float | None] = []

    def before_dot() -> bool:
        session = transport._session
        assert session is not None
        limits.append(session.wire._socket.gettimeout())
        return True

    transport.send(make_mail(), before_dot)
    assert None not in limits


def test_report_is_asked_for_by_our_own_mark_where_the_relay_offers_it(tmp_path: Path) -> None:
    mail = replace(make_mail(), recipient="a+b=c@biro.example.go.id", envelope_id="abcdefgh.234567")
    with SmtpServer(tmp_path, offers=("SIZE 10485760", "DSN")) as server:
        with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport:
            assert transport.send(mail, lambda: True).verdict is Verdict.SENT
        sender, recipient = server.commands[1:3]
    assert sender.endswith(" RET=HDRS ENVID=abcdefgh.234567")
    assert recipient == (
        "RCPT TO:<a+b=c@biro.example.go.id> NOTIFY=FAILURE,DELAY "
        "ORCPT=rfc822;a+2Bb+3Dc@biro.example.go.id"
    )


def test_relay_that_offers_no_reports_is_asked_for_none(tmp_path: Path) -> None:
    mail = replace(make_mail(), envelope_id="abcdefgh.234567")
    with SmtpServer(tmp_path) as server:
        with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", server.port))) as transport:
            assert transport.send(mail, lambda: True).verdict is Verdict.SENT
        assert not any("ENVID" in line or "NOTIFY" in line for line in server.commands)
