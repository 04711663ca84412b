"""Link keys: which keys sign links, which ones still open them, and which were retired.

The keys themselves are derived from REMINDER_SECRET_KEY and never stored.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from reminder.errors import NotFound, ReminderError
from reminder.link_keys import FIRST_KEY, LinkKey
from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event

MOST_KEYS = 9999
KEYS = "keys"
"""The kind of the events about them."""

_keys = tables.link_keys


def load_keys(connection: Connection) -> dict[str, LinkKey]:
    """All keys by their id, the oldest first."""
    query = select(_keys.c.kid, _keys.c.made_at, _keys.c.followed_at, _keys.c.retired_at)
    found = {row.kid: LinkKey(*row) for row in connection.execute(query)}
    found.setdefault(FIRST_KEY, LinkKey(FIRST_KEY, None))
    return {kid: found[kid] for kid in sorted(found, key=int)}


def signing_kid(connection: Connection) -> str:
    """The id of the key that signs."""
    return next(key.kid for key in load_keys(connection).values() if key.signs)


def rotate(connection: Connection, now: datetime, actor: str) -> LinkKey:
    """Have a new key sign from now on; the one before still opens its links for 200 days."""
    keys = load_keys(connection)
    number = int(next(reversed(keys))) + 1
    if number > MOST_KEYS:
        raise ReminderError(
            f"{MOST_KEYS} keys is the most; write another REMINDER_SECRET_KEY, which makes every "
            "link sent so far worthless"
        )
    _keep_first(connection, now)
    connection.execute(update(_keys).where(_keys.c.followed_at.is_(None)).values(followed_at=now))
    new = LinkKey(str(number), now)
    connection.execute(insert(_keys).values(kid=new.kid, made_at=now))
    add_event(connection, now, KEYS, {"change": "rotated", "kid": new.kid}, actor=actor)
    return new


def retire(connection: Connection, kid: str, now: datetime, actor: str) -> LinkKey | None:
    """Have no link open any more that the key signed; where it signs itself, another does first.

    Returns that other key, or None. NotFound for an id that is none; a retired one stays so.
    """
    keys = load_keys(connection)
    if kid not in keys:
        raise NotFound(f'There is no key "{kid}"; there are {", ".join(keys)}.')
    if keys[kid].retired_at is not None:
        return None
    new = rotate(connection, now, actor) if keys[kid].signs else None
    _keep_first(connection, now)
    connection.execute(update(_keys).where(_keys.c.kid == kid).values(retired_at=now))
    add_event(connection, now, KEYS, {"change": "retired", "kid": kid}, actor=actor)
    return new


def _keep_first(connection: Connection, now: datetime) -> None:
    """The first key has no row before anything becomes of it."""
    connection.execute(insert_new(connection, _keys), {"kid": FIRST_KEY, "made_at": now})
