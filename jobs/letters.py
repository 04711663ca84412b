"""Letters: a message's notices and the facts behind them -> what its mail may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from reminder.agreements import Dossier, FollowUp
from reminder.calendars import Due, PartialDate
from reminder.deadlines import DeadlineKind
from reminder.mail.letters import Letter, NoticeFacts
from reminder.mail.links import placeholder
from reminder.storage.claims import Content

if TYPE_CHECKING:
    from reminder.mail.render import Rendered
    from reminder.policy import Policy
    from reminder.steps import StepRule
    from reminder.storage.claims import MessageRow
    from reminder.storage.letters import LetterFacts, NoticeRow


class LetterMaker:
    """Makes letters by one policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._rules = {rule.name: rule for rule in policy.rules}

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
        )

    def notice_facts(
        self,
        row: NoticeRow,
        dossier: Dossier | None,
        follow_up: FollowUp | None,
        language: str,
        today: date,
        responsible: str = "",
    ) -> NoticeFacts:
        """One notice with the words that the policy has for it."""
        rule = self._rules.get(row.rule)
        step = self._step_rule(row, dossier)
        stage, following = self._stages(dossier)
        basis, is_confirmed = self._basis(row, step)
        if not basis and dossier is not None:
            basis, is_confirmed = dossier.agreement.legal_basis, True
        return NoticeFacts(
            notice_id=row.id,
            deadline=row.kind,
            key=row.key or None,
            due=Due(row.due_on, row.due_last_on, row.due_text),
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
            step_title=_title(step or following, row.key if step else "", language),
            stage_title=_title(stage, "", language),
            follow_up_text=follow_up.text if follow_up else "",
            meeting=follow_up.meeting if follow_up else "",
            finding_detail=row.derived_from if row.kind == DeadlineKind.FINDING else "",
            handed_in_on=_handed_in_on(row, dossier),
            responsible=responsible,
            next_lead_on=row.next_on if row.next_on and row.next_on > today else None,
            link=placeholder(row.id),
        )

    def _step_rule(self, row: NoticeRow, dossier: Dossier | None) -> StepRule | None:
        if row.kind != DeadlineKind.STEP or dossier is None:
            return None
        chain = self._policy.chains.get(dossier.agreement.kind)
        return chain.step(row.key) if chain else None

    def _stages(self, dossier: Dossier | None) -> tuple[StepRule | None, StepRule | None]:
        """The step done last in the order of the chain, and the first open one after it."""
        chain = self._policy.chains.get(dossier.agreement.kind) if dossier else None
        if dossier is None or chain is None or not dossier.steps:
            return None, None
        done = {step.step for step in dossier.steps if step.done_on is not None}
        known = {step.step for step in dossier.steps}
        places = [place for place, rule in enumerate(chain.steps) if rule.code in done]
        if not places:
            return None, next((rule for rule in chain.steps if rule.code in known), None)
        later = chain.steps[places[-1] + 1 :]
        return chain.steps[places[-1]], later[0] if later else None

    def _basis(self, row: NoticeRow, step: StepRule | None) -> tuple[str, bool]:
        finding = self._policy.findings.get(row.key) if row.kind == DeadlineKind.FINDING else None
        for source in (self._rules.get(row.rule), step, finding):
            if source is not None and source.legal_basis:
                return source.legal_basis, bool(source.verified_by)
        return "", False


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
    return dict(step.title).get(language, step.code) if step else otherwise


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
