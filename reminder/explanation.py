"""The explanation of one agreement: what is due and why, what was told, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from types import MappingProxyType

from reminder import going_up
from reminder.agreements import Agreement
from reminder.clock import local_date
from reminder.deadlines import Deadline, DeadlineStatus
from reminder.forecast import ForetoldNotice
from reminder.going_up import GoingUp
from reminder.stages import OpenStep, Stage
from reminder.storage.hand_overs import HandOver
from reminder.storage.history import (
    DeadlineRecord,
    NoticeRecord,
    Record,
    SkipRecord,
    SuccessionRecord,
)
from reminder.storage.responses import OFFER, ResponseRecord


@dataclass(frozen=True, slots=True)
class NextMail:
    """The next mail about a deadline, if nothing changes."""

    send_on: date
    lead_time: str
    recipients: tuple[tuple[str, str, str], ...]
    """Address, the role asked for, and who stands in for whom (or nothing)."""


@dataclass(frozen=True, slots=True)
class DeadlineStory:
    """One deadline with its history."""

    kind: str
    key: str | None
    due_on: date
    due_last_on: date
    due_text: str
    derived_from: str
    status: str
    """``open``, ``met``, ``void``, or ``later`` while it lies beyond the horizon."""
    status_reason: str
    silent_reason: str
    epoch: int
    rule: str
    notices: tuple[NoticeRecord, ...]
    skips: tuple[SkipRecord, ...]
    next: NextMail | None
    successions: tuple[SuccessionRecord, ...] = ()
    """What was done about notices whose mail failed."""
    responses: tuple[ResponseRecord, ...] = ()
    """What people answered, in every epoch, oldest first."""
    hand_overs: tuple[HandOver, ...] = ()
    """Who was asked to be the owner, oldest first."""
    going_up: GoingUp | None = None
    """How far it went up because nobody answered; None where it is over or nothing tells it."""

    def hand_over_of(self, response: ResponseRecord) -> HandOver | None:
        """The offer that an answer made; None for any other answer."""
        if response.action != OFFER:
            return None
        found = (one for one in self.hand_overs if one.asked_at == response.at)
        return next((one for one in found if one.to == response.to), None)

    def succession_of(self, notice: NoticeRecord) -> SuccessionRecord | None:
        """What was done because this notice's mail failed; None where nothing was, or need be."""
        if notice.state not in ("failed", "bounced"):
            return None
        for done in self.successions:
            if (done.epoch, done.lead_time, done.role, done.failed) == (
                notice.epoch, notice.lead_time, notice.role, notice.recipient,
            ):  # fmt: skip
                return done
        return None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What ``why`` says about one agreement."""

    agreement: Agreement
    bureau_name: str
    timezone: str
    put_off: str
    """The error for which this agreement is put off; empty where it is not."""
    renewals: tuple[str, ...]
    """Agreements that are to replace this one but are not signed yet: its reminders go on."""
    deadlines: tuple[DeadlineStory, ...]
    stage: Stage | None = None
    """The step done last; None where none of its chain is."""
    next_step: OpenStep | None = None
    """What must be done next: its own step, or that of the agreement that is to replace it."""
    start_by: date | None = None
    """The last day to begin a renewal in time; None where none is to begin."""


def explain(
    record: Record,
    later: Sequence[Deadline],
    foretold: Sequence[ForetoldNotice],
    gone_up: Mapping[int, GoingUp | None] = MappingProxyType({}),
) -> tuple[DeadlineStory, ...]:
    """Bring together what is stored and what is foretold, deadline by deadline.

    *gone_up* says by the deadline's id how far each went up.
    """
    return (
        *(
            replace(_stored_story(deadline, record, foretold), going_up=gone_up.get(deadline.id))
            for deadline in record.deadlines
        ),
        *(
            _later_story(deadline)
            for deadline in later
            if deadline.status is DeadlineStatus.OPEN and not _is_stored(deadline, record)
        ),
    )


def _is_stored(deadline: Deadline, record: Record) -> bool:
    return any(
        (stored.kind, stored.key) == (deadline.kind.value, deadline.key or "")
        and stored.status == "open"
        for stored in record.deadlines
    )


def _stored_story(
    deadline: DeadlineRecord, record: Record, foretold: Sequence[ForetoldNotice]
) -> DeadlineStory:
    mine = [notice for notice in record.notices if notice.deadline_id == deadline.id]
    return DeadlineStory(
        kind=deadline.kind,
        key=deadline.key or None,
        due_on=deadline.due_on,
        due_last_on=deadline.due_last_on,
        due_text=deadline.due_text,
        derived_from=deadline.derived_from,
        status=deadline.status,
        status_reason=deadline.status_reason,
        silent_reason=deadline.silent_reason,
        epoch=deadline.epoch,
        rule=deadline.rule,
        notices=tuple(mine),
        skips=tuple(skip for skip in record.skips if skip.deadline_id == deadline.id),
        next=_next_mail(deadline, mine, foretold),
        successions=tuple(done for done in record.successions if done.deadline_id == deadline.id),
        responses=tuple(one for one in record.responses if one.deadline_id == deadline.id),
        hand_overs=tuple(one for one in record.hand_overs if one.deadline_id == deadline.id),
    )


def _later_story(deadline: Deadline) -> DeadlineStory:
    return DeadlineStory(
        kind=deadline.kind.value,
        key=deadline.key,
        due_on=deadline.due.first,
        due_last_on=deadline.due.last,
        due_text=deadline.due.text,
        derived_from=deadline.derived_from,
        status="later",
        status_reason="beyond the horizon; it is watched from then on",
        silent_reason="",
        epoch=0,
        rule="",
        notices=(),
        skips=(),
        next=None,
    )


def _next_mail(
    deadline: DeadlineRecord,
    notices: Sequence[NoticeRecord],
    foretold: Sequence[ForetoldNotice],
) -> NextMail | None:
    """A mail that waits to leave, else the first one foretold."""
    waiting = [
        (notice, notice.next_try_at)
        for notice in notices
        if notice.state in ("pending", "deferred", "claimed")
        and not notice.stop_reason
        and notice.next_try_at is not None
    ]
    if waiting:
        first, leaves_at = waiting[0]
        return NextMail(
            local_date(leaves_at, first.timezone),
            first.lead_time,
            tuple((notice.recipient, notice.role, notice.fallback) for notice, _at in waiting),
        )
    coming = [
        notice
        for notice in foretold
        if (notice.notice.deadline.kind, notice.notice.deadline.key)
        == (deadline.kind, deadline.key)
    ]
    if not coming:
        return None
    nearest = coming[0]
    return NextMail(
        nearest.send_on,
        nearest.notice.lead_time,
        tuple(
            (item.notice.recipient, item.notice.role, item.notice.fallback)
            for item in coming
            if item.notice.made_on == nearest.notice.made_on
        ),
    )


def as_json(explanation: Explanation) -> Mapping[str, object]:
    """The shape that scripts rely on (DESIGN 11)."""
    agreement = {
        field.name: _plain(getattr(explanation.agreement, field.name))
        for field in fields(explanation.agreement)
    }
    agreement["bureau_name"] = explanation.bureau_name
    agreement["put_off"] = explanation.put_off or None
    agreement["renewals"] = list(explanation.renewals)
    agreement |= _way_json(explanation)
    return {
        "agreement": agreement,
        "deadlines": [_story_json(story) for story in explanation.deadlines],
    }


def _way_json(explanation: Explanation) -> dict[str, object]:
    """How far the agreement has come in its chain, and by when a renewal must begin."""
    stage, following = explanation.stage, explanation.next_step
    return {
        "stage": stage.rule.code if stage else None,
        "stage_on": str(stage.done_on) if stage else None,
        "next_step": following.rule.code if following else None,
        "next_step_of": (following.ref or None) if following else None,
        "next_step_since": str(following.since) if following and following.since else None,
        "next_step_waits_for": [rule.code for rule in following.waits_for] if following else [],
        "next_step_documents": list(following.documents) if following else [],
        "start_by": explanation.start_by.isoformat() if explanation.start_by else None,
    }


def _story_json(story: DeadlineStory) -> dict[str, object]:
    found: dict[str, object] = {
        "deadline": story.kind,
        "key": story.key,
        "due_on": story.due_on.isoformat(),
        "derived_from": story.derived_from,
        "status": story.status,
        "status_reason": story.status_reason or None,
        "silent_reason": story.silent_reason or None,
        "epoch": story.epoch,
        "rule": story.rule or None,
        "notices": [_notice_json(notice, story) for notice in story.notices],
        "skips": [
            {
                "lead_time": skip.lead_time,
                "reason": skip.reason,
                "on": skip.on.isoformat(),
                "epoch": skip.epoch,
                "recipient": skip.recipient or None,
                "detail": skip.detail,
            }
            for skip in story.skips
        ],
        "next": None,
        "responses": [
            going_up.response_json(one, story.hand_over_of(one)) for one in story.responses
        ],
        "escalation": going_up.as_json(story.going_up),
    }
    if story.due_text:
        found["due_text"] = story.due_text
    if story.next is not None:
        found["next"] = {
            "send_on": story.next.send_on.isoformat(),
            "lead_time": story.next.lead_time,
            "recipients": [
                {"recipient": email, "role": role, "fallback": fallback}
                for email, role, fallback in story.next.recipients
            ],
        }
    return found


def _notice_json(notice: NoticeRecord, story: DeadlineStory) -> dict[str, object]:
    found = {name: _plain(value) for name, value in asdict(notice).items() if name != "deadline_id"}
    done = story.succession_of(notice)
    found["succession"] = None
    if done is not None:
        found["succession"] = {
            "outcome": done.outcome,
            "told": list(done.told),
            "at": _plain(done.at),
        }
    return found


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value)
