"""A site with mails sent, for tests of its pages: the database, the links, and the present."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from jobs.deliver import deliver
from reminder.storage import tables
from tests.fakes import RecordingTransport
from tests.stored import World, at, make_settings
from tests.web_client import LINK, Answer
from tests.web_visitor import Visitor, forms_of

if TYPE_CHECKING:
    from jobs.context import JobContext

MAILED = at("2026-05-04")
"""A Monday, on which H-30 of what is due on 3 June is reached."""
A_MOMENT = timedelta(seconds=5)
"""As long as a person takes to read a page."""


@dataclass
class Site:
    """What is served, and to whom."""

    world: World
    now: datetime = MAILED
    transport: RecordingTransport = field(default_factory=RecordingTransport)

    def send(self) -> list[str]:
        """Scan and deliver; the links of the mails that went out now."""
        before = len(self.transport.delivered)
        self.world.scan(self.now)
        deliver(self.context(), self.transport)
        texts = [mail.data.replace(b"=\r\n", b"").decode() for mail in self.transport.delivered]
        found = [token for text in texts[before:] for token in LINK.findall(text)]
        return list(dict.fromkeys(found))

    def context(self) -> JobContext:
        """What the site is served with now."""
        settings = make_settings(
            listen="127.0.0.1:8025", mail_url="maildir:unused", mail_from="a@b.id"
        )
        context = self.world.context(self.now)
        return replace(context, settings=replace(settings, home=self.world.home))

    def later(self, by: timedelta = A_MOMENT) -> None:
        """Let time pass."""
        self.now += by

    def answers(self, *columns: str) -> list[tuple[object, ...]]:
        """What is on record as answered, in order."""
        return [*self.world.rows(tables.responses, *columns)]

    def events(self) -> list[dict[str, object]]:
        """What the journal says of answers."""
        rows = self.world.rows(tables.events, "kind", "data")
        return [json.loads(data) for kind, data in rows if kind == "response"]

    def deadline(self, kind: str, *columns: str) -> tuple[object, ...]:
        """Columns of the one deadline of that kind."""
        chosen = [tables.deadlines.c[name] for name in columns]
        with self.world.database.read() as connection:
            return tuple(
                connection.execute(select(*chosen).where(tables.deadlines.c.kind == kind)).one()
            )


@dataclass
class Reader:
    """Somebody who has opened a link of a mail."""

    site: Site
    token: str
    wanted: str = ""
    keeps_cookies: bool = True

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.site.context, keeps_cookies=self.keeps_cookies)
        self.open()

    def open(self) -> Answer:
        """Open the link again."""
        place = f"/a/{self.token}/{self.wanted}" if self.wanted else f"/a/{self.token}"
        self.page = self.visitor.open(place)
        return self.page

    def answer(self, action: str, **fields: str) -> Answer:
        """Read the page, fill in the form and press its button."""
        self.site.later()
        self.page = self.visitor.press(self.page, action, **fields)
        return self.page

    def send(self, **fields: str) -> Answer:
        """Send what no form of the page would, with its nonce."""
        self.site.later()
        given = [form.fields["nonce"] for form in forms_of(self.page) if "nonce" in form.fields]
        nonce = given[0] if given else ""
        return self.visitor.post(self.visitor.at, {"nonce": nonce} | fields)
