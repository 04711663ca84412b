"""One delivery in a process of its own, for tests that kill it: DATABASE_URL PORT DAY."""

from __future__ import annotations

import sys
from contextlib import closing

from reminder.mail.smtp import SmtpTransport
from reminder.mail_url import MailUrl
from reminder.storage.engine import Database
from tests.outboxes import Outbox

if __name__ == "__main__":
    url, port, day = sys.argv[1:]
    with closing(SmtpTransport(MailUrl("smtp", "127.0.0.1", int(port)))) as transport:
        Outbox(Database(url), None).deliver(day, transport=transport)
