"""How often the pages may be asked for (reliability 3.3), counted in the database."""

from __future__ import annotations

import base64
import hmac
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from reminder.errors import DatabaseError
from reminder.mail.links import derive_key
from reminder.storage.visits import Limit, count_visit, is_over

if TYPE_CHECKING:
    from jobs.context import JobContext

OPENED = Limit("opened", 30, timedelta(minutes=1))
"""Links opened by one caller."""
FORGED = Limit("forged", 20, timedelta(hours=1))
"""Links by one caller that we never signed."""
REFUSED = Limit("refused", 10, timedelta(minutes=1))
"""Answers by one link that could not be taken. One that is taken, or was before, counts for
nothing: whoever presses a button twice is no attacker."""


COUNTED_WITHIN = 0.2
"""Seconds that a visit waits for SQLite's only writer: it holds one of the few turns in which
pages are made, and others wait for those."""


class Limits:
    """The limits for one visitor: the address of a caller, or the id of a grant."""

    def __init__(self, context: JobContext, visitor: str) -> None:
        self._context = context
        # Whom an address belongs to is nobody's business, and a stored one would be data to keep.
        key = derive_key(context.settings.secret_key, "visitor")
        mac = hmac.digest(key, visitor.encode("utf-8", "surrogateescape"), "sha256")
        self._visitor = base64.urlsafe_b64encode(mac[:16]).decode().rstrip("=")

    def is_over(self, limit: Limit) -> bool:
        """Whether nothing more is answered before the span ends."""
        with self._context.database.read() as connection:
            return is_over(connection, limit, self._visitor, self._context.clock.now())

    def count(self, limit: Limit) -> bool:
        """Count one more; False where it is more than the limit allows.

        Where nothing can be counted, as while an import holds the only writer of SQLite, nobody
        is turned away, nor kept waiting: a page that only shows must not wait for a limit.
        """
        try:
            with self._context.database.write(waits=COUNTED_WITHIN) as connection:
                now = self._context.clock.now()
                return count_visit(connection, limit, self._visitor, now) <= limit.most
        except (DatabaseError, OperationalError) as error:
            self._context.log.warning("visit_not_counted", limit=limit.scope, exc_info=error)
            return True
