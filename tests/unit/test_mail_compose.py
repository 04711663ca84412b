"""Composed mails: their headers, their bytes, and what never becomes one."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reminder.errors import MailRefused
from reminder.mail.compose import MailHeaders, compose, list_id_for, with_links
from reminder.mail.headers import LINE, Mailbox, ascii_address, parse_mailbox

URL = "https://pengingat.example.go.id/a/1.AAECAwQFBgcICQoLDA0ODw.AAECAwQFBgcICQoLDA0ODw"
LINKS = {"1": URL}


@dataclass(frozen=True)
class Frozen:
    """Content as the database keeps it."""

    subject: str = "[H-90] MoU Sister Province Contoh - Queensland berakhir 6 Agustus 2024"
    text: str = "Yth. Kepala Biro\n\nreminder-link:1\n"
    html: str = '<html><body class="x"><a href="reminder-link:1">Catat</a></body></html>\n'


HEADERS = MailHeaders(
    message_id="<ABCDEFGHIJKLMNOPQRSTUVWXYZ@biro.example.go.id>",
    date=datetime(2024, 5, 8, 1, 0, tzinfo=UTC),
    sender=Mailbox("Pengingat Kerja Sama", "pengingat@biro.example.go.id"),
    recipient=Mailbox("Siti Rahmawati, S.Sos.", "petugas@biro.example.go.id"),
    language="id",
    list_id="pengingat-kerja-sama-daerah.biro.example.go.id",
    service_name="Pengingat Kerja Sama Daerah",
    reply_to=Mailbox("", "admin@biro.example.go.id"),
    thread_id="<ROOTROOTROOTROOTROOTROOTRO@biro.example.go.id>",
)


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert all(part.defects == [] for part in message.walk())
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def test_mail_has_the_headers_of_a_well_behaved_service() -> None:
    message = parsed(compose(Frozen(), HEADERS, LINKS))
    assert list(message.items()) == [
        ("Message-ID", "<ABCDEFGHIJKLMNOPQRSTUVWXYZ@biro.example.go.id>"),
        ("Date", "Wed, 08 May 2024 01:00:00 +0000"),
        ("From", "Pengingat Kerja Sama <pengingat@biro.example.go.id>"),
        ("To", '"Siti Rahmawati, S.Sos." <petugas@biro.example.go.id>'),
        ("Subject", Frozen().subject),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        (
            "List-Id",
            "Pengingat Kerja Sama Daerah <pengingat-kerja-sama-daerah.biro.example.go.id>",
        ),
        ("Content-Language", "id"),
        ("Reply-To", "admin@biro.example.go.id"),
        ("In-Reply-To", "<ROOTROOTROOTROOTROOTROOTRO@biro.example.go.id>"),
        ("References", "<ROOTROOTROOTROOTROOTROOTRO@biro.example.go.id>"),
        ("MIME-Version", "1.0"),
        ("Content-Type", message["Content-Type"]),
    ]
    assert message.get_content_type() == "multipart/alternative"
    kinds = [(p.get_content_type(), p.get_content_charset()) for p in message.iter_parts()]
    assert kinds == [("text/plain", "utf-8"), ("text/html", "utf-8")]


def test_parts_come_back_as_they_were_with_the_links_in_place() -> None:
    message = parsed(compose(Frozen(), HEADERS, LINKS))
    assert part(message, "plain") == f"Yth. Kepala Biro\n\n{URL}\n"
    assert part(message, "html") == Frozen().html.replace("reminder-link:1", URL)


def test_mail_is_the_same_to_the_byte_each_time() -> None:
    assert compose(Frozen(), HEADERS, LINKS) == compose(Frozen(), HEADERS, LINKS)


def test_optional_headers_stay_away_where_nothing_is_to_be_said() -> None:
    plain = replace(HEADERS, reply_to=None, thread_id="")
    message = parsed(compose(Frozen(), plain, LINKS))
    assert not {"Reply-To", "References", "In-Reply-To"} & set(message.keys())


def test_unsubscribing_is_offered_to_mail_programs_over_https_only() -> None:
    url = "https://pengingat.example.go.id/unsubscribe/1." + "a" * 22 + "." + "b" * 22
    mail = parsed(compose(Frozen(), replace(HEADERS, unsubscribe=url), LINKS))
    assert mail["List-Unsubscribe"] == f"<{url}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = url.replace("https:", "http:")
    mail = parsed(compose(Frozen(), replace(HEADERS, unsubscribe=plain), LINKS))
    assert mail["List-Unsubscribe"] == f"<{plain}>"
    assert mail["List-Unsubscribe-Post"] is None


def test_repeat_is_marked_and_otherwise_identical() -> None:
    mark = "attempt=2; first=2024-05-08T01:00:00+00:00"
    first = compose(Frozen(), HEADERS, LINKS)
    second = compose(Frozen(), replace(HEADERS, possible_duplicate=mark), LINKS)
    assert parsed(second)["X-Possible-Duplicate"] == mark
    assert first != second
    assert second.replace(f"X-Possible-Duplicate: {mark}\r\n".encode(), b"") == first


def test_redirected_mail_goes_to_one_address_and_names_the_true_one_in_both_parts() -> None:
    redirected = replace(HEADERS, redirect_to=Mailbox("", "uji@example.go.id"))
    message = parsed(compose(Frozen(), redirected, LINKS))
    assert message["To"] == "uji@example.go.id"
    assert message["X-Reminder-Original-To"] == "petugas@biro.example.go.id"
    note = "Penerima sebenarnya: Siti Rahmawati, S.Sos. <petugas@biro.example.go.id>"
    assert note in " ".join(part(message, "plain").split())
    assert part(message, "plain").startswith("Pesan uji yang dialihkan.")
    html = part(message, "html")
    assert html.index('<body class="x">') < html.index("Pesan uji") < html.index("Catat")
    assert "&lt;petugas@biro.example.go.id&gt;" in html


def test_english_redirection_is_told_in_english() -> None:
    redirected = replace(HEADERS, redirect_to=Mailbox("", "uji@example.go.id"), language="en")
    message = parsed(compose(Frozen(), redirected, LINKS))
    assert part(message, "plain").startswith("Redirected test message.")


def test_missing_link_is_refused_and_not_sent_as_a_placeholder() -> None:
    with pytest.raises(MailRefused, match="no link was made for 1"):
        compose(Frozen(), HEADERS, {"2": URL})


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://x/\r\nBcc: a@b",
        "https://x/ y",
        'https://x/"><script>',
        "https://х.example/",
        "",
    ],
)
def test_link_that_is_no_address_of_a_page_is_refused(url: str) -> None:
    with pytest.raises(MailRefused):
        with_links("reminder-link:1", {"1": url})


def test_numbers_of_links_are_not_confused() -> None:
    links = {"1": URL, "11": "https://pengingat.example.go.id/a/other"}
    text = "reminder-link:11 reminder-link:1\n"
    assert with_links(text, links) == f"{links['11']} {URL}\n"


# --- headers, X-06 ---


@pytest.mark.parametrize(
    "character", ["\r", "\n", "\r\n ", "\x00", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x1b",
                  "\ud800"]
)  # fmt: skip
@pytest.mark.parametrize("where", ["subject", "name", "sender", "service"])
def test_control_character_in_a_header_is_refused(character: str, where: str) -> None:
    bad = f"PT X{character}Bcc: all@example.org"
    content, headers = Frozen(), HEADERS
    if where == "subject":
        content = Frozen(subject=bad)
    elif where == "name":
        headers = replace(HEADERS, recipient=Mailbox(bad, "petugas@biro.example.go.id"))
    elif where == "sender":
        headers = replace(HEADERS, sender=Mailbox(bad, "petugas@biro.example.go.id"))
    else:
        headers = replace(HEADERS, service_name=bad)
    with pytest.raises(MailRefused, match=r"has the character U\+"):
        compose(content, headers, LINKS)


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "<a@b>\r\nBcc: x@y"},
        {"message_id": "no brackets"},
        {"thread_id": "<a b@c>"},
        {"language": "id\r\nBcc: x@y"},
        {"list_id": "a b"},
        {"possible_duplicate": "x\ny"},
        {"unsubscribe": "https://x.id/a>\r\nBcc: x@y"},
        {"unsubscribe": "mailto:x@y.id"},
        {"date": datetime(2024, 5, 8, 1, 0)},  # noqa: DTZ001 - that it has no zone is the point
    ],
)
def test_other_header_values_are_checked_too(changes: dict[str, object]) -> None:
    with pytest.raises(MailRefused):
        compose(Frozen(), replace(HEADERS, **changes), LINKS)  # type: ignore[arg-type] # by field


@pytest.mark.parametrize(
    "address",
    [
        "a@b@c",
        '"a b"@x.id',
        "a@[127.0.0.1]",
        "a@x.id,b@x.id",
        "a@x.id; b@x.id",
        "a@x.id> NOTIFY=NEVER",
        "a@x.id\r\nBcc: b@x.id",
        "a" * 65 + "@x.id",
        "a@" + "b" * 64 + ".id",
        "ünï@x.id",
        "a..b@x.id",
        "@x.id",
        "a@",
        "undisclosed:;",
        "a@x\x00.id",
        "a@list\n",
    ],
)
def test_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(MailRefused):
        ascii_address(address)
    with pytest.raises(MailRefused):
        compose(Frozen(), replace(HEADERS, recipient=Mailbox("", address)), LINKS)


def test_domain_goes_over_the_wire_in_a_labels() -> None:
    assert ascii_address("a@bücher.example") == "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("text", "mailbox"),
    [
        ("Pengingat <a@x.example>", Mailbox("Pengingat", "a@x.example")),
        ("a@x.example", Mailbox("", "a@x.example")),
        ('"Biro \\"A\\", B" <a@x.example>', Mailbox('Biro "A", B', "a@x.example")),
    ],
)
def test_sender_is_read_from_its_written_form(text: str, mailbox: Mailbox) -> None:
    assert parse_mailbox(text) == mailbox


@given(value=st.text(max_size=120))
@example(value="=?utf-8?q?hidden@example.org?=")
@example(value="  two  blanks  ")
@example(value="[H-90] " + "MoU Sister Province " * 5)
@example(value="x" * 200)
@example(value="Kota Kembar 🎉👩‍👩‍👧 " * 6)
@example(value="اتفاقية التوأمة بين المدينتين")
def test_every_subject_comes_back_as_it_was_or_is_refused(value: str) -> None:
    try:
        raw = compose(Frozen(subject=value), HEADERS, LINKS)
    except MailRefused:
        assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", value)
        return
    message = parsed(raw)
    assert message.get_all("Subject") == [value]
    assert list(message.keys()) == list(parsed(compose(Frozen(), HEADERS, LINKS)).keys())
    old = email.message_from_bytes(raw)
    assert str(make_header(decode_header(old["Subject"]))).strip() == value.strip()
    head = raw.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= LINE + 24 for line in head.split(b"\r\n"))


@given(name=st.text(max_size=80))
@example(name='Siti "Rahma" \\ Wati')
@example(name="Rahmawati, S.Sos., M.Si. <petugas@lain.example>")
@example(name="=?utf-8?q?a=40b?= x")
@example(name="Bürö  Kerja Sama")
def test_every_name_comes_back_as_it_was_or_is_refused(name: str) -> None:
    try:
        raw = compose(Frozen(), replace(HEADERS, recipient=Mailbox(name, "a@x.example")), LINKS)
    except MailRefused:
        assert re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", name)
        return
    message = parsed(raw)
    (to,) = message.get_all("To", [])
    assert [a.addr_spec for a in to.addresses] == ["a@x.example"]
    # Until 3.13 the new parser puts a blank between two encoded words of a name; the old
    # one follows the standard.
    encoded, address = parseaddr(email.message_from_bytes(raw)["To"])
    assert str(make_header(decode_header(encoded))) == re.sub(" +", " ", name).strip(" ")
    assert address == "a@x.example"
    assert "Bcc" not in message


@given(text=st.text(max_size=400))
@example(text="a\r.\r\nMAIL FROM:<x@y>\n.\n")
@example(text="baris  \n\tberakhir dengan spasi \n")
@example(text="=3D = == \x0c")
@example(text="x" * 2000)
@example(text="é" * 500)
def test_every_body_comes_back_and_cannot_end_the_mail_early(text: str) -> None:
    try:
        raw = compose(Frozen(text=text), HEADERS, LINKS)
    except MailRefused:
        assert re.search("[\ud800-\udfff]|reminder-link:", text)
        return
    assert b"\x00" not in raw
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", raw) is None
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    wanted = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    assert part(parsed(raw), "plain").replace("\r\n", "\n") == wanted


def test_long_lines_of_html_are_cut_by_the_encoding() -> None:
    raw = compose(Frozen(html=f"<p>{'x' * 20_000}</p>"), HEADERS, LINKS)
    assert max(map(len, raw.split(b"\r\n"))) <= 100


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2024, 5, 8, 1, 0, tzinfo=UTC), "Wed, 08 May 2024 01:00:00 +0000"),
        (
            datetime(2024, 5, 8, 8, 0, tzinfo=timezone(timedelta(hours=7))),
            "Wed, 08 May 2024 08:00:00 +0700",
        ),
    ],
)
def test_date_is_written_in_english_whatever_the_machine_speaks(at: datetime, written: str) -> None:
    assert parsed(compose(Frozen(), replace(HEADERS, date=at), LINKS))["Date"] == written


@pytest.mark.parametrize(
    ("name", "list_id"),
    [
        ("Pengingat Kerja Sama Daerah", "pengingat-kerja-sama-daerah.example.go.id"),
        ("Layanan “A” & B", "layanan-a-b.example.go.id"),
        ("リマインダー", "reminder.example.go.id"),
    ],
)
def test_list_id_is_made_of_letters_only(name: str, list_id: str) -> None:
    assert list_id_for(name, "example.go.id") == list_id
    parsed(compose(Frozen(), replace(HEADERS, service_name=name, list_id=list_id), LINKS))
