"""What a form of an answer says: read and checked, with everything that is wrong at once."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reminder.agreements import Decision
from reminder.calendars import PartialDate
from reminder.deadlines import DeadlineKind
from reminder.errors import ResponseRefused
from reminder.mail.links import derive_key
from reminder.mail.wording import long_day, short_day
from reminder.register.addresses import email
from reminder.register.days import full_date, partial_date
from reminder.register.text import CellError, text_check
from reminder.responses import Refusal, Via, check_snooze
from reminder.web.answerable import earlier_snoozes

if TYPE_CHECKING:
    from reminder.agreements import Contact
    from reminder.web.answer_words import AnswerWords
    from reminder.web.answerable import Answerable

OTHER = "other"
"""The choice beside those of a list."""
TAIL = 4
"""Characters of the reference that are typed again (reliability 3.2, tier T2)."""
MOST_OF_EVIDENCE, MOST_OF_NOTE = 1000, 500
"""Characters."""
CONFIRMED = ("done", "handover", "decide")
"""The answers that are typed to be confirmed."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; an empty name where it is none of them."""

    name: str
    text: str


@dataclass(slots=True)
class Reading:
    """What a form says, as far as it can be read, and what is wrong with it."""

    until: date | None = None
    on: str = ""
    evidence: str = ""
    to: str = ""
    note: str = ""
    decision: Decision | None = None
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What has to be typed again."""

    ref: str
    is_item: bool
    """Whether it is the id of a follow-up, which belongs to no agreement."""

    @property
    def expected(self) -> str:
        """The last characters; all of a shorter one."""
        return self.ref[-TAIL:].strip()

    @property
    def is_whole(self) -> bool:
        """Whether there is no more of it."""
        return self.expected == self.ref


def confirmation_of(matter: Answerable) -> Confirmation:
    """What the answers about a matter are confirmed with."""
    deadline = matter.deadline
    return Confirmation(deadline.agreement or deadline.key, not deadline.agreement)


def read_answer(
    matter: Answerable,
    action: str,
    form: Mapping[str, str],
    words: AnswerWords,
    people: Mapping[str, Contact],
) -> Reading:
    """Read the form of that *action*; *people* are those that its list names, by their choice."""
    reading = Reading()
    match action:
        case "snooze":
            _read_until(reading, matter, form, words)
        case "done":
            _read_done(reading, matter, form, words)
        case "handover":
            _read_person(reading, form, words, people)
            reading.note = read_text(reading, "note", form, MOST_OF_NOTE, words)
        case "decide":
            _read_decision(reading, form, words)
    if action in CONFIRMED:
        _read_confirmation(reading, confirmation_of(matter), form, words)
    return reading


def sentence_of(refused: ResponseRefused, words: AnswerWords) -> str:
    """Why an answer cannot be taken, in the reader's language."""
    values = {
        name: long_day(value, words.language) if isinstance(value, date) else value
        for name, value in refused.values.items()
    }
    return words.refusals.get(refused.why, words.refused).format(**values)


FIELDS_OF_REFUSALS: Mapping[str, str] = {
    Refusal.SNOOZE_PAST: "until",
    Refusal.SNOOZE_TOO_FAR: "until",
    Refusal.STILL_TO_COME: "on",
    Refusal.NEEDS_EVIDENCE: "evidence",
    Refusal.NOT_TO_THEM: "to",
    Refusal.OWNER_ALREADY: "to",
    Refusal.TO_ONESELF: "to",
}
"""Beside which field the reason stands."""


def fault_of(refused: ResponseRefused, words: AnswerWords, form: Mapping[str, str]) -> Fault:
    """The same as what is wrong with a form."""
    name = FIELDS_OF_REFUSALS.get(refused.why, "")
    if name == "to" and form.get("to_address", "").strip():
        name = "to_address"
    return Fault(name, sentence_of(refused, words))


def choices_of_people(matter: Answerable, secret_key: str) -> dict[str, Contact]:
    """Whom the list of a hand-over names: the bureau's people but the reader and the owner.

    Each by a word that says nothing of the address, which is nobody's business who has the link.
    """
    key = derive_key(secret_key, "contact")
    known = {matter.grant.recipient.casefold(), (matter.deadline.officer or "").casefold()}
    found: dict[str, Contact] = {}
    for contact in matter.colleagues:
        address = contact.email.casefold()
        if address not in known:
            known.add(address)
            mac = hmac.digest(key, f"{matter.grant.id}/{address}".encode(), "sha256")[:12]
            found[base64.urlsafe_b64encode(mac).decode()] = contact
    return found


