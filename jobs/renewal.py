"""Renewal: what a decision about an agreement's end sets going, as facts of the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from jobs.facts import plan_now
from jobs.register_writes import RegisterWriter
from reminder.agreements import RENEWAL_OF, AgreementStatus, Decision
from reminder.errors import Problem, ProblemsError, ResponseRefused
from reminder.register.differences import difference
from reminder.register.keys import look
from reminder.register.rows import check_cells
from reminder.register.tables import TABLES
from reminder.register.text import LONGEST_TITLE
from reminder.stages import furthest
from reminder.steps import CLOSING, REVITALISATION, StepRule, chain_of
from reminder.storage import register as stored
from reminder.storage.dossiers import load_dossier
from reminder.storage.fact_writes import deadline_states

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.agreements import Dossier

SUFFIX = "-PEMBARUAN"
_SUFFIX = re.compile(rf"{SUFFIX}(-\d+)?$", re.ASCII)
_LONGEST_REF = 200
INHERITED = (
    "kind",
    "instrument",
    "bureau",
    "local_party",
    "partner",
    "country",
    "officer",
    "leading_unit",
    "fields",
)
"""What an intended agreement takes over from the one that it is to replace."""


def carry_out(
    context: JobContext,
    connection: Connection,
    ref: str,
    decision: Decision,
    on: date,
    by: str,
    renewal_ref: str = "",
) -> list[str]:
    """Carry out what was decided about the end of *ref*; what was done, in lines for a person.

    In the caller's transaction, after the response is stored there. *on* is the bureau's day,
    *by* who decided. *renewal_ref* names the agreement that ``renew`` records; empty for
    ``REF-PEMBARUAN``. Doing it twice changes nothing; a later decision replaces an earlier one,
    whose steps stay in the register as facts. ResponseRefused where the agreement is over.
    """
    stored.hold_register(connection)
    dossier = load_dossier(connection, ref)
    _refuse_what_is_over(dossier)
    carrying = _Carrying(context, connection, dossier, on, by)
    if decision is Decision.RENEW:
        carrying.renew(renewal_ref)
    elif decision is Decision.END:
        carrying.end()
    else:
        carrying.revitalise()
    return carrying.finish()


def _refuse_what_is_over(dossier: Dossier) -> None:
    agreement = dossier.agreement
    if dossier.replaced_by is not None:
        raise ResponseRefused(
            f"{agreement.ref} was replaced by {dossier.replaced_by}: there is nothing to decide."
        )
    if agreement.status in (AgreementStatus.TERMINATED, AgreementStatus.REPLACED):
        raise ResponseRefused(
            f"{agreement.ref} is {agreement.status.value}: there is nothing to decide; if that is "
            "wrong, import its row again with the right status."
        )


class _Carrying:
    """One decision in the course of being carried out."""

    def __init__(
        self, context: JobContext, connection: Connection, dossier: Dossier, on: date, by: str
    ) -> None:
        self._context = context
        self._connection = connection
        self._dossier = dossier
        self._ref = dossier.agreement.ref
        self._on = on.isoformat()
        self._chain = chain_of(dossier.agreement, context.policy.chains)
        zone = context.policy.service.timezone
        self._writer = RegisterWriter(connection, context.clock.now(), zone, by or "command")
        self._touched = [self._ref]
        self._lines: list[str] = []
        self._begun: set[str] = set()

    def renew(self, renewal_ref: str) -> None:
        """Have an agreement of its own on its way, with the first step of its chain begun."""
        self._set_status(AgreementStatus.ACTIVE)
        intended = furthest(self._dossier.intended)
        if intended is not None:
            new = intended.ref
            self._lines.append(f"{new} is on its way to replace {self._ref} already.")
            steps = {step.step for step in intended.steps}
        else:
            new = self._record_intended(renewal_ref)
            steps = set()
        self._touched.append(new)
        chain = chain_of(load_dossier(self._connection, new).agreement, self._context.policy.chains)
        if not steps:
            self._start(new, [rule for rule in chain.steps if not rule.waits_for])
        self._lines.append("The countdown to the expiry goes on until the renewal is signed.")
        self._drop(self._chain.closing, CLOSING)

    def end(self) -> None:
        """Let the agreement end: its countdown stops, and the closing checklist begins."""
        self._warn_of_missed_notice()
        self._set_status(AgreementStatus.NOT_RENEWING)
        self._start(self._ref, self._chain.closing)
        self._drop(self._chain.revitalisation, REVITALISATION)
        for intended in self._dossier.intended:
            self._lines.append(
                f"{intended.ref} is still on its way to replace {self._ref}: if it is given up, "
                "set its status to terminated, or its steps are told on."
            )

    def revitalise(self) -> None:
        """Let the countdown go on, and begin what a revitalisation asks for."""
        self._set_status(AgreementStatus.ACTIVE)
        self._start(self._ref, self._chain.revitalisation)
        self._lines.append("The countdown to the expiry goes on.")
        self._drop(self._chain.closing, CLOSING)

    def finish(self) -> list[str]:
        """Plan what was touched, and say how the steps that were begun are due now."""
        self._writer.finish()
        failed = plan_now(self._context, self._connection, self._touched)
        for state in deadline_states(self._connection, self._touched).values():
            if state.kind == "step" and state.status == "open" and state.key in self._begun:
                due = state.due_text or state.due_on.isoformat()
                self._lines.append(f"step {state.key}: due {due}")
        for ref, error in failed.items():
            self._lines.append(f"{ref} cannot be planned now ({error}); the next scan tries again.")
        return self._lines

    def _warn_of_missed_notice(self) -> None:
        """A text that renews itself ends by a notice in time, and not by what is recorded here."""
        agreement = self._dossier.agreement
        if agreement.auto_renew is None or agreement.status is AgreementStatus.NOT_RENEWING:
            return
        states = deadline_states(self._connection, [self._ref])
        notice_by = states.get((self._ref, "notice_by", ""))
        if notice_by is None or notice_by.status != "open":
            return
        if notice_by.due_on.isoformat() < self._on:
            self._lines.append(
                "The text renews itself, and a notice to the partner was due by "
                f"{notice_by.due_on}: unless one was given in time, ask the partner to agree."
            )
        else:
            self._lines.append(
                "The text renews itself: the notice to the partner must be given by "
                f"{notice_by.due_on}."
            )

    def _set_status(self, status: AgreementStatus) -> None:
        """``not_renewing``, or no longer so; ``dormant`` stays what it is."""
        before = self._dossier.agreement.status
        is_ending = status is AgreementStatus.NOT_RENEWING
        if is_ending == (before is AgreementStatus.NOT_RENEWING):
            return
        self._store("agreements", {"ref": self._ref, "status": status.value})
        self._lines.append(
            f"status of {self._ref}: {before.value or '(empty)'} -> {status.value or '(empty)'}"
        )

    def _record_intended(self, wanted: str) -> str:
        agreement = self._dossier.agreement
        row = stored.stored_rows(self._connection, "agreements", [(self._ref,)])[(self._ref,)]
        new = self._checked(wanted) if wanted else self._free_ref()
        title = agreement.title.removeprefix(RENEWAL_OF)
        cells = {name: row[name] or "" for name in INHERITED}
        self._store(
            "agreements",
            cells
            | {"ref": new, "title": f"{RENEWAL_OF}{title}"[:LONGEST_TITLE], "replaces": self._ref},
        )
        self._lines.append(
            f"{new} is recorded as the agreement that is to replace {self._ref}; write its dates "
            "there once it is signed."
        )
        return new

    def _free_ref(self) -> str:
        """``REF-PEMBARUAN``, or with the first number that is free."""
        base = _SUFFIX.sub("", self._ref)
        number = 1
        while True:
            suffix = SUFFIX if number == 1 else f"{SUFFIX}-{number}"
            found = base[: _LONGEST_REF - len(suffix)] + suffix
            if not self._is_taken(found):
                return found
            number += 1

    def _checked(self, wanted: str) -> str:
        values, faults = check_cells(TABLES["agreements"], {"ref": wanted})
        problems = [
            Problem("agreements", None, fault.column, fault.message, fault.hint) for fault in faults
        ]
        found = values.get("ref") or wanted
        if not problems and self._is_taken(found):
            problems.append(
                Problem(
                    "agreements",
                    None,
                    "ref",
                    f'"{found}" is in the register already and is not on its way to replace '
                    f"{self._ref}",
                    "write another, or set replaces in its row",
                )
            )
        if problems:
            raise ProblemsError(problems)
        return found

    def _is_taken(self, ref: str) -> bool:
        return bool(stored.keys_by_look(self._connection, "agreements", [look(ref)]))

    def _start(self, ref: str, rules: Sequence[StepRule]) -> None:
        """Record steps as begun on the day of the decision; those that wait without a day."""
        if not rules:
            self._lines.append("steps.yaml has no steps for this decision: nothing is begun.")
        for rule in rules:
            cells = {"agreement": ref, "step": rule.code}
            before = stored.stored_rows(self._connection, "steps", [(ref, rule.code)])
            row = before.get((ref, rule.code), {})
            if row.get("done_on"):
                self._lines.append(f"step {rule.code} was done on {row['done_on']} already.")
                continue
            if not rule.waits_for and not row.get("started_on"):
                cells["started_on"] = self._on
            self._store("steps", cells)
            self._begun.add(rule.code)

    def _drop(self, rules: Iterable[StepRule], name: str) -> None:
        """Say which steps of an earlier decision are no longer asked for."""
        recorded = {step.step for step in self._dossier.steps if step.done_on is None}
        some = [rule.code for rule in rules if rule.code in recorded]
        if some:
            self._lines.append(
                f"The {name} steps stay in the register ({', '.join(some)}) and are no longer "
                "asked for."
            )

    def _store(self, name: str, cells: Mapping[str, str]) -> None:
        table = TABLES[name]
        key = tuple(cells[column] for column in table.key)
        known = stored.stored_rows(self._connection, name, [key]).get(key)
        values = {
            column: value if value else table.by_name[column].empty
            for column, value in cells.items()
        }
        self._writer.store(table, [difference(table, values, known)], journal_new=True)
