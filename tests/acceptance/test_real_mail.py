"""With Debian's Postfix and Dovecot between: what leaves the service, and what comes back to it.

The clock of the service stands at a Monday; those servers live in the present, as mail servers do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.installed import body_of, dates_only, done, reminder, rows_of, shown, without_digests
from tests.realmail.dovecot import PASSWORD
from tests.realmail.office import (
    DOMAIN,
    GONE,
    HEAD,
    HOST,
    MOVED,
    OFFICER,
    SERVICE,
    Office,
    running_office,
)
from tests.realmail.programs import Unavailable
from tests.registers import write_files

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_SERVERS = "no real mail servers to test with: "
MONDAY, LATER = "2026-03-02T09:00:00+07:00", "2026-03-02T09:20:00+07:00"
AT_NOON, TUESDAY = "2026-03-02T12:00:00+07:00", "2026-03-03T09:00:00+07:00"
AGREEMENTS = (
    "ref,title,kind,bureau,partner,signed_on,expires_on\n"
    "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-05-31,2026-05-31\n"
)


@pytest.fixture(scope="module")
def servers() -> Iterator[Office]:
    try:
        with running_office() as office:
            yield office
    except Unavailable as unavailable:
        if os.environ.get("CI", "") == "true":
            pytest.fail(f"{NO_SERVERS}{unavailable}", pytrace=False)
        pytest.skip(f"{NO_SERVERS}{unavailable}")


@dataclass(frozen=True)
class Service:
    """A home whose mail goes through the servers."""

    home: Path
    mail: Office

    def run(self, *arguments: str | Path, at: str) -> str:
        """A command that must succeed; what it prints."""
        return done(self.home, *arguments, at=at, SSL_CERT_FILE=str(self.mail.authority))

    def shown(self, *arguments: str, at: str) -> Any:
        """What a reading command tells."""
        return shown(self.home, *arguments, at=at, SSL_CERT_FILE=str(self.mail.authority))

    def messages(self) -> list[tuple[str, str]]:
        """Recipient and state of each message with notices."""
        told = self.shown("log", at=TUESDAY)
        return sorted((one["recipient"], one["state"]) for one in told if one["notices"])

    def expiry(self) -> dict[str, Any]:
        """What ``why`` says of the one agreement's end."""
        told = self.shown("why", "KSD-1", at=TUESDAY)
        (deadline,) = [one for one in told["deadlines"] if one["deadline"] == "expiry"]
        return dict(deadline)


@pytest.fixture
def service(servers: Office, tmp_path: Path) -> Service:
    """A fresh home, and mailboxes without mail."""
    servers.empty()
    home = tmp_path / "home"
    done(home, "init", home)
    dates_only(without_digests(home))
    with (home / "config" / "reminder.yaml").open("a", encoding="utf-8") as file:
        file.write(f"mail: {{bounce_address: {SERVICE}, authserv_id: {HOST}}}\n")
    with (home / ".env").open("a", encoding="utf-8") as file:
        file.write(
            f"REMINDER_MAIL_URL={servers.relay_url}\n"
            f'REMINDER_MAIL_FROM="Pengingat Kerja Sama <{SERVICE}>"\n'
            f'REMINDER_INBOX_URL="{servers.inbox_url}"\n'
        )
    return Service(home, servers)


def register(service: Service, officers: Sequence[str]) -> None:
    """One agreement, 90 days before its end, and who is responsible for it."""
    contacts = [("email", "bureau", "role", "name")]
    contacts += [(one, "B-01", "officer", one.partition("@")[0].title()) for one in officers]
    contacts.append((HEAD, "B-01", "head", "Budi Santoso"))
    files = {
        "bureaus": "code,name\nB-01,Biro Kerja Sama\n",
        "contacts": "".join(",".join(row) + "\n" for row in contacts),
        "agreements": AGREEMENTS,
    }
    service.run("import", write_files(service.home.parent / "register", files), at=MONDAY)


def reply_to(mail: EmailMessage, text: str) -> EmailMessage:
    """What a mail program makes of an answer to *mail*: to its Reply-To, the mail quoted below."""
    reply = EmailMessage()
    reply["From"] = mail["To"]
    reply["To"] = mail["Reply-To"]
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["In-Reply-To"] = reply["References"] = mail["Message-ID"]
    quoted = "".join(f"> {line}\n" for line in body_of(mail).splitlines())
    reply.set_content(f"{text}\n\nPada 2 Maret 2026, {mail['From']} menulis:\n{quoted}")
    return reply