def _read_until(
    reading: Reading, matter: Answerable, form: Mapping[str, str], words: AnswerWords
) -> None:
    chosen, typed = form.get("until", "").strip(), form.get("until_on", "").strip()
    if typed and chosen not in ("", OTHER):
        reading.faults.append(Fault("until", words.one_day))
        return
    raw = typed if chosen in ("", OTHER) else chosen
    if not raw:
        reading.faults.append(Fault("until_on" if chosen else "until", words.choose_day))
        return
    name = "until_on" if typed else "until"
    try:
        until = date.fromisoformat(full_date(raw))
    except CellError:
        example = short_day(matter.today + timedelta(days=1), words.language)
        reading.faults.append(Fault(name, words.unreadable_day.format(example=example)))
        return
    deadline = matter.deadline
    try:
        check_snooze(until, matter.today, deadline.due_on, earlier_snoozes(matter), Via.WEB)
    except ResponseRefused as refused:
        reading.faults.append(Fault(name, sentence_of(refused, words)))
    reading.until = until


def _read_done(
    reading: Reading, matter: Answerable, form: Mapping[str, str], words: AnswerWords
) -> None:
    raw = form.get("on", "").strip()
    if not raw:
        reading.faults.append(Fault("on", words.needs_day))
    else:
        try:
            reading.on = partial_date(raw)
        except CellError:
            example = short_day(matter.today, words.language)
            reading.faults.append(Fault("on", words.unreadable_day.format(example=example)))
        else:
            if PartialDate.parse(reading.on).first > matter.today:
                reading.faults.append(Fault("on", words.refusals[Refusal.STILL_TO_COME]))
    reading.evidence = read_text(reading, "evidence", form, MOST_OF_EVIDENCE, words)
    is_report = matter.deadline.kind == DeadlineKind.REPORT
    if is_report and not " ".join(form.get("evidence", "").split()):
        reading.faults.append(Fault("evidence", words.refusals[Refusal.NEEDS_EVIDENCE]))


def read_text(
    reading: Reading, name: str, form: Mapping[str, str], most: int, words: AnswerWords
) -> str:
    """A text on one line: what is typed in several lines is one fact all the same."""
    raw = " ".join(form.get(name, "").split())
    if len(raw) > most:
        reading.faults.append(Fault(name, words.too_long.format(most=most)))
        return ""
    try:
        return text_check(most)(raw) or ""
    except CellError:
        reading.faults.append(Fault(name, words.unreadable_text))
        return ""


def _read_person(
    reading: Reading,
    form: Mapping[str, str],
    words: AnswerWords,
    people: Mapping[str, Contact],
) -> None:
    chosen, typed = form.get("to", "").strip(), form.get("to_address", "").strip()
    if typed and chosen not in ("", OTHER):
        reading.faults.append(Fault("to", words.one_person))
        return
    if chosen in people:
        reading.to = people[chosen].email
        return
    raw = typed if chosen in ("", OTHER) else chosen
    if not raw:
        has_list = bool(people) and not chosen
        reading.faults.append(Fault("to" if has_list else "to_address", words.choose_person))
        return
    try:
        reading.to = email(raw)
    except CellError:
        name = "to_address" if typed else "to"
        reading.faults.append(Fault(name, words.refusals[Refusal.NOT_TO_THEM]))


def _read_decision(reading: Reading, form: Mapping[str, str], words: AnswerWords) -> None:
    raw = form.get("decision", "").strip()
    if raw in {decision.value for decision in Decision}:
        reading.decision = Decision(raw)
    else:
        reading.faults.append(Fault("decision", words.choose_decision))


def _read_confirmation(
    reading: Reading, asked: Confirmation, form: Mapping[str, str], words: AnswerWords
) -> None:
    """Exactly what was asked for, but for capitals.

    Digits of another script, or letters that only look alike, are never the same: whoever sends
    such has not read the page, or it was not a person.
    """
    typed = form.get("confirm", "").strip()
    if not typed:
        reading.faults.append(Fault("confirm", words.needs_confirm))
    elif asked.expected.isascii() and not typed.isascii():
        reading.faults.append(Fault("confirm", words.latin_confirm))
    elif typed.casefold() != asked.expected.casefold():
        reading.faults.append(Fault("confirm", words.wrong_confirm))
