"""Where an agreement stands, for its mails: stage, next step, and by when to begin a renewal.

What is the same for many agreements is worked out once: mails are made on the way out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from reminder.agreements import Agreement, AgreementStatus, Dossier
from reminder.expiries import expiry_due
from reminder.mail.letters import Countdown
from reminder.mail.record_words import DOCUMENTS
from reminder.progress import DueBy
from reminder.stages import OpenStep, next_step, next_towards_renewal, open_step, stage_of, start_by

if TYPE_CHECKING:
    from reminder.calendars import Due
    from reminder.policy import Policy
    from reminder.steps import StepRule


@dataclass(frozen=True, slots=True)
class Standing:
    """The stage that an agreement has reached, and the step that is next."""

    stage: StepRule | None = None
    following: StepRule | None = None


class Standings:
    """Works out where agreements stand, by the chains of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._start_by: dict[tuple[object, ...], date | None] = {}
        self._first_steps: dict[tuple[object, ...], StepRule | None] = {}

    def of(self, dossier: Dossier, today: date, ending: Due | None) -> Standing:
        """Stage and next step; those towards a renewal where *ending*, its expiry, is what the
        mail is about."""
        chains, calendar = self._policy.chains, self._policy.calendar
        stage = stage_of(dossier, chains, today) if dossier.steps else None
        if ending is None:
            following = next_step(dossier, chains, calendar, today) if dossier.steps else None
        elif dossier.steps or dossier.intended:
            following = next_towards_renewal(dossier, chains, calendar, today, ending)
        else:
            return Standing(following=self._first_step(dossier, today))
        return Standing(
            stage.rule if stage is not None else None,
            following.rule if following is not None else None,
        )

    def start_by(self, agreement: Agreement, ending: Due) -> date | None:
        """The last day on which a renewal can begin and be signed when the term ends."""
        key = (agreement.kind, agreement.status, agreement.auto_renew is None, ending.first)
        if key not in self._start_by:
            self._start_by[key] = start_by(
                agreement, ending, self._policy.chains, self._policy.calendar
            )
        return self._start_by[key]

    def step(self, dossier: Dossier, code: str, today: date) -> OpenStep | None:
        """One step of an agreement; None where its chain has none of that code."""
        agreement, ends = dossier.agreement, None
        if agreement.status is AgreementStatus.NOT_RENEWING:
            day_before = self._policy.term_ends == "day_before"
            known = expiry_due(agreement, today, None, ends_day_before=day_before)
            ends = known[0] if known is not None else None
        return open_step(dossier, code, self._policy.chains, self._policy.calendar, today, ends)

    def _first_step(self, dossier: Dossier, today: date) -> StepRule | None:
        """The same for all agreements of a kind of which nothing is recorded yet."""
        agreement, decided = dossier.agreement, dossier.decided
        decision = decided.decision if decided is not None else None
        key = (agreement.kind, agreement.status, agreement.auto_renew is None, decision)
        if key not in self._first_steps:
            chains, calendar = self._policy.chains, self._policy.calendar
            found = next_towards_renewal(dossier, chains, calendar, today)
            self._first_steps[key] = found.rule if found is not None else None
        return self._first_steps[key]


def countdown_of(step: OpenStep) -> Countdown | None:
    """The working day that a step with such a limit has come to; None for any other."""
    limit = step.rule.within_working_days
    if step.due_by is not DueBy.LIMIT or limit is None or step.since is None:
        return None
    return Countdown(step.since, step.working_day or 0, limit)


def documents_of(rule: StepRule, language: str) -> tuple[str, ...]:
    """The papers that a step leads to. ``steps.yaml`` names them in Indonesian only."""
    if rule.document and language == "id":
        return (rule.document,)
    known = DOCUMENTS[language]
    named = tuple(known[code] for code in rule.proven_by if code in known)
    return named or ((rule.document,) if rule.document else ())
