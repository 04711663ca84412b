"""What ``plan`` foretells is what the scan and the delivery after it do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.deliver import deliver
from jobs.foresight import foretell
from jobs.importing import import_files
from jobs.scan import scan
from jobs.touched import plan_touched
from reminder.clock import FixedClock
from reminder.storage.log import LogFilter, load_log
from tests.registers import BUREAUS, CONTACTS, context_for, without_findings, write_files

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

AGREEMENTS = (
    "ref,title,kind,bureau,partner,signed_on,expires_on,lead_times\n"
    "KSD-1,Kerja sama,KSDPL,B-01,Queensland,2021-02-27,2026-02-27,H H+3\n"
)
FRIDAY_EVENING = datetime(2026, 2, 27, 9, 0, tzinfo=UTC)
"""16:00 in Jakarta, half an hour after the window closed."""
MONDAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def foretold(context: JobContext) -> list[tuple[str, str]]:
    mails = foretell(context, context.policy, date(2026, 2, 27), date(2026, 3, 6))
    return [(mail.lead_time, mail.send_on.isoformat()) for mail in mails]


def test_mail_that_waits_over_the_weekend_is_not_promised_beside_the_next(
    database: Database, tmp_path: Path
) -> None:
    context = without_findings(context_for(database, tmp_path, FRIDAY_EVENING))
    register = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": AGREEMENTS}
    import_files(context, [write_files(tmp_path / "register", register)])
    plan_touched(context)
    before = foretold(context)
    scan(context)  # H is made, too late for Friday
    deliver(context)
    assert foretold(context) == before == [("H+3", "2026-03-02")]

    later = replace(context, clock=FixedClock(MONDAY))
    scan(later)
    deliver(later)
    with database.read() as connection:
        log = load_log(connection, LogFilter())
    assert [message["state"] for message in log] == ["superseded", "sent"]
