"""The fields Authentication-Results of an inbound mail (RFC 8601), as they stand."""

from __future__ import annotations

from collections.abc import Sequence

import authres

from reminder.mail.inbound import MOST_AUTHENTICATED, Authenticated
from reminder.mail.inbound_headers import Fields

_LONGEST = 4096
"""Characters of one field. The library reads it piece by piece, each time copying the rest."""


def authentication(fields: Fields) -> tuple[Authenticated, ...]:
    """What each field claims, the topmost first. Whom to believe is for others to say."""
    found = fields.all("authentication-results")[:MOST_AUTHENTICATED]
    return tuple(_authenticated(value) for value in found)


def _authenticated(value: str) -> Authenticated:
    """One field; nobody's where it cannot be read, or is of a version that is not ours."""
    if len(value) > _LONGEST or not value.isascii():
        return Authenticated("")
    try:
        header = authres.AuthenticationResultsHeader.parse_value(value)
    except Exception:  # its own errors, and RecursionError for deep comments
        return Authenticated("")
    dmarc = (
        (str(result.result), _domain(result.properties))
        for result in header.results
        if getattr(result, "method", "") == "dmarc"
    )
    return Authenticated(str(header.authserv_id), tuple(dmarc))


def _domain(properties: Sequence[authres.core.AuthenticationResultProperty]) -> str:
    """The one domain that a result is about; empty where there is none, or more."""
    found = [str(one.value) for one in properties if (one.type, one.name) == ("header", "from")]
    return found[0].lower() if len(found) == 1 else ""
