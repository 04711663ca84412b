"""The inbox over IMAP: a mail is marked once it is stored, and nothing of it is a command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import trustme

from reminder.errors import MailboxError
from reminder.mail.mailbox import MOST_OCTETS
from reminder.mail.mailbox_imap import ImapMailbox
from reminder.mail.open_mailbox import verify_mailbox
from reminder.mail.safe_reading import SafeReader
from reminder.storage import tables
from tests.certificates import server_context, trusting
from tests.imap_server import ImapServer, imap_server
from tests.inbound_mails import auto_reply
from tests.inboxes import BASE, Correspondence

if TYPE_CHECKING:
    from reminder.storage.engine import Database


@pytest.fixture(scope="module")
def reader() -> Iterator[SafeReader]:
    """One child for all."""
    with SafeReader() as one:
        yield one


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """A mailbox on loopback."""
    with imap_server() as started:
        yield started


@pytest.fixture
def office(database: Database, server: ImapServer, reader: SafeReader) -> Correspondence:
    """An office that reads it."""
    made = Correspondence(database, reader=reader)
    made.settings = replace(made.settings, inbox_url=server.url)
    return made


def test_mail_is_read_without_marking_stored_and_then_marked(
    office: Correspondence, server: ImapServer
) -> None:
    server.put(office.reply(office.sent(), "TERIMA"))
    assert office.read().results == {"acknowledge": 1}
    assert server.seen == {1}
    fetched = [one for one in server.commands if "BODY" in one]
    assert fetched == [f"UID FETCH 1 (UID BODY.PEEK[]<0.{MOST_OCTETS + 1}>)"]
    assert not any("EXPUNGE" in one for one in server.commands)
    ((source, key),) = office.inbound("source", "source_key")
    assert source == f"imap:kotak@biro@127.0.0.1:{server.port}/INBOX;UIDVALIDITY=1"
    assert key == "1"


def test_mail_that_somebody_read_elsewhere_is_still_fetched(
    office: Correspondence, server: ImapServer
) -> None:
    first = office.sent()
    server.put(auto_reply(BASE))
    office.read()
    server.put(office.reply(first, "TERIMA"))
    server.seen.add(2)
    assert office.read().results == {"acknowledge": 1}
    assert office.read().stored == 0


def test_mailbox_that_counts_anew_brings_nothing_about_twice(
    office: Correspondence, server: ImapServer
) -> None:
    first = office.sent()
    server.put(office.reply(first, "TUNDA 3"), office.reply(first, "Halo", message_id="<2@a.id>"))
    office.read()
    server.renumber()
    # Mail programs that move mails may add a field on the way.
    server.mails[102] = b"X-Moved: yes\r\n" + server.mails[102]
    assert office.read().results == {"seen_before": 1}
    assert office.inbound() == [
        ("done", "snooze"), ("person", "words"), ("done", "seen_before"), ("done", "seen_before"),
    ]  # fmt: skip
    assert len(office.rows(tables.responses, "id")) == 1


def test_mail_that_cannot_be_had_is_set_aside_and_the_next_one_acts(
    office: Correspondence, server: ImapServer
) -> None:
    server.put(b"Subject: broken on disk\r\n\r\n", office.reply(office.sent(), "TERIMA"))
    server.unfetchable.add(1)
    office.read()
    assert office.inbound() == [("quarantined", "unfetchable"), ("done", "acknowledge")]


def test_only_the_headers_of_a_huge_mail_are_asked_for(
    office: Correspondence, server: ImapServer
) -> None:
    server.put(office.reply(office.sent(), "TERIMA\n") + b"a\r\n" * (MOST_OCTETS // 3))
    office.read()
    assert office.inbound() == [("person", "too_large")]
    assert "UID FETCH 1 (UID BODY.PEEK[]<0.65536>)" in server.commands


def test_message_id_with_a_line_break_reaches_no_command(
    office: Correspondence, server: ImapServer
) -> None:
    office.sent()
    server.put(b"Message-ID: <a\r\n UID STORE 1 +FLAGS Deleted@b>\r\nFrom: a@b.id\r\n\r\nx\r\n")
    office.read()
    assert {one.split()[0] for one in server.commands} == {"CAPABILITY", "LOGIN", "SELECT", "UID",
                                                           "LOGOUT"}  # fmt: skip
    assert not any("Deleted" in one for one in server.commands)


def test_trouble_is_told_without_the_password(office: Correspondence, server: ImapServer) -> None:
    office.settings = replace(office.settings, inbox_url=server.url.replace("rahasia", "salah"))
    trouble = office.read().trouble
    assert f"127.0.0.1:{server.port} refuses the user or the password" in trouble
    assert "salah" not in trouble
    office.settings = replace(office.settings, inbox_url=server.url.replace("INBOX", "Nowhere"))
    assert "opens no folder of that name" in office.read().trouble
    logged = repr(office.capture.entries)
    assert "salah" not in logged
    assert "rahasia" not in logged


def test_server_that_is_not_there_is_told_once_and_again_when_it_is_back(
    office: Correspondence, server: ImapServer
) -> None:
    good = office.settings
    office.settings = replace(good, inbox_url="imap://a:b@127.0.0.1:1/INBOX")
    for _ in range(3):
        assert "cannot be reached" in office.read().trouble
    office.settings = good
    assert office.read().trouble == ""
    events = [one["event"] for one in office.capture.entries if "inbox_u" in one["event"]]
    assert events == ["inbox_unusable", "inbox_usable_again"]


def test_certificate_of_the_server_is_checked() -> None:
    known, unknown = trustme.CA(), trustme.CA()
    with imap_server(server_context(known, "127.0.0.1")) as server:
        url = server.url.replace("imap:", "imaps:")
        ImapMailbox(url, tls=trusting(known)).close()
        with pytest.raises(MailboxError, match="has a certificate that is not good"):
            ImapMailbox(url, tls=trusting(unknown))
        (seen,) = verify_mailbox(url)  # as the system trusts: not this one
        assert not seen.is_ok
        assert server.logins == 1


def test_doctor_sees_a_mailbox_that_can_be_read(server: ImapServer) -> None:
    (seen,) = verify_mailbox(server.url)
    assert seen.is_ok
    assert "can be read" in seen.detail
