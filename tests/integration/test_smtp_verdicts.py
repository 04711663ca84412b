"""What every reply and every fault is worth, phase by phase, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reminder.mail.smtp import SmtpTransport
from reminder.mail.transport import Outcome, Verdict
from reminder.mail_url import MailUrl
from tests.mails import QUICK, make_mail, send
from tests.smtp_server import (
    DROP,
    FAULTS,
    GARBAGE,
    RESET,
    SILENCE,
    Action,
    SmtpServer,
    raw,
    reply,
)


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


def test_a_mail_that_is_taken_is_sent(server: SmtpServer) -> None:
    outcome = send(server)
    assert outcome == Outcome(
        Verdict.SENT, "dot", 250, "2.0.0", "Ok: queued as 4F2A1", f"127.0.0.1:{server.port}"
    )
    (mail,) = server.mails
    assert mail.data == make_mail().data
    assert (mail.sender, mail.recipients) == ("pengingat@example.go.id", ("petugas@example.go.id",))


@pytest.mark.parametrize(
    ("phase", "line", "verdict"),
    [
        ("greeting", "554 5.3.2 no service", Verdict.RELAY),
        ("greeting", "421 4.3.2 busy", Verdict.RELAY),
        ("ehlo", "550 5.7.1 not you", Verdict.RELAY),
        ("mail", "421 4.7.0 closing", Verdict.DEFERRED),
        ("mail", "451 4.3.0 later", Verdict.DEFERRED),
        ("mail", "452 4.3.1 no room", Verdict.DEFERRED),
        ("mail", "552 5.3.4 too large", Verdict.HELD),
        ("mail", "554 5.3.4 too large", Verdict.HELD),
        ("mail", "530 5.7.0 authentication required", Verdict.RELAY),
        ("mail", "550 5.7.1 sender rejected", Verdict.RELAY),
        ("mail", "553 5.1.8 unknown sender domain", Verdict.RELAY),
        ("mail", "354 what", Verdict.DEFERRED),
        ("rcpt", "421 4.7.0 closing", Verdict.DEFERRED),
        ("rcpt", "450 4.2.0 greylisted", Verdict.DEFERRED),
        ("rcpt", "451 4.7.1 try later", Verdict.DEFERRED),
        ("rcpt", "452 4.5.3 too many", Verdict.DEFERRED),
        ("rcpt", "550 5.1.1 no such user", Verdict.FAILED),
        ("rcpt", "551 5.1.6 moved", Verdict.FAILED),
        ("rcpt", "553 5.1.3 bad address", Verdict.FAILED),
        ("rcpt", "550 5.2.1 mailbox disabled", Verdict.FAILED),
        ("rcpt", "550 no such user", Verdict.FAILED),
        ("rcpt", "550 5.7.515 sender domain not authenticated", Verdict.HELD),
        ("rcpt", "530 5.7.0 authentication required", Verdict.RELAY),
        ("rcpt", "554 5.7.1 relay access denied", Verdict.HELD),
        ("rcpt", "550 5.7.1 unable to relay", Verdict.HELD),
        ("rcpt", "553 5.7.1 sender not owned by user", Verdict.HELD),
        ("rcpt", "554 5.2.1 mailbox disabled", Verdict.FAILED),
        ("data", "451 4.3.0 later", Verdict.DEFERRED),
        ("data", "554 5.5.1 no valid recipients", Verdict.FAILED),
        ("data", "554 no valid recipients", Verdict.FAILED),
        ("data", "550 5.7.1 policy", Verdict.HELD),
        ("dot", "421 4.3.2 closing", Verdict.DEFERRED),
        ("dot", "450 4.2.0 later", Verdict.DEFERRED),
        ("dot", "452 4.3.1 no room", Verdict.DEFERRED),
        ("dot", "550 5.7.1 looks like spam", Verdict.HELD),
        ("dot", "554 5.6.0 bad content", Verdict.HELD),
        ("dot", "550 5.7.515 not authenticated", Verdict.HELD),
        ("dot", "550 5.7.26 DMARC", Verdict.HELD),
        ("dot", "552 5.2.2 mailbox full", Verdict.FAILED),
        ("dot", "554 transaction failed", Verdict.FAILED),
        ("dot", "150 what", Verdict.UNCERTAIN),
        ("dot", "354 again", Verdict.UNCERTAIN),
        ("dot", "650 what", Verdict.UNCERTAIN),
    ],
)
def test_a_refusal_has_the_verdict_of_its_phase(
    server: SmtpServer, phase: str, line: str, verdict: Verdict
) -> None:
    server.then(phase, reply(line))
    outcome = send(server)
    assert (outcome.verdict, outcome.phase) == (verdict, phase)
    assert outcome.code == int(line[:3])
    assert server.mails == []


@pytest.mark.parametrize("code", [250, 251, 252, 200, 299])
def test_any_2yz_to_the_dot_is_sent(server: SmtpServer, code: int) -> None:
    server.then("stored", reply(f"{code} taken"))
    assert send(server).verdict is Verdict.SENT


@pytest.mark.parametrize("code", [251, 252])
def test_a_recipient_that_will_be_forwarded_is_accepted(server: SmtpServer, code: int) -> None:
    server.then("rcpt", reply(f"{code} 2.1.5 will forward"))
    assert send(server).verdict is Verdict.SENT


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 three\r\n"], id="three lines"),
        pytest.param([bytes([octet]) for octet in b"250 2.0.0 taken\r\n"], id="octet by octet"),
        pytest.param([b"25", b"0-first\r\n2", b"50 last\r", b"\n"], id="split inside the code"),
        pytest.param([b"250\r\n"], id="a code alone"),
        pytest.param([b"250 taken\n"], id="a bare line feed"),
    ],
)
def test_a_reply_in_several_lines_or_pieces_is_one_reply(
    server: SmtpServer, pieces: list[bytes]
) -> None:
    server.then("stored", raw(*pieces))
    assert send(server).verdict is Verdict.SENT


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", ["greeting", "ehlo"])
def test_trouble_before_mail_is_the_relays(server: SmtpServer, phase: str, fault: str) -> None:
    server.then(phase, FAULTS[fault])
    outcome = send(server, QUICK)
    # A reset that comes before anything was read may already be seen while connecting.
    phases = {phase, "connect"} if (phase, fault) == ("greeting", "reset") else {phase}
    assert (outcome.verdict, outcome.code) == (Verdict.RELAY, None)
    assert outcome.phase in phases


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_trouble_before_the_dot_only_defers(server: SmtpServer, phase: str, fault: str) -> None:
    server.then(phase, FAULTS[fault])
    outcome = send(server, QUICK)
    assert (outcome.verdict, outcome.phase) == (Verdict.DEFERRED, phase)
    assert server.mails == []


@pytest.mark.parametrize("action", [DROP, RESET], ids=["drop", "reset"])
def test_a_connection_lost_in_the_body_only_defers(
    server: SmtpServer, transport: SmtpTransport, action: object
) -> None:
    server.then("body", DROP if action is DROP else RESET)

    def before_dot() -> bool:
        return server.body_closed.wait(5)

    outcome = transport.send(make_mail(), before_dot)
    assert (outcome.verdict, outcome.phase) == (Verdict.DEFERRED, "body")
    assert server.mails == []


@pytest.mark.parametrize("phase", ["dot", "stored"])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_verdict_after_the_dot_is_uncertain(server: SmtpServer, phase: str, fault: str) -> None:
    server.then(phase, FAULTS[fault])
    outcome = send(server, QUICK)
    assert (outcome.verdict, outcome.phase) == (Verdict.UNCERTAIN, "dot")
    assert len(server.mails) == (1 if phase == "stored" else 0)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b"250 " + b"x" * 10_000 + b"\r\n"], id="a line over 8192 octets"),
        pytest.param([b"250-" + b"x" * 8000 + b"\r\n"] * 9, id="a reply over 64 KiB"),
        pytest.param([b"2x0 ok\r\n"], id="a letter in the code"),
        pytest.param([b"250ok\r\n"], id="no space after the code"),
        pytest.param([b"\r\n"], id="an empty line"),
    ],
)
def test_a_reply_that_makes_no_sense_after_the_dot_is_uncertain(
    server: SmtpServer, pieces: list[bytes]
) -> None:
    server.then("stored", raw(*pieces))
    assert send(server, QUICK).verdict is Verdict.UNCERTAIN


def test_a_reply_that_drips_is_given_up_after_the_phases_whole_time(server: SmtpServer) -> None:
    server.then("rcpt", raw(b"2", b"5"), None)
    assert send(server, QUICK).verdict is Verdict.DEFERRED


@pytest.mark.parametrize(
    "action",
    [reply("421 bye"), reply("450 no"), reply("550 no"), reply("500 what"), GARBAGE, DROP, SILENCE],
    ids=["421", "450", "550", "500", "garbage", "drop", "silence"],
)
def test_quit_changes_no_verdict(server: SmtpServer, action: Action) -> None:
    server.then("quit", action)
    assert send(server).verdict is Verdict.SENT


@pytest.mark.parametrize(
    "action", [reply("500 what"), GARBAGE, DROP, RESET], ids=["500", "garbage", "drop", "reset"]
)
def test_rset_changes_no_verdict(
    server: SmtpServer, transport: SmtpTransport, action: Action
) -> None:
    server.then("rcpt", reply("550 5.1.1 no such user"))
    server.then("rset", action)
    assert transport.send(make_mail(1), lambda: True).verdict is Verdict.FAILED
    assert transport.send(make_mail(2), lambda: True).verdict is Verdict.SENT
