"""Sessions of PostgreSQL: how they connect, and what they insist on whatever the server's settings.

How long sessions wait, and for what:

- A connection that carries nothing is tried after 30 s and given up a minute after the server
  is gone; one with unanswered data in flight is given up as soon. Unix sockets need neither.
- A transaction in which our side does nothing for 5 minutes is ended by the server: its process
  is frozen, and others wait for its locks. Between two statements we only reckon, for seconds.
- A lock is waited for up to 10 minutes. The longest transaction is an import, meant to take a
  minute for 100,000 agreements; a scan or a delivery that meets it must wait for it and not fail.
  Migrations have a connection of their own (``schema``) and wait as long as it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

_CONNECT = {
    "connect_timeout": 15,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}
"""Parameters of libpq, in seconds where nothing else is said."""

_SETTINGS = """
SELECT
    -- Its plan for any values compares a list of 500 keys with each row of the table: an import
    -- of 100,000 agreements took 227 s with it.
    set_config('plan_cache_mode', 'force_custom_plan', false),
    set_config('idle_in_transaction_session_timeout', '5min', false),
    set_config('lock_timeout', '10min', false),
    -- A commit that a crash of the server undoes would repeat a mail. What waits for a standby
    -- too (remote_write, on, remote_apply) stays as the admin has it.
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')
        THEN set_config('synchronous_commit', 'on', false) END
"""


def connect_args(url: URL) -> dict[str, object]:
    """How to connect to *url*, but for what it says of that itself."""
    return {name: value for name, value in _CONNECT.items() if name not in url.query}


_BY_KEY = """
SELECT
    set_config('plan_cache_mode', 'force_generic_plan', false),
    -- A plan made while a table was nearly empty would else read all of it for ever after.
    set_config('enable_seqscan', 'off', false)
"""


def prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Set up a new session: a listener for the event ``connect``."""
    _ask(connection, _SETTINGS)


def prepare_by_key(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """The same for a session whose few statements find their rows by a key: it plans them once."""
    _ask(connection, _SETTINGS, _BY_KEY)


def _ask(connection: DBAPIConnection, *settings: str) -> None:
    cursor = connection.cursor()
    for each in settings:
        cursor.execute(each)
    cursor.close()
    connection.commit()
