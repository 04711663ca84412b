"""What a reply asks for: only by the whole first line of its text."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from reminder.mail.inbound import Inbound, Kind, NoText
from reminder.mail.inbound_reading import read_inbound
from reminder.mail.replies import Command, NoCommand, Wish, read_command
from tests.inbound_mails import RECIPIENT, reply

ACKNOWLEDGE = Command(Wish.ACKNOWLEDGE)


def read(raw: bytes) -> Inbound:
    """A mail that can be read."""
    found = read_inbound(raw)
    assert isinstance(found, Inbound)
    return found


def html_only() -> bytes:
    """A reply that has its text as HTML and no other."""
    mail = EmailMessage()
    mail["From"] = RECIPIENT
    mail.set_content("<p>TERIMA</p>", subtype="html")
    return mail.as_bytes()


def with_attachment(first: str, *, inline: bool = False) -> bytes:
    """A reply with *first* as its text, and a file that says TERIMA."""
    mail = EmailMessage()
    mail["From"] = RECIPIENT
    mail.set_content(first)
    disposition = "inline" if inline else "attachment"
    mail.add_attachment("TERIMA\n", disposition=disposition, filename="jawaban.txt")
    return mail.as_bytes()


def attachment_only() -> bytes:
    """A mail that is one attached text."""
    mail = EmailMessage()
    mail["From"] = RECIPIENT
    mail.set_content("TERIMA\n")
    mail["Content-Disposition"] = 'attachment; filename="jawaban.txt"'
    return mail.as_bytes()


def with_html_too(plain: str) -> bytes:
    """A reply as most mail programs write it."""
    mail = EmailMessage()
    mail["From"] = RECIPIENT
    mail.set_content(plain)
    mail.add_alternative("<p>apa saja</p>", subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize(
    ("text", "command"),
    [
        pytest.param("TERIMA", ACKNOWLEDGE, id="the word"),
        pytest.param("SETUJU", ACKNOWLEDGE, id="another word for it"),
        pytest.param("ACK", ACKNOWLEDGE, id="in English"),
        pytest.param("terima", ACKNOWLEDGE, id="small letters"),
        pytest.param("Terima.", ACKNOWLEDGE, id="a full stop, as phones write it"),
        pytest.param("Setuju!", ACKNOWLEDGE, id="an exclamation mark"),
        pytest.param("  \t TERIMA \t ", ACKNOWLEDGE, id="blanks around"),
        pytest.param("\n\n \nTERIMA", ACKNOWLEDGE, id="some blank lines before"),
        pytest.param("\ufeffTERIMA", ACKNOWLEDGE, id="a byte order mark before"),
        pytest.param("TERIMA\n\nPada Sen, Pengingat menulis:\n> TUNDA 14", ACKNOWLEDGE, id="quote"),
        pytest.param("TERIMA\nTUNDA 14", ACKNOWLEDGE, id="only the first line"),
        pytest.param("TUNDA 14", Command(Wish.SNOOZE, 14), id="the longest"),
        pytest.param("tunda 1", Command(Wish.SNOOZE, 1), id="the shortest"),
        pytest.param("SNOOZE   7.", Command(Wish.SNOOZE, 7), id="in English"),
        pytest.param("TUNDA 07", Command(Wish.SNOOZE, 7), id="a zero before"),
    ],
)
def test_first_line_is_the_command(text: str, command: Command) -> None:
    assert read_command(read(reply(text))) == command


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("TERIMA KASIH", NoCommand.WORDS, id="thanks are no acknowledgement"),
        pytest.param("TIDAK SETUJU", NoCommand.WORDS, id="X-57: not agreed"),
        pytest.param("SETUJU?", NoCommand.WORDS, id="a question"),
        pytest.param("TERIMA..", NoCommand.WORDS, id="two full stops"),
        pytest.param("*TERIMA*", NoCommand.WORDS, id="marked as bold"),
        pytest.param('"TERIMA"', NoCommand.WORDS, id="in quotation marks"),
        pytest.param("Yth. Bapak\nTERIMA", NoCommand.WORDS, id="in the second line"),
        pytest.param("ТЕRІМА", NoCommand.WORDS, id="letters that only look like it"),
        pytest.param("ſetuju", NoCommand.WORDS, id="a letter that folds to ours"),
        pytest.param("TER\u200bIMA", NoCommand.WORDS, id="an invisible letter in it"),
        pytest.param("TUNDA 2 minggu", NoCommand.WORDS, id="weeks"),
        pytest.param("TUNDA", NoCommand.WORDS, id="no number"),
        pytest.param("TUNDA14", NoCommand.WORDS, id="no blank"),
        pytest.param("TUNDA -3", NoCommand.WORDS, id="less than nothing"),
        pytest.param("TUNDA 1.5", NoCommand.WORDS, id="a day and a half"),
        pytest.param("TUNDA ١٤", NoCommand.WORDS, id="digits of another script"),
        pytest.param("TUNDA 1" + "0" * 5000, NoCommand.WORDS, id="a number of 5,000 digits"),
        pytest.param("TUNDA 0", NoCommand.DAYS, id="no day"),
        pytest.param("TUNDA 15", NoCommand.DAYS, id="one day too many"),
        pytest.param("TUNDA 999999999", NoCommand.DAYS, id="for ever"),
        pytest.param("> TERIMA", NoCommand.QUOTED, id="X-57: quoted"),
        pytest.param(">TERIMA\n\nTERIMA", NoCommand.QUOTED, id="X-57: quoted first"),
        pytest.param("Pada Sen, Biro menulis:\n> TERIMA", NoCommand.WORDS, id="X-57: reply below"),
        pytest.param("", NoCommand.NO_TEXT, id="nothing"),
        pytest.param(" \n\t\n", NoCommand.NO_TEXT, id="blanks"),
        pytest.param(
            "\n" * 1_000_000 + "TERIMA", NoCommand.NO_TEXT, id="X-57: below 1 MB of lines"
        ),
        pytest.param(" " * 1_000_000 + "TERIMA", NoCommand.NO_TEXT, id="behind 1 MB of blanks"),
        pytest.param("TERIMA" + "x" * 1_000_000, NoCommand.WORDS, id="a line of 1 MB"),
    ],
)
def test_everything_else_is_for_a_person(text: str, reason: NoCommand) -> None:
    assert read_command(read(reply(text))) is reason


@pytest.mark.parametrize(
    ("raw", "reason", "no_text"),
    [
        pytest.param(html_only(), NoCommand.NO_TEXT, NoText.HTML_ONLY, id="X-57: HTML only"),
        pytest.param(
            attachment_only(), NoCommand.NO_TEXT, NoText.ATTACHMENT, id="X-57: an attachment only"
        ),
        pytest.param(with_attachment("Lihat lampiran"), NoCommand.WORDS, None, id="X-57: attached"),
        pytest.param(
            with_attachment("\n"), NoCommand.NO_TEXT, NoText.NONE, id="X-57: attached, no text"
        ),
        pytest.param(
            with_attachment("Lihat", inline=True), NoCommand.WORDS, None, id="X-57: inline file"
        ),
        pytest.param(
            reply("\n", subject="TERIMA"), NoCommand.NO_TEXT, NoText.NONE, id="X-57: in the subject"
        ),
    ],
)
def test_words_in_another_place_are_no_command(
    raw: bytes, reason: NoCommand, no_text: NoText | None
) -> None:
    inbound = read(raw)
    assert read_command(inbound) is reason
    assert inbound.no_text is no_text
    assert inbound.kind is (Kind.OTHER if no_text else Kind.REPLY)


def test_text_beside_html_is_read() -> None:
    assert read_command(read(with_html_too("TERIMA\n"))) == ACKNOWLEDGE


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"TERIMA\rtidak jadi\r\n", id="X-65: a bare CR hides words"),
        pytest.param(b"TERIMA\x0btidak jadi\r\n", id="a vertical tab"),
        pytest.param(b"TERIMA\x00\r\n", id="NUL"),
        pytest.param("TERIMA\u2028tidak".encode(), id="a line break that mail does not know"),
    ],
)
def test_line_that_shows_otherwise_than_it_reads_is_no_command(body: bytes) -> None:
    head = b"From: petugas@biro.example.go.id\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    assert read_command(read(head + body)) is NoCommand.WORDS


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"Terlampir.\n.\nTERIMA\n", id="X-65: bare LF and a dot"),
        pytest.param(
            b"Terlampir.\n.\r\nMAIL FROM:<a@b>\r\n\r\nTERIMA\r\n", id="X-65: a second mail"
        ),
        pytest.param(b"Terlampir.\r\n\r\nFrom: x@y.id\r\n\r\nTERIMA\r\n", id="X-65: a second head"),
    ],
)
def test_second_mail_inside_the_text_stays_text(body: bytes) -> None:
    head = b"From: petugas@biro.example.go.id\r\nSubject: x\r\n\r\n"
    inbound = read(head + body)
    assert read_command(inbound) is NoCommand.WORDS
    assert inbound.mailboxes == ("petugas@biro.example.go.id",)


def test_own_words_end_where_the_quotation_begins() -> None:
    text = "TERIMA\nAkan kami siapkan.\n\nOn Mon, Pengingat wrote:\n> [H-30] Laporan\n"
    assert read(reply(text)).own_text == "TERIMA\nAkan kami siapkan."


def test_own_words_are_safe_to_show_and_bounded() -> None:
    text = "a\x1b[31mb\u202e\n" + "kata " * 10_000
    shown = read(reply(text)).own_text
    assert shown.startswith("a [31mb\n")
    assert len(shown) <= 2000
    assert all(character == "\n" or character.isprintable() for character in shown)
