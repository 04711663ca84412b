"""One delivery with a second process beside it, for tests that kill either of the two:

HOME DATABASE_URL PORT DAY; prints what came of it.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from jobs.deliver import deliver
from jobs.second_process import second_process
from reminder.logs import set_up_logs
from reminder.storage.engine import Database
from tests.outboxes import Outbox
from tests.stored import at

if __name__ == "__main__":
    home, database_url, port, day = sys.argv[1:]
    mail_url = f"smtp://127.0.0.1:{port}"
    with second_process(mail_url) as second, closing(Database(database_url)) as database:
        outbox = Outbox(database, None, home=Path(home))
        settings = replace(
            outbox.settings,
            mail_url=mail_url,
            database_url=database_url,
            log_level="info",
            log_format="json",
        )
        log = set_up_logs("info", "json")
        context = replace(outbox.context(at(day)), settings=settings, second=second, log=log)
        print(json.dumps(deliver(context).counts()))
