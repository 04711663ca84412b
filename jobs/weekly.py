"""The weekly digest: what is due and late for each person, and the findings that were cleared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.letters import LetterMaker
from jobs.planning import directory_of
from jobs.readers import Addressed, Home, Unmade, home_of, nearer, role_of, with_unsubscribing
from jobs.unsubscribe import unsubscribe_grants
from reminder.clock import local_date
from reminder.notices import recipients_for
from reminder.storage.chunks import chunks
from reminder.storage.claims import MessageRow
from reminder.storage.digests import known_ids
from reminder.storage.letters import NoticeRow, facts_of, notice_row
from reminder.storage.matters import (
    ClearedRow,
    load_agreements,
    load_cleared,
    load_details,
    load_last_seen,
    load_links,
    load_matters,
)
from reminder.storage.service_day import last_line
from reminder.storage.unsubscribed import unsubscribed_from
from reminder.summaries import AHEAD, Chosen, Cleared, Matter, WeeklySummary, choose, code_on

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.directory import Directory
    from reminder.notices import Recipient
    from reminder.storage.grants import Grant
    from reminder.storage.letters import LetterFacts

WEEKLY = "weekly"
MOST_LINES, MOST_CLEARED = 60, 20
"""Of one mail; with so many its HTML is still under 60 KB."""
FIRST_LOOKS_BACK = timedelta(days=7)
"""What was cleared before that is no news to somebody who had no digest yet."""
LOOKS_BACK = timedelta(days=92)
TOGETHER = 20
"""Readers whose letters are made from one reading of the register."""

MessageIdOf = Callable[[str, str, str], str]
"""Template, recipient and period -> the Message-ID, the same each time."""


@dataclass
class _Reader:
    """One person, whatever the roles and bureaus in which they are told."""

    recipient: Recipient
    matters: dict[int, tuple[Matter, Recipient]] = field(default_factory=dict)
    cleared: list[ClearedRow] = field(default_factory=list)


def weekly_letters(
    context: JobContext,
    roles: Sequence[str],
    periods: Mapping[str, str],
    message_id: MessageIdOf,
) -> Iterator[Addressed | Unmade]:
    """The letters of the people who are told in *roles*, where *periods* names the week by zone.

    Nobody gets an empty one, nor one that is made already.
    """
    now = context.clock.now()
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
        seen = last_line(connection)
        found = _readers(context, connection, directory, roles, now, seen)
        mine: dict[str, tuple[_Reader, Home]] = {}
        for reader in found:
            home = home_of(reader.recipient, directory, context.policy)
            if home.zone in periods:
                id_ = message_id(WEEKLY, reader.recipient.identity, periods[home.zone])
                mine[id_] = (reader, home)
        for known in known_ids(connection, list(mine)):
            del mine[known]
        emails = [reader.recipient.email for reader, _home in mine.values()]
        last = load_last_seen(connection, emails, WEEKLY)
        grants = unsubscribe_grants(context, connection, WEEKLY, emails, now)
    maker = LetterMaker(context.policy, can_answer=context.settings.serves_pages)
    for some in chunks(list(mine.items()), TOGETHER):
        drafts = [
            replace(draft, grant=grants.get(reader.recipient.email))
            for id_, (reader, home) in some
            if (draft := _draft(id_, reader, home, (last.get(reader.recipient.email), seen), now))
        ]
        yield from _isolated(context, drafts, maker)


def _isolated(
    context: JobContext, drafts: Sequence[_Draft], maker: LetterMaker
) -> Sequence[Addressed | Unmade]:
    """Their letters together, or each by itself where one spoils it for the others."""
    now = context.clock.now()
    try:
        with context.database.read() as connection:
            return _letters(context, connection, drafts, maker, now)
    # One bad record never stops the others (reliability I-8).
    except Exception:
        context.log.exception("digest_failed", message_ids=[one.message_id for one in drafts])
        if len(drafts) == 1:
            return [Unmade(drafts[0].message_id)]
    return [one for draft in drafts for one in _isolated(context, [draft], maker)]


def _readers(
    context: JobContext,
    connection: Connection,
    directory: Directory,
    roles: Sequence[str],
    now: datetime,
    seen: int,
) -> list[_Reader]:
    """Everybody who has something to read and wants to, by the address."""
    default = context.policy.service.timezone
    known: dict[tuple[str, str | None], Sequence[Recipient]] = {}
    readers: dict[str, _Reader] = {}

    def told(bureau: str, officer: str | None) -> Iterator[tuple[_Reader, Recipient]]:
        if (bureau, officer) not in known:
            today = local_date(now, directory.zone_of(bureau, default))
            addressed = recipients_for(directory, bureau, officer, roles, (), today)
            known[bureau, officer] = addressed.recipients
        for recipient in known[bureau, officer]:
            reader = readers.setdefault(recipient.identity, _Reader(recipient))
            reader.recipient = nearer(reader.recipient, recipient)
            yield reader, recipient

    # A day more than a month, since it is tomorrow already in zones east of the service's.
    today = local_date(now, default)
    for matter in load_matters(connection, today, today + AHEAD + timedelta(days=1)):
        for reader, recipient in told(matter.bureau, matter.officer):
            reader.matters.setdefault(matter.id, (matter, recipient))
    for cleared in load_cleared(connection, now - LOOKS_BACK, seen):
        for reader, _recipient in told(cleared.bureau, cleared.officer):
            reader.cleared.append(cleared)
    unwilling = unsubscribed_from(connection, WEEKLY)
    return [readers[identity] for identity in sorted(readers.keys() - unwilling)]


@dataclass(frozen=True)
class _Draft:
    """What one letter will say."""

    message_id: str
    reader: _Reader
    home: Home
    today: date
    chosen: Chosen
    cleared: Sequence[ClearedRow]
    seen: int
    """The last line of the journal that it tells of."""
    grant: Grant | None = None
    """Of the link that stops them; None where no pages are served."""


def _draft(
    message_id: str, reader: _Reader, home: Home, seen: tuple[int | None, int], now: datetime
) -> _Draft | None:
    """None where there is nothing to say."""
    today = local_date(now, home.zone)
    chosen = choose([matter for matter, _told in reader.matters.values()], today, MOST_LINES)
    before, last = seen
    cleared = [
        one
        for one in reader.cleared
        if (one.at >= now - FIRST_LOOKS_BACK if before is None else one.line > before)
    ]
    if not (chosen.totals or cleared):
        return None
    return _Draft(message_id, reader, home, today, chosen, cleared, last)


def _letters(
    context: JobContext,
    connection: Connection,
    drafts: Sequence[_Draft],
    maker: LetterMaker,
    now: datetime,
) -> list[Addressed]:
    ids = sorted({matter.id for draft in drafts for matter in draft.chosen.shown})
    details = load_details(connection, ids)
    links = load_links(connection, [draft.reader.recipient.email for draft in drafts], ids, now)
    rows = [
        _row(draft, matter, details[matter.id], links)
        for draft in drafts
        for matter in draft.chosen.shown
        if matter.id in details
    ]
    facts = facts_of(connection, rows, [draft.home.bureau for draft in drafts])
    refs = {one.agreement for draft in drafts for one in draft.cleared[:MOST_CLEARED]}
    agreements = load_agreements(connection, sorted(refs))
    titles = {code: dict(rule.title) for code, rule in context.policy.findings.items()}

    def cleared(draft: _Draft, one: ClearedRow) -> Cleared:
        code = one.key.partition(":")[0]
        title = titles.get(code, {}).get(draft.home.language, "")
        on = local_date(one.at, draft.home.zone)
        return Cleared(agreements.get(one.agreement), code, title, on)

    return [
        _letter(
            draft,
            tuple(cleared(draft, one) for one in draft.cleared[:MOST_CLEARED]),
            facts,
            maker,
        )
        for draft in drafts
    ]


def _letter(
    draft: _Draft, cleared: tuple[Cleared, ...], facts: LetterFacts, maker: LetterMaker
) -> Addressed:
    letter = maker.letter(_message_row(draft), draft.message_id, facts, draft.today)
    # A page is only for who was sent a notice of the matter.
    notices = tuple(
        notice if notice.notice_id else replace(notice, link="") for notice in letter.notices
    )
    summary = WeeklySummary(
        role_of(draft.reader.recipient), draft.chosen.totals, cleared, len(draft.cleared)
    )
    letter = replace(letter, notices=notices, summary=summary)
    return with_unsubscribing(Addressed(letter, draft.home, draft.seen), draft.grant)


def _row(
    draft: _Draft, matter: Matter, details: Mapping[str, Any], links: Mapping[tuple[str, int], int]
) -> NoticeRow:
    """A matter in the form of a notice: of the last one that the reader was sent, if any."""
    recipient = draft.reader.matters[matter.id][1]
    values: dict[str, Any] = dict.fromkeys((field.name for field in fields(NoticeRow)), "")
    values |= dict(details) | {
        "message_id": draft.message_id,
        "id": links.get((recipient.identity, matter.id), 0),
        "deadline_id": matter.id,
        # A finding has no day to act by, so how long ago it began is no code to file it under.
        "lead_time": ""
        if matter.kind == "finding"
        else code_on(draft.today, matter.due_on, matter.due_last_on),
        "role": recipient.role,
        "recipient": recipient.email,
        "fallback": recipient.fallback,
        "copy": False,
        "level": 0,
    }
    return notice_row(values[field.name] for field in fields(NoticeRow))


def _message_row(draft: _Draft) -> MessageRow:
    recipient = draft.reader.recipient
    return MessageRow(
        message_id=draft.message_id,
        kind="summary",
        recipient=recipient.email,
        recipient_name=recipient.name,
        language=draft.home.language,
        bureau=draft.home.bureau,
        timezone=draft.home.zone,
        template=WEEKLY,
        copy=False,
        catch_up=False,
        planned_on=draft.today,
        revision=0,
        attempts=0,
        first_try_at=None,
        possible_duplicate=False,
        relay_faults=0,
    )
