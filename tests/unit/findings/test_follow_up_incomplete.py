"""FOLLOW_UP_INCOMPLETE: no owner or no day at HK+3 after entry; of an agreement, or of none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from reminder.agreements import Dossier, FollowUp
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.loose_follow_ups import plan_unattached
from reminder.planned_deadlines import AgreementPlan, PlannedDeadline, StoredDeadline
from reminder.skips import SkipReason
from tests.factories import make_agreement, make_dossier, make_follow_up
from tests.findings import (
    assert_seen_on_planned_days,
    assert_told_and_closed,
    due_on,
    found,
    gaps,
    rules_for,
)

CODE = "FOLLOW_UP_INCOMPLETE"
ENTERED = "2026-03-05"
"""A Thursday: the third working day after it is Tuesday, 10 March."""
OWNER = "pejabat@example.go.id"


def follow_up(id: str = "RTL-1", **facts: Any) -> FollowUp:
    """A follow-up with neither owner nor day, as those of the trip report."""
    return make_follow_up(id, **{"due_on": None, "entered_on": ENTERED, **facts})


def dossier(*follow_ups: FollowUp, **agreement: Any) -> Dossier:
    return make_dossier(make_agreement(**agreement), follow_ups=follow_ups)


# Of an agreement


@pytest.mark.parametrize(
    ("lacking", "code", "mended"),
    [
        pytest.param(follow_up(), "follow_up_unassigned_undated",
                     follow_up(officer=OWNER, due_on="2026-06-30"),
                     id="neither: an owner and a day end it"),
        pytest.param(follow_up(), "follow_up_unassigned_undated", follow_up(done_on="2026-03-10"),
                     id="or that it is done"),
        pytest.param(follow_up(due_on="2026-06-30"), "follow_up_unassigned",
                     follow_up(due_on="2026-06-30", officer=OWNER), id="no owner"),
        pytest.param(follow_up(officer=OWNER), "follow_up_undated",
                     follow_up(officer=OWNER, due_on="2026"), id="no day: a year is one"),
    ],
)  # fmt: skip
def test_incomplete_follow_up_is_told_on_the_third_working_day(
    lacking: FollowUp, code: str, mended: FollowUp
) -> None:
    assert_told_and_closed(CODE, dossier(lacking), "2026-03-10", dossier(mended))
    assert gaps(found(CODE, dossier(lacking), "2026-03-10")) == {
        code: {
            "item": "Menyusun rencana aksi",
            "meeting": "Rapat evaluasi 2026-01-15",
            "n_items": "1",
        }
    }


def test_owner_is_a_named_person() -> None:
    lacking = follow_up(due_on="2026-06-30")

    assert found(CODE, dossier(lacking, officer=OWNER), "2026-03-10") is None
    assert (
        found(CODE, dossier(replace(lacking, bureau="B-01"), officer=OWNER), "2026-03-10") is None
    )
    elsewhere = dossier(replace(lacking, bureau="B-00"), officer=OWNER)
    assert list(gaps(found(CODE, elsewhere, "2026-03-10"))) == ["follow_up_unassigned"], (
        "the agreement's officer stands for its own bureau only"
    )
    assert found(CODE, dossier(lacking), "2026-03-10") is not None, "a bureau's officer is no owner"


def test_day_of_entry_that_nobody_kept_is_that_of_the_agreement() -> None:
    of = dossier(follow_up(entered_on=None), entered_on="2026-03-06")
    assert due_on(found(CODE, of, "2026-06-01")) == "2026-03-11"


def test_number_of_days_is_that_of_the_policy() -> None:
    planned = found(CODE, dossier(follow_up()), "2026-06-01", thresholds={"working_days": 5})
    assert due_on(planned) == "2026-03-12"


def test_follow_ups_of_one_agreement_are_one_finding_from_the_first_of_them_on() -> None:
    second = follow_up("RTL-2", text="Menyusun jadwal", entered_on="2026-03-12", officer=OWNER)
    of = dossier(follow_up(), second, follow_up("RTL-3", done_on="2026-03-06"))

    assert list(gaps(found(CODE, of, "2026-03-16"))) == ["follow_up_unassigned_undated"]
    both = found(CODE, of, "2026-03-17")
    assert list(gaps(both)) == ["follow_up_unassigned_undated", "follow_up_undated"]
    assert {values["n_items"] for values in gaps(both).values()} == {"3"}
    assert due_on(both) == "2026-03-10"
    assert_seen_on_planned_days(CODE, of, "2026-03-01", "2026-04-01")


def test_long_text_is_cut_and_an_empty_one_is_named_by_its_id() -> None:
    told = gaps(found(CODE, dossier(follow_up(text="kata  \n" * 100)), "2026-03-10"))
    item = told["follow_up_unassigned_undated"]["item"]
    assert item.startswith("kata kata")
    assert item.endswith("…")
    assert len(item) <= 300
    nameless = gaps(found(CODE, dossier(follow_up(text="")), "2026-03-10"))
    assert nameless["follow_up_unassigned_undated"]["item"] == "RTL-1"


def test_done_in_the_future_is_an_intention() -> None:
    of = dossier(follow_up(done_on="2026-03-20"))

    assert found(CODE, of, "2026-03-19") is not None
    assert found(CODE, of, "2026-03-20") is None
    assert_seen_on_planned_days(CODE, of, "2026-03-01", "2026-04-01")


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_nothing_is_asked_for_once_an_agreement_is_over(status: str) -> None:
    assert found(CODE, dossier(follow_up(), status=status), "2026-06-01") is None


# Of no agreement


def loose(id: str = "RTL-1", **facts: Any) -> FollowUp:
    return follow_up(id, **{"agreement": None, "bureau": "B-01", **facts})


def plan_of(
    *follow_ups: FollowUp, day: str = "2026-03-10", stored: tuple[StoredDeadline, ...] = ()
) -> AgreementPlan:
    return plan_unattached(follow_ups, stored, rules_for(CODE), date.fromisoformat(day))


def as_stored(planned: PlannedDeadline, number: int = 1) -> StoredDeadline:
    deadline = planned.deadline
    return StoredDeadline(
        number, deadline.kind, deadline.key or "", deadline.due, planned.epoch, deadline.status,
        planned.told, planned.entered_on,
    )  # fmt: skip


def test_loose_follow_ups_are_one_finding_for_each_meeting_and_bureau() -> None:
    plan = plan_of(
        loose("A"), loose("B"), loose("C", meeting="Rapat lain"), loose("D", bureau="B-00"),
        loose("E", bureau=None), loose("F", officer=OWNER, due_on="2026-06-30"),
    )  # fmt: skip
    told = {
        (planned.deadline.bureau, dict(planned.deadline.gaps[0].values)["meeting"]): [
            gap.code for gap in planned.deadline.gaps
        ]
        for planned in plan.planned
        if planned.deadline.kind is DeadlineKind.FINDING
    }
    both = ["follow_up_unassigned_undated"] * 2

    assert told == {
        ("", "Rapat evaluasi 2026-01-15"): both[:1],
        ("B-00", "Rapat evaluasi 2026-01-15"): both[:1],
        ("B-01", "Rapat evaluasi 2026-01-15"): both,
        ("B-01", "Rapat lain"): both[:1],
    }
    findings = [one for one in plan.planned if one.deadline.kind is DeadlineKind.FINDING]
    assert len({planned.deadline.key for planned in findings}) == 4
    for planned in findings:
        deadline = planned.deadline
        assert deadline.finding == CODE
        assert (deadline.agreement, deadline.severity) == ("", "action")
        assert deadline.due.first == date(2026, 3, 10)
        assert (planned.rule, planned.next_on) == ("finding", date(2026, 3, 10))
        assert len(deadline.key or "") <= 200


def test_loose_finding_is_told_on_its_day_and_closed_by_owner_and_day() -> None:
    eve = plan_of(loose(), day="2026-03-09")
    assert (eve.planned, eve.replan_on) == ((), date(2026, 3, 10))
    (planned,) = plan_of(loose()).planned
    assert planned.next_on == date(2026, 3, 10)

    mended = loose(officer=OWNER, due_on="2026-06-30")
    for after in ([mended], [loose(done_on="2026-03-10")], []):
        plan = plan_of(*after, stored=(as_stored(planned),))
        assert [gone.key for gone in plan.gone] == [planned.deadline.key]
        assert [one.deadline.status for one in plan.planned if one.deadline.gaps] == []


def test_key_stays_whatever_the_spaces_and_the_length_of_a_meetings_name() -> None:
    def key(**facts: Any) -> str | None:
        (planned,) = plan_of(loose(**facts)).planned
        return planned.deadline.key

    assert key() == key(meeting="rapat  evaluasi\n2026-01-15 ")
    assert key() != key(meeting="Rapat evaluasi 2026-02-15")
    assert key(meeting="x" * 5000) != key(meeting="x" * 5001)
    assert (key() or "").startswith("FOLLOW_UP_INCOMPLETE:B-01-")


def test_next_day_on_which_a_loose_finding_changes_is_named() -> None:
    later = loose("B", entered_on="2026-03-12")
    planned = plan_of(loose("A"), later, loose("C", done_on="2026-03-16"), day="2026-03-10")

    assert planned.replan_on == date(2026, 3, 16)
    assert plan_of(loose("A"), later, day="2026-03-16").replan_on == date(2026, 3, 17)
    assert plan_of(loose("A"), later, day="2026-03-17").replan_on is None


def test_what_an_older_version_took_in_counts_from_the_day_it_is_first_seen() -> None:
    (first,) = plan_of(loose(entered_on=None), day="2026-03-10").planned
    (again,) = plan_of(loose(entered_on=None), day="2026-03-20", stored=(as_stored(first),)).planned

    assert first.deadline.due.first == again.deadline.due.first == date(2026, 3, 10)
    assert (again.stored_id, again.epoch) == (1, 1)


def test_due_dates_of_loose_follow_ups_are_planned_beside_what_they_lack() -> None:
    dated = loose("A", due_on="2026-06-30")
    plan = plan_of(dated)
    kinds = {planned.deadline.kind: planned for planned in plan.planned}

    assert kinds[DeadlineKind.FOLLOW_UP].deadline.key == "A"
    assert [gap.code for gap in kinds[DeadlineKind.FINDING].deadline.gaps] == [
        "follow_up_unassigned"
    ]
    stored = tuple(as_stored(one, number) for number, one in enumerate(plan.planned))
    again = plan_of(dated, day="2026-03-11", stored=stored)
    assert again.gone == ()
    assert [one.stored_id for one in again.planned] == [0, 1]


def test_detector_that_is_off_finds_nothing_loose_and_clears_what_it_found() -> None:
    (planned,) = plan_of(loose()).planned
    rules = replace(rules_for(CODE), findings={})
    plan = plan_unattached([loose()], (as_stored(planned),), rules, date(2026, 3, 11))

    assert plan.planned == ()
    assert [gone.status for gone in plan.gone] == [DeadlineStatus.OPEN]


def test_loose_finding_without_a_rule_is_silent() -> None:
    rules = replace(rules_for(CODE), rules=())
    (planned,) = plan_unattached([loose()], (), rules, date(2026, 3, 10)).planned

    assert planned.deadline.silent is SkipReason.NO_RULE
    assert planned.next_on is None


def test_three_follow_ups_of_the_trip_report_are_one_finding() -> None:
    from reminder.sample.history import read_register

    rows = [row for row in read_register()["follow_ups"] if row["id"].startswith("EVAL-2019")]
    sample = [
        FollowUp(id=row["id"], meeting=row["meeting"], text=row["text"], bureau=row["bureau"],
                 entered_on=date(2024, 1, 1))
        for row in rows
    ]  # fmt: skip
    on = date(2024, 1, 4)
    (planned,) = plan_unattached(sample, (), rules_for(CODE), on).planned

    assert plan_unattached(sample, (), rules_for(CODE), on - timedelta(days=1)).planned == ()
    assert planned.deadline.bureau == "BANTEN"
    assert [gap.code for gap in planned.deadline.gaps] == ["follow_up_unassigned_undated"] * 3
    assert {dict(gap.values)["n_items"] for gap in planned.deadline.gaps} == {"3"}
