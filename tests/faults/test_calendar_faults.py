"""F-31, F-32 and F-33: clock changes, long silences, and rules that are changed under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.foresight import foretell
from reminder.clock import local_date
from reminder.policy import SendWindow
from reminder.storage import tables
from tests.factories import make_agreement, make_bureau, make_contact, make_rule
from tests.fakes import RecordingTransport
from tests.outboxes import Outbox
from tests.stored import ADMIN, at, make_policy

if TYPE_CHECKING:
    from reminder.policy import Policy
    from reminder.storage.engine import Database

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
OFFICE_HOURS = SendWindow(time(8), time(15, 30))
FROM_A_QUARTER_PAST_ONE = SendWindow(time(1, 15), time(23), all_days=True)
ALL_DAY = SendWindow(time(0), time(23, 59), all_days=True)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ticks(first: datetime, every: timedelta, until: datetime) -> Iterator[datetime]:
    """From *first* to *until*."""
    return (first + every * number for number in range(int((until - first) / every) + 1))


@pytest.mark.parametrize(
    ("zone", "window", "made_at", "leaves_at"),
    [
        pytest.param(
            "Europe/London", OFFICE_HOURS, "2026-03-27 17:00", "2026-03-30 07:00",
            id="an hour less over the weekend",
        ),
        pytest.param(
            "Europe/London", OFFICE_HOURS, "2026-10-23 17:00", "2026-10-26 08:00",
            id="an hour more over the weekend",
        ),
        pytest.param(
            "Europe/London", FROM_A_QUARTER_PAST_ONE, "2026-03-28 23:30", "2026-03-29 01:00",
            id="the opening is in the gap",
        ),
        pytest.param(
            "Europe/London", FROM_A_QUARTER_PAST_ONE, "2026-10-24 22:30", "2026-10-25 00:15",
            id="the opening comes twice",
        ),
        pytest.param(
            "Africa/Cairo", ALL_DAY, "2026-04-23 22:00", "2026-04-23 22:00",
            id="the day begins in the gap",
        ),
    ],
)  # fmt: skip
def test_f31_notice_leaves_once_and_at_a_defined_instant_when_the_clocks_change(
    sqlite_database: Database, zone: str, window: SendWindow, made_at: str, leaves_at: str
) -> None:
    """Ticks of a quarter of an hour around that instant; H-30 is the day of *made_at*."""
    made_on = local_date(instant(made_at), zone)
    outbox = Outbox(sqlite_database, 0, make_policy(send_window=window))
    outbox.put(
        make_bureau(timezone=zone),
        make_agreement(expires_on=str(made_on + 30 * DAY)),
    )
    around = ticks(instant(leaves_at) - 2 * HOUR, QUARTER, instant(leaves_at) + 2 * HOUR)
    for now in sorted({instant(made_at), *around}):
        outbox.scan(now)
        outbox.deliver(now)
    assert outbox.notices("lead_time", "made_on") == [("H-30", made_on)]
    assert outbox.message("state", "sent_at") == ("sent", instant(leaves_at))


@pytest.mark.parametrize("moves_at", ["2026-04-30 12:00", "2026-05-01 00:00", "2026-05-01 02:00"])
@pytest.mark.parametrize("zone", ["Asia/Jayapura", "Pacific/Honolulu"])
def test_f31_bureau_that_moves_to_another_zone_is_told_each_lead_time_once(
    sqlite_database: Database, zone: str, moves_at: str
) -> None:
    """Before H-30, on its morning, and once its mail has left Jakarta."""
    transport = RecordingTransport()
    outbox = Outbox(sqlite_database, 0, make_policy(make_rule(lead_times="H-30 H-27 H-26")))
    outbox.put(make_agreement())
    for now in ticks(instant("2026-04-30 00:00"), 2 * HOUR, instant("2026-05-06 12:00")):
        if now == instant(moves_at):
            outbox.put(make_bureau(timezone=zone))
        outbox.scan(now)
        outbox.deliver(now, transport=transport)
    assert [lead for (lead,) in outbox.notices("lead_time")] == ["H-30", "H-27", "H-26"]
    assert outbox.states() == ["sent"] * 3
    assert len(transport.delivered) == 3


LEADS = "H-60 H-45 H-40 H-35 H-30 H-7"


@pytest.mark.parametrize(
    ("back_on", "expires_on"),
    [
        pytest.param("2026-01-26", "2026-02-20", id="3 weeks"),
        pytest.param("2027-02-09", "2027-03-06", id="400 days"),
    ],
)
def test_f32_after_a_long_silence_each_recipient_has_one_mail_and_the_rest_is_on_record(
    database: Database, back_on: str, expires_on: str
) -> None:
    officers = [f"petugas-{number}@biro.example.go.id" for number in range(3)]
    outbox = Outbox(database, 0, make_policy(make_rule(lead_times=LEADS), digest_above=3))
    for number, officer in enumerate(officers):
        bureau = f"B-1{number}"
        outbox.put(make_bureau(bureau), make_contact(officer, bureau=bureau))
        for place in range(5):
            outbox.put(make_agreement(f"{bureau}/{place}", bureau=bureau, expires_on=expires_on))
    outbox.scan("2026-01-05")
    outbox.deliver("2026-01-05")
    before = len(outbox.notices())
    assert outbox.scan(back_on).catch_up
    transport = RecordingTransport()
    outbox.deliver(back_on, transport=transport)
    told = Counter(mail.recipient for mail in transport.delivered if mail.recipient != ADMIN)
    assert told == dict.fromkeys(officers, 1)
    assert [lead for (lead,) in outbox.notices("lead_time")][before:] == ["H-30"] * 15
    missed = ["H-45", "H-40", "H-35"] if before else ["H-60", "H-45", "H-40", "H-35"]
    passed_by = Counter(lead for lead, reason, _on in outbox.skips() if reason == "superseded")
    assert {lead: passed_by[lead] for lead in missed} == dict.fromkeys(missed, 15)
    outbox.scan(at(back_on, "10:00"))
    assert outbox.deliver(at(back_on, "10:00"), transport=transport).sent == 0


CHANGES = {
    "H-30, H-45 and H-30 again": ("H-30 H", "H-45 H", "H-30 H"),
    "a lead time removed and back": ("H-45 H-30 H", "H-45 H", "H-45 H-30 H"),
    "one added and gone": ("H-30 H", "H-30 H-20 H", "H-30 H"),
}
CHANGED_ON = (date(2026, 4, 1), date(2026, 5, 5), date(2026, 5, 12))
ENDS = date(2026, 6, 5)
EXPIRIES = ("2026-05-20", "2026-05-31", "2026-06-04", "2026-06-15", "2026-06-25")


@pytest.mark.parametrize("lead_times", CHANGES.values(), ids=CHANGES)
def test_f33_changed_lead_times_tell_what_the_plan_said_and_nothing_twice(
    sqlite_database: Database, lead_times: tuple[str, ...]
) -> None:
    outbox = Outbox(sqlite_database, 0)
    for number, day in enumerate(EXPIRIES):
        outbox.put(make_agreement(f"A-{number}", expires_on=day))
    assert_as_planned(
        outbox, [policy_of(leads, version) for version, leads in enumerate(lead_times)]
    )


def test_f33_renamed_rule_tells_what_the_plan_said_and_nothing_twice(
    sqlite_database: Database,
) -> None:
    outbox = Outbox(sqlite_database, 0)
    for number, day in enumerate(EXPIRIES):
        outbox.put(make_agreement(f"A-{number}", expires_on=day))
    names = ("expiry", "akhir", "expiry")
    assert_as_planned(outbox, [policy_of("H-30 H", *named) for named in enumerate(names)])


def policy_of(lead_times: str, version: int, name: str = "expiry") -> Policy:
    """One rule, with each notice in a mail of its own."""
    rule = make_rule(name, lead_times=lead_times)
    return make_policy(rule, version=str(version), digest_above=100)


def assert_as_planned(outbox: Outbox, policies: list[Policy]) -> None:
    """Each policy in turn: what is sent under it is what was foretold when it came."""
    for policy, first, ends in zip(policies, CHANGED_ON, (*CHANGED_ON[1:], ENDS), strict=True):
        context = outbox.context(at(str(first), "07:00"))
        foretold = Counter(
            (mail.agreement, mail.lead_time, mail.send_on)
            for mail in foretell(context, policy, first, ends - DAY)
        )
        outbox.policy = policy
        sent_before = len(sent(outbox))
        for number in range((ends - first).days):
            now = at(str(first + number * DAY))
            outbox.scan(now)
            outbox.deliver(now)
        assert Counter(sent(outbox)[sent_before:]) == foretold
    told = [(agreement, lead) for agreement, lead, _on in sent(outbox)]
    assert len(told) == len(set(told))


def sent(outbox: Outbox) -> list[tuple[str, str, date]]:
    """Agreement, lead time and day of every notice whose mail has left, in that order."""
    left = dict(outbox.rows(tables.messages, "message_id", "sent_at"))
    rows = outbox.notices("message_id", "agreement", "lead_time")
    days = [
        (left[message_id], agreement, lead)
        for message_id, agreement, lead in rows
        if left[message_id] is not None
    ]
    return [
        (agreement, lead, local_date(sent_at, "Asia/Jakarta"))
        for sent_at, agreement, lead in sorted(days)
    ]
