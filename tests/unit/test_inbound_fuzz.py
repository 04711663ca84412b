"""Any octets at all: readers of what comes from outside give typed results, within limits.

The examples are the same in every run, and few enough for seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime
from unicodedata import category

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reminder.mail.authentication import authentication
from reminder.mail.bounces import delivery_for
from reminder.mail.inbound import (
    LONGEST_ADDRESS,
    LONGEST_LINE,
    LONGEST_SUBJECT,
    LONGEST_TEXT,
    MOST_ADDRESSES,
    MOST_DELIVERIES,
    Inbound,
    Kind,
    Unreadable,
)
from reminder.mail.inbound_headers import Fields, mailboxes
from reminder.mail.inbound_reading import read_inbound
from reminder.mail.inbound_wire import from_json, to_json
from reminder.mail.links import LinkGrant, sign_link, split_token, verify_link
from reminder.mail.replies import Command, NoCommand, read_command
from reminder.mail.sender_check import Sender, check_sender
from tests.inbound_mails import RECIPIENT, SERVER, WORDED, dsn, from_file, reply, worded_bounce

bounded = settings(
    max_examples=300,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
SECRET = "a-secret-key-of-at-least-32-characters"
GRANT = LinkGrant(
    "AAECAwQFBgcICQoLDA0ODw", "act", 7, 1, RECIPIENT, datetime(2026, 6, 30, tzinfo=UTC)
)
TOKEN = sign_link(GRANT, SECRET)

SEEDS = [
    dsn(envelope_id="abc"),
    reply("TERIMA\n"),
    from_file("calendar_reply"),
    from_file("receipt"),
    *(worded_bounce(name) for name in WORDED),
]
PIECES = st.sampled_from(
    [
        b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"--a", b"--a--", b"\x00", b"\xff", b"(", b")", b"<",
        b">", b'"', b"\\", b"@", b",", b";", b":", b"=?utf-8?q?", b"?=", b"TERIMA", b"TUNDA 14",
        b"5.1.1", b"From: a@b.id\r\n", b"From: ", b"Content-Type: multipart/mixed; boundary=a\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=a\r\n",
        b"Content-Type: message/delivery-status\r\n\r\n", b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/calendar; method=REPLY\r\n", b"Content-Type: text/plain; charset=",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Disposition: attachment\r\n",
        b"Action: failed\r\n", b"Status: ", b"Final-Recipient: rfc822; ", b"Diagnostic-Code: ",
        b"Authentication-Results: ", b"Date: ", b"Message-ID: ", b"Return-Path: <>\r\n",
        b"Auto-Submitted: ", b"Received: x\r\n", b"Subject: ", b"> ", b"charset*0*=''%zz",
        b"Y" * 500,
    ]
)  # fmt: skip
OCTETS = st.lists(PIECES | st.binary(max_size=20), max_size=60).map(b"".join)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real mail in which pieces are cut out, repeated or replaced."""
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(raw) - 1)))
        end = min(len(raw), start + draw(st.integers(0, 200)))
        raw[start:end] = draw(PIECES | st.binary(max_size=30) | st.just(bytes(raw[start:end]) * 3))
    return bytes(raw)


def check_limits(found: Inbound) -> None:
    """What a mail may be at most, whatever it was."""
    assert len(found.subject) <= LONGEST_SUBJECT
    assert len(found.sender) <= LONGEST_ADDRESS
    assert len(found.first_line) <= LONGEST_LINE
    assert len(found.own_text) <= LONGEST_TEXT
    assert len(found.addressed_to) <= MOST_ADDRESSES
    assert len(found.deliveries) <= MOST_DELIVERIES + 1
    for shown in (found.subject, found.sender, *(one.diagnostic for one in found.deliveries)):
        # Nothing that ends a line, moves the cursor or cannot be stored.
        assert not {category(one) for one in shown} & {"Cc", "Cs", "Zl", "Zp"}
    if found.deliveries or found.machine is not None:
        assert found.kind not in (Kind.REPLY, Kind.OTHER)


