"""Outcomes: what became of an attempt -> what becomes of its message. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from reminder.clock import start_of_day
from reminder.mail.transport import Outcome, Verdict
from reminder.retry import UNCERTAIN_FOR, Limits, next_relay_try, next_retry
from reminder.storage.claims import Claimed, LiveNotice
from reminder.storage.leases import HeldFor
from reminder.storage.recovery import TWICE_UNCERTAIN
from reminder.storage.verdicts import Result

NextOpening = Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Attempt:
    """When one attempt began and ended, who made it, and when its dot was intended."""

    started_at: datetime
    ended_at: datetime
    intent_at: datetime | None
    worker: str


def result_of(
    claimed: Claimed, outcome: Outcome, attempt: Attempt, next_opening: NextOpening
) -> Result:
    """Decide the message's next state. *next_opening* keeps retries inside the send window."""
    now, held_for = attempt.ended_at, ""
    state, next_try_at, reason = outcome.verdict.value, None, _said(outcome)
    match outcome.verdict:
        case Verdict.SENT:
            reason = ""
        case Verdict.DEFERRED:
            number = claimed.row.attempts + 1
            limits = limits_of(claimed, attempt.started_at)
            retry = next_retry(number, now, claimed.message_id, limits, next_opening)
            next_try_at = retry.at
            if retry.at is None:
                state, reason = "failed", f"{retry.reason}; the last answer was: {reason}"
        case Verdict.UNCERTAIN:
            if claimed.row.possible_duplicate:
                state, reason, held_for = "held", TWICE_UNCERTAIN, HeldFor.UNCERTAIN.value
            else:
                next_try_at = now + UNCERTAIN_FOR
        case Verdict.RELAY | Verdict.FENCED:
            state = "deferred" if claimed.row.attempts else "pending"
            faults = claimed.row.relay_faults + 1
            next_try_at = next_opening(next_relay_try(faults, now, claimed.message_id))
        case Verdict.HELD:
            held_for = HeldFor.REFUSED.value
        case Verdict.FAILED:
            pass
    return Result(
        state=state,
        verdict=outcome.verdict.value,
        phase=outcome.phase,
        code=outcome.code,
        enhanced=outcome.enhanced,
        text=outcome.text,
        relay=outcome.relay,
        worker=attempt.worker,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        intent_at=attempt.intent_at,
        next_try_at=next_try_at,
        reason=reason,
        held_for=held_for,
        is_counted=outcome.verdict not in (Verdict.RELAY, Verdict.FENCED),
    )


def limits_of(claimed: Claimed, started_at: datetime) -> Limits:
    """Until when sending this message makes sense: as long as one of its notices does."""
    first = claimed.row.first_try_at or started_at
    bounds = [_bounds(claimed, notice) for notice in claimed.notices]
    never = datetime.max.replace(tzinfo=first.tzinfo)
    last = max(
        bounds, key=lambda pair: min(pair[0] or never, pair[1] or never), default=(None, None)
    )
    return Limits(first, next_lead_at=last[0], closes_at=last[1])


def _bounds(claimed: Claimed, notice: LiveNotice) -> tuple[datetime | None, datetime | None]:
    """When the next notice comes, and when what this one warns of has happened."""
    made_on = claimed.row.planned_on
    follows = notice.next_on is not None and notice.next_on > made_on
    next_lead_at = (
        start_of_day(notice.next_on, notice.timezone) if follows and notice.next_on else None
    )
    if made_on > notice.due_last_on:
        return next_lead_at, None  # it tells of lateness, which does not pass
    day_after = notice.due_last_on + timedelta(days=1)
    return next_lead_at, start_of_day(day_after, notice.timezone)


def _said(outcome: Outcome) -> str:
    parts = (str(outcome.code or ""), outcome.enhanced, outcome.text)
    return f"{' '.join(part for part in parts if part)} ({outcome.phase})"
