"""The storm breaker: counts what one scan makes, and holds it once it is far more than usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from jobs.alarms import raise_alarm
from reminder.clock import local_date
from reminder.mail.letters import Alarm
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage.events import add_event
from reminder.storage.storms import (
    HeldStorm,
    count_held,
    hold_for_storm,
    load_past_days,
    was_imported_since,
    write_storm,
)
from reminder.storm import StormLimit, storm_limit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.grouping import Grouped


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What is new about a scan, and so may be why it makes many messages."""

    last_scan_at: datetime | None
    is_catch_up: bool
    is_policy_changed: bool


class StormWatch:
    """The messages of one scan. A batch counts once ``keep`` says that it was committed."""

    def __init__(self, context: JobContext, beginnings: Beginnings, now: datetime) -> None:
        self._context = context
        self._beginnings = beginnings
        self._now = now
        self._made: set[str] = set()
        self._limit: StormLimit | None = None
        self._is_broken = False

    @property
    def held(self) -> int:
        """How many messages this scan made if they are held, else 0."""
        return len(self._made) if self._is_broken else 0

    def has_made(self, message_id: str) -> bool:
        """Whether this scan made that message."""
        return message_id in self._made

    def broken_limit(self, connection: Connection, grouped: Grouped) -> StormLimit | None:
        """The limit that this batch, with those before it, is beyond; None where it is not."""
        storm = self._context.policy.storm
        number = len(self._with(grouped))
        # Most scans make few messages, and need not know what is usual.
        if storm is None or number <= storm.more_than:
            return None
        if self._limit is None:
            today = local_date(self._now, self._context.policy.service.timezone)
            past = load_past_days(connection, today, self._now)
            self._limit = storm_limit(storm, past, today)
        return self._limit if self._is_broken or number > self._limit.most else None

    def hold(self, connection: Connection, grouped: Grouped, limit: StormLimit) -> None:
        """Hold the messages of this batch, and those before it that have not left yet."""
        made = self._with(grouped)
        new = {message.message_id for message in grouped.messages} if self._is_broken else made
        cause = self._cause(connection)
        reason = f"the scan made more than {limit.most} mails at once: {cause}"
        hold_for_storm(connection, new, reason, self._now)
        storm = HeldStorm(self._now, count_held(connection), limit.usual, cause)
        write_storm(connection, storm)
        data = {"messages": len(made), "usual": limit.usual, "limit": limit.most, "cause": cause}
        add_event(connection, self._now, "storm_held", data)
        if not self._is_broken:
            self._raise_alarm(connection, len(made), limit, cause)

    def keep(self, grouped: Grouped, limit: StormLimit | None) -> None:
        """Count a batch that was committed; *limit* is the one that it was held for."""
        self._made = self._with(grouped)
        if limit is not None and not self._is_broken:
            self._is_broken = True
            self._context.log.warning(
                "storm_held", messages=len(self._made), usual=limit.usual, limit=limit.most
            )

    def _with(self, grouped: Grouped) -> set[str]:
        joined = {old for old, _new in grouped.moves}
        return (self._made | {message.message_id for message in grouped.messages}) - joined

    def _cause(self, connection: Connection) -> str:
        begun = self._beginnings
        causes: list[str] = []
        if was_imported_since(connection, begun.last_scan_at):
            causes.append("the first scan after an import")
        if begun.is_policy_changed:
            causes.append("the first scan under a changed policy")
        if begun.is_catch_up and begun.last_scan_at is not None:
            causes.append(f"no scan since {begun.last_scan_at:%Y-%m-%d %H:%M} UTC")
        return ", ".join(causes) or "many deadlines reached a lead time at once"

    def _raise_alarm(
        self, connection: Connection, messages: int, limit: StormLimit, cause: str
    ) -> None:
        usual = "" if limit.usual is None else f"; a busy day has {limit.usual}"
        alarm = Alarm(
            what=f"a scan made {messages} mails or more at once, and all of them are held",
            where=f"{cause}{usual}",
            todo=(
                "look at them with: reminder held; then write: reminder release --storm, or "
                "reminder discard --storm. What is due within 7 days leaves by itself in 4 hours"
            ),
            at=self._now,
        )
        renderer = Renderer(template_dirs(self._context.settings.templates_dir))
        identity = ("storm", self._now.isoformat())
        raise_alarm(self._context, connection, renderer, alarm, identity, self._now)
