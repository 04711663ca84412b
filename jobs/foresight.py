"""What will be mailed: the forecast, with the facts read from the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from jobs.letters import ENDINGS, LetterMaker
from jobs.planning import directory_of, plan_rules
from jobs.standing import Standing, Standings
from reminder.agreements import Dossier, FollowUp
from reminder.calendars import Due
from reminder.clock import local_date
from reminder.directory import Directory
from reminder.errors import NotFound
from reminder.escalation import Course
from reminder.forecast import Forecaster, ForetoldNotice, is_overtaken
from reminder.mail.letters import Letter
from reminder.near_names import near_name
from reminder.storage.chunks import chunks
from reminder.storage.deadlines import load_stored
from reminder.storage.dossiers import load_dossier, load_dossiers
from reminder.storage.follow_ups import load_unattached
from reminder.storage.history import PendingMessage, load_pending
from reminder.storage.letters import NoticeRow, load_letter_facts
from reminder.storage.planning import all_refs

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.policy import Policy

PAGE = 500


@dataclass(frozen=True, slots=True)
class MailToCome:
    """One line of ``plan``: a notice that will be sent, or is made and waits to leave."""

    send_on: date
    bureau: str
    recipient: str
    role: str
    agreement: str
    rule: str
    deadline: str
    key: str | None
    due_on: date
    due_text: str
    lead_time: str
    template: str
    subject: str
    stage: str | None = None
    """The code of the step that the agreement has done last; None where none is recorded."""
    next_step: str | None = None
    """The code of the step that comes next; None where none is known."""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two lines the same mail under two policies."""
        words = ("subject", "stage", "next_step")
        return tuple(getattr(self, name) for name in self.__slots__ if name not in words)


def forecaster(context: JobContext, connection: Connection, policy: Policy) -> Forecaster:
    """The policy and the contacts as they are now, ready to be run forward."""
    return Forecaster(
        rules=plan_rules(policy),
        directory=directory_of(connection, policy),
        send_window=policy.send_window,
        calendar=policy.calendar,
        default_zone=policy.service.timezone,
        now=context.clock.now(),
    )


