"""Metrics: what is told of a database with mails in it, on both databases, and to whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from jobs.recover import recover
from jobs.respond import acknowledge
from jobs.scan import scan
from reminder.clock import FixedClock
from reminder.responses import Named, Person
from reminder.storage.engine import Database
from reminder.web.app import make_app
from tests.factories import make_agreement
from tests.fakes import GREYLISTED, NO_REPLY, SENT, UNKNOWN_USER
from tests.outboxes import Outbox
from tests.stored import at
from tests.web_client import ask

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import ASGIApp

    from jobs.context import JobContext

NOW = at("2026-05-04")
LATER = at("2026-05-04", "12:00")


class Watched:
    """An outbox and its ``/metrics``; ``now`` may be moved."""

    def __init__(self, database: Database, count: int = 4) -> None:
        self.outbox = Outbox(database, count, listen="127.0.0.1:8025")
        self.context: JobContext = self.outbox.context(NOW)
        self.app: ASGIApp = make_app(lambda: self.context)

    def at(self, now: datetime) -> None:
        self.context = replace(self.context, clock=FixedClock(now))

    def read(self) -> dict[str, float]:
        """Every sample by name and labels, as Prometheus' own parser reads it."""
        answer = ask(self.app, "/metrics")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        samples = {}
        for family in text_string_to_metric_families(answer.page):
            assert family.documentation
            for sample in family.samples:
                labels = ",".join(f"{name}={word}" for name, word in sorted(sample.labels.items()))
                samples[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
        return samples


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


def test_what_waits_is_told_by_state_age_and_urgency(watched: Watched) -> None:
    watched.outbox.run("UPDATE messages SET due_on = '2026-05-10' WHERE message_id = "
                       "(SELECT min(message_id) FROM messages)")  # fmt: skip
    told = watched.read()
    assert told["reminder_messages{state=pending}"] == 4
    assert told["reminder_messages{state=held}"] == 0
    assert told["reminder_due_unsent{urgency=urgent}"] == 1
    assert told["reminder_due_unsent{urgency=other}"] == 3
    assert told["reminder_due_unsent_age_seconds"] == 3 * 86400
    assert told["reminder_scan_last_success_timestamp"] == at("2026-05-01").timestamp()
    assert told["reminder_relay_breaker_state"] == 0
    assert told["reminder_clock_suspect"] == 0
    assert told["reminder_disk_free_bytes"] > 0
    assert told["reminder_quarantined_records"] == 0


def test_attempts_are_counted_once_by_what_they_came_to(watched: Watched) -> None:
    assert not [name for name in watched.read() if name.startswith("reminder_attempts_total")]
    watched.outbox.deliver(NOW, SENT, GREYLISTED, UNKNOWN_USER, NO_REPLY)
    for _time in range(2):
        told = watched.read()
        assert {name: value for name, value in told.items() if "attempts_total" in name} == {
            "reminder_attempts_total{class=2xx,phase=dot,verdict=sent}": 1,
            "reminder_attempts_total{class=4xx,phase=rcpt,verdict=deferred}": 1,
            "reminder_attempts_total{class=5xx,phase=rcpt,verdict=failed}": 1,
            "reminder_attempts_total{class=none,phase=dot,verdict=uncertain}": 1,
        }
        assert told["reminder_uncertain_total"] == 1
        assert told["reminder_possible_duplicates_total"] == 0
        assert told["reminder_send_duration_seconds_count"] == 4
        assert told["reminder_send_duration_seconds_bucket{le=+Inf}"] == 4
        assert told["reminder_messages{state=uncertain}"] == 1
        assert told["reminder_messages{state=deferred}"] == 1


def test_marked_repeat_is_counted(watched: Watched) -> None:
    watched.read()
    watched.outbox.deliver(NOW, NO_REPLY)
    for when in (LATER, at("2026-05-05")):
        recover(watched.outbox.context(when))
        watched.outbox.deliver(when, SENT)
    assert watched.outbox.states() == ["sent"] * 4
    assert watched.read()["reminder_possible_duplicates_total"] == 4


def test_what_was_before_the_start_is_not_counted(database: Database) -> None:
    outbox = Outbox(database, 2)
    outbox.deliver(NOW)
    outbox.put(make_agreement("A-9"))
    watched = Watched(database, 0)
    assert not [name for name in watched.read() if name.startswith("reminder_attempts_total")]


def test_answers_scans_and_their_errors_are_counted(watched: Watched) -> None:
    watched.outbox.deliver(NOW)
    acknowledge(watched.context, Named("A-0", "expiry"), Person("siti@biro.example.go.id"))
    watched.outbox.put(make_agreement("A-8"))
    watched.outbox.run("UPDATE agreements SET term = 'forever' WHERE ref = 'A-8'")
    scan(watched.context)
    told = watched.read()
    assert told["reminder_actions_total{action=acknowledge,result=taken}"] == 1
    assert told["reminder_scan_errors_total{kind=agreement}"] == 1
    assert told["reminder_scan_errors_total{kind=scan}"] == 0
    assert told["reminder_scan_records{result=errors}"] == 1
    assert told["reminder_quarantined_records"] == 1
    assert told["reminder_heartbeat_failures_total"] == 0


def test_held_mails_are_told_by_reason(watched: Watched) -> None:
    watched.outbox.change(state="held", held_for="storm")
    told = watched.read()
    assert told["reminder_held{reason=storm}"] == 4
    assert told["reminder_held{reason=uncertain}"] == 0
    assert told["reminder_flood_held"] == 4
    assert told["reminder_due_unsent{urgency=other}"] == 0


def test_links_that_open_nothing_are_counted_by_why(watched: Watched) -> None:
    watched.outbox.deliver(NOW)
    for token in (
        "x",
        "1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBA",
        "9.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBA",
    ):
        assert ask(watched.app, f"/a/{token}").status == 404
    told = watched.read()
    assert {name: value for name, value in told.items() if "token_rejected" in name} == {
        "reminder_token_rejected_total{reason=malformed}": 1,
        "reminder_token_rejected_total{reason=forged}": 1,
        "reminder_token_rejected_total{reason=key}": 1,
    }


def test_nothing_told_names_a_person_or_an_agreement(watched: Watched) -> None:
    watched.outbox.deliver(NOW, SENT, UNKNOWN_USER)
    page = ask(watched.app, "/metrics").page
    for name in ("biro", "@", "A-0", "example.go.id", "127.0.0.1"):
        assert name not in page


@pytest.mark.parametrize(
    ("client", "headers"),
    [
        pytest.param("192.0.2.9", {}, id="another machine"),
        pytest.param("127.0.0.1", {"x_forwarded_for": "192.0.2.9"}, id="through the proxy"),
    ],
)
def test_others_get_the_page_for_what_is_not_there(
    watched: Watched, client: str, headers: dict[str, str]
) -> None:
    refused = ask(watched.app, "/metrics", client=client, **headers)
    assert refused == ask(watched.app, "/nothing", client=client, **headers)
    assert refused.status == 404


def test_asking_changes_nothing(watched: Watched) -> None:
    watched.outbox.deliver(NOW)
    before = watched.outbox.everything()
    for path in ("/metrics", "/healthz", "/readyz"):
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            ask(watched.app, path, method)
    assert watched.outbox.everything() == before


def test_no_table_of_the_past_is_read_as_a_whole(sqlite_database: Database) -> None:
    watched = Watched(sqlite_database)
    watched.outbox.deliver(NOW)
    watched.read()
    asked: list[str] = []
    reader = sqlite_database._reader

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            asked.append(statement)

    event.listen(reader, "before_cursor_execute", note)
    watched.read()
    event.remove(reader, "before_cursor_execute", note)
    with sqlite_database.read() as connection:
        plans = {
            str(row[3])
            for statement in asked
            for row in connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", _nothing(statement)
            )
        }
    whole = {plan for plan in plans if plan.startswith("SCAN") and "INDEX" not in plan}
    # What is put off, a closed relay or a dead address are few.
    assert whole <= {"SCAN put_offs", "SCAN relays", "SCAN dead_addresses"}
    assert not {
        plan for plan in plans if "messages" in plan and "ix_messages_unfinished" not in plan
    }


def _nothing(statement: str) -> tuple[object, ...]:
    """Values for its question marks: a plan does not depend on them."""
    return (None,) * statement.count("?")
