"""Responses: what people may answer about a deadline, and what an answer has as its effect. Pure.

Shared by the shell, the web and replies by mail; ``jobs/respond.py`` carries them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from reminder.calendars import Span
from reminder.deadlines import DeadlineKind
from reminder.errors import ResponseRefused
from reminder.near_names import near_names

if TYPE_CHECKING:
    from reminder.policy import FindingRule

MOST_SNOOZES = 3
"""By web or mail, for one due date (reliability 3.2, tier T1)."""
LONGEST_SNOOZE = timedelta(days=14)
"""The same, each time."""
LONGEST_AT_THE_SHELL = Span(months=12)
NO_AGREEMENT = "-"
"""What stands at the shell for the ref of a follow-up that belongs to no agreement."""


class Action(StrEnum):
    """What a person can answer."""

    ACKNOWLEDGE = "acknowledge"
    SNOOZE = "snooze"
    DONE = "done"
    OFFER = "offer"
    """Somebody else is asked to be the owner; nothing changes until they accept."""
    HANDOVER = "handover"
    DECIDE = "decide"
    UNDO = "undo"
    """An answer is taken back."""


class Refusal(StrEnum):
    """Why an answer cannot be taken, in one word: ``ResponseRefused.why``."""

    CLOSED = "closed"
    """Nothing is asked for any more. Values: ``status``."""
    GONE = "gone"
    """The register no longer has it."""
    LINK_OVER = "link_over"
    """The link by which it came no longer works."""
    REDATED = "redated"
    """The due date is another one by now. Values: ``due`` (date)."""
    SNOOZE_PAST = "snooze_past"
    SNOOZE_TOO_FAR = "snooze_too_far"
    """Values: ``last`` (date), the last day that can be named."""
    SNOOZE_TOO_OFTEN = "snooze_too_often"
    """Values: ``most`` (times)."""
    SNOOZE_TOO_LATE = "snooze_too_late"
    """It is due. Values: ``due`` (date)."""
    SILENT = "silent"
    """Nobody is told of it, so there is nothing to put off."""
    NOT_DONE_SO = "not_done_so"
    """It ends by another fact than somebody's word."""
    NEEDS_EVIDENCE = "needs_evidence"
    """A report counts with its day and evidence only."""
    STILL_TO_COME = "still_to_come"
    """It cannot have been done on a day that is not there yet."""
    UNREADABLE = "unreadable"
    """A value of the answer is not written as it must be. Values: ``field``."""
    NO_DECISION = "no_decision"
    """What becomes of an agreement is decided about its end only."""
    NOT_TO_THEM = "not_to_them"
    """Nobody in the directory, or nobody who is there, has that address."""
    NOT_HANDED_OVER = "not_handed_over"
    """Such a matter has no owner of its own."""
    OWNER_ALREADY = "owner_already"
    """That person is the owner."""
    TO_ONESELF = "to_oneself"
    """Whoever asks for a new owner cannot name themselves."""
    OFFER_OVER = "offer_over"
    """That somebody should be the owner is no longer asked. Values: ``state``, of the hand-over."""
    NO_UNDO = "no_undo"
    """Such an answer cannot be taken back."""
    CHANGED_SINCE = "changed_since"
    """What the answer recorded was changed by somebody else since."""


class Via(StrEnum):
    """By which way the answer came."""

    SHELL = "shell"
    WEB = "web"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Person:
    """Who answers, by which way, and what he has to say."""

    by: str
    """An address, or the name of the account at the shell."""
    via: Via = Via.SHELL
    note: str = ""
    grant_id: str = ""
    """The link by which the answer came: it takes each kind of answer once."""


@dataclass(frozen=True, slots=True)
class Named:
    """A deadline as a person names it: ``KSD-1 report:2026-S1``."""

    ref: str
    """The agreement; ``-`` or empty for a follow-up that belongs to none."""
    deadline: str

    @property
    def agreement(self) -> str:
        """As it is stored: empty for none."""
        return "" if self.ref == NO_AGREEMENT else self.ref

    def key(self) -> tuple[str, str]:
        """Kind and key, as they are stored if there is such a deadline."""
        kind, _, key = self.deadline.strip().partition(":")
        return kind.strip().replace("-", "_").casefold(), key.strip()


