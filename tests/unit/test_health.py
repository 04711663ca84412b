"""What ``status`` says of a service's health, and in which words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reminder.cli.health import Health, find_problems
from reminder.cli.status import as_text, document
from reminder.storage.closed_relays import ClosedRelay
from reminder.storage.standstill import Standstill
from reminder.storage.status import StoredStatus

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def make_health(
    standstill: Standstill | None = None,
    sent_before_as: str = "",
    half_restored: str = "",
    **stored: object,
) -> Health:
    """A service in which all is well, but for what is given."""
    facts = StoredStatus(
        open_deadlines=9,
        unscanned=0,
        due_messages=0,
        oldest_due_at=None,
        messages={},
        last_scan_at=NOW - timedelta(minutes=1),
        next_due_on=None,
        findings={},
    )
    facts = replace(facts, **stored)  # type: ignore[arg-type]  # the fields of a status
    health = Health(
        facts,
        17,
        {2026: True},
        NOW,
        standstill or Standstill(),
        sent_before_as=sent_before_as,
        half_restored=half_restored,
    )
    health.problems.extend(find_problems(health, timedelta(minutes=5)))
    return health


def noted(**values: object) -> dict[str, str]:
    """Service values as jobs write them."""
    return {name: json.dumps(value) for name, value in values.items()}


RELAY = ClosedRelay("relay:587", 7, NOW - timedelta(hours=3), NOW + timedelta(minutes=8), "refused")
BALANCE = {"on": "2026-03-01", "due": 5, "sent": 3, "pending": 1, "missing": 1}
STORM = {"at": "2026-03-02T02:00:00+00:00", "messages": 900, "usual": 40, "cause": "an import"}


@pytest.mark.parametrize(
    ("health", "words"),
    [
        pytest.param(
            make_health(Standstill(clock_trouble="the clock leapt")),
            ["the clock leapt"],
            id="clock",
        ),
        pytest.param(
            make_health(Standstill(disk_trouble="/var: less than 64 MiB are free")),
            ["less than 64 MiB"],
            id="disk",
        ),
        pytest.param(
            make_health(closed_relays=[RELAY]),
            ["relay:587", "since 2026-03-02 00:00 UTC: refused", "next try at 2026-03-02 03:08"],
            id="relay",
        ),
        pytest.param(
            make_health(sent_before_as="https://old.example.go.id"),
            ["https://old.example.go.id", "reminder db adopt"],
            id="another public URL",
        ),
        pytest.param(
            make_health(half_restored="/backups/monday.db"),
            ["/backups/monday.db", "reminder db restore"],
            id="half restored",
        ),
        pytest.param(
            make_health(service=noted(balance=BALANCE)),
            ["balance of 2026-03-01", "1 notices"],
            id="balance",
        ),
        pytest.param(
            make_health(service=noted(storm=STORM)),
            ["900 messages", "40 are usual", "an import", "reminder held"],
            id="storm",
        ),
        pytest.param(
            make_health(service=noted(storm=STORM | {"usual": None})),
            ["900 messages (an import)"],
            id="storm without history",
        ),
        pytest.param(
            make_health(messages={"held": 3}, held_for={"storm": 2, "uncertain": 1}),
            ["3 messages are held", "release --storm", "resend or assume-sent"],
            id="held",
        ),
        pytest.param(
            make_health(messages={"held": 1}, held_for={"": 1}),
            ["1 messages are held", "release or discard"],
            id="held before reasons were kept",
        ),
        pytest.param(
            make_health(messages={"uncertain": 2}, next_repeat_at=NOW + timedelta(minutes=20)),
            ["2 messages may have arrived", "from 2026-03-02 03:20 UTC", "assume-sent"],
            id="uncertain",
        ),
        pytest.param(make_health(untold=4), ["4 mails were refused for good"], id="untold"),
    ],
)
def test_each_trouble_makes_the_service_unhealthy(health: Health, words: list[str]) -> None:
    (problem,) = health.problems
    assert [word for word in words if word not in problem] == []
    assert document(health)["healthy"] is False
    assert next(iter(as_text(health))) == "NOT healthy"


@pytest.mark.parametrize(
    "service",
    [
        pytest.param(noted(restored={"at": "x", "backup_at": "y"}), id="restored"),
        pytest.param(noted(seal_head={"number": 7, "hash": "ab12", "at": "x"}), id="chain"),
        pytest.param(noted(balance=BALANCE | {"missing": 0}), id="balance that is even"),
        pytest.param({"balance": "broken", "storm": "[]"}, id="values that somebody broke"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_is_only_told_leaves_the_service_healthy(service: dict[str, str]) -> None:
    health = make_health(service=service)
    assert health.problems == []
    assert document(health)["healthy"] is True


def test_document_holds_the_records_as_they_were_written() -> None:
    head = {"number": 7, "hash": "ab12", "at": "2026-03-02T02:59:00+00:00"}
    restored = {"at": "2026-03-02T01:00:00+00:00", "backup_at": "2026-03-01T22:00:00+00:00"}
    health = make_health(service=noted(balance=BALANCE, seal_head=head, restored=restored))
    shown = document(health)
    assert (shown["balance"], shown["chain"], shown["restored"]) == (BALANCE, head, restored)
    assert (shown["storm"], shown["sent_before_as"], shown["clock_trouble"]) == (None, None, None)
    lines = "\n".join(as_text(health))
    assert "sealed events    7, the head is ab12" in lines
    assert "balance          2026-03-01: due 5, sent 3, pending 1, missing 1" in lines
    assert "restored         at 2026-03-02T01:00:00+00:00" in lines
