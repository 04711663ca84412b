"""Grouping: notices of one recipient on one day -> one message each, or one digest.

Several findings of one agreement share a message also where there is no digest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from reminder.deadlines import DeadlineKind
from reminder.directory import Directory
from reminder.firing import NewNotice
from reminder.mail.letters import DIGEST, FINDINGS
from reminder.storage.messages import NewMessage, WaitingMessage

MessageId = Callable[..., str]
"""Parts that name a message for good -> its Message-ID, the same each time."""


@dataclass(frozen=True)
class Grouping:
    """What decides whether notices share a message, and what each message is given."""

    digest_above: int
    catch_up: bool
    """After a long gap everything for one recipient comes in one digest."""
    directory: Directory
    default_zone: str
    default_language: str
    message_id: MessageId
    next_opening: Callable[[str], datetime]
    """A zone's next opening of the send window: the instant itself while it is open."""


@dataclass
class Grouped:
    """Messages to store, the notices in them, and older messages that join one of them."""

    messages: list[NewMessage] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    moves: list[tuple[str, str]] = field(default_factory=list)
    nearer: dict[str, date] = field(default_factory=dict)
    """Messages that were waiting and are joined by these due dates."""


_Key = tuple[str, str, str, date, bool]
"""Recipient, language, zone, day, and whether it is a copy: a copy has a message of its own."""


def group_into_messages(
    notices: Sequence[NewNotice],
    waiting: Sequence[WaitingMessage],
    told_today: Mapping[tuple[str, date], int],
    grouping: Grouping,
) -> Grouped:
    """Decide which notices share a message.

    *waiting* are today's messages that have not been rendered, and *told_today* counts the
    notices that each recipient was given on a day, those sent already included: above the
    limit, all that can still be joined becomes one digest. Below it, the findings of one
    agreement are one message, and every other notice has a message of its own.
    """
    grouped = Grouped()
    groups: dict[_Key, list[NewNotice]] = {}
    for notice in notices:
        bureau = grouping.directory.bureaus.get(notice.recipient_bureau)
        language = bureau.language if bureau else grouping.default_language
        zone = bureau.timezone if bureau else grouping.default_zone
        key = (notice.recipient, language, zone, notice.made_on, notice.copy)
        groups.setdefault(key, []).append(notice)
    by_key: dict[_Key, list[WaitingMessage]] = {}
    for message in waiting:
        key = (
            message.recipient, message.language, message.timezone, message.planned_on, message.copy,
        )  # fmt: skip
        by_key.setdefault(key, []).append(message)
    told = Counter(told_today)
    told.update((notice.recipient, notice.made_on) for notice in notices)
    for key, members in groups.items():
        earlier = by_key.get(key, [])
        total = told[key[0], key[3]]
        joins = total > grouping.digest_above or grouping.catch_up
        if joins and len(members) + len(earlier) > 1:
            _add_digest(grouped, key, members, earlier, grouping)
        else:
            _add_singles(grouped, key, members, earlier, grouping)
    return grouped


def _add_singles(
    grouped: Grouped,
    key: _Key,
    members: Sequence[NewNotice],
    earlier: Sequence[WaitingMessage],
    grouping: Grouping,
) -> None:
    by_finding: dict[str, list[NewNotice]] = {}
    for notice in members:
        ref = _finding_of(notice)
        if ref:
            by_finding.setdefault(ref, []).append(notice)
        else:
            _add_single(grouped, key, notice, grouping)
    for ref, found in by_finding.items():
        waiting = [message for message in earlier if message.finding_of == ref]
        if len(found) + len(waiting) > 1:
            _add_findings(grouped, key, found, waiting, grouping)
        else:
            _add_single(grouped, key, found[0], grouping)


def _finding_of(notice: NewNotice) -> str:
    """The agreement that a notice tells a finding of; empty where it is about anything else.

    Somebody further up is told because nobody answered: that has words of its own.
    """
    is_finding = notice.deadline.kind == DeadlineKind.FINDING and not notice.level
    return notice.deadline.agreement if is_finding else ""


def _add_single(grouped: Grouped, key: _Key, notice: NewNotice, grouping: Grouping) -> None:
    message_id = grouping.message_id(*_identity(notice))
    grouped.messages.append(
        _message(message_id, "notice", notice.template, key, [notice], grouping)
    )
    grouped.notices.append(replace(notice, message_id=message_id))


def _add_digest(
    grouped: Grouped,
    key: _Key,
    members: Sequence[NewNotice],
    earlier: Sequence[WaitingMessage],
    grouping: Grouping,
) -> None:
    waiting = next((message for message in earlier if message.kind == "digest"), None)
    made = _joint("digest", DIGEST, key, members, earlier, grouping)
    _join(grouped, made, waiting, members, earlier)


def _add_findings(
    grouped: Grouped,
    key: _Key,
    members: Sequence[NewNotice],
    earlier: Sequence[WaitingMessage],
    grouping: Grouping,
) -> None:
    """*members* and *earlier* are about findings of one agreement."""
    waiting = next((message for message in earlier if message.template == FINDINGS), None)
    made = _joint("notice", FINDINGS, key, members, earlier, grouping)
    _join(grouped, made, waiting, members, earlier)


def _joint(
    kind: str,
    template: str,
    key: _Key,
    members: Sequence[NewNotice],
    earlier: Sequence[WaitingMessage],
    grouping: Grouping,
) -> NewMessage:
    """A message for several notices, as urgent as the nearest of them."""
    first = min(_identity(notice) for notice in members)
    message_id = grouping.message_id(template, key[0], key[3].isoformat(), *first)
    message = _message(message_id, kind, template, key, members, grouping)
    return replace(message, due_on=min([message.due_on, *(other.due_on for other in earlier)]))


def _join(
    grouped: Grouped,
    made: NewMessage,
    waiting: WaitingMessage | None,
    members: Sequence[NewNotice],
    earlier: Sequence[WaitingMessage],
) -> None:
    """Put *members* and what waited into the message that waits for more, else into *made*."""
    if waiting is None:
        message_id = made.message_id
        grouped.messages.append(made)
    else:
        message_id = waiting.message_id
        grouped.nearer[message_id] = min(notice.deadline.due_on for notice in members)
    grouped.notices.extend(replace(notice, message_id=message_id) for notice in members)
    grouped.moves.extend(
        (message.message_id, message_id) for message in earlier if message.message_id != message_id
    )


def _identity(notice: NewNotice) -> tuple[str, ...]:
    """The notice's unique key in the register's own words."""
    deadline = notice.deadline
    return (
        deadline.agreement,
        deadline.kind,
        deadline.key,
        str(deadline.epoch),
        notice.lead_time,
        notice.role,
        notice.recipient,
        str(notice.repeat_no),
    )


def _message(
    message_id: str,
    kind: str,
    template: str,
    key: _Key,
    members: Sequence[NewNotice],
    grouping: Grouping,
) -> NewMessage:
    recipient, language, zone, made_on, copy = key
    return NewMessage(
        message_id=message_id,
        kind=kind,
        recipient=recipient,
        recipient_name=next((notice.recipient_name for notice in members), ""),
        language=language,
        bureau=members[0].recipient_bureau,
        timezone=zone,
        template=template,
        copy=copy,
        catch_up=grouping.catch_up and kind == "digest",
        planned_on=made_on,
        due_on=min(notice.deadline.due_on for notice in members),
        next_try_at=grouping.next_opening(zone),
    )
