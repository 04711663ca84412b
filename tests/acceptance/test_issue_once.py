"""``once`` for cron: run twice, on trial, with a relay that refuses, a template that fails."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

import pytest

from tests.installed import (
    body_of,
    done,
    files_of,
    mails_of,
    relay,
    reminder,
    rows_of,
    shown,
    tables_of,
)
from tests.registers import SMALL, write_files
from tests.smtp_server import SmtpServer, reply

OFFICER = "petugas@biro.example.go.id"
ADMIN = "admin@biro.example.go.id"


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement, whose H-90 is today."""
    done(home, "import", write_files(tmp_path / "register", SMALL))
    return home


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SmtpServer]:
    with SmtpServer(tmp_path) as server:
        yield server


def test_second_run_changes_nothing(office: Path) -> None:
    first = done(office, "once")
    assert "Delivered: 1 sent." in first
    before, files = tables_of(office), files_of(office / "var" / "mail")
    second = done(office, "once")
    assert "Scanned: 0 due, 0 notices in 0 messages, 0 skipped" in second
    assert "Delivered: nothing to send now." in second
    assert tables_of(office) == before
    assert files_of(office / "var" / "mail") == files
    assert len(files) == 1


def test_trial_run_writes_nothing_and_shows_what_the_run_then_sends(office: Path) -> None:
    before = files_of(office)
    rows = shown(office, "once", "--dry-run")
    assert "[H-90] Kerja sama pendidikan" in done(office, "once", "--dry-run")
    assert files_of(office) == before
    assert mails_of(office) == []
    done(office, "once")
    (sent,) = shown(office, "log")
    assert [(row["recipient"], row["subject"]) for row in rows] == [
        (sent["recipient"], sent["subject"])
    ]
    assert [row["lead_time"] for row in rows] == [sent["notices"][0]["lead_time"]]
    assert shown(office, "once", "--dry-run") == []


def test_run_outside_the_send_window_makes_the_mail_and_the_next_one_inside_sends_it(
    office: Path,
) -> None:
    assert "1 notices in 1 messages" in done(office, "once", at="2026-03-02T19:00:00+07:00")
    assert mails_of(office) == []
    done(office, "once", at="2026-03-03T08:00:00+07:00")
    (mail,) = mails_of(office)
    assert str(mail["Date"]) == "Tue, 03 Mar 2026 01:00:00 +0000"


def test_temporary_refusal_ends_with_0_and_the_mail_is_sent_later(
    office: Path, server: SmtpServer
) -> None:
    server.then("rcpt", reply("451 4.7.1 greylisted"))
    assert "Delivered: 1 deferred." in done(office, "once", **relay(server.port))
    early = done(office, "once", at="2026-03-02T09:01:00+07:00", **relay(server.port))
    assert "nothing to send now" in early, "the delay is kept"
    done(office, "once", at="2026-03-02T09:30:00+07:00", **relay(server.port))
    (stored,) = server.mails
    assert stored.recipients == (OFFICER,)
    (message,) = shown(office, "log")
    assert (message["state"], message["possible_duplicate"]) == ("sent", False)
    assert message["message_id"] == stored.message_id
    assert [(one["phase"], one["code"], one["verdict"]) for one in message["attempts"]] == [
        ("rcpt", 451, "deferred"),
        ("dot", 250, "sent"),
    ]


def test_permanent_refusal_ends_with_0_and_is_never_tried_again(
    office: Path, server: SmtpServer
) -> None:
    server.always("rcpt", reply("550 5.1.1 no such user here"))
    # The officer's mail, and then the one to the next in line: here that is the admin.
    assert "Delivered: 2 failed." in done(office, "once", **relay(server.port))
    for later in ("2026-03-02T15:00:00+07:00", "2026-03-20T09:00:00+07:00"):
        done(office, "once", at=later, **relay(server.port))
    asked = [line for line in server.commands if line.startswith("RCPT")]
    assert len(asked) == len(set(asked)) == 2
    for message in shown(office, "log"):
        assert (message["state"], message["reason"]) == (
            "failed",
            "550 5.1.1 no such user here (rcpt)",
        )
    assert "was refused for good: 550 5.1.1" in done(office, "why", "KSD-1")


