"""From the token in an address to the grant that it opens, or nothing, without a reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jobs.preparing import ACTION
from jobs.wire_form import signed_part
from reminder.mail.links import LinkGrant, split_token, verify_link
from reminder.storage.grants import Grant, find_grant
from reminder.storage.link_keys import load_keys
from reminder.web.limits import FORGED, Limits
from reminder.web.site import Served

if TYPE_CHECKING:
    from collections.abc import Collection

    from jobs.context import JobContext
    from reminder.web.site import Site

_DECOY = LinkGrant("", ACTION, 0, 0, "nobody@example.go.id", datetime(2000, 1, 1, tzinfo=UTC))
"""Signed in the place of a grant that is not there, so that the answer takes as long."""
REJECTED = "token_rejected"
"""The name under which links that open nothing are counted, by why. Whoever follows one is told
the same whatever the reason is."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of a token: the grant that it opens, or None for a reason that nobody is told."""

    grant: Grant | None
    is_forged: bool = False
    """Well-formed, and not signed by us: what the limit on guessing counts."""


def open_token(context: JobContext, token: str, purposes: Collection[str]) -> Opening:
    """What a genuine, live token of one of *purposes* opens. Reads, and changes nothing.

    Checked in the order of reliability R-ACT-02. What is malformed costs no look into the
    database.
    """
    named = split_token(token)
    if named is None:
        return _rejected(context, "malformed")
    kid, grant_id = named
    secret_key = context.settings.secret_key
    now = context.clock.now()
    with context.database.read() as connection:
        keys = load_keys(connection)
        if kid not in keys or not keys[kid].opens(now):
            return _rejected(context, "key")
        found = find_grant(connection, grant_id)
    signed = signed_part(found[0]) if found else replace(_DECOY, id=grant_id, kid=kid)
    is_genuine = verify_link(token, signed, secret_key)
    if found is None or not is_genuine:
        return _rejected(context, "forged", is_forged=True)
    grant, is_revoked = found
    if is_revoked:
        return _rejected(context, "revoked")
    if grant.expires_at <= now:
        return _rejected(context, "expired")
    return Opening(grant) if grant.purpose in purposes else _rejected(context, "purpose")


def grant_or_answer(
    site: Site, context: JobContext, token: str, purposes: Collection[str], caller: str
) -> Grant | Served:
    """What a token opens, or the answer that everybody gets for whom it opens nothing.

    Only guesses are refused in the end: an office behind one address must not be locked out of
    its genuine links by stale ones that somebody's program asks for.
    """
    opening = open_token(context, token, purposes)
    if opening.is_forged and not Limits(context, caller).count(FORGED):
        return Served(site.too_many(int(FORGED.span.total_seconds())))
    return opening.grant or Served(site.told("not_found", 404))


def _rejected(context: JobContext, reason: str, *, is_forged: bool = False) -> Opening:
    context.tally.add(REJECTED, reason)
    return Opening(None, is_forged)