@dataclass(frozen=True, slots=True)
class Linked:
    """A deadline as a mail knows it: by its row, and the due date that the mail was about."""

    deadline_id: int
    epoch: int | None
    """None for whatever due date it has by now."""


Which = Named | Linked


def name_of(kind: str, key: str) -> str:
    """A deadline in the words that commands take: ``expiry``, ``report:2026-S1``."""
    return f"{kind}:{key}" if key else kind


class UnknownDeadline(ResponseRefused):
    """The agreement has no deadline of that name."""


def refuse_unknown(which: Named, known: Iterable[str]) -> UnknownDeadline:
    """What is wrong with a name, and the deadlines that are open."""
    names = list(known)
    whose = f"Agreement {which.ref}" if which.agreement else "What belongs to no agreement"
    near = near_names(which.deadline, names, most=1)
    hint = f"did you mean {near[0]}? " if near else ""
    open_ones = f"Open are {', '.join(names)}" if names else "None is open"
    return UnknownDeadline(f'{whose} has no deadline "{which.deadline}"; {hint}{open_ones}.')


def latest_snooze(today: date, due_on: date) -> date:
    """The last day that a recipient can name; not after *today* where there is none."""
    return min(today + LONGEST_SNOOZE, due_on)


def check_snooze(until: date, today: date, due_on: date, earlier: int, via: Via) -> None:
    """ResponseRefused where nobody may be left alone until that day.

    *earlier* is how often the matter was snoozed already for this due date. At the shell
    an admin may set any day of the next year; a recipient neither often, nor long, nor
    beyond what is due.
    """
    if until <= today:
        raise ResponseRefused(
            f"{until} is not after today ({today}); name the day on which to be told again.",
            Refusal.SNOOZE_PAST,
        )
    if via is Via.SHELL:
        last = LONGEST_AT_THE_SHELL.after(today)
        if until > last:
            raise ResponseRefused(
                f"{until} is more than a year away; name a day up to {last}. For good an "
                "agreement is excused by a row in the table opt_outs.",
                Refusal.SNOOZE_TOO_FAR,
                last=last,
            )
        return
    if earlier >= MOST_SNOOZES:
        raise ResponseRefused(
            f"It was put off {earlier} times already, and {MOST_SNOOZES} times is the most; "
            "acknowledge it, or ask the service's admin.",
            Refusal.SNOOZE_TOO_OFTEN,
            most=MOST_SNOOZES,
        )
    last = latest_snooze(today, due_on)
    if last <= today:
        raise ResponseRefused(
            f"It is due on {due_on}, so it can no longer be put off.",
            Refusal.SNOOZE_TOO_LATE,
            due=due_on,
        )
    if until > last:
        why = (
            f"it is due on {due_on}" if last == due_on else f"{LONGEST_SNOOZE.days} days at a time"
        )
        raise ResponseRefused(
            f"{until} is too far away ({why}); name a day up to {last}.",
            Refusal.SNOOZE_TOO_FAR,
            last=last,
        )


def refuse_done(
    kind: str, key: str, ref: str, findings: Mapping[str, FindingRule]
) -> ResponseRefused | None:
    """Why such a deadline cannot be called done, and what ends it; None where it can."""
    if kind == DeadlineKind.EXPIRY:
        return ResponseRefused(
            "An expiry is not done by saying so. It ends when an agreement that replaces it is "
            "signed, when a new expires_on is recorded (reminder import), or with: reminder decide "
            f"{ref} end",
            Refusal.NOT_DONE_SO,
        )
    if kind == DeadlineKind.NOTICE_BY:
        return ResponseRefused(
            "A notice to the partner is recorded as the letter that it is: reminder activity "
            f'{ref} --on D --type letter_out --summary "...", and then what the bureau decided: '
            f"reminder decide {ref} renew, end or revitalise",
            Refusal.NOT_DONE_SO,
        )
    if kind == DeadlineKind.FINDING:
        code = key.partition(":")[0]
        rule = findings.get(code)
        action = dict(rule.action).get("en", "") if rule is not None else ""
        todo = f" {action.rstrip('.')}." if action else f" See reminder why {ref}."
        return ResponseRefused(
            f"The finding {key} ends by itself once the register no longer shows it.{todo}",
            Refusal.NOT_DONE_SO,
        )
    return None