def test_relay_that_is_down_is_told_and_is_no_failure_of_the_mail(office: Path) -> None:
    ended = reminder(office, "once", **relay(1))
    assert ended.returncode == 0
    assert "Delivered: nothing.\n" in ended.stdout
    assert "The mail server could not be used: 127.0.0.1:1 cannot be reached" in ended.stderr
    (message,) = shown(office, "log")
    assert message["state"] == "pending"
    later = "2026-03-02T13:00:00+07:00"
    reminder(office, "once", at=later, **relay(1))
    status = shown(office, "status", at=later)
    assert (status["healthy"], status["due_unsent"]) == (False, 1)
    assert status["oldest_due_unsent_seconds"] == 4 * 3600


def test_redirected_mail_goes_to_one_address_with_the_true_one_in_its_text(
    office: Path, server: SmtpServer
) -> None:
    trial = {"REMINDER_REDIRECT_TO": "uji@example.go.id"}
    done(office, "once", **relay(server.port), **trial)
    (stored,) = server.mails
    assert stored.recipients == ("uji@example.go.id",)
    assert stored.data.partition(b"\r\n\r\n")[2].count(OFFICER.encode()) >= 2, "text and HTML"
    assert message_from_bytes(stored.data)["To"] == "uji@example.go.id"
    (message,) = shown(office, "log")
    assert message["recipient"] == OFFICER, "the record names who it is for"


@pytest.fixture
def broken(office: Path) -> Path:
    """A template of the admin's that fails for every expiry."""
    folder = office / "templates" / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    (folder / "body.txt.j2").write_text("Yth.\n{{ titel }}\n")
    (folder / "body.txt.j2").chmod(0o600)
    return office


def test_failing_template_costs_no_notice_and_the_admin_is_told(broken: Path) -> None:
    ended = reminder(broken, "once")
    assert ended.returncode == 0
    place = "templates/email/expiry/id/body.txt.j2:2: UndefinedError: 'titel' is undefined"
    mails = {str(mail["To"]).rpartition("<")[2].rstrip(">"): mail for mail in mails_of(broken)}
    assert set(mails) == {OFFICER, ADMIN}
    plain = body_of(mails[OFFICER])
    for part in ("Kerja sama pendidikan", "31 Mei 2026", "http://127.0.0.1:8025/a/"):
        assert part in plain
    assert "titel" not in plain
    assert place in " ".join(body_of(mails[ADMIN]).split())
    log = {message["recipient"]: message for message in shown(broken, "log")}
    assert place in log[OFFICER]["template_error"]
    assert log[OFFICER]["state"] == "sent"
    assert "template_failed" in ended.stderr
    assert place.partition(": ")[0] in ended.stderr
    # Once a day, however many mails it fails for.
    done(broken, "once", at="2026-03-02T10:00:00+07:00")
    assert len(mails_of(broken)) == 2


@pytest.mark.parametrize("template", ["the shipped one", "one that fails"])
def test_sent_text_is_kept_with_a_hash_that_fits_and_the_template_version(
    request: pytest.FixtureRequest, template: str
) -> None:
    home: Path = request.getfixturevalue("office" if template == "the shipped one" else "broken")
    done(home, "once")
    kept = rows_of(
        home,
        "SELECT message_id, subject, text, html, sha256, template, template_version FROM contents",
    )
    mails = {str(mail["Message-ID"]): mail for mail in mails_of(home)}
    assert {row[0] for row in kept} == set(mails)
    for message_id, subject, text, html, digest, name, version in kept:
        assert sha256("\0".join((subject, text, html)).encode()).hexdigest() == digest
        assert name in ("expiry", "plain", "admin")
        assert version
        mail = mails[message_id]
        assert mail["Subject"] == subject
        # The links alone are put in when it leaves: they open a door and are not kept.
        for kind, stored in (("plain", text), ("html", html)):
            parts = stored.split("reminder-link:")
            sent = body_of(mail, kind).replace("\r\n", "\n")
            assert parts[0].strip() in sent
            assert len(parts) == 1 or "http://127.0.0.1:8025/a/" in sent


def test_changed_template_has_another_version(office: Path) -> None:
    done(office, "once")
    folder = office / "templates" / "email" / "expiry" / "id"
    folder.mkdir(parents=True)
    (folder / "subject.txt.j2").write_text("Judul sendiri: {{ title }}\n")
    (folder / "subject.txt.j2").chmod(0o600)
    done(office, "once", at="2026-04-01T09:00:00+07:00")
    versions = rows_of(
        office,
        "SELECT template, template_version FROM contents WHERE template = 'expiry' ORDER BY date",
    )
    assert len(versions) == 2
    assert len({version for _, version in versions}) == 2
