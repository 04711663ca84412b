"""Stages: how far an agreement has come in its chain, what comes next, and by when to begin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reminder.agreements import Agreement, AgreementStatus, Decision, Dossier, Intention
from reminder.calendars import Due, PartialDate, Span, WorkCalendar
from reminder.progress import DueBy, Progress
from reminder.steps import Chain, Chains, Length, StepRule, chain_of


@dataclass(frozen=True, slots=True)
class Stage:
    """The step done last in the order of the chain."""

    rule: StepRule
    done_on: PartialDate


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is not done: what it needs, since when it could be done, and by when."""

    ref: str
    """The agreement whose step it is; empty where that agreement is still to be recorded."""
    rule: StepRule
    since: PartialDate | None
    """The day on which it began or could have; None while it waits for others."""
    is_started: bool
    """Whether the register says that it began; otherwise it only could."""
    waits_for: tuple[StepRule, ...]
    """The steps that must be done first and are not."""
    due: Due | None
    due_by: DueBy | None
    """What sets that day; only ``DueBy.LIMIT`` is a limit, ``DueBy.STALL`` never is."""
    working_day: int | None = None
    """Of a limit in working days (``rule.within_working_days``): which of them today is, 1 on
    the first after the start, more than the limit once it is over. None where that is not
    known."""

    @property
    def documents(self) -> tuple[str, ...]:
        """The types of the documents that it should lead to."""
        return self.rule.proven_by


def stage_of(dossier: Dossier, chains: Chains, today: date) -> Stage | None:
    """The stage that an agreement has reached; None where no step of its chain is done."""
    progress = Progress.of(dossier, chains, today)
    found = None
    for rule in _in_order(progress.chain):
        done = progress.done_on(rule.code)
        if done is not None:
            found = Stage(rule, done)
    return found


def next_step(
    dossier: Dossier, chains: Chains, calendar: WorkCalendar, today: date, ends: Due | None = None
) -> OpenStep | None:
    """What must be done next for an agreement; None where its steps say nothing.

    First what a decision began (the closing, the revitalisation), then what has begun, then
    what could, in the order of the chain. *ends*: when the agreement ends, if that is known.
    """
    if not dossier.steps:
        return None
    progress = Progress.of(dossier, chains, today)
    rule = _next(progress)
    return _opened(progress, rule, calendar, ends) if rule is not None else None


def open_step(
    dossier: Dossier,
    code: str,
    chains: Chains,
    calendar: WorkCalendar,
    today: date,
    ends: Due | None = None,
) -> OpenStep | None:
    """One step, whether or not it is the next; None where the chain has none of that code."""
    progress = Progress.of(dossier, chains, today)
    rule = progress.chain.step(code)
    return _opened(progress, rule, calendar, ends) if rule is not None else None


def next_towards_renewal(
    dossier: Dossier, chains: Chains, calendar: WorkCalendar, today: date, ends: Due | None = None
) -> OpenStep | None:
    """What must be done next about an agreement whose end comes near.

    The closing, where the bureau lets it end, and the revitalisation, where that is decided;
    else what comes next for the agreement that is on its way to replace it; else the first step
    of a renewal, which nobody has begun.
    """
    own = next_step(dossier, chains, calendar, today, ends)
    agreement = dossier.agreement
    decided = dossier.decided.decision if dossier.decided is not None else None
    if agreement.status is AgreementStatus.NOT_RENEWING or decided is Decision.REVITALISE:
        return own
    renewal = renewal_of(dossier)
    if renewal is not None and renewal.steps:
        return next_step(renewal, chains, calendar, today)
    if renewal is None and agreement.auto_renew is not None:
        return own
    first = next(iter(chain_of(_as_renewal(agreement), chains).steps), None)
    ref = renewal.agreement.ref if renewal is not None else ""
    return OpenStep(ref, first, None, False, (), None, None) if first is not None else own


def renewal_of(dossier: Dossier) -> Dossier | None:
    """The agreement on its way to replace this one, as far as its steps go; None without one."""
    intention = furthest(dossier.intended)
    if intention is None:
        return None
    # Nothing is signed there, and its kind is taken to be that of what it replaces.
    agreement = replace(
        dossier.agreement,
        ref=intention.ref,
        replaces=dossier.agreement.ref,
        status=AgreementStatus.ACTIVE,
        signed_on=None,
        effective_on=None,
        expires_on=None,
    )
    return Dossier(agreement, steps=intention.steps)


def furthest(intended: Sequence[Intention]) -> Intention | None:
    """Of several agreements on their way to replace one, that with the most steps recorded."""
    return max(intended, key=lambda one: len(one.steps), default=None)


