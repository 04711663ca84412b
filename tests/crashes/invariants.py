"""What must hold whatever was killed: the record of the database against the relay's store.

The names are those of reliability 2.1. I-5 is asked of every transaction that reached its
intent: where a worker died before, nobody is left to tell of its attempt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from email import message_from_bytes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.crashes.records import AttemptRecord, MessageRecord, Record
    from tests.smtp_server import Stored

MOST_COPIES = 2
ENDS = ("sent", "failed", "superseded")
"""States that nothing leads out of."""


def broken(record: Record, mails: Sequence[Stored], *, is_killed_often: bool = False) -> list[str]:
    """What does not hold once all is settled; empty where everything does.

    Where workers are killed often, a repeat whose workers died three times may be held.
    """
    copies: defaultdict[str, list[Stored]] = defaultdict(list)
    for mail in mails:
        copies[mail.message_id].append(mail)
    found = [f"I-4: a mail that no message knows: {key}" for key in copies.keys() - record.messages]
    found += _notices(record)
    for message in record.messages.values():
        key = message.message_id
        found += [
            f"{text} ({message.recipient}, {message.state}, {len(copies[key])} copies)"
            for text in (
                *_message(record, message, len(copies[key]), is_killed_often),
                *_copies(record, message, copies[key]),
                *_attempts(record.attempts.get(key, ()), copies[key]),
            )
        ]
    return found


def changed_ends(before: Record, after: Record) -> list[str]:
    """I-9: messages that had come to an end and are in another state now."""
    return [
        f"I-9: {key} was {message.state} and is {after.messages[key].state}"
        for key, message in before.messages.items()
        if message.state in ENDS and after.messages[key].state != message.state
    ]


def marked(mails: Sequence[Stored]) -> int:
    """How many of them say that they may be a repeat."""
    return sum(mail.is_marked for mail in mails)


def marks_by_recipient(mails: Sequence[Stored]) -> Mapping[str, list[bool]]:
    """For each recipient whether each of the copies it has is marked, the unmarked first."""
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for mail in mails:
        found[mail.recipients[0]].append(mail.is_marked)
    return {recipient: sorted(marks) for recipient, marks in found.items()}


def _notices(record: Record) -> Iterator[str]:
    keys = Counter(
        (one.agreement, one.lead_time, one.role, one.recipient) for one in record.notices
    )
    yield from (f"I-11: told {number} times: {key}" for key, number in keys.items() if number > 1)


def _message(
    record: Record, message: MessageRecord, copies: int, is_killed_often: bool
) -> Iterator[str]:
    key = message.message_id
    events = record.events.get(key, ())
    match message.state:
        case "sent":
            if not copies:
                yield "I-1: called sent, and the relay has no copy"
        case "failed":
            if message.untold or "succession" not in events:
                yield "I-1: failed, and nobody was told in its stead"
        case "held":
            is_doubted = message.held_for == "uncertain" and record.uncertain(key) == MOST_COPIES
            is_deadly = message.held_for == "worker" and message.possible_duplicate
            if not (is_doubted or (is_deadly and is_killed_often)):
                yield f"I-1: held for {message.held_for} without need"
        case "superseded":
            yield "I-1: superseded, and nothing had changed"
        case _:
            yield "I-14: not at its end"
    if message.lease_token is not None:
        yield "I-6: somebody still owns it"


def _copies(record: Record, message: MessageRecord, copies: Sequence[Stored]) -> Iterator[str]:
    key = message.message_id
    uncertain = record.uncertain(key)
    if len(copies) > min(1 + uncertain, MOST_COPIES):
        yield f"I-2: more copies than {uncertain} attempts in doubt allow"
    repeats = [one for one in record.attempts.get(key, ()) if one.possible_duplicate]
    if marked(copies) < len(copies) - 1:
        yield "I-3: a copy after the first is not marked"
    if marked(copies) > len(repeats) or (repeats and not message.possible_duplicate):
        yield "I-3: marked in the header and not in the record"
    if len(copies) > 1 and "repeat" not in record.events.get(key, ()):
        yield "I-3: repeated, and no event tells why"
    if len({(mail.body, _date(mail), mail.recipients, mail.sender) for mail in copies}) > 1:
        yield "I-4: copies with other words, dates or addresses"
    if any(mail.recipients != (message.recipient,) for mail in copies):
        yield "I-4: sent to somebody else"


def _attempts(attempts: Sequence[AttemptRecord], copies: Sequence[Stored]) -> Iterator[str]:
    if [one.number for one in attempts] != list(range(1, len(attempts) + 1)):
        yield "I-5: attempts are missing"
    yield from (
        f"I-5: attempt {one.number} is not complete" for one in attempts if not one.is_complete
    )
    if len(copies) > sum(one.intent_at is not None for one in attempts):
        yield "I-5: a copy that no attempt with an intent explains"
    if sum(one.verdict == "sent" for one in attempts) > len(copies):
        yield "I-1: attempts called sent without a copy each"
    ends = [one for one in attempts if one.verdict in ("sent", "failed")]
    # One that was frozen tells of its end late, and is then numbered after what came since.
    if any(
        later.number > end.number and end.ended_at is not None and later.started_at > end.ended_at
        for later in attempts
        for end in ends
    ):
        yield "I-9: tried again after its end"


def _date(mail: Stored) -> str:
    return str(message_from_bytes(mail.data)["Date"])
