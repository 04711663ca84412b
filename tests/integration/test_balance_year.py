"""The daily balance over random years: while nobody meddles, nothing is ever missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import update

from jobs.balance import balance
from reminder.storage import tables
from tests.integration.test_scan_year import EXAMPLES, put, service
from tests.stored import World
from tests.years import EVERY_DAY, GAPS, Year, days_with_gaps, years


def finish_some(world: World, day: date) -> None:
    """Every third day all that waits is sent, every tenth all that waits is refused."""
    messages = tables.messages
    state = {0: "sent", 1: "failed" if day.day % 10 == 1 else "held"}.get(day.day % 3)
    if state is not None:
        with world.database.write() as connection:
            connection.execute(
                update(messages).where(messages.c.state == "pending").values(state=state)
            )


@settings(
    max_examples=max(1, EXAMPLES // 2),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(year=years(), gaps=GAPS)
def test_nothing_is_missing_on_any_day_of_a_year(
    _sqlite_template: Path,  # noqa: PT019 - its value is used
    year: Year,
    gaps: list[int],
) -> None:
    for days in (EVERY_DAY, days_with_gaps(gaps)):
        changes = sorted(year.changes, key=lambda change: change[0])
        counted = 0
        with service(year, _sqlite_template) as world:
            for day, now in year.instants(days):
                while changes and changes[0][0] <= day:
                    put(world, changes.pop(0)[1])
                found = balance(world.context(now))
                world.scan(now)
                finish_some(world, day)
                if found is not None:
                    counted += 1
                    assert found.missing == 0, (day, found)
            assert world.rows(tables.events, "kind").count(("balance_repaired",)) == 0
            assert counted == len(days) - 1, "on every day but the first, before any scan"
