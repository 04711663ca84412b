"""The relay's breaker: when it opens, for how long, and what closes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reminder.breaker import OPENS_AT, Breaker

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failed(times: int, breaker: Breaker | None = None) -> Breaker:
    """A breaker after so many faults at once."""
    breaker = breaker or Breaker()
    for _ in range(times):
        breaker = breaker.after_fault(NOW)
    return breaker


def test_four_faults_in_a_row_leave_it_closed() -> None:
    breaker = failed(OPENS_AT - 1)
    assert not breaker.is_open
    assert breaker.allows(NOW, 200) == 200


def test_the_fifth_opens_it_for_a_minute() -> None:
    breaker = failed(OPENS_AT)
    assert breaker.is_open
    assert breaker.allows(NOW + MINUTE - timedelta(seconds=1), 200) == 0
    assert breaker.allows(NOW + MINUTE, 200) == 1


def test_nothing_wanted_needs_no_probe() -> None:
    assert failed(OPENS_AT).allows(NOW + MINUTE, 0) == 0


def test_each_failed_probe_doubles_the_wait_up_to_half_an_hour() -> None:
    breaker, now, waits = failed(OPENS_AT), NOW + MINUTE, []
    for _ in range(7):
        breaker = breaker.while_probing(now).after_fault(now, is_probe=True)
        assert breaker.closed_until is not None
        waits.append((breaker.closed_until - now) / MINUTE)
        now = breaker.closed_until
    assert waits == [2, 4, 8, 16, 30, 30, 30]


def test_faults_of_mails_under_way_when_it_opened_do_not_count() -> None:
    assert failed(16) == failed(OPENS_AT)


def test_while_one_probes_nobody_else_does() -> None:
    breaker = failed(OPENS_AT).while_probing(NOW + MINUTE)
    assert breaker.allows(NOW + MINUTE, 1) == 0
    assert breaker.allows(NOW + 2 * MINUTE, 1) == 1, "the prober may have died"


def test_a_closed_breaker_has_no_probe() -> None:
    assert Breaker().while_probing(NOW) == Breaker()


def test_a_fault_that_every_other_try_would_meet_opens_it_at_once() -> None:
    breaker = Breaker().after_fault(NOW, is_certain=True)
    assert breaker == failed(OPENS_AT)
    assert breaker.while_probing(NOW + MINUTE).after_fault(
        NOW + MINUTE, is_probe=True, is_certain=True
    ) == breaker.while_probing(NOW + MINUTE).after_fault(NOW + MINUTE, is_probe=True)
