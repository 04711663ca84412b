"""The sample home, lived through from 2024 to 2026 under the shipped policy.

For each of the six obstacles of the trip report (III.8) somebody is told, ``why`` names the
facts behind it, and nothing is told about an agreement that has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jobs.demo import Period, live_through
from jobs.explaining import explain_agreement
from reminder.clock import FixedClock
from reminder.sample.history import read_register
from reminder.storage import tables
from reminder.storage.engine import Database
from reminder.storage.schema import ensure_schema
from tests.registers import context_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.context import JobContext

PERIOD = Period(date(2024, 1, 1), date(2026, 12, 31))
COMPLETE = "CONTOH-PKS-PUSTAKA"

Told = Mapping[tuple[str, str], set[str]]
"""By kind and key of the deadline (the key of a report left out), the agreements of sent mails."""


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobContext]:
    home = tmp_path_factory.mktemp("sample")
    (home / "var").mkdir()
    database = Database(f"sqlite:///{home / 'var' / 'reminder.db'}")
    ensure_schema(database)
    made = context_for(database, home)
    live_through(made, read_register(), home / "register", PERIOD, lambda _done, _all: None)
    yield made
    database.close()


@pytest.fixture(scope="module")
def told(context: JobContext) -> Told:
    notices, messages, deadlines = tables.notices, tables.messages, tables.deadlines
    query = (
        select(deadlines.c.kind, deadlines.c.key, deadlines.c.agreement, notices.c.lead_time)
        .join(deadlines, deadlines.c.id == notices.c.deadline_id)
        .join(messages, messages.c.message_id == notices.c.message_id)
        .where(messages.c.state == "sent", notices.c.stopped_at.is_(None))
    )
    found: dict[tuple[str, str], set[str]] = {}
    with context.database.read() as connection:
        for kind, key, agreement, lead_time in connection.execute(query):
            code = key.partition(":")[0] if kind == "finding" else ""
            if kind == "report" and "+" not in lead_time:
                code = "in time"
            found.setdefault((kind, code), set()).add(agreement)
    return found


@pytest.mark.parametrize(
    ("code", "agreement", "fact"),
    [
        pytest.param("DORMANT_CONTACT", "JATENG-FUJIAN-2003", "meeting", id="no communication"),
        pytest.param("PARTNER_SILENT", "JATENG-SIEMREAP", "2024-05-13", id="letter unanswered"),
        pytest.param("WE_ARE_SILENT", "DENPASAR-PERTH-2020", "2024-09-02", id="we do not answer"),
        pytest.param("NO_OWNER", "JABAR-SICHUAN-2017", "no leading unit", id="no ownership"),
        pytest.param("RULE_GAP", "JATENG-QLD-PEMBARUAN", "aman", id="rules not known"),
        pytest.param("ADMIN_INCOMPLETE", "JATENG-QLD-2019", "090/682-Pem/2018", id="untidy papers"),
        pytest.param("CEREMONIAL", "JABAR-CHONGQING-2017", "no plan", id="only a ceremony"),
        pytest.param("LOI_STALE", "DIY-GANGWON-LOI-2008", "2008-09-01", id="intent forgotten"),
    ],
)
def test_obstacle_is_told_and_why_names_the_fact(
    context: JobContext, told: Told, code: str, agreement: str, fact: str
) -> None:
    assert agreement in told["finding", code]
    story = next(
        story for story in explain_agreement(context, agreement).deadlines if story.key == code
    )
    assert fact in story.derived_from


def test_late_report_is_told_and_why_names_its_period(context: JobContext, told: Told) -> None:
    late = told["report", ""]
    assert "JATENG-FUJIAN-2003" in late
    stories = explain_agreement(context, "JATENG-FUJIAN-2003").deadlines
    periods = [story.key for story in stories if story.kind == "report"]
    assert "2025-S1" in periods


def test_follow_ups_of_the_evaluation_meeting_are_told_to_the_bureau_that_reported(
    told: Told,
) -> None:
    assert "" in told["finding", "FOLLOW_UP_INCOMPLETE"]


def test_two_sources_that_disagree_on_the_signing_are_both_named(context: JobContext) -> None:
    stories = explain_agreement(context, "JATENG-QLD-2019").deadlines
    found = next(story for story in stories if story.key == "ADMIN_INCOMPLETE")
    assert "2019-07-09" in found.derived_from
    assert "2019-08-06" in found.derived_from


def test_nothing_is_told_about_an_agreement_that_is_complete_and_in_time(
    context: JobContext, told: Told
) -> None:
    assert [key for key, agreements in told.items() if COMPLETE in agreements] == []
    at_the_end = replace(context, clock=FixedClock(PERIOD.ends_at))
    stories = explain_agreement(at_the_end, COMPLETE).deadlines
    assert [story.key for story in stories if story.kind == "finding"] == []
