"""TLS and AUTH: nothing in the clear beyond this machine, no certificate unchecked."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from reminder.mail.open_transport import explain, open_transport
from reminder.mail.smtp import SmtpTransport
from reminder.mail.transport import Outcome, OutgoingMail, TransportCheck, Verdict
from reminder.mail_url import MailUrl, parse_mail_url
from tests.certificates import server_context, trusting
from tests.smtp_server import INJECTED, SmtpServer, reply

MAIL = OutgoingMail(
    "<mail@example.go.id>",
    "pengingat@example.go.id",
    "petugas@example.go.id",
    b"Message-ID: <mail@example.go.id>\r\n\r\nIsi\r\n",
)
HARD_PASSWORD = "p%40s \"'ß/:@#?"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that exists for these tests."""
    return trustme.CA()


@pytest.fixture
def server(tmp_path: Path, authority: trustme.CA) -> Iterator[SmtpServer]:
    """A relay that offers STARTTLS with a certificate for localhost."""
    with SmtpServer(tmp_path, tls=server_context(authority, "localhost")) as started:
        yield started


def send(
    server: SmtpServer,
    context: ssl.SSLContext | None = None,
    *,
    scheme: str = "smtp",
    user: str = "",
    password: str = "",
    require_tls: bool | None = True,
) -> Outcome:
    """One mail, as to a relay that is not on this machine."""
    url = MailUrl(scheme, "localhost", server.port, user, password)
    with closing(SmtpTransport(url, tls=context, require_tls=require_tls)) as transport:
        return transport.send(MAIL, lambda: True)


def verbs(server: SmtpServer) -> list[str]:
    """The first word of every command."""
    return [line.split(" ")[0] for line in server.commands]


def test_mail_goes_over_starttls(server: SmtpServer, authority: trustme.CA) -> None:
    assert send(server, trusting(authority)).verdict is Verdict.SENT
    assert verbs(server)[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"]


def test_mail_goes_over_smtps(tmp_path: Path, authority: trustme.CA) -> None:
    context = server_context(authority, "localhost")
    with SmtpServer(tmp_path, tls=context, implicit_tls=True) as server:
        assert send(server, trusting(authority), scheme="smtps").verdict is Verdict.SENT
        assert verbs(server)[:2] == ["EHLO", "MAIL"]


def test_a_relay_without_starttls_gets_nothing(tmp_path: Path) -> None:
    """X-41: no mail and no password leave in the clear."""
    with SmtpServer(tmp_path, users={"u": "p"}) as server:
        outcome = send(server, user="u", password="p")
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "starttls")
    assert "does not offer STARTTLS, so mail would travel in the clear" in outcome.text
    assert "REMINDER_MAIL_URL" in outcome.text
    assert verbs(server) == ["EHLO"]


@pytest.mark.parametrize(
    ("name", "expires", "is_trusted"),
    [
        pytest.param("other.example.go.id", None, True, id="another name"),
        pytest.param("localhost", datetime(2024, 1, 2, tzinfo=UTC), True, id="expired"),
        pytest.param("localhost", None, False, id="an authority nobody trusts"),
    ],
)
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_is_not_good_ends_it_before_auth(
    tmp_path: Path,
    authority: trustme.CA,
    name: str,
    expires: datetime | None,
    is_trusted: bool,
    scheme: str,
) -> None:
    context = server_context(authority, name, expires)
    with SmtpServer(
        tmp_path, tls=context, implicit_tls=scheme == "smtps", users={"u": "p"}
    ) as server:
        trusted = trusting(authority) if is_trusted else None
        outcome = send(server, trusted, scheme=scheme, user="u", password="p")
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "starttls")
    assert "is not good" in outcome.text
    assert not {"AUTH", "MAIL"} & set(verbs(server))
    assert server.mails == []


def test_tls_older_than_1_2_is_refused(tmp_path: Path, authority: trustme.CA) -> None:
    context = server_context(authority, "localhost")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with SmtpServer(tmp_path, tls=context) as server:
        outcome = send(server, trusting(authority))
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "starttls")
    assert "TLS 1.2 or later" in outcome.text


def test_plain_text_put_in_before_the_handshake_ends_it(
    server: SmtpServer, authority: trustme.CA
) -> None:
    server.then("starttls", INJECTED)
    outcome = send(server, trusting(authority))
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "starttls")
    assert verbs(server)[:2] == ["EHLO", "STARTTLS"]
    assert server.mails == []


