"""Deadlines in the database: what was planned before, and what is planned now."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from reminder.calendars import Due
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus, Gap
from reminder.planned_deadlines import AgreementPlan, Answered, PlannedDeadline, StoredDeadline
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.escalations import take_back_level
from reminder.storage.stopping import stop_notices, untell

_TABLE = tables.deadlines
_KEPT = (
    "bureau",
    "timezone",
    "due_on",
    "due_last_on",
    "due_text",
    "derived_from",
    "status",
    "status_reason",
    "silent_reason",
    "entered_on",
    "epoch",
    "rule",
    "officer",
    "lead_times",
    "told",
    "next_on",
    "gaps",
    "severity",
    "snoozed_until",
    "acknowledged_until",
    "level",
    "escalate_on",
)
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row_id"))
    .values({name: bindparam(f"new_{name}") for name in _KEPT})
)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """The stored deadlines of one agreement, ready for the planner and for comparison."""

    deadlines: tuple[StoredDeadline, ...]
    rows: dict[int, RowMapping]


def load_stored(
    connection: Connection, refs: Sequence[str], lock: bool = False
) -> dict[str, StoredPlan]:
    """What is stored for those agreements; ``""`` stands for follow-ups without one.

    With *lock* it stays as it is until the transaction ends: a scan must not tell what is
    being planned, or the plan would forget that it was told (PostgreSQL; SQLite has one writer).
    """
    found: defaultdict[str, list[RowMapping]] = defaultdict(list)
    query = select(_TABLE).where(_TABLE.c.agreement.in_(refs)).order_by(_TABLE.c.id)
    if lock:
        query = query.with_for_update()
    for row in connection.execute(query).mappings():
        found[row["agreement"]].append(row)
    return {
        ref: StoredPlan(
            tuple(_stored(row) for row in found.get(ref, ())),
            {row["id"]: row for row in found.get(ref, ())},
        )
        for ref in refs
    }


def _stored(row: RowMapping) -> StoredDeadline:
    return StoredDeadline(
        id=row["id"],
        kind=DeadlineKind(row["kind"]),
        key=row["key"],
        due=Due(row["due_on"], row["due_last_on"], row["due_text"]),
        epoch=row["epoch"],
        status=DeadlineStatus(row["status"]),
        told=row["told"],
        entered_on=row["entered_on"],
        answered=Answered(
            row["snoozed_until"], row["acknowledged_until"], row["level"], row["escalate_on"]
        ),
    )


@dataclass(frozen=True, slots=True)
class PlanToStore:
    """One agreement's new plan beside what is stored."""

    agreement: str
    plan: AgreementPlan
    stored: StoredPlan


def store_plans(
    connection: Connection,
    plans: Iterable[PlanToStore],
    zone_of: dict[str, str],
    default_zone: str,
    now: datetime,
) -> None:
    """Write what changed: new and changed deadlines, stopped mails, replan days, events.

    *zone_of* gives the time zone of each bureau. Storing the same plan again changes
    nothing.
    """
    changes = _Changes(now)
    for item in plans:
        for planned in item.plan.planned:
            zone = zone_of.get(planned.deadline.bureau, default_zone)
            changes.keep(planned, item.stored, _values(planned, zone))
        for gone in item.plan.gone:
            changes.end(gone, item.stored)
        changes.replans.append({"row_ref": item.agreement, "day": item.plan.replan_on})
    changes.store(connection)


