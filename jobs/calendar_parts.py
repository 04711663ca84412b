"""Calendar parts: the day that a mail is about, as a file for its reader's calendar."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from reminder.deadlines import DeadlineKind
from reminder.mail.calendar_entries import CalendarDate, entry_of
from reminder.mail.calendar_file import CANCEL, PUBLISH, calendar_file
from reminder.mail.calendar_words import calendar_words
from reminder.mail.letters import DIGEST
from reminder.mail.receipts import Told
from reminder.notices import OWNER_ROLE
from reminder.storage.attachments import Attachment

if TYPE_CHECKING:
    from reminder.mail.letters import Letter, NoticeFacts
    from reminder.policy import Policy
    from reminder.settings import Settings

_AFTER = {Told.DONE: CANCEL, Told.REOPENED: PUBLISH}


class CalendarParts:
    """Makes the parts by one policy; none where it says ``calendar: none``."""

    def __init__(self, settings: Settings, policy: Policy) -> None:
        self._secret_key = settings.secret_key
        self._service_name = policy.service.name
        self._is_wanted = policy.mail.calendar

    def of(self, letter: Letter, dated_at: datetime) -> tuple[Attachment, ...]:
        """The part of a mail about one date; none for any other mail.

        A day belongs into the calendar of whoever has to act by it. So there is none in a copy
        or in an escalation, which ask somebody to see to it that another acts; none in a digest,
        which is a list to go through; and none about a finding or a step that is stuck, which
        have a day from which they count and none by which anything must be done.
        """
        if not self._is_wanted or letter.template == DIGEST or len(letter.notices) != 1:
            return ()
        (facts,) = letter.notices
        if letter.copy or not has_date(facts):
            return ()
        return self._part(letter.message_id, date_of(facts), letter.language, dated_at, PUBLISH)

    def of_receipt(self, letter: Letter, dated_at: datetime) -> tuple[Attachment, ...]:
        """The part of a mail about an answer, to an officer, who had the date from a mail before.

        What is done leaves the calendar, and comes back where that is taken back. The sequence
        stays that of the epoch: of two with the same one the later counts.
        """
        method = _AFTER.get(letter.receipt.what) if letter.receipt is not None else None
        if not self._is_wanted or method is None or len(letter.notices) != 1:
            return ()
        (facts,) = letter.notices
        if facts.role != OWNER_ROLE or not has_date(facts):
            return ()
        return self._part(letter.message_id, date_of(facts), letter.language, dated_at, method)

    def _part(
        self,
        message_id: str,
        one: CalendarDate,
        language: str,
        dated_at: datetime,
        method: str,
    ) -> tuple[Attachment, ...]:
        entry = entry_of(one, language, self._service_name, self._secret_key)
        return (
            Attachment(
                message_id=message_id,
                number=1,
                media_type=f"text/calendar; charset=utf-8; method={method}",
                name=calendar_words(language).file_name,
                content_id="",
                data=calendar_file([entry], dated_at, method),
            ),
        )


def has_date(facts: NoticeFacts) -> bool:
    """Whether a notice asks its reader to do something by a day."""
    is_date = facts.deadline != DeadlineKind.FINDING and facts.stalled_since is None
    return is_date and not facts.copy and not facts.level


def date_of(facts: NoticeFacts) -> CalendarDate:
    """The deadline of a notice as its entry names it."""
    topics = {
        DeadlineKind.STEP: facts.step_title,
        DeadlineKind.FOLLOW_UP: facts.follow_up_text,
        DeadlineKind.FINDING: facts.finding_title,
    }
    return CalendarDate(
        agreement=facts.agreement.ref if facts.agreement is not None else "",
        kind=facts.deadline,
        key=facts.key or "",
        due=facts.due,
        epoch=facts.epoch,
        about=facts.agreement,
        topic=topics.get(DeadlineKind(facts.deadline), ""),
    )
