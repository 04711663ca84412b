"""The tables. Register tables hold what people keep; the others what the service did.

Keys are the register's own (``ref``, ``code``) and messages are keyed by their Message-ID,
so that every insert can be repeated under a unique key.
"""

from reminder.storage.tables.base import Instant, metadata
from reminder.storage.tables.delivery import (
    UNFINISHED,
    UNTOLD,
    WITHOUT_NOTICES,
    action_grants,
    attachments,
    attempts,
    contents,
    messages,
    relays,
)
from reminder.storage.tables.due import deadlines, notices, put_offs, responses, skips
from reminder.storage.tables.journal import events, seals, service
from reminder.storage.tables.register import (
    activities,
    agreements,
    bureaus,
    checks,
    contacts,
    documents,
    follow_ups,
    opt_outs,
    plans,
    reports,
    steps,
)

__all__ = [
    "UNFINISHED",
    "UNTOLD",
    "WITHOUT_NOTICES",
    "Instant",
    "action_grants",
    "activities",
    "agreements",
    "attachments",
    "attempts",
    "bureaus",
    "checks",
    "contacts",
    "contents",
    "deadlines",
    "documents",
    "events",
    "follow_ups",
    "messages",
    "metadata",
    "notices",
    "opt_outs",
    "plans",
    "put_offs",
    "relays",
    "reports",
    "responses",
    "seals",
    "service",
    "skips",
    "steps",
]
