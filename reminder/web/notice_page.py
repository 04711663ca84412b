"""The page behind a mail's link: one notice as its facts are now, with what can be answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from jobs.letters import LetterMaker
from reminder.agreements import AgreementStatus
from reminder.calendars import PartialDate
from reminder.clock import local_date
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.mail.context import letter_context
from reminder.mail.languages import words_for
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.plain_text import clean
from reminder.mail.wording import clock_time, due_words, short_day, when_partial
from reminder.mail.words import Words
from reminder.web.passages import ACTION, AFTER, OPENING, Passages
from reminder.web.words import PageWords, page_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reminder.mail.matters import Plain
    from reminder.policy import Policy
    from reminder.storage.grants import Grant
    from reminder.storage.linked_notices import LinkedNotice
    from reminder.web.answer_forms import AnswersPart

Row = tuple[str, str]


def notice_page(
    letter: Letter,
    passages: Passages,
    grant: Grant,
    notice: LinkedNotice,
    now: datetime,
    answers: AnswersPart,
) -> dict[str, object]:
    """What ``notice.html.j2`` is given. The facts name no person, nor any address but the one
    to ask. *letter* is ``page_letter`` of the notice."""
    own = page_words(letter.language)
    today = letter.today
    facts = letter.notices[0]
    words = words_for(own.language)
    context = letter_context(letter)
    is_open = notice.status is DeadlineStatus.OPEN

    def passage(block: str) -> str:
        return passages.passage(facts.template, notice.row.kind, block, context)

    def asked(block: str) -> str:
        # What a closed deadline once asked for would be wrong now.
        return passage(block) if is_open else ""

    return {
        "words": own,
        "service_name": context["service_name"],
        "title": context["title"],
        "heading": context["heading"],
        "urgency": context["urgency"] if is_open else str(notice.status),
        "status": _status(own, notice.status, facts, today),
        "status_text": _closing(own, words, notice),
        "redated": _redated(own, notice, facts),
        "opening": asked(OPENING),
        "points": context["points"] if is_open else (),
        "request": words.request_of_owner if facts.copy else words.request,
        "action": asked(ACTION),
        "after": asked(AFTER),
        "consequence": context["consequence"] if is_open and facts.next_lead_on else "",
        "facts_heading": words.facts,
        "facts": tuple(_rows(own, words, notice, facts, context)),
        "whom_to_ask": whom_to_ask(letter),
        "about": own.about.format(service=context["service_name"], ref=context["system_ref"]),
        "as_of": own.as_of.format(clock_time(now, notice.timezone, words)),
        "opening_only": answers.words.opening_only if answers.can_answer else own.only_shows,
        "holder": (answers.words.holder_answers if answers.can_answer else own.holder).format(
            short_day(local_date(grant.expires_at, notice.timezone), own.language)
        ),
        "answers": answers,
    }


def page_letter(policy: Policy, notice: LinkedNotice, now: datetime) -> Letter:
    """The mail as it would be written now, to nobody: the reader may be anyone with the link."""
    language, today = page_words(notice.language).language, local_date(now, notice.timezone)
    facts = LetterMaker(policy).notice_facts(
        notice.row, notice.dossier, notice.follow_up, language, today
    )
    service = policy.service
    return Letter(
        message_id=notice.row.message_id,
        template=notice.row.kind,
        language=language,
        recipient="",
        recipient_name="",
        bureau_name=notice.office,
        service_name=service.name,
        timezone=notice.timezone,
        today=today,
        notices=(replace(facts, link="", successor_of=""),),
        contact=policy.contact,
    )


def _status(own: PageWords, status: DeadlineStatus, facts: NoticeFacts, today: date) -> str:
    if status is DeadlineStatus.MET:
        return own.met
    if status is DeadlineStatus.VOID:
        return own.void
    # The date of a finding is the day since when it counts, and always past.
    is_late = facts.deadline != DeadlineKind.FINDING and facts.due.last < today
    return own.overdue if is_late else own.open


def _closing(own: PageWords, words: Words, notice: LinkedNotice) -> str:
    """Why nothing needs to be done any more; empty while something does."""
    if notice.status is DeadlineStatus.OPEN:
        return ""
    dossier = notice.dossier
    agreement_status = dossier.agreement.status if dossier else AgreementStatus.ACTIVE
    day = done_on(notice)
    if notice.status is DeadlineStatus.MET and day is not None:
        return own.is_met_on.format(on=when_partial(day, words))
    if agreement_status is AgreementStatus.REPLACED or (dossier and dossier.replaced_by):
        return own.is_void_replaced
    if notice.status is DeadlineStatus.MET:
        return own.is_met
    if agreement_status is AgreementStatus.TERMINATED:
        return own.is_void_terminated
    return own.is_void


def done_on(notice: LinkedNotice) -> PartialDate | None:
    """The day on which the register says that it was done, where it says so."""
    dossier, key = notice.dossier, notice.row.key
    days: list[PartialDate | None] = []
    match notice.row.kind:
        case DeadlineKind.REPORT if dossier:
            days = [report.submitted_on for report in dossier.reports if report.period == key]
        case DeadlineKind.STEP if dossier:
            days = [step.done_on for step in dossier.steps if step.step == key]
        case DeadlineKind.FOLLOW_UP if notice.follow_up:
            days = [notice.follow_up.done_on]
    return next(iter(days), None)


def _redated(own: PageWords, notice: LinkedNotice, facts: NoticeFacts) -> str:
    mailed = notice.mailed_due
    if (mailed.first, mailed.last) == (facts.due.first, facts.due.last):
        return ""
    old, new = (due_words(due, own.language).day for due in (mailed, facts.due))
    return own.redated.format(old=old, new=new)


def _rows(
    own: PageWords,
    words: Words,
    notice: LinkedNotice,
    facts: NoticeFacts,
    context: dict[str, Plain],
) -> Iterator[Row]:
    """The facts of the mail, and what a reader without the mail must know besides."""
    if context["ref"]:
        yield own.ref, str(context["ref"])
    stated = cast("tuple[Row, ...]", context["facts"])
    basis = words.labels["basis"]
    yield from (row for row in stated if row[0] != basis)
    unit = clean(facts.agreement.leading_unit, 200) if facts.agreement else ""
    if unit and words.labels["unit"] not in dict(stated):
        yield words.labels["unit"], unit
    if notice.office:
        yield own.responsible, clean(notice.office, 200)
    yield basis, str(context["basis"])


def whom_to_ask(letter: Letter) -> str:
    """To whom questions go."""
    words = words_for(letter.language)
    pattern = words.footer_contact if letter.contact else words.footer_no_contact
    return pattern.format(
        contact=clean(letter.contact, 320), service=clean(letter.service_name, 120)
    )
