"""Notice answers: what the page of one notice shows and takes; all of it goes to ``respond``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.offers import offer_hand_over
from jobs.respond import acknowledge, decide, done, snooze
from jobs.undo import undo_link
from reminder.errors import NotFound, ProblemsError, ResponseRefused
from reminder.mail.answers import Answer, main_answer
from reminder.mail.languages import words_for
from reminder.mail.wording import long_day
from reminder.responses import Action, Linked, Person, Refusal, Via
from reminder.storage.hand_overs import load_hand_overs
from reminder.storage.people import load_people
from reminder.web.answer_forms import AnswersPart, FormMaker, placed_faults, refilled
from reminder.web.answer_input import (
    Fault,
    choices_of_people,
    fault_of,
    read_answer,
    sentence_of,
)
from reminder.web.answerable import ACTIONS, POSTED, load_answerable, refusals
from reminder.web.languages import answer_words
from reminder.web.notice_page import notice_page, page_letter
from reminder.web.recorded import OnRecord, given_note, recorded_page
from reminder.web.site import Page

if TYPE_CHECKING:
    from datetime import date

    from reminder.mail.letters import Letter
    from reminder.storage.responses import ResponseRecord
    from reminder.web.acting import Visit
    from reminder.web.answer_input import Reading
    from reminder.web.answer_words import AnswerWords
    from reminder.web.answerable import Answerable
    from reminder.web.site import Site

WANTED = {
    Answer.SEEN: "ack",
    Answer.LATER: "snooze",
    Answer.DONE: "done",
    Answer.NOT_MINE: "handover",
    Answer.DECIDE: "decide",
}
"""What stands behind a link of a mail, and the form that it means."""
_COLUMNS = {"submitted_on": "on", "done_on": "on", "evidence": "evidence", "document": "evidence"}
"""Columns of the register, and the fields of the form that fill them."""


class NoticeAnswers:
    """The purpose ``act``: seen, later, done, not mine, and what becomes of an agreement."""

    def show(self, site: Site, visit: Visit) -> Page:
        """The facts of the notice as they are now, and what can be answered."""
        return _NoticeVisit(site, visit).asking()

    def repeated(self, site: Site, visit: Visit) -> Page | None:
        """The page that says what this link answered before."""
        action = ACTIONS.get(visit.form.get("action", ""))
        if action is None:
            return None
        return _NoticeVisit(site, visit).repeated(action)

    def take(self, site: Site, visit: Visit) -> Page:
        """Put the answer on record."""
        return _NoticeVisit(site, visit).take()


class _NoticeVisit:
    """One visit to the page of a notice, with what the register holds about it."""

    def __init__(self, site: Site, visit: Visit) -> None:
        self._site = site
        self._visit = visit
        self._read()

    def _read(self) -> None:
        context = self._visit.context
        self._matter: Answerable = load_answerable(context, self._visit.grant)
        self._words: AnswerWords = answer_words(self._matter.notice.language)
        self._letter: Letter = page_letter(context.policy, self._matter.notice, context.clock.now())

    def asking(self, faults: Sequence[Fault] = ()) -> Page:
        """The page that asks; *faults* are those of the answer that was sent."""
        visit, context = self._visit, self._visit.context
        values = notice_page(
            self._letter,
            self._site.passages(context),
            visit.grant,
            self._matter.notice,
            context.clock.now(),
            self._part(faults),
        )
        return Page("notice", values, 422 if faults else 200)

    def repeated(self, action: Action) -> Page | None:
        """What this link answered so before; None where it did not."""
        record = self._matter.answered(action)
        return self._recorded(record, is_new=False) if record is not None else None

    def take(self) -> Page:
        """Check what was sent, and put it on record; or say everything that is wrong with it."""
        matter, words = self._matter, self._words
        action = self._visit.form.get("action", "")
        if action not in ACTIONS:
            return self.asking([Fault("", words.no_action)])
        # The same may have gone on record since the page asked whether it had.
        if (before := self.repeated(ACTIONS[action])) is not None:
            return before
        if matter.closed:
            return self.asking([Fault("", self._why_closed())])
        refused = refusals(self._visit.context, matter).get(action)
        if refused is not None:
            return self.asking([Fault("", sentence_of(refused, words))])
        people = choices_of_people(matter, self._visit.context.settings.secret_key)
        reading = read_answer(matter, action, self._visit.form, words, people)
        if reading.faults:
            return self.asking([*reading.faults, *self._strangers(reading)])
        try:
            record, is_new = self._give(action, reading)
        except ResponseRefused as error:
            return self.asking([fault_of(error, words, self._visit.form)])
        except ProblemsError as error:
            return self.asking(list(self._faults_of(error)))
        except NotFound:
            return self.asking([Fault("", words.refused)])
        self._read()
        return self._recorded(record, is_new=is_new)

    def _strangers(self, reading: Reading) -> list[Fault]:
        """What else is wrong with a form that cannot be taken anyway: all of it is told at once."""
        if not reading.to:
            return []
        with self._visit.context.database.read() as connection:
            found = load_people(connection, reading.to)
        if any(contact.is_active(self._matter.today) for contact in found):
            return []
        refused = ResponseRefused("Nobody there has that address.", Refusal.NOT_TO_THEM)
        return [fault_of(refused, self._words, self._visit.form)]

    def _give(self, action: str, reading: Reading) -> tuple[ResponseRecord | None, bool]:
        """The record of the answer, and whether it is new: another may have been quicker."""
        context, grant = self._visit.context, self._visit.grant
        which = Linked(self._matter.deadline.id, grant.epoch)
        who = Person(grant.recipient, Via.WEB, grant_id=grant.id)
        if action == "handover":
            offered = offer_hand_over(context, which, who, reading.to, reading.note)
            return offered.record, offered.is_new
        if action == "snooze" and reading.until is not None:
            responded = snooze(context, which, who, reading.until)
        elif action == "done":
            responded = done(context, which, who, reading.on, reading.evidence)
        elif action == "decide" and reading.decision is not None:
            responded = decide(context, which, who, reading.decision)
        else:
            responded = acknowledge(context, which, who)
        return responded.record, responded.is_new

    def _faults_of(self, error: ProblemsError) -> list[Fault]:
        """What the register has against a fact; its own words are for the shell."""
        words = self._words
        names = dict.fromkeys(_COLUMNS.get(problem.key, "") for problem in error.problems)
        texts = {"on": words.unfit_day, "evidence": words.unreadable_text}
        return [Fault(name, texts.get(name, words.refused)) for name in names]

    def _part(self, faults: Sequence[Fault]) -> AnswersPart:
        """The forms, the one that is asked for first, and what speaks against others."""
        visit, words, matter = self._visit, self._words, self._matter
        sent = visit.form.get("action", "")
        problem = {"too_fast": words.too_fast, "form_over": words.form_over}.get(visit.problem, "")
        part = AnswersPart(words, visit.path, visit.nonce, problem=problem)
        if matter.closed:
            why = () if faults or matter.closed == "closed" else (self._why_closed(),)
            return replace(
                part, notes=(*self._given(), *why), faults=tuple(("", one.text) for one in faults)
            )
        refused = refusals(visit.context, matter)
        offered = [name for name in ACTIONS if name not in refused and self._is_left(name)]
        first = next((name for name in self._preferred(sent) if name in offered), "")
        notes: tuple[str, ...] = self._given()
        wanted = self._wanted
        if not sent and wanted in refused:
            notes = (*notes, sentence_of(refused[wanted], words))
        forms = {name: self._maker.form(name) for name in offered}
        if sent in forms:
            forms[sent] = refilled(forms[sent], visit.form, faults)
            placed = placed_faults(forms[sent], faults)
        else:
            placed = tuple(("", one.text) for one in faults)
        return replace(
            part,
            main=forms.get(first),
            others=tuple(form for name, form in forms.items() if name != first),
            notes=(*notes, *self._standing()),
            faults=placed,
        )

    @property
    def _maker(self) -> FormMaker:
        context = self._visit.context
        people = choices_of_people(self._matter, context.settings.secret_key)
        policy = context.policy
        return FormMaker(self._matter, self._words, policy.ack_lasts, policy.calendar, people)

    def _preferred(self, sent: str) -> list[str]:
        """Which form is to be open, the first of them that there is."""
        return [sent, self._wanted, WANTED[main_answer(self._letter.notices[0])], "ack"]

    @property
    def _wanted(self) -> str:
        """The form that the link in the mail was about; empty for any."""
        text = self._visit.wanted
        return WANTED[Answer(text)] if text in {answer.value for answer in Answer} else ""

    def _is_left(self, name: str) -> bool:
        """Whether an answer would say anything new: a link takes each kind once."""
        matter = self._matter
        if matter.answered(ACTIONS[name]) is not None:
            return False
        return not (name == "ack" and matter.is_acknowledged)

    def _given(self) -> tuple[str, ...]:
        """What this link answered, a line each."""
        return tuple(
            given_note(self._matter, record, self._words)
            for record in self._matter.given
            if record.action in POSTED
        )

    def _standing(self) -> tuple[str, ...]:
        """What others answered, as far as it shows in how the matter stands."""
        matter, words = self._matter, self._words
        found: list[str] = []
        last = matter.last_acknowledged
        if last is not None and not matter.given:
            found.append(words.acknowledged.format(last=self._day(last)))
        until = matter.deadline.snoozed_until
        if until is not None and matter.is_snoozed and not matter.answered(Action.SNOOZE):
            found.append(words.snoozed.format(until=self._day(until)))
        return tuple(found)

    def _why_closed(self) -> str:
        """Why nothing can be answered, in a sentence."""
        words, closed = self._words, self._matter.closed
        if closed == "closed":
            return words.refusals["closed"]
        reasons = {
            "copy": words.copy,
            "redated": words.redated,
            "not_responsible": words.not_responsible,
        }
        return reasons[closed]

    def _recorded(self, record: ResponseRecord | None, *, is_new: bool) -> Page:
        """The page after an answer; where nothing of it is on record, the notice as it stands."""
        if record is None:
            return self.asking()
        visit = self._visit
        undo = undo_link(visit.context, record, visit.grant.recipient)
        on_record = OnRecord(record, is_new, undo=undo)
        if record.action == Action.OFFER:
            on_record = self._with_offer(on_record)
        values = recorded_page(self._matter, on_record, self._letter, self._words, visit.path)
        return Page("recorded", values)

    def _with_offer(self, on_record: OnRecord) -> OnRecord:
        """With who was asked, and whether they have answered."""
        record, context = on_record.record, self._visit.context
        with context.database.read() as connection:
            asked = load_people(connection, record.to)
            offers = load_hand_overs(connection, [record.deadline_id])
        now, to = context.clock.now(), record.to.casefold()
        is_offered = any(one.is_open(now) and one.to.casefold() == to for one in offers)
        return replace(on_record, asked=tuple(asked), is_offered=is_offered)

    def _day(self, day: date) -> str:
        words = words_for(self._words.language)
        return words.by_weekday.format(long_day(day, words.language))
