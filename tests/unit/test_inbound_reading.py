"""Reading an inbound mail: hostile forms, odd headers, and what is taken from them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reminder.mail.inbound import Inbound, Kind, NoText, Trouble, Unreadable
from reminder.mail.inbound_reading import (
    DEEPEST,
    MOST_HEADER_OCTETS,
    MOST_OCTETS,
    MOST_PARTS,
    read_inbound,
)
from reminder.mail.replies import NoCommand, read_command
from tests.inbound_mails import MESSAGE_ID, RECIPIENT, from_file, reply

HEAD = b"From: petugas@biro.example.go.id\r\nTo: a@example.go.id\r\nSubject: x\r\n"


def read(raw: bytes) -> Inbound:
    """A mail that can be read."""
    found = read_inbound(raw)
    assert isinstance(found, Inbound)
    return found


def nested(depth: int) -> bytes:
    """Multiparts inside each other, and a command in the innermost."""
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        for number in range(depth)
    )
    return HEAD + opened + b"\r\nTERIMA\r\n"


def parts(count: int) -> bytes:
    """One multipart with so many parts."""
    head = HEAD + b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
    return head + b"--a\r\n\r\nx\r\n" * count + b"--a--\r\n"


def with_type(content_type: str, body: bytes = b"TERIMA\r\n") -> bytes:
    """A mail of that content type."""
    return HEAD + f"MIME-Version: 1.0\r\nContent-Type: {content_type}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("raw", "trouble"),
    [
        pytest.param(nested(2000), Trouble.DEPTH, id="X-59: 2,000 nested multiparts"),
        pytest.param(nested(DEEPEST), Trouble.DEPTH, id="one part too deep"),
        pytest.param(parts(200_000), Trouble.PARTS, id="X-59: 200,000 parts"),
        pytest.param(parts(MOST_PARTS), Trouble.PARTS, id="one part too many"),
        pytest.param(b"Subject: " + b"x" * 5_000_000, Trouble.HEADERS, id="X-60: 5 MB header"),
        pytest.param(
            b"X: " + b"x" * MOST_HEADER_OCTETS + b"\r\n\r\n", Trouble.HEADERS, id="header too long"
        ),
        pytest.param(
            b"Subject:\r\n" + b" x\r\n" * 100_000 + b"\r\n", Trouble.HEADERS, id="many folds"
        ),
        pytest.param(
            with_type("multipart/mixed; boundary=a", b"--a\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"),
            Trouble.HEADERS,
            id="the header of a part too long",
        ),
        pytest.param(b"x" * (MOST_OCTETS + 1), Trouble.SIZE, id="one octet too many"),
        pytest.param(
            HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 2000, Trouble.DEPTH,
            id="X-64: message/rfc822 in itself",
        ),
    ],
)  # fmt: skip
def test_mail_beyond_a_limit_is_put_aside(raw: bytes, trouble: Trouble) -> None:
    found = read_inbound(raw)
    assert isinstance(found, Unreadable)
    assert found.trouble is trouble
    assert 0 < len(found.detail) < 100


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(nested(DEEPEST - 1), id="as deep as may be"),
        pytest.param(parts(MOST_PARTS - 1), id="as many parts as may be"),
        pytest.param(HEAD + b"\r\n" + b"x" * 1_000_000, id="1 MB"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n\r\n", id="blank lines"),
        pytest.param(b"\x00\xff" * 500, id="no mail at all"),
        pytest.param(b"From petugas Mon Jul  6 08:00:10 2026\r\n" + HEAD, id="mbox"),
        pytest.param(HEAD[:-2], id="header only"),
    ],
)
def test_mail_within_the_limits_is_read(raw: bytes) -> None:
    assert isinstance(read_inbound(raw), Inbound)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            with_type(f'multipart/mixed; boundary="{"a" * 80}"'), id="X-59: boundary of 80"
        ),
        pytest.param(with_type("multipart/mixed"), id="X-59: no boundary"),
        pytest.param(with_type("multipart/mixed; boundary="), id="X-59: empty boundary"),
        pytest.param(with_type("multipart/mixed; boundary=a"), id="X-59: no part"),
        pytest.param(
            with_type("multipart/alternative; boundary=a", b"--a--\r\n"), id="only the end"
        ),
        pytest.param(with_type("message/partial; number=1; total=2"), id="X-64: message/partial"),
        pytest.param(with_type("message/external-body; access-type=x"), id="message/external-body"),
        pytest.param(with_type("application/ms-tnef; name=winmail.dat"), id="X-64: winmail.dat"),
        pytest.param(with_type("application/pkcs7-mime; smime-type=x"), id="X-64: S/MIME"),
        pytest.param(
            with_type("multipart/encrypted; boundary=a", b"--a\r\n\r\nTERIMA\r\n--a--"),
            id="X-64: encrypted PGP",
        ),
        pytest.param(with_type("message/rfc822", HEAD + b"\r\nTERIMA"), id="X-64: message/rfc822"),
        pytest.param(with_type("text/html"), id="HTML"),
        pytest.param(with_type("text/plain; name=a.txt"), id="a text with the name of a file"),
        pytest.param(
            HEAD
            + b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n&5$5225-!\r\n`\r\nend",
            id="X-59: uuencode",
        ),
        pytest.param(
            HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n=", id="X-60: base64 of nothing"
        ),
    ],
)
def test_mail_without_a_text_is_no_command(raw: bytes) -> None:
    inbound = read(raw)
    assert read_command(inbound) is NoCommand.NO_TEXT
    assert inbound.kind is Kind.OTHER
    assert inbound.no_text is not None


def test_signed_mail_is_read_as_its_first_part() -> None:
    body = b"--a\r\n\r\nTERIMA\r\n--a\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--a--"
    raw = with_type('multipart/signed; boundary=a; protocol="application/pgp-signature"', body)
    assert read(raw).first_line == "TERIMA"


def test_parts_that_never_end_are_read() -> None:
    assert (
        read(with_type("multipart/mixed; boundary=a", b"--a\r\n\r\nTERIMA")).first_line == "TERIMA"
    )


@pytest.mark.parametrize(
    ("charset", "body", "first_line"),
    [
        pytest.param("x-unknown", "Café".encode(), "Café", id="X-60: unknown charset"),
        pytest.param("rot13", b"GREVZN", "GREVZN", id="a codec that is no charset"),
        pytest.param("unicode_escape", b"\\x41\\q", "\\x41\\q", id="another one"),
        pytest.param("utf-7", b"+AFQ-ERIMA", "+AFQ-ERIMA", id="UTF-7"),
        pytest.param("idna", b"xn--", "xn--", id="of domains"),
        pytest.param("utf-8", b"Caf\xe9", "Caf\ufffd", id="not UTF-8"),
        pytest.param("us-ascii", "Café".encode(), "Café", id="X-60: 8 bits without a word"),
        pytest.param("iso-8859-1", b"Caf\xe9", "Café", id="Latin-1"),
        pytest.param("utf-16", "Terima".encode("utf-16"), "Terima", id="UTF-16"),
        pytest.param("\x00", b"Terima", "Terima", id="NUL"),
        pytest.param("x" * 3000, b"Terima", "Terima", id="a very long name"),
    ],
)
def test_text_is_decoded_whatever_it_says_of_itself(
    charset: str, body: bytes, first_line: str
) -> None:
    raw = with_type(f'text/plain; charset="{charset}"', body)
    assert read(raw).first_line == first_line


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        pytest.param(b"Subject: Laporan", "Laporan", id="plain"),
        pytest.param("Subject: Café".encode(), "Café", id="X-60: 8-bit header"),
        pytest.param(b"Subject: Caf\xe9", "Caf\ufffd", id="X-60: 8-bit header, not UTF-8"),
        pytest.param(b"Subject: =?utf-8?q?Caf=C3=A9?=", "Café", id="an encoded word"),
        pytest.param(b"Subject: =?x-none?q?a?=", "=?x-none?q?a?=", id="X-60: of no charset"),
        pytest.param(b"Subject: =?utf-8?b?a?=", "=?utf-8?b?a?=", id="X-60: bad base64"),
        pytest.param(b"Subject: =?utf-8?q?a=0D=0ABcc:_x=40y?=", "a Bcc: x@y", id="a line break"),
        pytest.param("Subject: a\u202eb\x1b[2Jc".encode(), "ab [2Jc", id="marks that hide text"),
        pytest.param(b"Subject: a\r\n b\r\n\tc", "a b c", id="folded"),
        pytest.param(b"X: y", "", id="none"),
    ],
)
def test_subject_is_one_safe_line(field: bytes, shown: str) -> None:
    assert read(field + b"\r\n\r\n").subject == shown


def test_x60_five_thousand_encoded_words_are_cut() -> None:
    raw = b"Subject: " + b"=?utf-8?q?a?= " * 4500 + b"\r\n\r\n"
    assert len(read(raw).subject) <= 300


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("text/plain; charset*=utf-8''%zz", id="bad percent"),
        pytest.param("text/plain; charset*0*=''; charset*1=utf", id="pieces"),
        pytest.param("text/plain; charset*=x'y", id="one quote"),
        pytest.param("text/plain; charset*99999999999999999999=a", id="a huge number"),
        pytest.param("text/plain; =; ;;; charset", id="no names"),
    ],
)
def test_x60_broken_parameters_do_no_harm(value: str) -> None:
    assert isinstance(read_inbound(with_type(value)), Inbound)


@pytest.mark.parametrize(
    ("fields", "header_id"),
    [
        pytest.param(b"", "", id="X-61: missing"),
        pytest.param(b"Message-ID: <a@b.id>\r\n", "<a@b.id>", id="as it should be"),
        pytest.param(b"Message-Id:\r\n <a@b.id>\r\n", "<a@b.id>", id="folded"),
        pytest.param(b"Message-ID: <a@b.id>\r\nMessage-ID: <c@d.id>\r\n", "", id="X-61: twice"),
        pytest.param(b"Message-ID: <[]@>\r\n", "<[]@>", id="X-61: odd, but data"),
        pytest.param(b'Message-ID: <a" OR "b>\r\n', "", id="X-61: blanks, for a search"),
        pytest.param(b"Message-ID: <a\r\n\x00b@c>\r\n", "", id="NUL"),
        pytest.param(b"Message-ID: <a\x0d\x0a A1 LOGOUT@b>\r\n", "", id="X-61: CRLF in it"),
        pytest.param(b"Message-ID: a@b.id\r\n", "", id="no brackets"),
        pytest.param(b"Message-ID: <" + b"x" * 300 + b">\r\n", "", id="too long"),
        pytest.param(f"Message-ID: {MESSAGE_ID}\r\n".encode(), MESSAGE_ID, id="X-61: ours"),
    ],
)
def test_message_id_is_one_word_or_nothing(fields: bytes, header_id: str) -> None:
    assert read(fields + HEAD + b"\r\n").header_id == header_id


@pytest.mark.parametrize(
    ("value", "sent_at"),
    [
        ("Mon, 06 Jul 2026 08:00:00 +0700", datetime(2026, 7, 6, 1, tzinfo=UTC)),
        ("Mon, 06 Jul 2026 08:00:00 -0000", datetime(2026, 7, 6, 8, tzinfo=UTC)),
        ("6 Jul 2026 08:00 GMT", datetime(2026, 7, 6, 8, tzinfo=UTC)),
        pytest.param("Thu, 01 Jan 1970 00:00:00 +0000", None, id="X-62: 1970"),
        pytest.param(
            "Thu, 01 Jan 2099 00:00:00 +0000", datetime(2099, 1, 1, tzinfo=UTC), id="2099"
        ),
        pytest.param("Mon, 06 Jul 2026 08:00:00 +9999", None, id="X-62: +9999"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 -1200", None, id="X-62: past the last year"),
        pytest.param("kemarin", None, id="X-62: unparsable"),
        pytest.param("", None, id="empty"),
        pytest.param("9" * 5000, None, id="5,000 digits"),
    ],
)
def test_date_is_a_time_or_nothing(value: str, sent_at: datetime | None) -> None:
    assert read(f"Date: {value}\r\n\r\n".encode()).sent_at == sent_at


def test_addresses_that_servers_wrote_come_first() -> None:
    raw = (
        b"To: Biro <b@x.id>, <c@x.id>\r\nDelivered-To: mail+b1.2@x.id\r\nCc: d@x.id\r\n"
        b"X-Original-To: e@x.id\r\nDelivered-To: mail+b1.2@x.id\r\n\r\n"
    )
    assert read(raw).addressed_to == ("mail+b1.2@x.id", "e@x.id", "b@x.id", "c@x.id", "d@x.id")


def test_hundred_addresses_are_enough() -> None:
    raw = b"To: " + b", ".join(b"a%d@x.id" % number for number in range(4000)) + b"\r\n\r\n"
    assert len(read(raw).addressed_to) == 100


def test_header_alone_is_a_mail_without_text() -> None:
    inbound = read(reply("TERIMA").partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
    assert inbound.mailboxes == (RECIPIENT,)
    assert inbound.no_text is NoText.NONE


def test_x64_forwarded_reply_is_no_reply() -> None:
    forwarded = b"--a\r\nContent-Type: message/rfc822\r\n\r\n" + reply("TERIMA") + b"\r\n--a--"
    inbound = read(with_type("multipart/mixed; boundary=a", forwarded))
    assert inbound.no_text is NoText.ATTACHMENT
    assert inbound.authentication == ()


@pytest.mark.parametrize("name", ["dsn", "qmail", "absence", "receipt", "calendar_reply"])
def test_mail_cut_off_anywhere_is_read(name: str) -> None:
    raw = from_file(name, ENVELOPE="", BLOCKS="Action: failed", SENDER=RECIPIENT, MARK="")
    for end in range(0, len(raw), 7):
        assert isinstance(read_inbound(raw[:end]), Inbound)
