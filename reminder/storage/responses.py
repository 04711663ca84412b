"""Responses: what people answered about deadlines, by whichever way, and what they left unanswered.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, and_, func, insert, select

from reminder.agreements import Decided, Decision, Unanswered
from reminder.deadlines import DeadlineStatus
from reminder.findings.no_owner import CODE as NO_OWNER
from reminder.storage import tables

_responses, _deadlines = tables.responses, tables.deadlines


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """One answer to one deadline in one epoch, as it is stored."""

    at: datetime
    on: date
    """The bureau's day of it."""
    agreement: str
    """Empty for a follow-up that belongs to no agreement."""
    deadline_id: int
    epoch: int
    action: str
    """One of ``responses.Action``."""
    actor: str
    """The address of who says so, or the name of the account at the shell."""
    via: str
    """``shell``, ``web`` or ``mail``."""
    until: date | None = None
    """Of a snooze the first day that tells again; of an acknowledgement that on which it lapses."""
    to: str = ""
    """Of a hand-over: the address of the new owner."""
    decision: str = ""
    note: str = ""
    evidence: str = ""
    grant_id: str = ""
    """The link by which it came, which takes each kind of answer once; empty for other ways."""
    undo: str = ""
    """What was there before, as JSON, where the answer can be undone."""
    undone_at: datetime | None = None
    """When it was taken back. Of an offer: when the same link made another, this one being over."""
    id: int | None = None
    """None before it is stored."""

    @property
    def taken_back_at(self) -> datetime | None:
        """When it was taken back; never of an offer, of which its own state says what came."""
        return self.undone_at if self.action != OFFER else None


OFFER = "offer"
"""What asks somebody else: it answers for nobody, and the owner stays who it was."""


def add_response(connection: Connection, response: ResponseRecord) -> ResponseRecord:
    """Put an answer on record; it comes back with its number."""
    values = asdict(response)
    del values["id"]
    number = connection.scalar(insert(_responses).values(values).returning(_responses.c.id))
    return replace(response, id=number)


def load_responses(connection: Connection, deadline_ids: Sequence[int]) -> list[ResponseRecord]:
    """The answers to those deadlines, in every epoch, oldest first."""
    query = (
        select(*(_responses.c[name] for name in ResponseRecord.__slots__))
        .where(_responses.c.deadline_id.in_(deadline_ids))
        .order_by(_responses.c.id)
    )
    return [ResponseRecord(*row) for row in connection.execute(query)]


def load_by_link(connection: Connection, grant_id: str) -> list[ResponseRecord]:
    """The answers that came by that link, oldest first."""
    query = (
        select(*(_responses.c[name] for name in ResponseRecord.__slots__))
        .where(_responses.c.grant_id == grant_id, _responses.c.grant_id != "")
        .order_by(_responses.c.id)
    )
    return [ResponseRecord(*row) for row in connection.execute(query)]


def load_decided(connection: Connection, refs: Sequence[str]) -> Mapping[str, Decided]:
    """The last decision about each agreement's expiry, in the epoch that runs."""
    query = (
        select(_responses.c.agreement, _responses.c.decision, _responses.c.on, _responses.c.actor)
        .join(
            _deadlines,
            and_(
                _deadlines.c.id == _responses.c.deadline_id,
                _deadlines.c.epoch == _responses.c.epoch,
            ),
        )
        .where(_responses.c.agreement.in_(refs), _responses.c.action == "decide")
        .order_by(_responses.c.id)
    )
    return {
        agreement: Decided(Decision(decision), on, actor)
        for agreement, decision, on, actor in connection.execute(query)
    }


def load_unanswered(
    connection: Connection, refs: Sequence[str]
) -> Mapping[str, Sequence[Unanswered]]:
    """The notices sent since anybody last answered one about that agreement, oldest first.

    One occurrence counts once, however many people were told of it; copies ask for nothing, and
    what is stored as done, or has another due date by now, was answered that way. Notices that
    nobody owns the agreement are left out: their own silence would keep that finding alive for
    ever.
    """
    notices, messages = tables.notices, tables.messages
    last_answers = (
        select(_responses.c.agreement, func.max(_responses.c.at).label("last_at"))
        .where(_responses.c.agreement.in_(refs), _responses.c.action != OFFER)
        .group_by(_responses.c.agreement)
    )
    answered = {row.agreement: row.last_at for row in connection.execute(last_answers)}
    query = (
        select(
            notices.c.agreement,
            _deadlines.c.kind,
            _deadlines.c.key,
            notices.c.epoch,
            func.min(notices.c.made_on).label("made_on"),
            func.min(messages.c.sent_at).label("sent_at"),
        )
        .join(messages, messages.c.message_id == notices.c.message_id)
        .join(_deadlines, _deadlines.c.id == notices.c.deadline_id)
        .where(
            notices.c.agreement.in_(refs),
            notices.c.stopped_at.is_(None),
            ~notices.c.copy,
            # Whoever is told because nobody answered is told of the same occurrence.
            notices.c.level == 0,
            messages.c.state == "sent",
            _deadlines.c.status == DeadlineStatus.OPEN.value,
            _deadlines.c.epoch == notices.c.epoch,
            _deadlines.c.key != NO_OWNER,
        )
        .group_by(
            notices.c.agreement,
            notices.c.deadline_id,
            _deadlines.c.kind,
            _deadlines.c.key,
            notices.c.epoch,
            notices.c.lead_time,
            # After a snooze it was told once more, and asks once more.
            notices.c.repeat_no,
        )
        .order_by("made_on", notices.c.deadline_id)
    )
    found: defaultdict[str, list[Unanswered]] = defaultdict(list)
    for agreement, kind, key, epoch, made_on, sent_at in connection.execute(query):
        last = answered.get(agreement)
        if last is None or sent_at > last:
            found[agreement].append(Unanswered(kind, key, epoch, made_on))
    return found


def load_on_their_way(connection: Connection, refs: Sequence[str]) -> Set[str]:
    """Those of the agreements about which a notice was made that has not left yet."""
    notices, messages = tables.notices, tables.messages
    query = (
        select(notices.c.agreement)
        .join(messages, messages.c.message_id == notices.c.message_id)
        .where(tables.UNFINISHED, notices.c.agreement.in_(refs), notices.c.stopped_at.is_(None))
        .distinct()
    )
    return set(connection.execute(query).scalars())
