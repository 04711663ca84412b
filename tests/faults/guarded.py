"""An office whose scans and deliveries are guarded by the clock and the disk of a machine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.context import LastRefusal
from jobs.deliver import DeliverReport, deliver
from jobs.scan import ScanReport, scan
from reminder.disk import FLOOR
from reminder.storage import tables
from tests.fakes import RecordingTransport
from tests.machine_clock import MachineClock
from tests.outboxes import Outbox

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.mail.transport import Transport
    from reminder.storage.engine import Database


class GuardedOffice(Outbox):
    """Agreements that end on 2026-05-31, their notices H-30 sent, on a machine at an instant."""

    def __init__(self, database: Database, count: int, begins_at: datetime) -> None:
        super().__init__(database, count)
        self.machine = MachineClock(begins_at)
        self.free = 10 * FLOOR
        self.relay = RecordingTransport()
        self._last_refusal = LastRefusal()

    def guarded(self) -> JobContext:
        """What the daemon gives its jobs."""
        return replace(
            self.context(self.machine.now()),
            clock=self.machine,
            clock_reading=self.machine.reading,
            free_bytes=lambda _folder: self.free,
            last_refusal=self._last_refusal,
        )

    def tick(self, transport: Transport | None = None) -> tuple[ScanReport, DeliverReport]:
        """One scan and its delivery, as of now."""
        scanned = scan(self.guarded())
        return scanned, deliver(self.guarded(), transport or self.relay)

    def copies(self) -> Counter[str]:
        """How many copies of each message the recipients have."""
        return Counter(mail.message_id for mail in self.relay.delivered)

    def lead_times(self) -> list[str]:
        """The lead times of all notices that were made."""
        return [row[0] for row in self.notices("lead_time")]

    def kinds(self) -> list[str]:
        """The kinds of the events that tell of the guards, in order."""
        guards = ("clock_", "disk_")
        return [kind for (kind,) in self.rows(tables.events, "kind") if kind.startswith(guards)]
