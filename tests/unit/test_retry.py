"""When a mail that was not taken is tried again, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.retry import Limits, Retry, next_relay_try, next_retry

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
ENDLESS = Limits(first_try_at=NOW)


@pytest.mark.parametrize(
    ("attempts", "least", "most"),
    [
        pytest.param(1, 5, 6, id="never sooner than a greylist allows"),
        pytest.param(2, 8, 12, id="second"),
        pytest.param(3, 16, 24, id="third"),
        pytest.param(4, 32, 48, id="fourth"),
        pytest.param(5, 52.8, 79.2, id="fifth"),
        pytest.param(6, 52.8, 79.2, id="then every 66 minutes"),
        pytest.param(80, 52.8, 79.2, id="and on"),
    ],
)
def test_delays_grow(attempts: int, least: float, most: float) -> None:
    for number in range(200):
        retry = next_retry(attempts, NOW, f"<{number}@example.go.id>", ENDLESS)
        assert retry.at is not None
        assert timedelta(minutes=least) <= retry.at - NOW <= timedelta(minutes=most)


def test_mails_deferred_together_do_not_come_back_together() -> None:
    times = {next_retry(2, NOW, f"<{number}@x>", ENDLESS).at for number in range(100)}
    assert len(times) == 100


def test_the_same_mail_gets_the_same_delay_whoever_reckons() -> None:
    assert next_retry(3, NOW, "<a@x>", ENDLESS) == next_retry(3, NOW, "<a@x>", ENDLESS)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        pytest.param(
            Limits(NOW - timedelta(days=5) + timedelta(minutes=4)),
            "not taken in 5 days of trying",
            id="five days are over",
        ),
        pytest.param(
            Limits(NOW, next_lead_at=NOW + timedelta(minutes=4)),
            "the next notice about it is due before another try",
            id="a more urgent notice comes",
        ),
        pytest.param(
            Limits(NOW, closes_at=NOW + timedelta(minutes=4)),
            "the due date is over before another try",
            id="the due date passes",
        ),
    ],
)
def test_trying_ends(limits: Limits, reason: str) -> None:
    assert next_retry(1, NOW, "<a@x>", limits) == Retry(None, reason)


def test_trying_goes_on_until_just_before_the_end() -> None:
    limits = Limits(
        NOW - timedelta(days=4, hours=23),
        next_lead_at=NOW + timedelta(hours=1),
        closes_at=NOW + timedelta(hours=1),
    )
    assert next_retry(1, NOW, "<a@x>", limits).at is not None


def test_a_try_outside_the_send_window_waits_for_its_opening() -> None:
    opening = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)
    assert next_retry(1, NOW, "<a@x>", ENDLESS, lambda _at: opening) == Retry(opening)


def test_a_due_date_that_passes_before_the_next_opening_ends_it() -> None:
    opening = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)
    limits = Limits(NOW, closes_at=datetime(2026, 5, 4, 17, 0, tzinfo=UTC))
    assert next_retry(1, NOW, "<a@x>", limits, lambda _at: opening).at is None


@given(st.integers(1, 200), st.text(max_size=40))
def test_a_retry_is_always_later_and_within_the_limits(attempts: int, seed: str) -> None:
    limits = Limits(NOW, next_lead_at=NOW + timedelta(hours=1))
    retry = next_retry(attempts, NOW, seed, limits)
    assert (retry.at is None) == bool(retry.reason)
    assert retry.at is None or NOW < retry.at < NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("faults", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 30), (50, 30)]
)
def test_the_relays_trouble_delays_briefly_and_never_ends(faults: int, minutes: int) -> None:
    delay = next_relay_try(faults, NOW, "<a@x>") - NOW
    assert timedelta(minutes=minutes * 0.8) <= delay <= timedelta(minutes=minutes * 1.2)
