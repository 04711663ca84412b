"""Attachments of composed mails, read back as a mail program reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from reminder.errors import MailRefused
from reminder.mail.compose import MailHeaders, compose
from reminder.mail.headers import Mailbox

if TYPE_CHECKING:
    from email.message import EmailMessage

HEADERS = MailHeaders(
    message_id="<abc@example.go.id>",
    date=datetime(2026, 8, 3, 1, 0, tzinfo=UTC),
    sender=Mailbox("Pengingat", "pengingat@example.go.id"),
    recipient=Mailbox("Budi", "kepala@biro.example.go.id"),
    language="id",
    list_id="pengingat.example.go.id",
)


@dataclass(frozen=True)
class Text:
    subject: str = "Rekapitulasi"
    text: str = "Yth. Bapak/Ibu\n"
    html: str = '<html><body><img src="cid:chart.abc@example.go.id" alt="x"></body></html>\n'


@dataclass(frozen=True)
class File:
    media_type: str = "image/png"
    name: str = "laporan.png"
    content_id: str = "chart.abc@example.go.id"
    data: bytes = bytes(range(256)) * 40


IMAGE = File()
CALENDAR = File("text/calendar; charset=utf-8; method=PUBLISH", "batas-waktu.ics", "", b"BEGIN:X\n")


def read(*files: File) -> EmailMessage:
    return message_from_bytes(compose(Text(), HEADERS, {}, files), policy=policy.default)


def shape(part: EmailMessage) -> object:
    if not part.is_multipart():
        return part.get_content_type()
    return [part.get_content_type(), *(shape(inner) for inner in part.iter_parts())]  # type: ignore[arg-type]


def test_image_stands_beside_the_html_that_shows_it() -> None:
    mail = read(IMAGE)
    assert shape(mail) == [
        "multipart/alternative",
        "text/plain",
        ["multipart/related", "text/html", "image/png"],
    ]
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert image["Content-ID"] == "<chart.abc@example.go.id>"
    assert image.get_content_disposition() == "inline"
    assert image.get_filename() == "laporan.png"
    assert image.get_payload(decode=True) == IMAGE.data
    html = mail.get_body(("html",))
    assert html is not None
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in html.get_content()


def test_file_to_save_comes_after_the_text() -> None:
    mail = read(CALENDAR)
    assert shape(mail) == [
        "multipart/mixed",
        ["multipart/alternative", "text/plain", "text/html"],
        "text/calendar",
    ]
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "batas-waktu.ics"
    assert file.get_content_disposition() == "attachment"
    assert file.get_param("method") == "PUBLISH"
    assert file.get_payload(decode=True) == b"BEGIN:X\n"


def test_images_and_files_go_together() -> None:
    mail = read(CALENDAR, IMAGE, replace(IMAGE, content_id="two@example.go.id", name="2.png"))
    assert shape(mail) == [
        "multipart/mixed",
        [
            "multipart/alternative",
            "text/plain",
            ["multipart/related", "text/html", "image/png", "image/png"],
        ],
        "text/calendar",
    ]
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Yth. Bapak/Ibu"]


def test_repeat_has_the_same_bytes_and_the_boundaries_differ() -> None:
    raw = compose(Text(), HEADERS, {}, (IMAGE, CALENDAR))
    assert raw == compose(Text(), HEADERS, {}, (IMAGE, CALENDAR))
    boundaries = re.findall(rb'boundary="([^"]+)"', raw)
    assert len(set(boundaries)) == 3
    other = compose(Text(), replace(HEADERS, message_id="<def@example.go.id>"), {}, (IMAGE,))
    assert set(re.findall(rb'boundary="([^"]+)"', other)).isdisjoint(boundaries)


def test_lines_are_short_and_end_in_crlf() -> None:
    raw = compose(Text(), HEADERS, {}, (IMAGE, CALENDAR))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) < 200


def test_mail_without_attachments_is_as_it_ever_was() -> None:
    assert compose(Text(), HEADERS) == compose(Text(), HEADERS, {}, ())
    assert shape(read()) == ["multipart/alternative", "text/plain", "text/html"]


def test_redirected_mail_keeps_its_image() -> None:
    redirected = replace(HEADERS, redirect_to=Mailbox("", "uji@example.go.id"))
    raw = compose(Text(), redirected, {}, (IMAGE,))
    mail = message_from_bytes(raw, policy=policy.default)
    assert shape(mail) == shape(read(IMAGE))
    assert mail["To"] == "uji@example.go.id"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(replace(IMAGE, name='a"; x="b.png'), id="a name that ends its quotes"),
        pytest.param(replace(IMAGE, name="a\r\nBcc: x@example.org"), id="a line break"),
        pytest.param(replace(IMAGE, name="../laporan.png"), id="a path"),
        pytest.param(replace(IMAGE, name="laporan semester é.png"), id="other letters"),
        pytest.param(replace(IMAGE, name=""), id="no name"),
        pytest.param(replace(IMAGE, media_type="image/png\r\nX: y"), id="a type with a header"),
        pytest.param(replace(IMAGE, media_type="png"), id="no type"),
        pytest.param(replace(IMAGE, content_id="<a@b>"), id="brackets twice"),
        pytest.param(replace(IMAGE, content_id="a b@c"), id="a blank"),
    ],
)
def test_value_that_is_none_of_a_header_is_refused(file: File) -> None:
    with pytest.raises(MailRefused):
        compose(Text(), HEADERS, {}, (file,))