@bounded
@given(OCTETS | damaged())
def test_any_octets_are_read_or_put_aside(raw: bytes) -> None:
    found = read_inbound(raw)
    assert isinstance(found, Inbound | Unreadable)
    assert from_json(to_json(found)) == found
    if isinstance(found, Unreadable):
        return
    check_limits(found)
    assert isinstance(read_command(found), Command | NoCommand)
    assert isinstance(check_sender(found, SERVER, RECIPIENT), Sender)
    delivery_for(found.deliveries, RECIPIENT)


@bounded
@given(st.text(max_size=60) | st.sampled_from(["TERIMA", "TUNDA 7"]), st.text(max_size=30))
def test_only_a_line_of_ours_is_a_command(first: str, rest: str) -> None:
    text = f"{first}\n{rest}".encode("utf-8", "replace")
    found = read_inbound(b"From: a@b.id\nContent-Type: text/plain; charset=utf-8\n\n" + text)
    assert isinstance(found, Inbound)
    if isinstance(read_command(found), Command):
        words = found.first_line.casefold().rstrip(".!").split()
        assert words[0] in ("terima", "setuju", "ack", "tunda", "snooze")
        assert len(words) <= 2


@bounded
@given(st.lists(PIECES | st.binary(max_size=20), max_size=30).map(b"".join))
def test_any_block_of_a_notification_gives_typed_results(block: bytes) -> None:
    raw = dsn().replace(b"Final-Recipient", block + b"\r\nFinal-Recipient")
    found = read_inbound(raw)
    assert isinstance(found, Inbound | Unreadable)
    if isinstance(found, Inbound):
        check_limits(found)


@bounded
@given(st.text(st.characters(max_codepoint=0x2100, exclude_categories=["Cs"]), max_size=200))
def test_any_from_field_is_one_mailbox_or_in_doubt(value: str) -> None:
    found = mailboxes(Fields({"from": [value]}))
    assert all(one.count("@") >= 1 for one in found)
    if len(found) == 1:
        # Whoever looks for the address with plain eyes finds the same one.
        assert found[0] in value


A_R = st.lists(
    st.sampled_from(
        [
            SERVER, ";", " ", "dmarc", "=", "pass", "fail", "header.from", ".",
            "biro.example.go.id", "(", ")", '"', "\\", "none", "spf", "smtp.mailfrom", "reason",
            "1", "2", "/", "@", "\r\n ",
        ]
    )
    | st.text(max_size=5),
    max_size=60,
).map("".join)  # fmt: skip


@bounded
@given(A_R)
def test_any_authentication_results_are_read_or_nobodys(value: str) -> None:
    (found,) = authentication(Fields({"authentication-results": [value]}))
    assert found.authserv_id == found.authserv_id.lower()
    inbound = Inbound(Kind.REPLY, from_fields=1, mailboxes=(RECIPIENT,), authentication=(found,))
    if check_sender(inbound, SERVER, RECIPIENT) is Sender.GENUINE:
        assert value.strip().lower().startswith((SERVER, "(", " "))
        assert "dmarc" in value.lower()
        assert "pass" in value.lower()


@bounded
@given(st.text(max_size=300) | st.integers(0, len(TOKEN)).map(lambda at: TOKEN[:at]))
def test_any_token_is_refused_or_ours(token: str) -> None:
    split = split_token(token)
    assert split is None or len(split[1]) == 22
    assert verify_link(token, GRANT, SECRET) is (token == TOKEN)


@bounded
@given(st.integers(0, len(TOKEN) - 1), st.characters())
def test_token_with_another_character_opens_nothing(at: int, character: str) -> None:
    changed = TOKEN[:at] + character + TOKEN[at + 1 :]
    assert verify_link(changed, GRANT, SECRET) is (changed == TOKEN)
