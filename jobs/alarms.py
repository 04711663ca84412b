"""Alarms: mails to the service admin about what only an admin can mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.letters import frozen
from reminder.clock import local_date
from reminder.mail.letters import Alarm, Letter
from reminder.mail.links import message_id_domain, message_id_for
from reminder.storage.events import add_event
from reminder.storage.outbox import FrozenMessage, add_frozen

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.mail.render import Renderer


@dataclass(frozen=True, slots=True)
class TemplateFailure:
    """A template that failed, and how."""

    template: str
    error: str


def raise_template_alarms(
    context: JobContext,
    connection: Connection,
    renderer: Renderer,
    failures: Sequence[TemplateFailure],
    now: datetime,
) -> None:
    """Tell every admin of each failed template, once a day for the same error."""
    for failure in dict.fromkeys(failures):
        context.log.warning("template_failed", template=failure.template, error=failure.error)
        alarm = Alarm(
            what=f"template {failure.template} failed; recipients got the plain notice instead",
            where=failure.error,
            todo="mend the template, then run: reminder check",
            at=now,
        )
        if raise_alarm(context, connection, renderer, alarm, ("template", failure.error), now):
            data = {"template": failure.template, "error": failure.error}
            add_event(connection, now, "template_failed", data)


def raise_alarm(
    context: JobContext,
    connection: Connection,
    renderer: Renderer,
    alarm: Alarm,
    identity: tuple[str, ...],
    now: datetime,
) -> bool:
    """Put a mail to each admin into the outbox, once a day for one *identity*.

    Whether any was new.
    """
    service = context.policy.service
    today = local_date(now, service.timezone)
    domain = message_id_domain(context.policy.mail.message_id_domain, context.settings.mail_from)
    is_new = False
    for admin in service.admin:
        parts = ("alarm", *identity, today.isoformat(), admin)
        letter = Letter(
            message_id=message_id_for(context.settings.secret_key, domain, *parts),
            template="admin",
            language=service.language,
            recipient=admin,
            recipient_name="",
            bureau_name="",
            service_name=service.name,
            timezone=service.timezone,
            today=today,
            notices=(),
            alarms=(alarm,),
        )
        message = FrozenMessage(
            message_id=letter.message_id,
            kind="admin",
            recipient=admin,
            language=letter.language,
            timezone=letter.timezone,
            template=letter.template,
            planned_on=today,
            due_on=today,
        )
        content = frozen(renderer.render(letter), letter, now)
        is_new = add_frozen(connection, message, content, now) or is_new
    return is_new
