"""Letters: a message's notices and the facts behind them -> what its mail may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from jobs.standing import Standing, Standings, countdown_of, documents_of
from reminder.agreements import Dossier, FollowUp
from reminder.calendars import Due, PartialDate
from reminder.deadlines import DeadlineKind, Gap
from reminder.escalation import Course
from reminder.mail.letters import Countdown, Letter, NoticeFacts, Unanswered
from reminder.mail.links import placeholder
from reminder.progress import DueBy
from reminder.steps import Chain, StepRule, chain_of
from reminder.storage.claims import Content
from reminder.told_next import Asked, NextReaders, ToldNext

if TYPE_CHECKING:
    from reminder.directory import Directory
    from reminder.mail.render import Rendered
    from reminder.policy import FindingRule, Policy
    from reminder.rules import Rule
    from reminder.storage.claims import MessageRow
    from reminder.storage.letters import LetterFacts, NoticeRow, SentNotice

ENDINGS = (DeadlineKind.EXPIRY, DeadlineKind.NOTICE_BY)
"""What is about the end of the agreement: its next step is one towards a renewal."""
_STEP_CODES = ("step", "prerequisite")
"""Values of gaps that are the code of a step."""


@dataclass(frozen=True, slots=True)
class _Own:
    """What only a step or only a finding has."""

    step_title: str = ""
    documents: tuple[str, ...] = ()
    countdown: Countdown | None = None
    stalled_since: PartialDate | None = None
    legal_basis: str = ""
    is_confirmed: bool = False
    meeting: str = ""
    finding_title: str = ""
    finding_action: str = ""
    gaps: tuple[Gap, ...] = ()


class LetterMaker:
    """Makes letters by one policy. *can_answer*: whether pages are served that take answers."""

    def __init__(self, policy: Policy, *, can_answer: bool = False) -> None:
        self._policy = policy
        self._can_answer = can_answer
        self._rules = {rule.name: rule for rule in policy.rules}
        self._standings = Standings(policy)
        self._next_readers = NextReaders(policy.calendar)

    def letter(self, row: MessageRow, message_id: str, facts: LetterFacts, today: date) -> Letter:
        """The letter of a message; LookupError where the register no longer has its facts."""
        service = self._policy.service
        return Letter(
            message_id=message_id,
            template=row.template,
            language=row.language,
            recipient=row.recipient,
            recipient_name=row.recipient_name,
            bureau_name=facts.bureau_names.get(row.bureau, ""),
            service_name=service.name,
            timezone=row.timezone,
            today=today,
            notices=tuple(
                self._notice(notice, facts, row.language, today)
                for notice in facts.notices.get(row.message_id, ())
            ),
            copy=row.copy,
            catch_up=row.catch_up,
            contact=self._policy.contact,
            can_answer=self._can_answer,
        )

    def _notice(
        self, row: NoticeRow, facts: LetterFacts, language: str, today: date
    ) -> NoticeFacts:
        dossier = facts.dossiers.get(row.agreement)
        if row.agreement and dossier is None:
            raise LookupError(f"the facts of agreement {row.agreement} cannot be read")
        return self.notice_facts(
            row,
            dossier,
            _follow_up(row, dossier, facts.follow_ups),
            language,
            today,
            facts.bureau_names.get(row.bureau, ""),
            facts.unanswered.get(row.epoch_key, ()),
            facts.courses.get(row.deadline_id),
            facts.superiors,
        )

    def notice_facts(
        self,
        row: NoticeRow,
        dossier: Dossier | None,
        follow_up: FollowUp | None,
        language: str,
        today: date,
        responsible: str = "",
        unanswered: Sequence[SentNotice] = (),
        course: Course | None = None,
        superiors: Directory | None = None,
    ) -> NoticeFacts:
        """One notice with the words that the policy has for it.

        Without *course*, what was told and answered before, and *superiors*, the bureau and
        those above it, nobody is said to be told next.
        """
        rule = self._rules.get(row.rule)
        due = Due(row.due_on, row.due_last_on, row.due_text)
        own = _Own()
        if row.kind == DeadlineKind.STEP and dossier is not None:
            own = self._of_step(row, dossier, language, today)
        elif row.kind == DeadlineKind.FINDING:
            own = self._of_finding(row, dossier, language)
        standing = Standing()
        decided = start_by = None
        if dossier is not None:
            ending = due if row.kind in ENDINGS else None
            standing = self._standings.of(dossier, today, ending)
            decided = dossier.decided
            if ending is not None and not dossier.intended:
                start_by = self._standings.start_by(dossier.agreement, ending)
        basis, is_confirmed = self._basis(row, rule, own, dossier)
        told_next = self._told_next(row, rule, course, superiors, today)
        return NoticeFacts(
            notice_id=row.id,
            deadline=row.kind,
            key=row.key or None,
            due=due,
            derived_from=row.derived_from,
            epoch=row.epoch,
            lead_time=row.lead_time,
            rule=row.rule,
            template=rule.template if rule else row.kind,
            legal_basis=basis,
            legal_basis_confirmed=is_confirmed,
            role=row.role,
            copy=row.copy,
            fallback=row.fallback,
            successor_of=row.successor_of,
            agreement=dossier.agreement if dossier else None,
            step_title=own.step_title or _title(standing.following, "", language),
            stage_title=_title(standing.stage, "", language),
            follow_up_text=follow_up.text if follow_up else "",
            meeting=follow_up.meeting if follow_up else own.meeting,
            finding_title=own.finding_title,
            finding_action=own.finding_action,
            finding_detail=row.derived_from if row.kind == DeadlineKind.FINDING else "",
            gaps=own.gaps,
            severity=row.severity,
            handed_in_on=_handed_in_on(row, dossier),
            late_by=self._late_by(row, today),
            decision=decided.decision if decided else None,
            decided_on=decided.on if decided else None,
            start_by=start_by,
            countdown=own.countdown,
            stalled_since=own.stalled_since,
            documents=own.documents,
            responsible=responsible,
            copied_to=rule.cc if rule is not None and not row.copy else (),
            level=row.level,
            earlier=tuple(_unanswered(sent) for sent in unanswered if sent.level < row.level),
            next_lead_on=row.next_on if row.next_on and row.next_on > today else None,
            escalates_to=told_next.role if told_next else "",
            escalates_at=told_next.office if told_next else "",
            escalates_on=told_next.on if told_next else None,
            link=placeholder(row.id),
        )

    def _told_next(
        self,
        row: NoticeRow,
        rule: Rule | None,
        course: Course | None,
        superiors: Directory | None,
        today: date,
    ) -> ToldNext | None:
        if rule is None or course is None or superiors is None:
            return None
        asked = Asked(row.recipient, row.bureau, row.officer)
        directory = replace(superiors, admins=self._policy.service.admin)
        return self._next_readers.of(rule, row.reached, course, asked, directory, today)

    def _of_step(self, row: NoticeRow, dossier: Dossier, language: str, today: date) -> _Own:
        step = self._standings.step(dossier, row.key, today)
        if step is None:
            return _Own(step_title=row.key)
        return _Own(
            step_title=step.rule.title_in(language),
            documents=documents_of(step.rule, language),
            countdown=countdown_of(step),
            stalled_since=step.since if step.due_by is DueBy.STALL else None,
            legal_basis=step.rule.legal_basis,
            is_confirmed=bool(step.rule.verified_by),
        )

    def _of_finding(self, row: NoticeRow, dossier: Dossier | None, language: str) -> _Own:
        finding = self._finding_rule(row)
        chain = chain_of(dossier.agreement, self._policy.chains) if dossier else None
        # A follow-up of no agreement is known by its meeting, if they are all of one.
        meetings = {dict(gap.values).get("meeting", "") for gap in row.gaps}
        return _Own(
            meeting=meetings.pop() if len(meetings) == 1 else "",
            finding_title=finding.title.get(language, "") if finding else "",
            finding_action=finding.action.get(language, "") if finding else "",
            gaps=tuple(_with_titles(gap, chain, language) for gap in row.gaps),
        )

    def _basis(
        self, row: NoticeRow, rule: Rule | None, own: _Own, dossier: Dossier | None
    ) -> tuple[str, bool]:
        """The legal basis: the step's own, the rule's, the finding's, else the agreement's; and
        whether somebody confirmed it."""
        if own.legal_basis:
            return own.legal_basis, own.is_confirmed
        for source in (rule, self._finding_rule(row)):
            if source is not None and source.legal_basis:
                return source.legal_basis, bool(source.verified_by)
        basis = dossier.agreement.legal_basis if dossier is not None else ""
        return basis, bool(basis)

    def _finding_rule(self, row: NoticeRow) -> FindingRule | None:
        if row.kind != DeadlineKind.FINDING:
            return None
        return self._policy.findings.get(row.key.partition(":")[0])

    def _late_by(self, row: NoticeRow, today: date) -> int:
        if row.kind == DeadlineKind.FINDING or row.due_last_on >= today:
            return 0
        return self._policy.calendar.working_days_until(row.due_last_on, today)


def _unanswered(sent: SentNotice) -> Unanswered:
    return Unanswered(sent.on, sent.name, sent.role)


def _with_titles(gap: Gap, chain: Chain | None, language: str) -> Gap:
    """The gap with the steps that it names by their titles."""
    if chain is None or not any(name in _STEP_CODES for name, _value in gap.values):
        return gap
    values = (
        (name, _title(chain.step(value), value, language) if name in _STEP_CODES else value)
        for name, value in gap.values
    )
    return replace(gap, values=tuple(values))


def _follow_up(
    row: NoticeRow, dossier: Dossier | None, unattached: Mapping[str, FollowUp]
) -> FollowUp | None:
    if row.kind != DeadlineKind.FOLLOW_UP:
        return None
    own: Sequence[FollowUp] = dossier.follow_ups if dossier else ()
    return next((each for each in own if each.id == row.key), unattached.get(row.key))


def _handed_in_on(row: NoticeRow, dossier: Dossier | None) -> PartialDate | None:
    """A mail that asks for such a report must not say that it was never handed in."""
    if row.kind != DeadlineKind.REPORT or dossier is None:
        return None
    found = (report.submitted_on for report in dossier.reports if report.period == row.key)
    return next(found, None)


def _title(step: StepRule | None, otherwise: str, language: str) -> str:
    return step.title_in(language) if step is not None else otherwise


def frozen(rendered: Rendered, letter: Letter, now: datetime) -> Content:
    """What is kept of a rendered letter."""
    parts = "\0".join((rendered.subject, rendered.text, rendered.html))
    return Content(
        message_id=letter.message_id,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        # Headers know whole seconds only, and every copy must bear the same.
        dated_at=now.replace(microsecond=0),
        business_on=letter.today,
        template=rendered.template,
        template_version=rendered.template_version,
        sha256=sha256(parts.encode("utf-8", "surrogatepass")).hexdigest(),
        error=rendered.error,
    )