def foretell(
    context: JobContext,
    policy: Policy,
    first: date,
    last: date,
    bureau: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[MailToCome]:
    """The mails from *first* to *last*, as *policy* has them; writes nothing.

    Mails that are made and wait to leave stand with the day on which they will.
    """
    lines = _Lines(context, policy)
    with context.database.read() as connection:
        ahead = forecaster(context, connection, policy)
        lines.directory = ahead.directory
        found = lines.of_pending(load_pending(connection), connection)
        for foretold in _all(connection, ahead, last, progress):
            if first <= foretold.send_on <= last:
                found.append(lines.of_foretold(foretold))
    wanted = [
        mail
        for mail in found
        if first <= mail.send_on <= last and (bureau is None or mail.bureau == bureau)
    ]
    return sorted(wanted, key=lambda mail: (mail.send_on, mail.bureau, mail.recipient, mail.due_on))


class _Lines:
    """Turns notices into lines of ``plan``, with the subject that the mail will have."""

    def __init__(self, context: JobContext, policy: Policy) -> None:
        from reminder.mail.render import Renderer
        from reminder.resources import template_dirs

        self._policy = policy
        self._now = context.clock.now()
        self._can_answer = context.settings.serves_pages
        self._letters = LetterMaker(policy)
        self._standings = Standings(policy)
        self._renderer = Renderer(template_dirs(context.settings.templates_dir))
        self.directory = Directory.of((), ())

    def of_pending(
        self, pending: Sequence[PendingMessage], connection: Connection
    ) -> list[MailToCome]:
        """The lines of messages that are made and wait to leave."""
        found = []
        for some in chunks(pending):
            facts = load_letter_facts(connection, [message.message_id for message in some])
            for message in some:
                for row in facts.notices.get(message.message_id, ()):
                    leaves = max(message.next_try_at, self._now)
                    zone = self.directory.zone_of(row.bureau, self._policy.service.timezone)
                    if is_overtaken(leaves, row.next_on, zone):
                        continue
                    send_on = local_date(leaves, message.timezone)
                    dossier = facts.dossiers.get(row.agreement)
                    follow_up = facts.follow_ups.get(row.key)
                    letter = self._letter(
                        row, dossier, follow_up, message.language, message.recipient_name, send_on
                    )
                    bureau = message.deadline_bureaus[row.id]
                    found.append(self._line(send_on, bureau, row, letter, dossier))
        return found

    def of_foretold(self, foretold: ForetoldNotice) -> MailToCome:
        """The line of a notice to come."""
        letter = self.letter(foretold)
        bureau = foretold.notice.deadline.bureau
        return self._line(foretold.send_on, bureau, _row(foretold), letter, foretold.dossier)

    def letter(self, foretold: ForetoldNotice, language: str | None = None) -> Letter:
        """The letter that a notice to come will be."""
        bureau = self.directory.bureaus.get(foretold.notice.recipient_bureau)
        spoken = bureau.language if bureau else self._policy.service.language
        return self._letter(
            _row(foretold),
            foretold.dossier,
            foretold.follow_up,
            language or spoken,
            foretold.notice.recipient_name,
            foretold.send_on,
            foretold.notice.recipient_bureau,
        )

    def _letter(
        self,
        row: NoticeRow,
        dossier: Dossier | None,
        follow_up: FollowUp | None,
        language: str,
        recipient_name: str,
        today: date,
        bureau: str = "",
    ) -> Letter:
        responsible = self.directory.bureaus.get(row.bureau)
        notice = self._letters.notice_facts(
            row,
            dossier,
            follow_up,
            language,
            today,
            responsible.name if responsible else "",
            course=Course(),
            superiors=self.directory,
        )
        service = self._policy.service
        known = self.directory.bureaus.get(bureau)
        return Letter(
            message_id="",
            template=notice.template,
            language=language,
            recipient=row.recipient,
            recipient_name=recipient_name,
            bureau_name=known.name if known else "",
            service_name=service.name,
            timezone=known.timezone if known else service.timezone,
            today=today,
            notices=(notice,),
            copy=row.copy,
            contact=self._policy.contact,
            can_answer=self._can_answer,
        )

    def _line(
        self, send_on: date, bureau: str, row: NoticeRow, letter: Letter, dossier: Dossier | None
    ) -> MailToCome:
        stands = Standing()
        if dossier is not None:
            ending = Due(row.due_on, row.due_last_on) if row.kind in ENDINGS else None
            stands = self._standings.of(dossier, send_on, ending)
        return MailToCome(
            send_on=send_on,
            bureau=bureau,
            recipient=row.recipient,
            role=row.role,
            agreement=row.agreement,
            rule=row.rule,
            deadline=row.kind,
            key=row.key or None,
            due_on=row.due_on,
            due_text=row.due_text,
            lead_time=row.lead_time,
            template=letter.template,
            subject=self._renderer.subject_of(letter),
            stage=stands.stage.code if stands.stage else None,
            next_step=stands.following.code if stands.following else None,
        )


def _row(foretold: ForetoldNotice) -> NoticeRow:
    """A notice to come in the shape of a stored one."""
    notice = foretold.notice
    deadline = notice.deadline
    return NoticeRow(
        message_id="",
        id=0,
        epoch=deadline.epoch,
        lead_time=notice.lead_time,
        role=notice.role,
        recipient=notice.recipient,
        agreement=deadline.agreement,
        rule=deadline.rule,
        copy=notice.copy,
        fallback=notice.fallback,
        successor_of=notice.successor_of,
        deadline_id=deadline.id,
        kind=deadline.kind,
        key=deadline.key,
        due_on=deadline.due_on,
        due_last_on=deadline.due_last_on,
        due_text=deadline.due_text,
        derived_from=foretold.derived_from,
        next_on=foretold.next_on,
        bureau=deadline.bureau,
        gaps=foretold.gaps,
        severity=foretold.severity,
        level=notice.level,
        officer=deadline.officer,
    )


def letter_for_preview(
    context: JobContext, rule: str, ref: str, language: str | None = None
) -> Letter:
    """The mail that *rule* sends about the agreement *ref* next, or sent last, as it reads.

    NotFound where the policy has no such rule, or the rule is about none of its deadlines.
    """
    names = [known.name for known in context.policy.rules]
    if rule not in names:
        near = near_name(rule, names)
        hint = f"; did you mean {near}?" if near else f"; write one of {', '.join(names)}."
        raise NotFound(f'The policy has no rule "{rule}"{hint}')
    lines = _Lines(context, context.policy)
    with context.database.read() as connection:
        dossier = load_dossier(connection, ref)
        ahead = forecaster(context, connection, context.policy)
    lines.directory = ahead.directory
    foretold = ahead.sample(dossier, rule)
    if foretold is None:
        raise NotFound(f"Rule {rule} is about no deadline of {ref}; see reminder why {ref}.")
    return lines.letter(foretold, language)


def _all(
    connection: Connection,
    ahead: Forecaster,
    last: date,
    progress: Callable[[int], None] | None,
) -> Iterator[ForetoldNotice]:
    after = ""
    while refs := all_refs(connection, after, PAGE):
        after = refs[-1]
        stored = load_stored(connection, refs)
        dossiers, _broken = load_dossiers(connection, refs)
        for dossier in dossiers:
            ref = dossier.agreement.ref
            yield from ahead.of_agreement(dossier, stored[ref].deadlines, last)
        if progress is not None:
            progress(len(refs))
    unattached = load_stored(connection, [""])[""].deadlines
    yield from ahead.of_unattached(load_unattached(connection), unattached, last)