def start_by(
    agreement: Agreement, expiry: Due, chains: Chains, calendar: WorkCalendar
) -> date | None:
    """The last day to begin a renewal so that it is signed when the agreement ends.

    Reckoned backwards from the first day of the expiry through the longest way of the chain
    of a renewal; each step takes what ``takes`` says, else the limit that is set for it. It is
    a past day where it is too late. None where nothing must be renewed (it renews itself, or is
    over or to end), or the chain says no length.
    """
    if agreement.auto_renew is not None or agreement.status in _NOT_RENEWED:
        return None
    chain = chain_of(_as_renewal(agreement), chains)
    lengths = _lengths(chain)
    if not lengths:
        return None
    begins: dict[str, date] = {}
    return min(_begin(step.code, chain, lengths, expiry.first, calendar, begins)
               for step in chain.steps)  # fmt: skip


_NOT_RENEWED = (
    AgreementStatus.NOT_RENEWING,
    AgreementStatus.TERMINATED,
    AgreementStatus.REPLACED,
)


def _as_renewal(agreement: Agreement) -> Agreement:
    """The same, as if it replaced another: its chain then begins with that of a renewal."""
    return replace(agreement, replaces=agreement.ref)


def _lengths(chain: Chain) -> Mapping[str, Length]:
    """How long each step takes. A limit counts only on the way: not what follows the signing."""
    found: dict[str, Length] = {}
    for step in chain.steps:
        length = step.takes
        if length is None and chain.after(step.code):
            length = step.limit
        if length is not None:
            found[step.code] = length
    return found


def _begin(
    code: str,
    chain: Chain,
    lengths: Mapping[str, Length],
    goal: date,
    calendar: WorkCalendar,
    known: dict[str, date],
) -> date:
    """The last day on which a step may begin so that all that waits for it ends by *goal*."""
    if code not in known:
        following = [step.code for step in chain.steps if code in step.waits_for]
        ends = min(
            (_begin(other, chain, lengths, goal, calendar, known) for other in following),
            default=goal,
        )
        known[code] = _back(ends, lengths.get(code), calendar)
    return known[code]


def _back(day: date, length: Length | None, calendar: WorkCalendar) -> date:
    if length is None:
        return day
    if isinstance(length, Span):
        return length.before(day)
    return calendar.add_working_days(calendar.on_or_before(day), -length)


def _in_order(chain: Chain) -> tuple[StepRule, ...]:
    return (*chain.steps, *chain.aside)


def _next(progress: Progress) -> StepRule | None:
    chain = progress.chain
    decided = [
        rule for rule in chain.aside if rule.code in progress.rows and progress.is_asked_for(rule)
    ]
    found = _first_open(decided, progress)
    if found is not None or progress.is_ending:
        return found
    begun = [
        rule
        for rule in chain.steps
        if (row := progress.rows.get(rule.code)) is not None and row.started_on is not None
    ]
    last = max(
        (place for place, rule in enumerate(chain.steps) if progress.done_on(rule.code)),
        default=None,
    )
    later = [
        rule
        for rule in chain.steps[0 if last is None else last + 1 :]
        if rule.code in progress.rows or not (last is None or chain.is_optional(rule.code))
    ]
    if progress.is_signed:
        # What led to the signing is over, whether or not each step of it was recorded.
        later = [rule for rule in later if not chain.after(rule.code)]
    for some in (begun, later):
        found = _first_open(some, progress)
        if found is not None:
            return found
    return None


def _first_open(rules: Iterable[StepRule], progress: Progress) -> StepRule | None:
    """The first that is not done, one that need not wait before one that must."""
    ahead = [rule for rule in rules if progress.done_on(rule.code) is None]
    free = (rule for rule in ahead if not progress.waits_for(rule))
    return next(free, ahead[0] if ahead else None)


def _opened(
    progress: Progress, rule: StepRule, calendar: WorkCalendar, ends: Due | None
) -> OpenStep:
    start = progress.start(rule)
    found = progress.due(rule.code, calendar, ends)
    waits_for = (progress.chain.step(code) for code in progress.waits_for(rule))
    working_day = None
    if start is not None and start.is_recorded and start.said_on.is_full:
        working_day = (
            calendar.working_days_until(start.said_on.first, progress.today)
            if rule.within_working_days is not None
            else None
        )
    return OpenStep(
        ref=progress.agreement.ref,
        rule=rule,
        since=start.said_on if start is not None else None,
        is_started=start is not None and start.is_recorded,
        waits_for=tuple(step for step in waits_for if step is not None),
        due=found.due if found is not None else None,
        due_by=found.by if found is not None else None,
        working_day=working_day,
    )
