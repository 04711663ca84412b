"""What becomes of a message after an attempt, as a table."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from jobs.outcomes import Attempt, limits_of, result_of
from reminder.mail.transport import Outcome, Verdict
from reminder.retry import Limits
from reminder.storage.claims import Claimed, LiveNotice, MessageRow
from tests.fakes import GREYLISTED, NO_REPLY, RELAY_DOWN, SENT, UNKNOWN_USER
from tests.stored import at

BEGAN = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
ENDED = BEGAN + timedelta(seconds=2)


def make_notice(
    due_on: str = "2026-05-31", next_on: str | None = "2026-05-22", zone: str = "Asia/Jakarta"
) -> LiveNotice:
    """A notice that waits to be told."""
    following = date.fromisoformat(next_on) if next_on else None
    return LiveNotice(
        "<m@x>", 1, 1, 1, "a@x.id", "A-1", "expiry", date.fromisoformat(due_on), following, zone
    )


def make_claimed(
    *notices: LiveNotice, attempts: int = 0, is_repeat: bool = False, faults: int = 0
) -> Claimed:
    """A message made on 2026-05-01."""
    row = MessageRow(
        message_id="<m@x>",
        kind="notice",
        recipient="a@x.id",
        recipient_name="",
        language="id",
        bureau="B-01",
        timezone="Asia/Jakarta",
        template="expiry",
        copy=False,
        catch_up=False,
        planned_on=date(2026, 5, 1),
        revision=0,
        attempts=attempts,
        first_try_at=None,
        possible_duplicate=is_repeat,
        relay_faults=faults,
    )
    return Claimed(row, "token", None, notices, False)


@pytest.mark.parametrize(
    ("notices", "next_lead_at", "closes_at"),
    [
        pytest.param(
            [make_notice()], at("2026-05-22", "00:00"), at("2026-06-01", "00:00"), id="a warning"
        ),
        pytest.param(
            [make_notice(next_on=None)], None, at("2026-06-01", "00:00"), id="the last warning"
        ),
        pytest.param(
            [make_notice(zone="Asia/Jayapura", next_on=None)],
            None,
            at("2026-06-01", "00:00", "Asia/Jayapura"),
            id="days are the bureau's",
        ),
        pytest.param(
            [make_notice("2026-05-01", None)], None, at("2026-05-02", "00:00"), id="on the due date"
        ),
        pytest.param(
            [make_notice("2026-04-24", "2026-05-31")],
            at("2026-05-31", "00:00"),
            None,
            id="lateness does not pass",
        ),
        pytest.param([make_notice("2026-04-24", None)], None, None, id="the last of all"),
        pytest.param(
            [make_notice(next_on="2026-05-01")],
            None,
            at("2026-06-01", "00:00"),
            id="the day it was made is no next one",
        ),
        pytest.param(
            [make_notice("2026-05-10", None), make_notice("2026-05-20", None)],
            None,
            at("2026-05-21", "00:00"),
            id="a digest is worth sending while one matter is",
        ),
        pytest.param([], None, None, id="a message to the admin"),
    ],
)
def test_a_message_is_tried_while_its_words_are_right(
    notices: list[LiveNotice], next_lead_at: datetime | None, closes_at: datetime | None
) -> None:
    claimed = make_claimed(*notices)
    assert limits_of(claimed, BEGAN) == Limits(BEGAN, next_lead_at, closes_at)


@pytest.mark.parametrize(
    ("outcome", "claimed", "state", "is_counted"),
    [
        pytest.param(SENT, make_claimed(), "sent", True, id="taken"),
        pytest.param(GREYLISTED, make_claimed(), "deferred", True, id="greylisted"),
        pytest.param(UNKNOWN_USER, make_claimed(), "failed", True, id="unknown user"),
        pytest.param(Outcome(Verdict.HELD, "dot", 550), make_claimed(), "held", True, id="spam"),
        pytest.param(NO_REPLY, make_claimed(), "uncertain", True, id="no verdict"),
        pytest.param(
            NO_REPLY, make_claimed(is_repeat=True), "held", True, id="no verdict for the repeat"
        ),
        pytest.param(RELAY_DOWN, make_claimed(), "pending", False, id="relay down"),
        pytest.param(
            RELAY_DOWN, make_claimed(attempts=1), "deferred", False, id="relay down, tried before"
        ),
    ],
)
def test_every_outcome_has_its_state(
    outcome: Outcome, claimed: Claimed, state: str, is_counted: bool
) -> None:
    attempt = Attempt(BEGAN, ENDED, None, "host:1")
    result = result_of(claimed, outcome, attempt, lambda instant: instant)
    assert (result.state, result.is_counted) == (state, is_counted)
    waits = state in ("deferred", "pending", "uncertain")
    assert (result.next_try_at is not None) == waits


def test_a_retry_that_would_come_too_late_fails_with_both_reasons() -> None:
    claimed = make_claimed(make_notice("2026-05-01", None))
    late = Attempt(at("2026-05-01", "23:58"), at("2026-05-01", "23:59"), None, "host:1")
    result = result_of(claimed, GREYLISTED, late, lambda instant: instant)
    assert (result.state, result.reason) == (
        "failed",
        "the due date is over before another try; the last answer was: "
        "451 4.7.1 greylisted, try again later (rcpt)",
    )
