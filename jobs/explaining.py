"""Why mails about an agreement went out, did not, or will: its whole story, from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.foresight import forecaster
from reminder.clock import local_date
from reminder.explanation import Explanation, explain
from reminder.planner import plan_agreement
from reminder.storage.deadlines import load_stored
from reminder.storage.facts import load_dossier, load_successors
from reminder.storage.history import load_record
from reminder.storage.planning import put_offs

if TYPE_CHECKING:
    from jobs.context import JobContext


def explain_agreement(context: JobContext, ref: str) -> Explanation:
    """Everything about one agreement: deadlines, mails, skips and what comes next.

    NotFound where the register has no such agreement.
    """
    now = context.clock.now()
    with context.database.read() as connection:
        dossier = load_dossier(connection, ref)
        stored = load_stored(connection, [ref])[ref].deadlines
        ahead = forecaster(context, connection, context.policy)
        record = load_record(connection, ref)
        put_off = {item.agreement: item.error for item in put_offs(connection)}
        successors = load_successors(connection, ref)
    bureau = ahead.directory.bureaus.get(dossier.agreement.bureau)
    zone = bureau.timezone if bureau else context.policy.service.timezone
    today = local_date(now, zone)
    plan = plan_agreement(dossier, stored, ahead.rules, ahead.directory, today)
    last = context.policy.horizon.after(today)
    foretold = list(ahead.of_agreement(dossier, stored, last))
    return Explanation(
        agreement=dossier.agreement,
        bureau_name=bureau.name if bureau else dossier.agreement.bureau,
        timezone=zone,
        put_off=put_off.get(ref, ""),
        renewals=() if dossier.replaced_by else tuple(successors),
        deadlines=explain(record, plan.later, foretold),
    )