@pytest.mark.parametrize("line", ["454 4.7.0 not now", "501 no", "554 5.7.3 no"])
def test_a_refused_starttls_is_the_relays_trouble(server: SmtpServer, line: str) -> None:
    server.then("starttls", reply(line))
    outcome = send(server)
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "starttls")
    assert server.mails == []


def test_a_relay_on_this_machine_needs_no_tls(server: SmtpServer) -> None:
    assert send(server, require_tls=None).verdict is Verdict.SENT
    assert "STARTTLS" not in verbs(server)


def test_no_argument_turns_tls_off_towards_another_machine() -> None:
    """X-41: there is no such switch."""
    with pytest.raises(ValueError, match=r"relay\.example\.go\.id without TLS"):
        SmtpTransport(MailUrl("smtp", "relay.example.go.id", 25), require_tls=False)


@pytest.mark.parametrize("mechanism", ["PLAIN LOGIN", "LOGIN"])
def test_any_password_passes(server: SmtpServer, authority: trustme.CA, mechanism: str) -> None:
    server.users = {"pengingat@example.go.id": HARD_PASSWORD}
    server.mechanisms = mechanism
    outcome = send(
        server, trusting(authority), user="pengingat@example.go.id", password=HARD_PASSWORD
    )
    assert outcome.verdict is Verdict.SENT
    assert verbs(server)[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


def test_a_password_with_escapes_is_read_from_the_url() -> None:
    url = parse_mail_url("smtp://u:p%2540s%20%22'%C3%9F%2F%3A%40%23%3F@localhost:25")
    assert url.password == HARD_PASSWORD


@pytest.mark.parametrize(
    "line", ["535 5.7.8 wrong", "530 5.7.0 no", "550 5.7.30 basic auth is withdrawn", "454 later"]
)
def test_a_refused_login_is_the_relays_trouble(
    server: SmtpServer, authority: trustme.CA, line: str
) -> None:
    server.users = {"u": "p"}
    server.then("auth", reply(line))
    outcome = send(server, trusting(authority), user="u", password="p")
    assert (outcome.verdict, outcome.phase, outcome.code) == (Verdict.RELAY, "auth", int(line[:3]))
    assert server.mails == []


def test_a_relay_without_auth_is_told_apart(server: SmtpServer, authority: trustme.CA) -> None:
    outcome = send(server, trusting(authority), user="u", password="p")
    assert (outcome.verdict, outcome.phase) == (Verdict.RELAY, "auth")
    assert "offers no AUTH PLAIN or LOGIN" in outcome.text


def test_after_a_failed_login_the_next_mail_begins_anew(server: SmtpServer) -> None:
    server.users = {"u": "p"}
    url = MailUrl("smtp", "localhost", server.port, "u", "p")
    with closing(SmtpTransport(url)) as transport:
        server.then("auth", reply("454 4.7.0 later"))
        assert transport.send(MAIL, lambda: True).verdict is Verdict.RELAY
        assert transport.send(MAIL, lambda: True).verdict is Verdict.SENT
    assert server.connections == 2


def test_a_password_shows_in_no_outcome(server: SmtpServer, authority: trustme.CA) -> None:
    server.users = {"u": "other"}
    outcome = send(server, trusting(authority), user="u", password="rahasia-sekali")
    assert "rahasia" not in repr(outcome)
    assert base64.b64encode(b"\0u\0rahasia-sekali").decode() not in repr(outcome)


def test_verify_names_the_first_check_that_fails(server: SmtpServer, authority: trustme.CA) -> None:
    server.users = {"u": "p"}
    url = MailUrl("smtp", "localhost", server.port, "u", "wrong")
    transport = SmtpTransport(url, tls=trusting(authority), require_tls=True)
    assert transport.verify() == [
        TransportCheck("connect", True, "ok"),
        TransportCheck("TLS", True, "ok"),
        TransportCheck("AUTH", False, "535 5.7.8 wrong user or password"),
    ]


def test_verify_sends_nothing(server: SmtpServer, authority: trustme.CA) -> None:
    url = MailUrl("smtp", "localhost", server.port)
    transport = SmtpTransport(url, tls=trusting(authority), require_tls=True)
    assert [check.is_ok for check in transport.verify()] == [True] * 4
    assert verbs(server)[:4] == ["EHLO", "STARTTLS", "EHLO", "NOOP"]
    assert "MAIL" not in verbs(server)


def test_a_url_opens_its_transport(server: SmtpServer) -> None:
    with closing(open_transport(f"smtp://127.0.0.1:{server.port}")) as transport:
        outcome = transport.send(MAIL, lambda: True)
    assert explain(outcome) == "taken (dot): 250 2.0.0 Ok: queued as 4F2A1"
