"""Recorded: the page after an answer. What is on record, by whom, what comes next, how to undo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.offer_states import is_standing
from reminder.deadlines import DeadlineStatus
from reminder.mail.context import letter_context
from reminder.mail.languages import words_for
from reminder.mail.plain_text import clean
from reminder.mail.wording import clock_time, long_day, when_partial
from reminder.responses import Action, Via
from reminder.web.answer_forms import masked_address
from reminder.web.answerable import POSTED
from reminder.web.notice_page import done_on, whom_to_ask
from reminder.web.offer_words import offer_words
from reminder.web.words import page_words

if TYPE_CHECKING:
    from datetime import date

    from reminder.agreements import Contact
    from reminder.mail.letters import Letter
    from reminder.storage.responses import ResponseRecord
    from reminder.web.answer_words import AnswerWords
    from reminder.web.answerable import Answerable

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """An answer with what its page tells beside the answer itself."""

    record: ResponseRecord
    is_new: bool
    """Whether it went on record just now."""
    asked: tuple[Contact, ...] = ()
    """Of a hand-over: the entries in the directory of who was asked."""
    is_offered: bool = False
    """Of a hand-over: whether nobody has answered it yet."""
    undo: str = ""
    """The page that takes it back; empty where none does."""


def recorded_page(
    matter: Answerable, on_record: OnRecord, letter: Letter, words: AnswerWords, path: str
) -> dict[str, object]:
    """What ``recorded.html.j2`` is given. *matter* is read after the answer went on record."""
    own, record = page_words(words.language), on_record.record
    teller = _Teller(matter, words)
    context = letter_context(letter)
    action = POSTED[record.action]
    if on_record.is_new:
        heading, why = words.recorded[action], ""
    elif record.grant_id == matter.grant.id:
        heading = words.recorded_before
        why = words.recorded_before_why.format(at=teller.at(record.at))
    else:
        heading, why = words.recorded_before, words.recorded_by_other
    taken_back = record.taken_back_at
    return {
        "words": own,
        "own": words,
        "service_name": context["service_name"],
        "heading": heading,
        "why": why,
        "taken_back": words.taken_back.format(at=teller.at(taken_back)) if taken_back else "",
        "title": context["title"],
        "rows": tuple(teller.rows(on_record, str(context["heading"]))),
        "nexts": () if taken_back else tuple(teller.nexts(on_record)),
        "undo": on_record.undo,
        "no_undo": "" if taken_back else words.no_undo[action],
        "whom_to_ask": whom_to_ask(letter),
        "about": own.about.format(service=context["service_name"], ref=context["system_ref"]),
        "path": path,
    }


def given_note(matter: Answerable, record: ResponseRecord, words: AnswerWords) -> str:
    """One line of what a link answered before, for the page that asks."""
    teller = _Teller(matter, words)
    line = words.given.format(at=teller.at(record.at), what=teller.what(record, ()))
    if record.taken_back_at is not None:
        return f"{line}. {words.taken_back.format(at=teller.at(record.taken_back_at))}"
    if record.id in matter.offers and not is_standing(record, matter.offers):
        came_of_it, _sentence = offer_words(words.language).states[matter.offers[record.id]]
        return f"{line}. {came_of_it}."
    return line


@dataclass(frozen=True, slots=True)
class _Teller:
    """Puts an answer into words."""

    matter: Answerable
    words: AnswerWords

    def rows(self, on_record: OnRecord, heading: str) -> Iterator[Row]:
        """The answer itself, as a table."""
        words, record = self.words, on_record.record
        what = self.what(record, on_record.asked)
        yield words.about_matter, heading
        yield words.what, what
        if record.evidence:
            yield words.evidence_row, clean(record.evidence)
        yield words.by, self._by(record)
        yield words.at, self.at(record.at)

    def what(self, record: ResponseRecord, asked: tuple[Contact, ...]) -> str:
        """What was answered, as it follows "recorded"."""
        words = self.words
        match record.action:
            case Action.ACKNOWLEDGE:
                return words.recorded_seen
            case Action.SNOOZE if record.until is not None:
                return words.recorded_snooze.format(until=self._day(record.until))
            case Action.DONE:
                return self._done(record)
            case Action.OFFER:
                return words.recorded_offer.format(to=_person(record.to, asked))
            case _:
                decision = words.decisions.get(record.decision, record.decision)
                return words.recorded_decision.format(decision=decision)

    def nexts(self, on_record: OnRecord) -> Iterator[str]:
        """What follows, as the register stands now."""
        words, matter, record = self.words, self.matter, on_record.record
        deadline = matter.deadline
        if record.action == Action.DECIDE:
            yield words.next_decided[record.decision]
        if matter.notice.status is not DeadlineStatus.OPEN:
            # What was decided has steps of its own, with reminders of their own.
            is_over = record.action != Action.DECIDE
            yield words.nothing_more if is_over else words.no_reminder
            return
        if record.action == Action.DONE:
            yield words.still_open
        if record.action == Action.OFFER and on_record.is_offered:
            yield words.next_offer
        until = deadline.acknowledged_until
        if until is not None and matter.is_acknowledged:
            yield words.next_quiet_until.format(until=self._day(until))
        if deadline.snoozed_until is not None and matter.is_snoozed:
            yield words.next_snoozed.format(until=self._day(deadline.snoozed_until))
        elif deadline.next_on is None:
            yield words.no_reminder
        else:
            day = long_day(max(deadline.next_on, matter.today), words.language)
            yield words.next_reminder.format(on=words_for(words.language).when_day.format(day))

    def at(self, instant: datetime) -> str:
        """With the zone of the message."""
        return clock_time(instant, self.matter.notice.timezone, words_for(self.words.language))

    def _day(self, day: date) -> str:
        words = words_for(self.words.language)
        return words.by_weekday.format(long_day(day, words.language))

    def _done(self, record: ResponseRecord) -> str:
        day = done_on(self.matter.notice)
        if day is None or record.undone_at is not None:
            return self.words.recorded_done
        mail_words = words_for(self.words.language)
        return self.words.recorded_done_on.format(on=when_partial(day, mail_words))

    def _by(self, record: ResponseRecord) -> str:
        """The link shows who had the mail, and not who sat at the screen; others stay unnamed."""
        words, grant = self.words, self.matter.grant
        if record.grant_id != grant.id:
            return words.by_other
        pattern = words.by_reply if record.via == Via.MAIL else words.by_link
        return pattern.format(who=_person(grant.recipient, self.matter.reader))


def _person(email: str, entries: tuple[Contact, ...]) -> str:
    """The name that the directory has for an address, and as much of it as names nobody else."""
    name = next((clean(contact.name, 120) for contact in entries if contact.name), "")
    return f"{name} ({masked_address(email)})" if name else masked_address(email)
