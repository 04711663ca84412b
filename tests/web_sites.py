"""A site with mails sent, for tests of its pages: the database, the links, and the present."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from jobs.deliver import deliver
from reminder.mail.links import LinkGrant
from reminder.storage import tables
from tests.factories import make_agreement, make_rule
from tests.fakes import RecordingTransport
from tests.installed import body_of
from tests.stored import World, at, make_office, make_policy, make_settings
from tests.web_client import LINK, Answer
from tests.web_visitor import Visitor, forms_of

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.transport import OutgoingMail
    from reminder.storage.engine import Database

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
    settings: dict[str, str] = field(default_factory=dict)

    def send(self, now: datetime | None = None) -> list[str]:
        """Scan and deliver, at an instant or now; the links of each mail that went out then."""
        before = len(self.transport.delivered)
        self.world.scan(now or self.now)
        deliver(self.context(now), self.transport)
        return [token for mail in self.transport.delivered[before:] for token in links_of(mail)]

    def context(self, now: datetime | None = None, **settings: str) -> JobContext:
        """What the site is served with at an instant or now, with other *settings* if given."""
        values = {"listen": "127.0.0.1:8025", "mail_url": "maildir:unused", "mail_from": "a@b.id"}
        made = make_settings(**values | self.settings | settings)
        context = self.world.context(now or self.now)
        return replace(context, settings=replace(made, home=self.world.home))

    def visitor(self, address: str = "192.0.2.10", *, keeps_cookies: bool = True) -> Visitor:
        """Somebody at a browser."""
        return Visitor(self.context, address, keeps_cookies)

    def later(self, by: timedelta = A_MOMENT) -> None:
        """Let time pass."""
        self.now += by

    def grant(self) -> LinkGrant:
        """The only grant there is, as it was signed."""
        names = ("id", "purpose", "deadline_id", "epoch", "recipient", "expires_at", "kid")
        [values] = self.world.rows(tables.action_grants, *names)
        return LinkGrant(**dict(zip(names, values, strict=True)))

    def change_grants(self, **values: object) -> None:
        """Store other values with every grant."""
        with self.world.database.write() as connection:
            connection.execute(update(tables.action_grants).values(**values))

    def stands(self) -> str:
        """Everything on record, but for the counts of visits, which looking may change."""
        rows = self.world.everything()
        return str({name: rows[name] for name in rows if name != "visits"})

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


def links_of(mail: OutgoingMail) -> list[str]:
    """The tokens in the text of a mail, each once."""
    text = body_of(message_from_bytes(mail.data, policy=policy.default))
    return list(dict.fromkeys(LINK.findall(text)))


def site_of_one(database: Database) -> Site:
    """One agreement, which ends on 3 June; its mail is due."""
    world = World(database, make_policy(make_rule(lead_times="H-30 H-7 H")))
    world.put(*make_office(), make_agreement("KSD-1", expires_on="2026-06-03"))
    return Site(world)


@dataclass
class Reader:
    """Somebody who has opened a link of a mail."""

    site: Site
    token: str
    wanted: str = ""
    keeps_cookies: bool = True

    def __post_init__(self) -> None:
        self.visitor = self.site.visitor(keeps_cookies=self.keeps_cookies)
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
