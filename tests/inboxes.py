"""An office whose mail comes back: a Maildir that bounces and replies arrive in, and the job."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from jobs.inbox import InboxReport, inbox
from jobs.succession import succeed
from reminder.cli.main import program
from reminder.mail.return_paths import envelope_id, reply_address, return_address
from reminder.policy import MailPolicy
from reminder.storage import tables
from tests.factories import OFFICER, make_agreement, make_bureau, make_contact, make_rule
from tests.inbound_mails import SERVER, dsn, reply
from tests.outboxes import MADE, Outbox
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.mail.mailbox import Mailbox
    from reminder.mail.safe_reading import SafeReader
    from reminder.storage.engine import Database

HEAD = "kepala@biro.example.go.id"
ABOVE = "sekda@prov.example.go.id"
BASE = "balasan@example.go.id"
SENT_AT = at(MADE)
LATER = SENT_AT + timedelta(hours=1)


def mail_policy(**changes: Any) -> MailPolicy:
    """Bounces and replies go to ``BASE``, and the server that checks senders is ours."""
    policy = MailPolicy("", BASE, "example.go.id", SERVER, calendar=False)
    return replace(policy, **changes)


class Correspondence(Outbox):
    """Notices to the officer of a bureau that has a head and belongs to another with a head."""

    def __init__(
        self,
        database: Database,
        count: int = 1,
        *,
        mail: MailPolicy | None = None,
        digest_above: int = 100,
        reader: SafeReader | None = None,
        **settings: str,
    ) -> None:
        policy = make_policy(make_rule(), digest_above=digest_above, mail=mail or mail_policy())
        super().__init__(database, 0, policy, None, **settings)
        self.folder = self.home / "in"
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True)
        self.settings = replace(self.settings, inbox_url=f"maildir:{self.folder}")
        self.reader = reader
        self.put(make_bureau("B-00", name="Sekretariat Daerah"), make_bureau(parent="B-00"))
        self.put(make_contact(HEAD, role="head", name="Budi Santoso"))
        self.put(make_contact(ABOVE, bureau="B-00", role="head", name="Citra Dewi"))
        self.put(*(make_agreement(f"A-{number}") for number in range(count)))
        self.scan(MADE)

    def sent(self) -> str:
        """Deliver; the Message-ID of the first mail, to the officer."""
        self.deliver(SENT_AT)
        (first, *_rest) = self.message_ids(OFFICER)
        return first

    def message_ids(self, recipient: str) -> list[str]:
        """Of all messages to that address."""
        rows = self.rows(tables.messages, "message_id", "recipient")
        return [message_id for message_id, to in rows if to == recipient]

    def return_to(self, message_id: str) -> str:
        """The envelope sender of that mail."""
        return return_address(BASE, message_id, self.settings.secret_key)

    def reply_to(self, message_id: str) -> str:
        """Its Reply-To."""
        return reply_address(BASE, message_id, self.settings.secret_key)

    def envelope_id(self, message_id: str) -> str:
        """Its ENVID."""
        return envelope_id(message_id, self.settings.secret_key)

    def bounce(self, message_id: str, /, **fields: Any) -> bytes:
        """A bounce of that mail, to where it came from."""
        return dsn(self.return_to(message_id), message_id=message_id, **fields)

    def reply(self, message_id: str, text: str, /, **fields: Any) -> bytes:
        """What the officer replies to that mail."""
        return reply(text, self.reply_to(message_id), **fields)

    def arrive(self, *mails: bytes, name: str = "mail") -> None:
        """Have a mail server put them into the Maildir."""
        taken = len(list((self.folder / "new").iterdir()))
        taken += len(list((self.folder / "cur").iterdir()))
        for number, raw in enumerate(mails, start=taken):
            (self.folder / "new" / f"1780000000.{number:05}.{name}").write_bytes(raw)

    def read(
        self, now: datetime = LATER, mailbox: Mailbox | None = None, **limits: int
    ) -> InboxReport:
        """One run of the job."""
        return inbox(self.context(now), mailbox, self.reader, **limits)

    def round(self, now: datetime = LATER) -> None:
        """Deliver what is due to a relay that takes all, and tell those who come next."""
        self.deliver(now)

        while succeed(self.context(now)):
            self.deliver(now)

    def inbound(self, *names: str) -> list[tuple[Any, ...]]:
        """State and result of every inbound mail, or these columns, in order."""
        return self.rows(tables.inbound, *(names or ("state", "result")))

    def dead(self) -> list[str]:
        """The dead addresses."""
        return [row[0] for row in self.rows(tables.dead_addresses, "email")]

    def told(self) -> list[tuple[str, str]]:
        """Recipient and state of the message of every notice, in the order they were made."""
        states = dict(self.rows(tables.messages, "message_id", "state"))
        return [(to, states[message]) for to, message in self.notices("recipient", "message_id")]

    def responses(self) -> list[tuple[Any, ...]]:
        """Every answer on record."""
        return self.rows(tables.responses, "agreement", "action", "actor", "via", "until")

    def command(self, *arguments: str) -> tuple[int, str]:
        """A command of the program in a home with this database: how it ended, what it said."""
        file = self.home / ".env"
        file.touch(mode=0o600)
        file.write_text(
            f"REMINDER_SECRET_KEY={'0123456789abcdef' * 3}\n"
            f"REMINDER_DATABASE_URL={self.database.url.render_as_string(hide_password=False)}\n"
        )
        result = CliRunner().invoke(program, ["--home", str(self.home), *arguments])
        return result.exit_code, result.output

    def kinds(self) -> list[str]:
        """The kinds of all events."""
        return [row[0] for row in self.rows(tables.events, "kind")]
