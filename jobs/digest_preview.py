"""Digests as they would be now, for ``preview``: the production code, writing nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jobs.daily import DAILY, daily_letters
from jobs.readers import Addressed
from jobs.semester import semester_letters
from jobs.weekly import WEEKLY, weekly_letters
from reminder.clock import known_zone, local_date
from reminder.digest_days import semester_period
from reminder.mail.links import message_id_for
from reminder.storage.digests import read_state
from reminder.storage.planning import bureau_zones
from reminder.storage.service_day import last_line

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.letters import Letter


def digest_letters(context: JobContext, rhythm: str) -> list[Letter]:
    """Each letter of a digest as it would be now, whatever was made already."""
    policy, now = context.policy, context.clock.now()
    # Names that no stored message has, so that none counts as made.
    message_id = partial(message_id_for, context.settings.secret_key, "preview.localhost")
    default = policy.service.timezone
    with context.database.read() as connection:
        if rhythm == DAILY:
            state, seen = read_state(connection), last_line(connection)
            return daily_letters(context, connection, state, "", message_id, seen)
        zones = {known_zone(zone, default) for zone in bureau_zones(connection, default)}
    own = [role for role, chosen in policy.digests.items() if chosen == rhythm]
    if rhythm == WEEKLY:
        letters = weekly_letters(context, own or ["officer"], dict.fromkeys(zones, ""), message_id)
        return [one.letter for one in letters if isinstance(one, Addressed)]
    today = local_date(now, default)
    semester = semester_period(today, policy.report_due, policy.calendar).name
    made = semester_letters(context, own or ["head"], dict.fromkeys(zones, semester), message_id)
    return [one.letter for one in made]
