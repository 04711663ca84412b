"""The forms of answers: what a page asks for, in words, with what was typed before and its faults.

The templates only lay out what stands here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from reminder.agreements import Decision
from reminder.deadlines import DeadlineKind
from reminder.mail.languages import words_for
from reminder.mail.plain_text import clean
from reminder.mail.wording import counted, long_day, role_name, short_day
from reminder.responses import latest_snooze
from reminder.web.answer_input import OTHER, confirmation_of

if TYPE_CHECKING:
    from reminder.agreements import Contact
    from reminder.calendars import Span, WorkCalendar
    from reminder.web.answer_input import Fault
    from reminder.web.answer_words import AnswerWords
    from reminder.web.answerable import Answerable

SNOOZES = (3, 7, 14)
"""Days after which most people want to be reminded."""
MOST_LISTED = 20
"""People in a list; whoever is not in it is named by address."""
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, of which one is to be chosen."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a form asks for."""

    name: str
    label: str
    kind: str = "text"
    """``text``, ``email``, ``date``, ``lines``, ``choices``"""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    is_required: bool = True
    first: str = ""
    """Of a date: the first and the last day that a calendar offers."""
    last: str = ""
    id: str = ""
    value: str = ""
    """What was typed before."""
    error: str = ""

    @property
    def described_by(self) -> str:
        """The ids of what stands beside it."""
        beside = {"hint": self.hint, "error": self.error}
        return " ".join(f"{self.id}-{name}" for name, text in beside.items() if text)


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """One answer: its question, what it means, what it needs, and its one button."""

    action: str
    question: str
    explained: str
    button: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswersPart:
    """What a page asks its reader, or why it does not."""

    words: AnswerWords
    path: str
    nonce: str
    main: AnswerForm | None = None
    """The one that is open."""
    others: tuple[AnswerForm, ...] = ()
    notes: tuple[str, ...] = ()
    """What was answered already, or why nothing can be."""
    problem: str = ""
    faults: tuple[tuple[str, str], ...] = ()
    """Each with the id of its field; empty where it is none of them."""

    @property
    def can_answer(self) -> bool:
        """Whether there is anything to press."""
        return self.main is not None or bool(self.others)


