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
    HANDOVER = "handover"
    DECIDE = "decide"


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
    epoch: int


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


def check_snooze(until: date, today: date, due_on: date, earlier: int, via: Via) -> None:
    """ResponseRefused where nobody may be left alone until that day.

    *earlier* is how often the matter was snoozed already for this due date. At the shell
    an admin may set any day of the next year; a recipient neither often, nor long, nor
    beyond what is due.
    """
    if until <= today:
        raise ResponseRefused(
            f"{until} is not after today ({today}); name the day on which to be told again."
        )
    if via is Via.SHELL:
        last = LONGEST_AT_THE_SHELL.after(today)
        if until > last:
            raise ResponseRefused(
                f"{until} is more than a year away; name a day up to {last}. For good an "
                "agreement is excused by a row in the table opt_outs."
            )
        return
    if earlier >= MOST_SNOOZES:
        raise ResponseRefused(
            f"It was put off {earlier} times already, and {MOST_SNOOZES} times is the most; "
            "acknowledge it, or ask the service's admin."
        )
    last = min(today + LONGEST_SNOOZE, due_on)
    if last <= today:
        raise ResponseRefused(f"It is due on {due_on}, so it can no longer be put off.")
    if until > last:
        why = (
            f"it is due on {due_on}" if last == due_on else f"{LONGEST_SNOOZE.days} days at a time"
        )
        raise ResponseRefused(f"{until} is too far away ({why}); name a day up to {last}.")


def refuse_done(
    kind: str, key: str, ref: str, findings: Mapping[str, FindingRule]
) -> ResponseRefused | None:
    """Why such a deadline cannot be called done, and what ends it; None where it can."""
    if kind == DeadlineKind.EXPIRY:
        return ResponseRefused(
            "An expiry is not done by saying so. It ends when an agreement that replaces it is "
            "signed, when a new expires_on is recorded (reminder import), or with: reminder decide "
            f"{ref} end"
        )
    if kind == DeadlineKind.NOTICE_BY:
        return ResponseRefused(
            "A notice to the partner is recorded as the letter that it is: reminder activity "
            f'{ref} --on D --type letter_out --summary "...", and then what the bureau decided: '
            f"reminder decide {ref} renew, end or revitalise"
        )
    if kind == DeadlineKind.FINDING:
        code = key.partition(":")[0]
        rule = findings.get(code)
        action = dict(rule.action).get("en", "") if rule is not None else ""
        todo = f" {action.rstrip('.')}." if action else f" See reminder why {ref}."
        return ResponseRefused(
            f"The finding {key} ends by itself once the register no longer shows it.{todo}"
        )
    return None
