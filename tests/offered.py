"""An office in which a task is offered to somebody else: who has which link, and the mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from jobs.offers import Offered, offer_hand_over
from reminder.responses import Linked, Person, Via
from reminder.storage import tables
from tests.factories import make_contact, make_rule
from tests.stored import at
from tests.unanswered import EXPIRY, FIRST, OFFICER, STAFF, Office

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.storage.engine import Database

NEW = "baru@biro.example.go.id"
OTHER = "lain@biro.example.go.id"
NEWCOMER = make_contact(NEW, bureau="B-00", role="assistant", name="Tono")
ANOTHER = make_contact(OTHER, role="assistant", name="Wati")
REPORT = make_rule("report", deadline="report", lead_times="H-30 H", template="report")
STEP = make_rule("step", deadline="step", lead_times="H-7", template="step")
FOLLOW_UP = make_rule("follow-up", deadline="follow_up", lead_times="H-7", template="follow_up")


def make_site(database: Database, *, count: int = 1) -> Office:
    """The first mails are out, and somebody else is at hand."""
    office = Office(
        database, EXPIRY, REPORT, STEP, FOLLOW_UP, staff=(*STAFF, NEWCOMER, ANOTHER), count=count
    )
    office.day(FIRST)
    return office


def now(day: str = FIRST, clock: str = "10:00") -> datetime:
    """Within the office hours of the first day, unless another is named."""
    return at(day, clock)


def grant_of(office: Office, recipient: str, purpose: str = "act", **where: Any) -> str:
    """The id of the last link of that purpose that somebody has."""
    grants = tables.action_grants
    wanted = [grants.c[name] == value for name, value in where.items()]
    query = select(grants.c.id).where(
        grants.c.recipient == recipient, grants.c.purpose == purpose, *wanted
    )
    with office.database.read() as connection:
        found = connection.execute(query.order_by(grants.c.created_at)).scalars().all()
    return str(found[-1])


def holder(office: Office, recipient: str = OFFICER, purpose: str = "act", **where: Any) -> Person:
    """Somebody who has that link."""
    return Person(recipient, Via.WEB, grant_id=grant_of(office, recipient, purpose, **where))


def offer(office: Office, to: str = NEW, *, who: Person | None = None, **changes: Any) -> Offered:
    """The officer offers the agreement to somebody else."""
    given: dict[str, Any] = {"which": office.linked(), "note": "cuti besar", "at": now()} | changes
    which: Linked = given["which"]
    context = office.context(given["at"])
    return offer_hand_over(context, which, who or holder(office), to, given["note"])


def mails(office: Office, *columns: str) -> list[tuple[Any, ...]]:
    """Template and reader of the mails about answers, in the order in which they were made."""
    messages, contents = tables.messages, tables.contents
    names = columns or ("template", "recipient")
    chosen = [messages.c[one] if one in messages.c else contents.c[one] for one in names]
    query = (
        select(*chosen)
        .join_from(messages, contents, contents.c.message_id == messages.c.message_id)
        .where(messages.c.kind == "summary")
        .order_by(messages.c.created_at, messages.c.template, messages.c.recipient)
    )
    with office.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]
