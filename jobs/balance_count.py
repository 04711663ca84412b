"""The count of the daily balance: every open deadline judged, page by page, and put right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from jobs.planning import plan_rules
from reminder.balance import Auditor, Standing, Verdict, Watched
from reminder.clock import known_zone, local_date
from reminder.storage.balance import load_evidence, load_untellable, make_again, open_deadlines
from reminder.storage.chunks import chunks
from reminder.storage.events import add_event

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.storage.balance import OpenDeadline

Answer = TypeVar("Answer")

PAGE = 2000
"""Deadlines read at once: the memory that it takes does not grow with the register."""
REPAIRED = "balance_repaired"
"""The kind of the events that name what was missing."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was missing or stuck, and is put right."""

    what: str
    subject: str
    """The agreement or the message."""

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"


class Count:
    """One count over all open deadlines."""

    def __init__(
        self, context: JobContext, now: datetime, put_off: Collection[str], marked: bool
    ) -> None:
        """*put_off* are left alone after an error; *marked*: follow-ups of none are planned."""
        self._context = context
        self._now = now
        self._put_off = put_off
        self._marked = marked
        self._today_in = _todays(now, context.policy.service.timezone)
        self._auditor = Auditor(plan_rules(context.policy), self._today_in)
        self.standings: Counter[Standing] = Counter()
        """How many deadlines that have something due stand where."""

    def all(self) -> list[int]:
        """Count every open deadline; returns those that seem to lack something."""
        suspects: list[int] = []
        after = 0
        while True:
            with self._context.database.read() as connection:
                page = open_deadlines(connection, after, PAGE)
                for watched, verdict in self._judged(connection, page):
                    if verdict.missing:
                        suspects.append(watched.deadline.id)
                    else:
                        self.standings[verdict.standing] += 1
            if len(page) < PAGE:
                return suspects
            after = page[-1].deadline.id

    def repair(self, suspects: Sequence[int]) -> Iterator[Repair]:
        """Look at the suspects again, locked, and have made again what is really missing."""
        for ids in chunks(suspects):
            with self._context.database.write() as connection:
                page = open_deadlines(connection, ids=ids)
                judged = list(self._judged(connection, page))
                for watched, verdict in judged:
                    if verdict.missing:
                        self._make_again(connection, watched, verdict)
            for watched, verdict in judged:
                self.standings[verdict.standing] += 1
                if verdict.missing:
                    what = f"{watched.deadline.kind} {verdict.lead_time}: {verdict.missing}"
                    yield Repair(what, watched.deadline.subject)

    def _judged(
        self, connection: Connection, page: Sequence[OpenDeadline]
    ) -> Iterator[tuple[Watched, Verdict]]:
        due: dict[int, Watched] = {}
        for watched in map(self._watched, page):
            if self._answer(watched, partial(self._auditor.is_due, watched)):
                due[watched.deadline.id] = watched
        evidence = load_evidence(connection, list(due))
        untellable = load_untellable(connection, list(due))
        for id_, watched in due.items():
            found, nobody = evidence.get(id_, ()), untellable.get(id_, ())
            judge = partial(self._auditor.judge, watched, found, nobody)
            verdict = self._answer(watched, judge)
            if verdict is not None:
                yield watched, verdict

    def _answer(self, watched: Watched, ask: Callable[[], Answer]) -> Answer | None:
        """What is found about one deadline; None where asking raises.

        It raises in the scan too, which puts the deadline off and names it in ``status``.
        """
        try:
            return ask()
        # One bad record never stops the others (reliability I-8).
        except Exception:
            self._context.log.exception("balance_failed", agreement=watched.deadline.subject)
            return None

    def _watched(self, row: OpenDeadline) -> Watched:
        deadline = row.deadline
        today = self._today_in(deadline.timezone)
        is_marked = row.replan_on is not None and row.replan_on <= today
        return Watched(
            deadline,
            row.next_on,
            is_marked
            or (self._marked and not deadline.agreement)
            or deadline.subject in self._put_off,
        )

    def _make_again(self, connection: Connection, watched: Watched, verdict: Verdict) -> None:
        deadline = watched.deadline
        today = self._today_in(deadline.timezone)
        make_again(connection, deadline.id, verdict.told, verdict.lost, today, self._now)
        data = {
            "deadline": deadline.kind,
            "key": deadline.key,
            "lead_time": verdict.lead_time,
            "missing": verdict.missing,
        }
        add_event(connection, self._now, REPAIRED, data, agreement=deadline.agreement)


def _todays(now: datetime, default: str) -> Callable[[str], date]:
    """The date in a zone; a zone that is none counts as *default*."""

    @cache
    def today_in(zone: str) -> date:
        return local_date(now, known_zone(zone, default))

    return today_in
