"""From the token in an address to the notice that it opens, or nothing, without a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobs.preparing import ACTION
from jobs.wire_form import signed_part
from reminder.mail.links import LinkGrant, link_keys, split_token, verify_link
from reminder.storage.grants import Grant, find_grant
from reminder.storage.linked_notices import LinkedNotice, load_linked_notice

if TYPE_CHECKING:
    from jobs.context import JobContext

_DECOY = LinkGrant("", ACTION, 0, 0, "nobody@example.go.id", datetime(2000, 1, 1, tzinfo=UTC))
"""Signed in the place of a grant that is not there, so that the answer takes as long."""


def open_link(context: JobContext, token: str) -> tuple[Grant, LinkedNotice] | None:
    """What a genuine, live token opens; None for every other. Reads, and changes nothing.

    What is malformed or names an unknown key costs no look into the database.
    """
    keys = link_keys(context.settings.secret_key)
    named = split_token(token)
    if named is None or named[0] not in keys:
        return None
    kid, grant_id = named
    with context.database.read() as connection:
        found = find_grant(connection, grant_id)
        signed = signed_part(found[0]) if found else replace(_DECOY, id=grant_id, kid=kid)
        is_genuine = verify_link(token, signed, keys)
        if found is None or not is_genuine:
            return None
        grant, is_revoked = found
        is_over = is_revoked or grant.expires_at <= context.clock.now()
        if is_over or grant.purpose != ACTION:
            return None
        return grant, load_linked_notice(connection, grant.notice_id)
