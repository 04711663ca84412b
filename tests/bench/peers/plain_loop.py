"""A typical loop: claim one mail, commit; render and send it; record that, commit.

It knows no lease, no intent and no crash: what it was sending when it died stays "sending".
"""

from __future__ import annotations

from email.message import EmailMessage
from smtplib import SMTP
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import Template
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, insert, select, update

from tests.bench.peers.sample import LINE, SENDER, html, recipient, subject, text

if TYPE_CHECKING:
    from reminder.storage.engine import Database


class Mail(NamedTuple):
    """One claimed mail."""

    id: int
    recipient: str
    ref: str


mails = Table(
    "bench_mails",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("recipient", String(320), nullable=False),
    Column("ref", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
)

TEXT = Template(text("{{ ref }}").replace(LINE, "{{ line }}"), keep_trailing_newline=True)
HTML = Template(
    html("{{ ref }}").replace(LINE, "{{ line }}"), autoescape=True, keep_trailing_newline=True
)


def queue(database: Database, number: int) -> None:
    """Make the table, with so many mails in it."""
    with database.write() as connection:
        mails.create(connection)
        connection.execute(
            insert(mails),
            [
                {"recipient": recipient(index), "ref": f"KSDPL/{index:06}", "state": "queued"}
                for index in range(number)
            ],
        )


def drain(database: Database, port: int) -> int:
    """Send every mail over one connection; how many there were."""
    sent = 0
    with SMTP("127.0.0.1", port) as smtp:
        while (mail := _claim(database)) is not None:
            smtp.send_message(_rendered(mail))
            _record(database, mail.id)
            sent += 1
    return sent


def _claim(database: Database) -> Mail | None:
    first = select(mails.c.id, mails.c.recipient, mails.c.ref).where(mails.c.state == "queued")
    with database.write() as connection:
        row = connection.execute(first.order_by(mails.c.id).limit(1)).first()
        if row is None:
            return None
        connection.execute(update(mails).where(mails.c.id == row.id).values(state="sending"))
    return Mail(*row)


def _rendered(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = mail.recipient
    message["Subject"] = subject(mail.ref)
    message.set_content(TEXT.render(ref=mail.ref, line=LINE))
    message.add_alternative(HTML.render(ref=mail.ref, line=LINE), subtype="html")
    return message


def _record(database: Database, number: int) -> None:
    with database.write() as connection:
        connection.execute(update(mails).where(mails.c.id == number).values(state="sent"))
