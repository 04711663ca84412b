"""What bounces say, with a part for programs and with words only."""

from __future__ import annotations

import pytest

from reminder.mail.bounces import delivery_for
from reminder.mail.fates import fate_of_refusal
from reminder.mail.inbound import Delivery, Fate, Inbound, Kind
from reminder.mail.inbound_reading import read_inbound
from tests.inbound_mails import (
    MESSAGE_ID,
    RECIPIENT,
    RETURN,
    WORDED,
    dsn,
    from_file,
    reply,
    worded_bounce,
)


def read(raw: bytes) -> Inbound:
    """A mail that can be read."""
    found = read_inbound(raw)
    assert isinstance(found, Inbound)
    return found


def fate(raw: bytes) -> Fate | None:
    """What became of the copy for the recipient."""
    found = delivery_for(read(raw).deliveries, RECIPIENT)
    return None if found is None else found.fate


def test_notification_says_everything_that_is_asked_of_it() -> None:
    inbound = read(dsn(envelope_id="abc.def", original=RECIPIENT))
    assert inbound.kind is Kind.BOUNCE
    assert inbound.envelope_id == "abc.def"
    assert inbound.returned_id == MESSAGE_ID
    assert inbound.addressed_to[0] == RETURN
    assert inbound.deliveries == (
        Delivery(
            Fate.DEAD, RECIPIENT, RECIPIENT, "failed", "5.1.1", "smtp; 550 5.1.1 User unknown"
        ),
    )


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind", "expected"),
    [
        ("failed", "5.1.1", "", Kind.BOUNCE, Fate.DEAD),
        (
            "Failed",
            "5.1.10",
            "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound",
            Kind.BOUNCE,
            Fate.DEAD,
        ),
        ("failed", "5.2.1", "", Kind.BOUNCE, Fate.DEAD),
        ("failed", "5.2.1", "receiving mail at a rate that", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "5.0.0", "smtp; 550 5.1.1 unknown", Kind.BOUNCE, Fate.DEAD),
        ("failed", "5.5.0", "smtp; 550 mailbox unavailable", Kind.BOUNCE, Fate.DEAD),
        ("failed", "5.4.1", "Recipient address rejected: Access denied", Kind.BOUNCE, Fate.DEAD),
        ("failed", "", "smtp; 553 no such user", Kind.BOUNCE, Fate.DEAD),
        ("failed", "", "", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "5.0.0", "smtp; 550 refused", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "5.2.2", "", Kind.BOUNCE, Fate.FULL),
        ("failed", "4.2.2", "", Kind.BOUNCE, Fate.FULL),
        ("failed", "5.0.0", "smtp; 552 mailbox full", Kind.BOUNCE, Fate.FULL),
        ("failed", "4.4.7", "expired; no such user", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "", "smtp; 450 mailbox unavailable", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "5.4.4", "Host not found", Kind.BOUNCE, Fate.UNREACHED),
        ("failed", "5.7.1", "smtp; 550 5.7.1 spam", Kind.BOUNCE, Fate.CONTENT),
        ("failed", "5.7.1", "user unknown", Kind.BOUNCE, Fate.CONTENT),
        ("failed", "5.6.1", "", Kind.BOUNCE, Fate.CONTENT),
        ("failed", "5.3.4", "message too big", Kind.BOUNCE, Fate.CONTENT),
        ("failed", "5.1.8", "bad sender", Kind.BOUNCE, Fate.CONTENT),
        ("failed", "", "550 Sender address rejected: User unknown", Kind.BOUNCE, Fate.CONTENT),
        ("delayed", "4.4.1", "", Kind.DELAYED, Fate.DELAYED),
        ("delayed", "", "550 5.1.1 user unknown", Kind.DELAYED, Fate.DELAYED),
        ("delivered", "2.1.5", "", Kind.DELIVERED, Fate.DELIVERED),
        ("relayed", "2.0.0", "", Kind.DELIVERED, Fate.DELIVERED),
        ("expanded", "2.0.0", "", Kind.DELIVERED, Fate.DELIVERED),
    ],
)
def test_code_and_action_decide(
    action: str, status: str, diagnostic: str, kind: Kind, expected: Fate
) -> None:
    raw = dsn(action=action, status=status, diagnostic=diagnostic)
    assert read(raw).kind is kind
    assert fate(raw) is expected


@pytest.mark.parametrize(
    ("action", "status"),
    [
        pytest.param("failed", "2.0.0", id="X-58: failed with a code of success"),
        pytest.param("delayed", "2.0.0", id="delayed with a code of success"),
        pytest.param("delivered", "5.1.1", id="X-58: delivered with a code of failure"),
        pytest.param("", "5.1.1", id="no action"),
        pytest.param("exploded", "5.1.1", id="an action that does not exist"),
    ],
)
def test_notification_that_contradicts_itself_says_nothing(action: str, status: str) -> None:
    # Its words do say that the mail could not be delivered.
    inbound = read(dsn(action=action, status=status))
    assert (inbound.kind, inbound.deliveries) == (Kind.AUTO, ())


@pytest.mark.parametrize("name", WORDED)
def test_x58_bounce_in_words_is_understood(name: str) -> None:
    inbound = read(worded_bounce(name))
    assert inbound.kind is Kind.BOUNCE
    assert inbound.machine is not None
    assert RETURN in inbound.addressed_to
    assert [one.fate for one in inbound.deliveries] == [Fate.DEAD]
    assert inbound.deliveries[0].final == RECIPIENT


def test_words_of_the_mail_that_is_sent_back_are_not_those_of_the_server() -> None:
    # It says that a mailbox is full.
    assert fate(worded_bounce("qmail")) is Fate.DEAD


