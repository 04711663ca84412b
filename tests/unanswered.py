"""An office in which nobody answers: a policy that goes up, and the days that the service lives.

H-90 of the agreement is Thursday 2026-03-12. Then come Nyepi, Idul Fitri and the joint leave
around it: from Wednesday 18 to Tuesday 24 March nobody works, and Friday 3 April is a holiday.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jobs.escalate import EscalateReport, escalate
from jobs.succession import succeed
from reminder.responses import Linked, Named, Person, Via
from reminder.rules import EscalationStep
from reminder.storage import tables
from tests.factories import make_agreement, make_bureau, make_calendar, make_contact, make_rule
from tests.outboxes import Outbox
from tests.stored import at, make_policy

if TYPE_CHECKING:
    from reminder.agreements import Contact
    from reminder.rules import Rule
    from reminder.storage.engine import Database

LEAVE = ("2026-03-18", "2026-03-19", "2026-03-20", "2026-03-23", "2026-03-24", "2026-04-03")
CALENDAR = make_calendar(*LEAVE)
STEPS = (EscalationStep(5, ("head",)), EscalationStep(10, ("secretary",)))
EXPIRY = make_rule(lead_times="H-90 H-60 H-30", escalate=STEPS)
FIRST = "2026-03-12"

OFFICER = "petugas@biro.example.go.id"
HEAD = "kepala@biro.example.go.id"
SECRETARY = "sekretaris@biro.example.go.id"
ABOVE = "sekda@example.go.id"
STAFF = (
    make_contact(OFFICER),
    make_contact(HEAD, role="head", name="Budi Santoso"),
    make_contact(SECRETARY, role="secretary", name="Rini"),
    make_contact(ABOVE, bureau="B-00", role="head", name="Citra Dewi"),
)
WHO = Person(OFFICER)
BY_WEB = Person(OFFICER, Via.WEB)


class Office(Outbox):
    """Agreements ``A-0``, ``A-1``, ... of a bureau below another; each expires on 2026-06-10."""

    def __init__(
        self,
        database: Database,
        *rules: Rule,
        count: int = 1,
        staff: Iterable[Contact] = STAFF,
        parent: str | None = "B-00",
        **policy: Any,
    ) -> None:
        settings: dict[str, Any] = {"digest_above": 100, "calendar": CALENDAR} | policy
        super().__init__(database, 0, make_policy(*(rules or (EXPIRY,)), **settings))
        self.put(make_bureau("B-00", name="Sekretariat Daerah"), make_bureau(parent=parent))
        self.run("DELETE FROM contacts")
        self.put(*staff)
        self.put(
            *(
                make_agreement(f"A-{number}", signed_on="2021-06-10", expires_on="2026-06-10")
                for number in range(count)
            )
        )

    def escalate(self, now: str | datetime) -> EscalateReport:
        """One run, at nine o'clock where only a day is given."""
        return escalate(self.context(at(now) if isinstance(now, str) else now))

    def day(self, day: str, *, sends: bool = True) -> EscalateReport:
        """What the daemon does on one day: scan, escalate and, where it can, deliver."""
        self.scan(day)
        report = self.escalate(day)
        if sends:
            self.deliver(day)
            while succeed(self.context(at(day))):
                self.deliver(day)
        return report

    def live(self, last: str, first: str = FIRST) -> None:
        """Every day from *first* to *last*."""
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            self.day(day.isoformat())
            day += timedelta(days=1)

    def told(self, ref: str = "A-0") -> list[tuple[str, str, int, str]]:
        """Day, lead time, level and recipient of what was told and not stopped."""
        names = ("agreement", "stop_reason", "made_on", "lead_time", "level", "recipient")
        return [
            (made_on.isoformat()[5:], code, level, recipient)
            for agreement, stopped, made_on, code, level, recipient in self.notices(*names)
            if agreement == ref and not stopped
        ]

    def templates(self) -> dict[tuple[Any, ...], str]:
        """The template of each notice's message, by lead time, level and recipient."""
        of = dict(self.rows(tables.messages, "message_id", "template"))
        names = ("message_id", "lead_time", "level", "recipient")
        return {tuple(key): of[message] for message, *key in self.notices(*names)}

    def deadline(self, *names: str, ref: str = "A-0", kind: str = "expiry") -> Any:
        """Columns of an agreement's deadline."""
        rows = self.rows(tables.deadlines, "agreement", "kind", *names)
        (row,) = [row[2:] for row in rows if row[:2] == (ref, kind)]
        return row[0] if len(names) == 1 else row

    def linked(self, ref: str = "A-0", kind: str = "expiry") -> Linked:
        """The deadline as a mail knows it."""
        return Linked(*self.deadline("id", "epoch", ref=ref, kind=kind))


def expiry(ref: str = "A-0") -> Named:
    """The expiry of an agreement as the shell names it."""
    return Named(ref, "expiry")