class _Changes:
    """What differs between plans and the database, collected to be written set-wise."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._new: list[dict[str, object]] = []
        self._changed: list[dict[str, object]] = []
        self._stops: defaultdict[SkipReason, list[int]] = defaultdict(list)
        self._events: list[dict[str, object]] = []
        self.replans: list[dict[str, object]] = []

    def keep(self, planned: PlannedDeadline, stored: StoredPlan, values: dict[str, object]) -> None:
        """A deadline that the facts give."""
        if planned.stored_id is None:
            self._new.append(_identity(planned.deadline) | values)
        else:
            self._change(stored.rows[planned.stored_id], values, planned.stop_reason)

    def end(self, gone: StoredDeadline, stored: StoredPlan) -> None:
        """A deadline that the facts no longer give."""
        before = stored.rows[gone.id]
        values = {name: before[name] for name in _KEPT} | _gone(gone)
        self._change(before, values, SkipReason(str(values["status"])))

    def _change(
        self, before: RowMapping, values: dict[str, object], stop: SkipReason | None
    ) -> None:
        if all(before[name] == values[name] for name in _KEPT):
            return
        row_id: int = before["id"]
        self._changed.append(
            {"row_id": row_id} | {f"new_{name}": value for name, value in values.items()}
        )
        if stop is not None:
            self._stops[stop].append(row_id)
        self._events.extend(_event(before, values, self._now))

    def store(self, connection: Connection) -> None:
        """Write everything; mails about changed deadlines stop in the same transaction."""
        if self._new:
            connection.execute(insert_new(connection, _TABLE), self._new)
        if self._changed:
            connection.execute(_UPDATE, self._changed)
        for reason, ids in self._stops.items():
            stop_notices(connection, ids, reason, self._now)
            untell(connection, ids)
            take_back_level(connection, ids)
        if self._events:
            connection.execute(tables.events.insert(), self._events)
        _store_replans(connection, self.replans)


def _store_replans(connection: Connection, replans: list[dict[str, object]]) -> None:
    agreements = tables.agreements
    attached = [row for row in replans if row["row_ref"]]
    if attached:
        connection.execute(
            update(agreements)
            .where(agreements.c.ref == bindparam("row_ref"))
            .values(replan_on=bindparam("day")),
            attached,
        )


def _identity(deadline: Deadline) -> dict[str, object]:
    return {
        "agreement": deadline.agreement,
        "kind": deadline.kind.value,
        "key": deadline.key or "",
    }


def _values(planned: PlannedDeadline, zone: str) -> dict[str, object]:
    deadline = planned.deadline
    return {
        "bureau": deadline.bureau,
        "timezone": zone,
        "due_on": deadline.due.first,
        "due_last_on": deadline.due.last,
        "due_text": deadline.due.text,
        "derived_from": deadline.derived_from,
        "status": deadline.status.value,
        "status_reason": deadline.status_reason or deadline.silent_detail,
        "silent_reason": deadline.silent.value if deadline.silent else "",
        "entered_on": planned.entered_on,
        "epoch": planned.epoch,
        "rule": planned.rule,
        "officer": deadline.officer,
        "lead_times": deadline.lead_times,
        "told": planned.told,
        "next_on": planned.next_on,
        "gaps": _written(deadline.gaps),
        "severity": deadline.severity,
        "snoozed_until": planned.answered.snoozed_until,
        "acknowledged_until": planned.answered.acknowledged_until,
        "level": planned.answered.level,
        "escalate_on": planned.answered.escalate_on,
    }


def _written(gaps: Sequence[Gap]) -> str:
    """As they are stored; empty where there are none."""
    if not gaps:
        return ""
    return json.dumps([[gap.code, dict(gap.values)] for gap in gaps], ensure_ascii=False)


def read_gaps(stored: str) -> tuple[Gap, ...]:
    """What a finding consists of, from the stored form."""
    if not stored:
        return ()
    return tuple(Gap(code, tuple(values.items())) for code, values in json.loads(stored))


def _gone(stored: StoredDeadline) -> dict[str, object]:
    if stored.kind is DeadlineKind.FINDING:
        return {
            "status": DeadlineStatus.MET.value,
            "status_reason": "cleared: the register no longer shows it",
            "silent_reason": "",
            "next_on": None,
            **_OVER,
        }
    if stored.status is DeadlineStatus.MET:
        return {"next_on": None, **_OVER}
    return {
        "status": DeadlineStatus.VOID.value,
        "status_reason": "no longer follows from the register",
        "silent_reason": "",
        "next_on": None,
        **_OVER,
    }


_OVER: dict[str, object] = {"snoozed_until": None, "escalate_on": None}


def _event(
    before: RowMapping, values: dict[str, object], now: datetime
) -> Iterable[dict[str, object]]:
    told = {
        name: [_plain(before[name]), _plain(values[name])]
        for name in ("due_on", "due_last_on", "status", "silent_reason", "epoch")
        if before[name] != values[name]
    }
    if told:
        yield {
            "at": now,
            "kind": "deadline",
            "agreement": before["agreement"],
            "deadline_id": before["id"],
            "data": json.dumps(
                {"kind": before["kind"], "key": before["key"], "changed": told}, sort_keys=True
            ),
        }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
