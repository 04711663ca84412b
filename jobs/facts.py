"""One fact without a file: checked like a row of an import, stored, planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jobs.planning import (
    directory_of,
    plan_batch,
    plan_rules,
    plan_unattached_follow_ups,
)
from jobs.register_writes import RegisterWriter
from reminder.calendars import PartialDate
from reminder.errors import NotFound, Problem, ProblemsError, describe
from reminder.near_names import near_name
from reminder.register.columns import TableSpec
from reminder.register.differences import Difference, difference
from reminder.register.keys import look
from reminder.register.near import write_one_of
from reminder.register.pairs import contradictions
from reminder.register.rows import Row, check_cells
from reminder.register.tables import TABLES
from reminder.report_periods import period_named
from reminder.storage import register as stored
from reminder.storage.fact_writes import DeadlineState, deadline_states

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext


HAPPENED = frozenset({"submitted_on", "done_on"})
"""Columns that say that something is over, and so end the notices about it."""
ALSO_HAPPENED = {"activities": frozenset({"date"})}
"""The same by table: contact that is still to come would make an agreement look alive."""
FURTHEST_AHEAD = timedelta(hours=14)
"""No zone of the world has a later day than UTC plus this."""


@dataclass(frozen=True, slots=True)
class RecordedFact:
    """What was recorded and which deadlines it moved."""

    table: TableSpec
    difference: Difference
    moved: tuple[tuple[DeadlineState | None, DeadlineState | None], ...] = ()
    """How a deadline stood before and stands now."""
    failed: Mapping[str, str] = field(default_factory=dict)
    """Agreements that could not be planned, with the reason."""

    @property
    def doubt(self) -> str:
        """What may be wrong with it, though it was recorded; empty where nothing is."""
        row = self.difference.row
        period = period_named(row["period"] or "") if self.table.name == "reports" else None
        day = row.get("submitted_on")
        if period is None or not day or PartialDate.parse(day).last >= period.ends_on:
            return ""
        return (
            f"{period.name} ends on {period.ends_on}: a report of {day} can cover only "
            "a part of it; once the whole is handed in, record that day with reminder report"
        )


def record_fact(
    context: JobContext, table_name: str, cells: Mapping[str, str], *, must_exist: bool = False
) -> RecordedFact:
    """Record one row of a register table, given by column as a person wrote it.

    Columns that are not given keep what the register holds. ProblemsError names what is
    wrong with a cell, NotFound an agreement or (*must_exist*) a record that is not there.
    """
    with context.database.write() as connection:
        return record_in(context, connection, table_name, cells, must_exist=must_exist)


def record_in(
    context: JobContext,
    connection: Connection,
    table_name: str,
    cells: Mapping[str, str],
    *,
    must_exist: bool = False,
    actor: str = "command",
) -> RecordedFact:
    """The same in the caller's transaction, on the word of *actor*."""
    table = TABLES[table_name]
    values, faults = check_cells(table, cells)
    if faults:
        raise ProblemsError(
            [Problem(table.name, None, fault.column, fault.message, fault.hint) for fault in faults]
        )
    _refuse_what_is_still_to_come(table, values, context.clock.now())
    key = tuple(values[name] or "" for name in table.key)
    stored.hold_register(connection)
    for name, value in values.items():
        target = table.by_name[name].refers_to
        if target and value:
            _require(connection, target, value)
    known = stored.stored_rows(connection, table.name, [key]).get(key)
    if known is None and must_exist:
        raise _not_found(connection, table.name, key[0])
    if known is None and table.name == "steps":
        _require_step(context, key[1])
    found = difference(table, values, known)
    _refuse_contradictions(table, found.row)
    if not found.is_change:
        return RecordedFact(table, found)
    touched = _touched(table, found)
    # Planned before as well, so that only what the fact changes is told.
    plan_now(context, connection, touched)
    before = deadline_states(connection, touched)
    writer = RegisterWriter(connection, context.clock.now(), context.policy.service.timezone, actor)
    writer.store(table, [found], journal_new=True)
    writer.finish()
    failed = plan_now(context, connection, touched)
    after = deadline_states(connection, touched)
    moved = tuple(
        (before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )
    return RecordedFact(table, found, moved, failed)


def plan_now(context: JobContext, connection: Connection, refs: Sequence[str]) -> dict[str, str]:
    """Derive the deadlines of a few agreements now; returns those that raised.

    Whatever goes wrong, the fact is kept and its mark stays: the next scan plans again.
    """
    try:
        with connection.begin_nested():
            rules = plan_rules(context.policy)
            directory = directory_of(connection, context.policy)
            failed: dict[str, str] = {}
            if "" in refs:
                failed.update(plan_unattached_follow_ups(context, connection, rules))
            some = [ref for ref in refs if ref]
            if some:
                failed.update(plan_batch(context, connection, some, rules, directory))
            return failed
    except Exception as error:
        context.log.exception("plan_failed", agreements=len(refs))
        return dict.fromkeys(refs, describe(error))


def _touched(table: TableSpec, found: Difference) -> list[str]:
    """The agreements to plan; "" stands for the follow-ups that belong to none."""
    if table.name == "agreements":
        return [found.row["ref"] or ""]
    given = {found.row["agreement"], *found.changed.get("agreement", ())}
    return sorted({ref or "" for ref in given})


def _refuse_contradictions(table: TableSpec, row: Row) -> None:
    found = contradictions(table.name, row)
    if found:
        raise ProblemsError(
            [Problem(table.name, None, column, message, hint) for column, message, hint in found]
        )


def _refuse_what_is_still_to_come(
    table: TableSpec, values: Mapping[str, str | None], now: datetime
) -> None:
    """A report "handed in" in 2062, where 2026 was meant, would end its notices for good."""
    today = (now + FURTHEST_AHEAD).date()
    problems = [
        Problem(
            table.name,
            None,
            name,
            f"{values[name]} is still to come",
            "write the day on which it happened, once it has",
        )
        for name in sorted(HAPPENED | ALSO_HAPPENED.get(table.name, frozenset()))
        if name in values and PartialDate.parse(values[name] or "1901").first > today
    ]
    if problems:
        raise ProblemsError(problems)


def _require(connection: Connection, target: str, name: str) -> None:
    if name not in stored.known_keys(connection, target, [name]):
        raise _not_found(connection, target, name)


def _require_step(context: JobContext, code: str) -> None:
    """A mistyped step would be recorded and wait for nothing; an import may bring others."""
    known = {step.code for chain in context.policy.chains.values() for step in chain.steps}
    if code not in known:
        hint = write_one_of(code, sorted(known))
        raise NotFound(f'steps.yaml has no step "{code}"; {hint}.')


_CALLED = {"agreements": "agreement", "bureaus": "bureau", "follow_ups": "follow-up"}


def _not_found(connection: Connection, target: str, name: str) -> NotFound:
    near = None
    if target in stored.LOOK_COLUMNS:
        near = stored.keys_by_look(connection, target, [look(name)]).get(look(name))
    near = near or near_name(name, stored.some_keys(connection, target, name))
    hint = f"; did you mean {near}?" if near else f"; reminder export {target} shows all of them."
    return NotFound(f'The register has no {_CALLED[target]} "{name}"{hint}')