def test_notice_is_delivered_and_read_over_imap(service: Service) -> None:
    register(service, [OFFICER])
    service.run("once", at=MONDAY)
    [mail] = service.mail.wait_for_mail(OFFICER)
    assert mail["Subject"].startswith("[H-90] Kerja sama pendidikan")
    assert mail["To"] == f"Petugas <{OFFICER}>" or mail["To"] == OFFICER
    assert "Queensland" in body_of(mail)
    assert "Queensland" in body_of(mail, "html")
    [message] = service.shown("log", at=TUESDAY)
    assert mail["Message-ID"] == message["message_id"]
    assert message["state"] == "sent"
    assert message["attempts"][-1]["code"] == 250
    assert mail["Return-Path"].strip().startswith("<pengingat+b")
    assert service.mail.mails(HEAD) == []


def test_doctor_finds_both_servers_in_order(service: Service) -> None:
    told = service.run("doctor", at=MONDAY).splitlines()
    assert any(line.startswith("ok") and "mail: NOOP" in line for line in told)
    assert any(line.startswith("ok") and "/INBOX;UIDVALIDITY=" in line for line in told)


def test_mailbox_whose_certificate_nobody_trusts_is_not_read(service: Service) -> None:
    register(service, [OFFICER])
    told = reminder(service.home, "doctor", at=MONDAY)
    assert told.returncode == 1
    assert "certificate" in told.stdout
    assert PASSWORD not in told.stdout + told.stderr
    # Mail goes out all the same.
    done(service.home, "once", at=MONDAY)
    assert service.messages() == [(OFFICER, "sent")]


@pytest.mark.parametrize("line", ["TERIMA", "terima", "ACK"])
def test_reply_of_the_recipient_acknowledges(service: Service, line: str) -> None:
    register(service, [OFFICER])
    service.run("once", at=MONDAY)
    [mail] = service.mail.wait_for_mail(OFFICER)
    service.mail.write(OFFICER, reply_to(mail, line))
    service.mail.wait_for_mail(SERVICE)
    service.run("once", at=LATER)
    [answer] = service.expiry()["responses"]
    assert (answer["action"], answer["by"], answer["via"]) == ("acknowledge", OFFICER, "mail")
    service.run("once", at=AT_NOON)
    assert len(service.expiry()["responses"]) == 1
    assert service.mail.mails(HEAD) == []


def test_reply_that_the_mail_server_does_not_vouch_for_changes_nothing(service: Service) -> None:
    register(service, [OFFICER])
    service.run("once", at=MONDAY)
    [mail] = service.mail.wait_for_mail(OFFICER)
    forged = reply_to(mail, "TERIMA")
    forged["Authentication-Results"] = f"{HOST}; dmarc=pass header.from={DOMAIN}"
    service.mail.write("orang@lain.example", forged)
    service.mail.wait_for_mail(SERVICE)
    service.run("once", at=LATER)
    assert not service.expiry()["responses"]
    assert len(service.shown("inbox", at=LATER)) == 1


def test_address_refused_at_once_leads_to_the_next_contact_the_same_day(service: Service) -> None:
    register(service, [GONE])
    service.run("once", at=MONDAY)
    service.run("once", at=LATER)
    assert service.messages() == [(GONE, "failed"), (HEAD, "sent")]
    [message] = [one for one in service.shown("log", at=TUESDAY) if one["recipient"] == GONE]
    [attempt] = message["attempts"]
    assert (attempt["code"], attempt["enhanced"]) == (550, "5.1.1")
    [mail] = service.mail.wait_for_mail(HEAD)
    assert mail["Subject"].startswith("[H-90] Kerja sama pendidikan")


def test_late_bounce_marks_the_address_and_leads_to_the_next_contact_the_same_day(
    service: Service,
) -> None:
    register(service, [MOVED])
    service.run("once", at=MONDAY)
    assert service.messages() == [(MOVED, "sent")]
    [bounce] = service.mail.wait_for_mail(SERVICE)
    assert bounce["Return-Path"].strip() == "<>"
    assert "Original-Envelope-Id: " in bounce.as_string()
    service.run("once", at=LATER)
    service.run("once", at=AT_NOON)
    assert service.messages() == [(HEAD, "sent"), (MOVED, "bounced")]
    [mail] = service.mail.wait_for_mail(HEAD)
    assert "Kerja sama pendidikan" in mail["Subject"]
    assert [one[0] for one in rows_of(service.home, "SELECT email FROM dead_addresses")] == [MOVED]

    # The next lead time, and an escalation before it, know it too.
    for day in ("2026-04-01T09:00:00+07:00", "2026-04-01T12:00:00+07:00"):
        service.run("once", at=day)
    assert [one for one in service.messages() if one[0] == MOVED] == [(MOVED, "bounced")]
    assert len(service.mail.wait_for_mail(HEAD, 2)) >= 2
