"""The mail of one office with real servers: who has a mailbox, reading it, writing from it."""

from __future__ import annotations

import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from pwd import getpwnam
from typing import TYPE_CHECKING
from urllib.parse import quote

import trustme
from imap_tools import MailBox

from tests.ports import free_ports
from tests.realmail.dovecot import PASSWORD, start_dovecot
from tests.realmail.postfix import Doors, start_postfix
from tests.realmail.programs import NotStarted, Running, tails
from tests.waiting import wait_until

if TYPE_CHECKING:
    from email.message import EmailMessage

HOST = "mx.biro.example.go.id"
DOMAIN = "biro.example.go.id"
SERVICE = f"pengingat@{DOMAIN}"
OFFICER = f"petugas@{DOMAIN}"
HEAD = f"kepala@{DOMAIN}"
GONE = f"keluar@{DOMAIN}"
"""Has no mailbox: the relay refuses it at once."""
MOVED = "pindah@dinas.example.go.id"
"""The relay takes mail for it, and finds out later that the other office has no such person."""
MAIL_USER = "nobody"
TRIES = 3
"""A port that was free can be taken before a server has it."""


@dataclass(frozen=True)
class Office:
    """Running servers, and their ports."""

    doors: Doors
    imaps_port: int
    home: Path

    @property
    def relay_url(self) -> str:
        """For ``REMINDER_MAIL_URL``."""
        return f"smtp://127.0.0.1:{self.doors.relay_port}"

    @property
    def inbox_url(self) -> str:
        """For ``REMINDER_INBOX_URL``: the mailbox of the service."""
        name = SERVICE.partition("@")[0]
        return f"imaps://{name}:{quote(PASSWORD, safe='')}@localhost:{self.imaps_port}/INBOX"

    @property
    def authority(self) -> Path:
        """The file with the certificate of who issued that of the IMAP server."""
        return self.home / "authority.pem"

    @contextmanager
    def mailbox(self, address: str) -> Iterator[MailBox]:
        """Somebody's mailbox, over IMAP."""
        trusted = ssl.create_default_context(cafile=self.authority)
        mailbox = MailBox("localhost", self.imaps_port, ssl_context=trusted)
        try:
            mailbox.login(address.partition("@")[0], PASSWORD)
            yield mailbox
        finally:
            mailbox.logout()

    def mails(self, address: str) -> list[EmailMessage]:
        """What is in a mailbox, oldest first; it stays unread."""
        with self.mailbox(address) as mailbox:
            found = mailbox.fetch(mark_seen=False)
            return [
                message_from_bytes(message.obj.as_bytes(), policy=policy.default)
                for message in found
            ]

    def wait_for_mail(self, address: str, count: int = 1) -> list[EmailMessage]:
        """What is in a mailbox, once it is that many."""
        found: list[EmailMessage] = []

        def is_there() -> bool:
            found[:] = self.mails(address)
            return len(found) >= count

        try:
            wait_until(is_there)
        except AssertionError as error:
            raise AssertionError(f"{len(found)} of {count} mails\n{self.told()}") from error
        return found

    def write(self, sender: str, mail: EmailMessage) -> None:
        """Send a mail as *sender* from outside, to whom its ``To`` says."""
        with smtplib.SMTP("127.0.0.1", self.doors.incoming_port) as connection:
            connection.send_message(mail, sender, mail["To"].addresses[0].addr_spec)

    def empty(self) -> None:
        """Clear every mailbox."""
        for address in self.doors.people:
            with self.mailbox(address) as mailbox:
                mailbox.delete(mailbox.uids())

    def told(self) -> str:
        """The ends of the logs of the servers."""
        return tails(sorted(self.home.glob("*/*.log")) + sorted(self.home.glob("*/*.out")))


@contextmanager
def running_office() -> Iterator[Office]:
    """The servers for as long as the context lasts; ``Unavailable`` where they cannot be had."""
    for left in reversed(range(TRIES)):
        home = Path(tempfile.mkdtemp(prefix="reminder-mx-"))
        started: list[Running] = []
        try:
            office = _start(home, started)
        except NotStarted:
            _end(home, started)
            if not left:
                raise
            continue
        except BaseException:
            _end(home, started)
            raise
        try:
            yield office
        finally:
            _end(home, started)
        return


def _start(home: Path, started: list[Running]) -> Office:
    relay_port, incoming_port, other_port, imaps_port = free_ports(4)
    people = (SERVICE, OFFICER, HEAD)
    other = MOVED.partition("@")[2]
    doors = Doors(HOST, DOMAIN, people, other, relay_port, incoming_port, other_port)
    # The servers work as users of their own, who must get through here.
    home.chmod(0o755)
    mail = home / "mail"
    mail.mkdir()
    started.append(_postfix(home, mail, doors))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(home / "authority.pem"))
    names = [address.partition("@")[0] for address in people]
    started.append(start_dovecot(home / "dovecot", mail, names, imaps_port, authority))
    return Office(doors, imaps_port, home)


def _postfix(home: Path, mail: Path, doors: Doors) -> Running:
    shutil.chown(mail, MAIL_USER, getpwnam(MAIL_USER).pw_gid)
    folder = home / "mx"
    folder.mkdir()
    return start_postfix(folder, mail, doors)


def _end(home: Path, started: list[Running]) -> None:
    for running in reversed(started):
        running.stop()
    shutil.rmtree(home, ignore_errors=True)