@dataclass(frozen=True, slots=True)
class FormMaker:
    """Makes the forms about one matter. *ack_lasts* and *calendar* are those of the policy."""

    matter: Answerable
    words: AnswerWords
    ack_lasts: Span
    calendar: WorkCalendar
    people: Mapping[str, Contact]

    def form(self, action: str) -> AnswerForm:
        """The empty form of that answer."""
        makers = {
            "ack": self._ack,
            "snooze": self._snooze,
            "done": self._done,
            "handover": self._handover,
            "decide": self._decide,
        }
        form = makers[action]()
        fields = tuple(replace(one, id=f"{action}-{one.name}") for one in form.fields)
        return replace(form, fields=fields)

    def _ack(self) -> AnswerForm:
        own = self.words
        until = self._by(self.ack_lasts.after(self.matter.today))
        return AnswerForm(
            "ack", own.ack_question, own.ack_explained.format(until=until), own.ack_button
        )

    def _snooze(self) -> AnswerForm:
        own, today = self.words, self.matter.today
        last = latest_snooze(today, self.matter.deadline.due_on)
        choices = tuple(self._snooze_choices(last))
        day = Field(
            "until_on",
            own.other_day_label.format(last=long_day(last, own.language)),
            "date",
            is_required=False,
            first=(today + timedelta(days=1)).isoformat(),
            last=last.isoformat(),
        )
        listed = Field("until", own.snooze_choice, "choices", choices=choices)
        return AnswerForm(
            "snooze", own.snooze_question, own.snooze_explained, own.snooze_button, (listed, day)
        )

    def _snooze_choices(self, last: date) -> Iterable[Choice]:
        """A few days to choose from, none of them a day off, and the way to name another."""
        own, today = self.words, self.matter.today
        days_left = words_for(own.language).days_left
        known: set[date] = set()
        for number in SNOOZES:
            day = self.calendar.on_or_before(today + timedelta(days=number))
            if today < day <= last and day not in known:
                known.add(day)
                label = own.snooze_day.format(
                    day=long_day(day, own.language), days=counted(days_left, (day - today).days)
                )
                yield Choice(day.isoformat(), label)
        yield Choice(OTHER, own.other_day)

    def _done(self) -> AnswerForm:
        own, today, kind = self.words, self.matter.today, self.matter.deadline.kind
        on = Field(
            "on",
            own.done_on[kind],
            "date",
            own.done_on_hint.format(short_day(today, own.language)),
            last=today.isoformat(),
        )
        evidence = Field(
            "evidence",
            own.evidence[kind],
            "lines",
            own.evidence_hint[kind],
            is_required=kind == DeadlineKind.REPORT,
        )
        fields = (on, evidence, self._confirm())
        return AnswerForm("done", own.done_question[kind], "", own.done_button[kind], fields)

    def _handover(self) -> AnswerForm:
        own = self.words
        choices = tuple(self._people())
        fields: list[Field] = []
        if choices:
            other = Choice(OTHER, own.other_person)
            fields.append(Field("to", own.to_choice, "choices", choices=(*choices, other)))
        label = own.other_person_label if choices else own.only_person_label
        fields += [
            Field(
                "to_address",
                label,
                "email",
                own.other_person_hint,
                is_required=not choices,
            ),
            Field("note", own.note, "lines", is_required=False),
            self._confirm(),
        ]
        return AnswerForm(
            "handover",
            own.handover_question,
            own.handover_explained,
            own.handover_button,
            tuple(fields),
        )

    def _people(self) -> Iterable[Choice]:
        """By name and role; somebody without a name by as much of the address as must be."""
        words = words_for(self.words.language)
        for value, contact in list(self.people.items())[:MOST_LISTED]:
            name = clean(contact.name, 120) or masked_address(contact.email)
            yield Choice(value, name, role_name(contact.role, words))

    def _decide(self) -> AnswerForm:
        own = self.words
        choices = tuple(
            Choice(one.value, own.decisions[one.value], own.decision_hints[one.value])
            for one in Decision
        )
        return AnswerForm(
            "decide",
            own.decide_question,
            own.decide_explained,
            own.decide_button,
            (
                Field("decision", own.decision_choice, "choices", choices=choices),
                self._confirm(),
            ),
        )

    def _confirm(self) -> Field:
        own, asked = self.words, confirmation_of(self.matter)
        if asked.is_item:
            pattern = own.confirm_whole_item if asked.is_whole else own.confirm_last_item
        else:
            pattern = own.confirm_whole if asked.is_whole else own.confirm_last
        count = len(asked.expected)
        return Field("confirm", pattern.format(count=count, ref=clean(asked.ref, 200)))

    def _by(self, day: date) -> str:
        words = words_for(self.words.language)
        return words.by_weekday.format(long_day(day, words.language))


def refilled(form: AnswerForm, sent: Mapping[str, str], faults: Sequence[Fault]) -> AnswerForm:
    """The form with what was sent, each fault beside its field."""
    errors = {fault.name: fault.text for fault in reversed(faults)}
    return replace(
        form,
        fields=tuple(
            _kept(replace(one, error=errors.get(one.name, "")), sent.get(one.name, ""))
            for one in form.fields
        ),
    )


def placed_faults(form: AnswerForm, faults: Iterable[Fault]) -> tuple[tuple[str, str], ...]:
    """What is wrong, each with the id of the element to go to; empty where there is none."""
    ids = {one.name: one.id for one in form.fields}
    return tuple((ids.get(fault.name, ""), fault.text) for fault in faults)


def masked_address(email: str) -> str:
    """``p***@biro.example.go.id``: known again by who knows it, and nothing to write to."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"


def _kept(one: Field, value: str) -> Field:
    """With what was typed: a calendar shows nothing but a day, and would lose anything else."""
    if one.kind == "date" and value and not _ISO.fullmatch(value):
        return replace(one, kind="text", value=value)
    if one.kind == "choices" and value not in {choice.value for choice in one.choices}:
        return one
    return replace(one, value=value)
