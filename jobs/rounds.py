"""Rounds: what one tick of the outbox does, in order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from jobs import guards
from jobs.deliver import DeliverReport, deliver
from jobs.succession import succeed

if TYPE_CHECKING:
    from jobs.context import JobContext


def deliver_round(context: JobContext, deadline_at: datetime | None = None) -> DeliverReport:
    """Deliver; where mails failed for good, tell the next contacts in line and deliver that.

    Ends where nobody new can be told: a line has an end, and each of its contacts is told
    of a matter once.
    """
    report = deliver(context, deadline_at=deadline_at)
    while not (context.stopping() or guards.refusal(context)) and succeed(context):
        report.add(deliver(context, deadline_at=deadline_at))
    return report
