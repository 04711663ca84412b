"""The Maildir transport: what is in ``new`` is a whole mail, and no mail is there twice."""

from __future__ import annotations

import mailbox
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reminder.mail.maildir import MaildirTransport
from reminder.mail.open_transport import explain, open_transport, verify_transport
from reminder.mail.transport import OutgoingMail, Verdict

if TYPE_CHECKING:
    from email.message import Message

DATA = (
    b"Message-ID: <abc123@example.go.id>\r\nSubject: [H-30] Perjanjian\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nYth. Bapak/Ibu,\r\n.\r\nFrom kita\r\n"
)


def make_mail(message_id: str = "<abc123@example.go.id>", data: bytes = DATA) -> OutgoingMail:
    """A small mail."""
    return OutgoingMail(message_id, "pengingat@example.go.id", "petugas@example.go.id", data)


def read(folder: Path) -> list[Message]:
    """The mails as a mail program sees them."""
    return list(mailbox.Maildir(folder, create=False))


def test_a_mail_program_reads_what_was_sent(tmp_path: Path) -> None:
    outcome = MaildirTransport(tmp_path / "mail").send(make_mail(), lambda: True)
    assert (outcome.verdict, outcome.phase) == (Verdict.SENT, "file")
    (message,) = read(tmp_path / "mail")
    assert message["Message-ID"] == "<abc123@example.go.id>"
    assert message["Subject"] == "[H-30] Perjanjian"
    assert message.get_payload() == "Yth. Bapak/Ibu,\n.\nFrom kita\n"


def test_a_repeat_takes_the_place_of_the_first(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "mail")
    transport.send(make_mail(), lambda: True)
    transport.send(make_mail(data=b"X-Possible-Duplicate: attempt=2\r\n" + DATA), lambda: True)
    (message,) = read(tmp_path / "mail")
    assert message["X-Possible-Duplicate"] == "attempt=2"


@pytest.mark.parametrize(
    "message_id",
    [
        "<../../etc/passwd@x>",
        "<a/b:2,S@x>",
        "<.hidden@x>",
        "<" + "x" * 240 + "@x>",
        "<>",
        "<a\x00b@x>",
        "<é@x>",
    ],
)
def test_any_message_id_makes_one_file_in_new(tmp_path: Path, message_id: str) -> None:
    outcome = MaildirTransport(tmp_path / "mail").send(make_mail(message_id), lambda: True)
    assert outcome.verdict is Verdict.SENT
    (file,) = (tmp_path / "mail" / "new").iterdir()
    assert len(read(tmp_path / "mail")) == 1
    assert ":" not in file.name
    assert not file.name.startswith(".")


def test_different_message_ids_make_different_files(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "mail")
    for message_id in ("<a/b@x>", "<a%2Fb@x>", "<a_b@x>", "<A_B@x>"):
        transport.send(make_mail(message_id), lambda: True)
    assert len(read(tmp_path / "mail")) == 4


def test_only_the_service_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        MaildirTransport(tmp_path / "mail").send(make_mail(), lambda: True)
    finally:
        os.umask(before)
    folder = tmp_path / "mail"
    for each in (folder, folder / "tmp", folder / "new", folder / "cur"):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700
    (file,) = (folder / "new").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_leave_nothing_is_left(tmp_path: Path) -> None:
    outcome = MaildirTransport(tmp_path / "mail").send(make_mail(), lambda: False)
    assert outcome.verdict is Verdict.FENCED
    assert [file for file in (tmp_path / "mail").rglob("*") if file.is_file()] == []


def test_leave_is_asked_for_before_the_mail_can_be_seen(tmp_path: Path) -> None:
    seen: list[int] = []

    def before_dot() -> bool:
        seen.append(len(read(tmp_path / "mail")))
        return True

    MaildirTransport(tmp_path / "mail").send(make_mail(), before_dot)
    assert seen == [0]


def test_an_error_while_asking_for_leave_leaves_nothing(tmp_path: Path) -> None:
    def before_dot() -> bool:
        raise RuntimeError("locked")

    with pytest.raises(RuntimeError):
        MaildirTransport(tmp_path / "mail").send(make_mail(), before_dot)
    assert [file for file in (tmp_path / "mail").rglob("*") if file.is_file()] == []


def test_a_folder_that_cannot_be_made_is_the_relays_trouble(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder should be")
    outcome = MaildirTransport(tmp_path / "mail").send(make_mail(), lambda: True)
    assert outcome.verdict is Verdict.RELAY
    assert "cannot be written (File exists); make room there" in outcome.text
    (check,) = verify_transport(f"maildir:{tmp_path / 'mail'}")
    assert not check.is_ok


def test_a_rename_that_fails_only_defers(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path / "mail")

    def before_dot() -> bool:
        (tmp_path / "mail" / "new").rmdir()
        (tmp_path / "mail" / "new").write_text("")
        return True

    assert transport.send(make_mail(), before_dot).verdict is Verdict.DEFERRED
    (tmp_path / "mail" / "new").unlink()
    assert transport.send(make_mail(), lambda: True).verdict is Verdict.SENT


def test_doctor_leaves_nothing_behind(tmp_path: Path) -> None:
    (check,) = verify_transport(f"maildir:{tmp_path / 'mail'}")
    assert check.is_ok
    assert [file for file in (tmp_path / "mail").rglob("*") if file.is_file()] == []


def test_a_url_opens_a_maildir(tmp_path: Path) -> None:
    outcome = open_transport(f"maildir:{tmp_path / 'mail'}").send(make_mail(), lambda: True)
    assert explain(outcome) == "taken (file): new/abc123@example.go.id"