def test_warning_in_words_is_a_delay() -> None:
    inbound = read(from_file("exim_delay"))
    assert (inbound.kind, [one.fate for one in inbound.deliveries]) == (
        Kind.DELAYED,
        [Fate.DELAYED],
    )


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param("Sorry, I couldn't find any host. (#5.1.2)", Fate.DEAD, id="no such domain"),
        pytest.param("mailbox is full (#5.2.2)", Fate.FULL, id="full"),
        pytest.param("user over quota", Fate.FULL, id="full, in words"),
        pytest.param("554 blocked using zen.spamhaus.org", Fate.CONTENT, id="a block list"),
        pytest.param("552 message size exceeds the size limit", Fate.CONTENT, id="too big"),
        pytest.param(
            "I'm not going to try again; too long in the queue.", Fate.UNREACHED, id="old"
        ),
        pytest.param("tidak dikenal oleh kami", Fate.UNREACHED, id="unknown is what?"),
        pytest.param("Alamat email ini tidak terdaftar", Fate.DEAD, id="in Indonesian"),
        pytest.param("This user doesn't have a example.com account", Fate.DEAD, id="no account"),
        pytest.param("Connected to 5.1.1.7 but it hung up.", Fate.UNREACHED, id="an IP address"),
        pytest.param("Version 5.1.10.3 of something", Fate.UNREACHED, id="a version"),
    ],
)
def test_words_decide_where_there_is_no_part_for_programs(told: str, expected: Fate) -> None:
    raw = worded_bounce("qmail").replace(
        b"Sorry, no mailbox here by that name. (#5.1.1)", told.encode()
    )
    assert fate(raw) is expected


def test_several_recipients_in_words_each_have_their_own() -> None:
    raw = worded_bounce("qmail").replace(
        b"--- Below", b"<lain@biro.example.go.id>:\r\nmailbox full (#5.2.2)\r\n\r\n--- Below"
    )
    assert [(one.final, one.fate) for one in read(raw).deliveries] == [
        (RECIPIENT, Fate.DEAD),
        ("lain@biro.example.go.id", Fate.FULL),
    ]


def test_persons_mail_is_no_bounce_whatever_it_says() -> None:
    text = "Your message could not be delivered: 550 5.1.1 User unknown\n"
    text += f"\nFinal-Recipient: rfc822; {RECIPIENT}\nAction: failed\nStatus: 5.1.1\n"
    inbound = read(reply(text))
    assert (inbound.kind, inbound.deliveries) == (Kind.REPLY, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "multipart/report; report-type=delivery-status", "multipart/mixed", id="mixed"
        ),
        pytest.param(
            "Content-Type: message/delivery-status", "Content-Type: text/plain", id="text"
        ),
        pytest.param(
            "Content-Type: message/delivery-status",
            "Content-Type: message/global-delivery-status",
            id="RFC 6533",
        ),
        pytest.param("report-type=delivery-status", "report-type=x", id="another report type"),
    ],
)
def test_x58_notification_with_a_wrong_label_is_read(old: str, new: str) -> None:
    raw = dsn().replace(old.encode(), new.encode())
    assert new.encode() in raw
    assert fate(raw) is Fate.DEAD


def test_notification_inside_a_forwarded_mail_is_not_about_us() -> None:
    head = b"From: petugas@biro.example.go.id\r\nContent-Type: message/rfc822\r\n\r\n"
    assert read(head + dsn()).deliveries == ()


def test_x58_thousand_recipients_are_read_and_more_are_put_aside() -> None:
    assert len(read(dsn(blocks=1000)).deliveries) == 1000
    assert not isinstance(read_inbound(dsn(blocks=3000)), Inbound)


def test_notification_cut_off_in_the_middle_says_nothing() -> None:
    raw = dsn()
    assert read(raw[: raw.index(b"Final-Recipient")]).deliveries == ()


def some(fate: Fate, final: str, original: str = "") -> Delivery:
    """What a bounce may say of one recipient."""
    return Delivery(fate, final, original)


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        pytest.param((), None, id="nothing"),
        pytest.param((some(Fate.DEAD, RECIPIENT.upper()),), Fate.DEAD, id="ours, in capitals"),
        pytest.param((some(Fate.DEAD, ""),), Fate.DEAD, id="nobody named: it was ours"),
        pytest.param((some(Fate.DEAD, "a@b.id"),), Fate.DEAD, id="forwarded to one address"),
        pytest.param(
            (some(Fate.DELIVERED, RECIPIENT), some(Fate.DEAD, "a@b.id")),
            Fate.DELIVERED,
            id="another one is gone",
        ),
        pytest.param(
            (some(Fate.DEAD, "a@b.id"), some(Fate.DELAYED, "c@d.id")),
            Fate.UNREACHED,
            id="one of a list is gone",
        ),
        pytest.param(
            (some(Fate.DEAD, "a@b.id", RECIPIENT), some(Fate.DELIVERED, "c@d.id", RECIPIENT)),
            Fate.UNREACHED,
            id="one of those that ours forwards to is gone",
        ),
        pytest.param(
            (some(Fate.DELAYED, RECIPIENT), some(Fate.FULL, RECIPIENT)), Fate.FULL, id="the worse"
        ),
    ],
)
def test_part_about_our_recipient_counts(
    deliveries: tuple[Delivery, ...], expected: Fate | None
) -> None:
    found = delivery_for(deliveries, RECIPIENT)
    assert (None if found is None else found.fate) is expected


def test_only_a_failure_is_one() -> None:
    assert [one for one in Fate if not one.is_failure] == [Fate.DELAYED, Fate.DELIVERED]


def test_long_words_are_judged_quickly() -> None:
    assert fate_of_refusal("", "user " * 200_000) is Fate.UNREACHED
