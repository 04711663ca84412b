"""The forecast: the mails to come, by the rules of the scan, day by day and writing nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest

from reminder.agreements import Dossier
from reminder.calendars import Due, WorkCalendar
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.directory import Directory
from reminder.forecast import Forecaster, ForetoldNotice
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import StoredDeadline
from reminder.policy import SendWindow
from tests.factories import (
    make_agreement,
    make_bureau,
    make_calendar,
    make_contact,
    make_directory,
    make_dossier,
    make_follow_up,
    make_opt_out,
    make_plan_rules,
    make_rule,
    make_step,
)
from tests.stored import at

NOW = at("2026-03-02")
LAST = date(2026, 12, 31)
RULES = make_plan_rules(
    make_rule(lead_times="H-90 H-30 H H+7"),
    make_rule("step", deadline="step", lead_times="H-7 H"),
    make_rule("follow-up", deadline="follow_up", lead_times="H-7 H"),
)


def forecaster(
    rules: PlanRules = RULES,
    directory: Directory | None = None,
    now: datetime = NOW,
    calendar: WorkCalendar | None = None,
) -> Forecaster:
    return Forecaster(
        rules=rules,
        directory=directory or make_directory(),
        send_window=SendWindow(time(8), time(15, 30)),
        calendar=calendar or make_calendar(),
        default_zone="Asia/Jakarta",
        now=now,
    )


def foretold(
    dossier: Dossier, *stored: StoredDeadline, last: date = LAST, ahead: Forecaster | None = None
) -> list[ForetoldNotice]:
    return list((ahead or forecaster()).of_agreement(dossier, stored, last))


def lines(notices: list[ForetoldNotice]) -> list[tuple[str, str]]:
    return [(one.notice.lead_time, one.send_on.isoformat()) for one in notices]


def stored(told: str, **changes: object) -> StoredDeadline:
    before = StoredDeadline(
        7, DeadlineKind.EXPIRY, "", Due.of(date(2026, 5, 31)), 1, DeadlineStatus.OPEN, told,
        date(2024, 1, 2),
    )  # fmt: skip
    return replace(before, **changes)  # type: ignore[arg-type] # by name


def test_every_lead_time_to_come_is_foretold_on_its_working_day() -> None:
    assert lines(foretold(make_dossier())) == [
        ("H-90", "2026-03-02"),
        ("H-30", "2026-05-01"),
        ("H", "2026-05-29"),
        ("H+7", "2026-06-08"),
    ]


def test_what_was_told_is_not_foretold() -> None:
    assert lines(foretold(make_dossier(), stored("H-30"))) == [
        ("H", "2026-05-29"),
        ("H+7", "2026-06-08"),
    ]


def test_superseded_lead_times_are_not_foretold() -> None:
    late = forecaster(now=at("2026-05-04"))

    assert lines(foretold(make_dossier(), ahead=late))[0] == ("H-30", "2026-05-04")


def test_forecast_ends_on_its_last_day() -> None:
    assert lines(foretold(make_dossier(), last=date(2026, 5, 1))) == [
        ("H-90", "2026-03-02"),
        ("H-30", "2026-05-01"),
    ]


def test_notice_of_an_evening_leaves_on_the_next_working_day() -> None:
    evening = forecaster(now=at("2026-03-06", "18:00"))

    assert lines(foretold(make_dossier(), ahead=evening))[0] == ("H-90", "2026-03-09")


def test_new_terms_of_an_agreement_that_renews_itself_are_foretold() -> None:
    dossier = make_dossier(make_agreement(auto_renew="1 year"))
    found = foretold(dossier, stored("H"), last=date(2027, 12, 31))

    assert lines(found) == [
        ("H-90", "2027-03-02"), ("H-30", "2027-04-30"), ("H", "2027-05-31"),
    ]  # fmt: skip
    assert {one.notice.deadline.epoch for one in found} == {2}


def test_deadline_beyond_the_horizon_is_foretold_too() -> None:
    dossier = make_dossier(make_agreement(expires_on="2030-05-31"))

    assert lines(foretold(dossier, last=date(2030, 12, 31)))[0] == ("H-90", "2030-03-01")


def test_closed_deadline_is_not_foretold() -> None:
    assert foretold(make_dossier(make_agreement(status="terminated")), stored("H-90")) == []


def test_opt_out_that_ends_is_foretold_as_it_ends() -> None:
    dossier = make_dossier(opt_outs=(make_opt_out("expiry", until="2026-05-15"),))

    assert lines(foretold(dossier))[:2] == [("H-30", "2026-05-18"), ("H", "2026-05-29")]


def test_step_that_waits_is_not_foretold() -> None:
    dossier = make_dossier(steps=(make_step("rencana_kerja", due_on="2026-04-30"),))

    assert {one.notice.deadline.kind for one in foretold(dossier)} == {"expiry"}


def test_recipient_is_whoever_holds_the_role_on_that_day() -> None:
    directory = make_directory(
        make_contact("ani@example.go.id", name="Ani", active_to="2026-04-15"),
        make_contact("budi@example.go.id", name="Budi", active_from="2026-05-10"),
    )
    found = foretold(make_dossier(), ahead=forecaster(directory=directory))

    assert [(one.notice.lead_time, one.notice.recipient) for one in found] == [
        ("H-90", "ani@example.go.id"),
        ("H-30", "admin@biro.example.go.id"),
        ("H", "budi@example.go.id"),
        ("H+7", "budi@example.go.id"),
    ]
    assert found[2].notice.successor_of == "Ani"


def test_bureau_in_jayapura_is_foretold_by_its_own_day() -> None:
    directory = Directory.of([make_bureau(timezone="Asia/Jayapura")], [make_contact()], ())
    # 22:30 of Sunday in Jakarta, 00:30 of Monday in Jayapura.
    ahead = forecaster(directory=directory, now=at("2026-03-01", "22:30"))

    assert lines(foretold(make_dossier(), ahead=ahead))[0] == ("H-90", "2026-03-02")


def test_mail_to_who_stands_in_waits_for_the_window_of_their_own_zone() -> None:
    bureaus = [
        make_bureau(timezone="Asia/Jayapura", parent="B-00"),
        make_bureau("B-00", timezone="Asia/Jakarta"),
    ]
    directory = Directory.of(bureaus, [make_contact(bureau="B-00")], ())
    # 15:00 in Jakarta, where the reader sits; 17:00 in Jayapura, whose agreement it is.
    ahead = forecaster(directory=directory, now=at("2026-03-02", "15:00"))

    found = foretold(make_dossier(), ahead=ahead)
    assert found[0].notice.recipient_bureau == "B-00"
    assert lines(found)[0] == ("H-90", "2026-03-02")


def test_notice_that_waits_over_the_weekend_is_overtaken_by_the_next_one() -> None:
    # Friday after hours; H leaves on Monday at the earliest, and on Monday H+3 is made.
    rules = make_plan_rules(make_rule(lead_times="H H+3"))
    ahead = forecaster(rules=rules, now=at("2026-05-29", "16:00"))
    dossier = make_dossier(make_agreement(expires_on="2026-05-29"))

    assert lines(foretold(dossier, ahead=ahead)) == [("H+3", "2026-06-01")]
    early = forecaster(rules=rules, now=at("2026-05-29", "15:00"))
    assert lines(foretold(dossier, ahead=early))[0] == ("H", "2026-05-29")


def test_loose_follow_up_is_foretold() -> None:
    loose = make_follow_up(agreement=None, bureau="B-01")
    found = list(forecaster().of_unattached([loose], (), LAST))

    assert lines(found) == [("H-7", "2026-03-24"), ("H", "2026-03-31")]
    assert found[0].notice.deadline.agreement == ""


@pytest.mark.parametrize("told", ["", "H-90", "H+7"])
def test_same_forecast_twice(told: str) -> None:
    dossier = make_dossier(follow_ups=(make_follow_up(),))

    assert foretold(dossier, stored(told)) == foretold(dossier, stored(told))
