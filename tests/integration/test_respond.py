"""Answers in the database: each on record once, with its effects, and the refusals in words."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from jobs.escalate import escalate
from jobs.handover import hand_over
from jobs.respond import acknowledge, decide, done, snooze
from reminder.agreements import Decision
from reminder.crash_points import CrashPoint
from reminder.errors import NotFound, ProblemsError, ResponseRefused
from reminder.responses import Linked, Named, Person, Refusal
from reminder.storage import tables
from reminder.storage.dead_addresses import mark_dead
from reminder.storage.responses import load_unanswered
from tests.factories import make_contact, make_follow_up, make_rule, make_step
from tests.killed import killed_at
from tests.stored import at
from tests.unanswered import (
    BY_WEB,
    EXPIRY,
    FIRST,
    HEAD,
    OFFICER,
    SECRETARY,
    STAFF,
    STEPS,
    WHO,
    Office,
    expiry,
)

if TYPE_CHECKING:
    from reminder.storage.engine import Database

NEW = "baru@biro.example.go.id"
NEWCOMER = make_contact(NEW, bureau="B-00", role="assistant", name="Tono")
REPORT = make_rule("report", deadline="report", lead_times="H-30 H", template="report")
STEP = make_rule("step", deadline="step", lead_times="H-7", template="step")
FOLLOW_UP = make_rule("follow-up", deadline="follow_up", lead_times="H-7", template="follow_up")


def responses(office: Office, *names: str) -> list[tuple[Any, ...]]:
    return office.rows(tables.responses, *(names or ("action", "actor", "via", "on", "until")))


def events(office: Office) -> list[dict[str, Any]]:
    rows = office.rows(tables.events, "kind", "actor", "data")
    return [{"actor": actor} | json.loads(data) for kind, actor, data in rows if kind == "response"]


def now(day: str = FIRST, clock: str = "10:00") -> Any:
    return at(day, clock)


# --- acknowledge


def test_acknowledgement_is_on_record_and_holds_as_long_as_the_policy_says(
    database: Database,
) -> None:
    office = Office(database)
    office.day(FIRST)
    responded = acknowledge(office.context(now()), expiry(), replace(WHO, note="diproses"))
    assert responses(office) == [
        ("acknowledge", OFFICER, "shell", date(2026, 3, 12), date(2026, 3, 26))
    ]
    assert responses(office, "agreement", "epoch", "note") == [("A-0", 1, "diproses")]
    assert responded.is_new
    assert responded.deadline.acknowledged_until == date(2026, 3, 26)
    assert responded.effects == (
        "head is told on 2026-04-01, unless somebody answers again or it is done",
        "the next reminder is due on 2026-04-10",
    )
    (event,) = events(office)
    assert (event["actor"], event["action"], event["until"]) == (
        OFFICER, "acknowledge", "2026-03-26",
    )  # fmt: skip


def test_acknowledgement_in_force_is_said_and_not_recorded_again(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    acknowledge(office.context(now()), expiry(), WHO)
    before = office.everything()
    again = acknowledge(office.context(now("2026-03-25")), expiry(), Person(HEAD))
    assert (again.is_new, again.effects) == (False, ("it is acknowledged until 2026-03-26",))
    assert again.record is not None
    assert again.record.actor == OFFICER
    assert office.everything() == before
    assert acknowledge(office.context(now("2026-03-26")), expiry(), WHO).is_new, "it has lapsed"


def test_two_acknowledgements_at_once_are_one(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    context = office.context(now())
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: acknowledge(context, expiry(), WHO), range(4)))
    assert sorted(one.is_new for one in found) == [False, False, False, True]
    assert len(responses(office)) == len(events(office)) == 1


def test_acknowledgement_beside_an_escalation_leaves_nobody_above_told(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-25")
    context = office.context(now("2026-03-26"))
    with ThreadPoolExecutor(2) as threads:
        escalated = threads.submit(escalate, context)
        answered = threads.submit(acknowledge, context, expiry(), WHO)
        escalated.result()
        assert answered.result().is_new
    assert [one for one in office.told() if one[2]] == []
    assert office.deadline("level", "acknowledged_until") == (0, date(2026, 4, 9))


def test_answer_by_the_link_of_a_mail_is_the_same(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    assert acknowledge(office.context(now()), office.linked(), BY_WEB).is_new
    assert responses(office, "action", "via") == [("acknowledge", "web")]


def test_link_of_a_mail_about_an_earlier_date_is_refused(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    linked = office.linked()
    office.run("UPDATE agreements SET expires_on = '2027-06-10', replan_on = '2000-01-01'")
    office.scan("2026-03-13")
    with pytest.raises(ResponseRefused, match="expiry is due on 2027-06-10 now"):
        acknowledge(office.context(now("2026-03-13")), linked, BY_WEB)
    with pytest.raises(ResponseRefused, match="no longer has"):
        acknowledge(office.context(now()), Linked(12345, 1), BY_WEB)
    assert responses(office) == []


@pytest.mark.parametrize(
    ("which", "error", "words"),
    [
        (Named("A-0", "expriy"), ResponseRefused, "did you mean expiry? Open are expiry"),
        (Named("A-0", "report:2026-S1"), ResponseRefused, 'no deadline "report:2026-S1"'),
        (Named("A-9", "expiry"), NotFound, 'no agreement "A-9"; did you mean A-0'),
        (Named("-", "follow_up:X"), ResponseRefused, "What belongs to no agreement has no"),
    ],
)
def test_unknown_deadline_is_told_with_those_that_are_open(
    sqlite_database: Database, which: Named, error: type[Exception], words: str
) -> None:
    office = Office(sqlite_database)
    office.day(FIRST)
    with pytest.raises(error) as refused:
        acknowledge(office.context(now()), which, WHO)
    assert words in str(refused.value)


def test_what_is_over_cannot_be_acknowledged_or_put_off(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    office.run("UPDATE agreements SET status = 'terminated', replan_on = '2000-01-01'")
    office.scan("2026-03-13")
    context = office.context(now("2026-03-13"))
    with pytest.raises(ResponseRefused, match=r"expiry is void: the agreement was terminated"):
        acknowledge(context, expiry(), WHO)
    with pytest.raises(ResponseRefused, match="can no longer be put off"):
        snooze(context, expiry(), WHO, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [(CrashPoint.BEFORE_RESPONSE_COMMIT, False), (CrashPoint.AFTER_RESPONSE_COMMIT, True)],
)
def test_end_at_either_side_of_the_commit_leaves_all_of_an_answer_or_nothing(
    database: Database, point: CrashPoint, is_kept: bool
) -> None:
    office = Office(database)
    office.day(FIRST)
    before = office.everything()
    with killed_at(point):
        acknowledge(office.context(now()), expiry(), WHO)
    assert (office.everything() != before) is is_kept
    assert acknowledge(office.context(now()), expiry(), WHO).is_new is not is_kept
    assert len(responses(office)) == 1


# --- snooze


def test_snooze_stops_what_waits_and_has_it_told_once_more_on_its_day(database: Database) -> None:
    office = Office(database)
    office.scan(at(FIRST, "18:00"))
    snooze(office.context(now(FIRST, "19:00")), expiry(), WHO, date(2026, 3, 26))
    assert office.messages("state", "reason") == [("superseded", "snoozed")]
    for day in ("2026-03-13", "2026-03-25"):
        office.day(day)
        assert office.told() == []
    office.live("2026-03-26", first="2026-03-26")
    assert office.told() == [("03-26", "H-90", 0, OFFICER)]
    assert office.notices("repeat_no", "stop_reason") == [(0, "snoozed"), (1, "")]
    assert office.deadline("snoozed_until", "told") == (None, "H-90")
    office.live("2026-04-02", first="2026-03-27")
    assert office.told()[1:] == [("04-02", "H-90", 1, HEAD)], "counted from the mail that left"


def test_lead_time_reached_meanwhile_goes_out_in_its_place(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    snooze(office.context(now()), expiry(), WHO, date(2026, 5, 18))
    office.live("2026-05-18", first="2026-03-13")
    assert office.told()[1:] == [("05-18", "H-30", 0, OFFICER)]
    assert [(code, reason) for code, reason, _on in office.skips() if reason == "snoozed"] == [
        ("H-90", "snoozed"),
        ("H-60", "snoozed"),
    ]


def test_same_snooze_is_recorded_once_and_another_day_takes_its_place(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    context = office.context(now())
    assert snooze(context, expiry(), WHO, date(2026, 5, 1)).is_new
    before = office.everything()
    assert not snooze(context, expiry(), WHO, date(2026, 5, 1)).is_new
    assert office.everything() == before
    assert snooze(context, expiry(), WHO, date(2026, 3, 16)).is_new
    assert office.deadline("snoozed_until", "next_on") == (date(2026, 3, 16), date(2026, 3, 16))


def test_recipient_may_put_off_three_times_for_one_date(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    for until in (20, 21, 22):
        snooze(office.context(now()), expiry(), BY_WEB, date(2026, 3, until))
    with pytest.raises(ResponseRefused, match="put off 3 times already"):
        snooze(office.context(now()), expiry(), BY_WEB, date(2026, 3, 23))
    assert snooze(office.context(now()), expiry(), WHO, date(2026, 3, 23)).is_new


def test_snooze_beside_a_scan_at_the_same_time_leaves_nothing_to_be_told(
    database: Database,
) -> None:
    office = Office(database)
    office.scan("2026-03-11")
    context = office.context(now())
    with ThreadPoolExecutor(2) as threads:
        scanned = threads.submit(office.scan, FIRST)
        snoozed = threads.submit(snooze, context, expiry(), WHO, date(2026, 3, 26))
        scanned.result()
        snoozed.result()
    assert {reason for (reason,) in office.notices("stop_reason")} <= {"snoozed"}
    assert office.deadline("next_on") == date(2026, 3, 26)


# --- done


def test_report_counts_with_day_and_evidence(database: Database) -> None:
    office = Office(database, EXPIRY, REPORT)
    office.run("UPDATE agreements SET report_cycle = 'semester', replan_on = '2000-01-01'")
    office.scan("2026-01-05")
    context = office.context(now("2026-01-12"))
    which = Named("A-0", "report:2025-S2")
    for on, evidence in (("", "surat 7/2026"), ("2026-01-12", " ")):
        with pytest.raises(ResponseRefused, match="counts only with the day"):
            done(context, which, WHO, on, evidence)
    responded = done(context, which, WHO, "12 Januari 2026", "surat 7/2026")
    assert responded.deadline.status == "met"
    assert responded.effects == (
        "report:2025-S2 is met (report submitted on 2026-01-12); nothing more is told about it",
    )
    assert office.rows(tables.reports, "period", "submitted_on", "evidence") == [
        ("2025-S2", "2026-01-12", "surat 7/2026")
    ]
    assert office.notices("stop_reason") == [("met",)]
    assert responses(office, "action", "evidence") == [("done", "surat 7/2026")]
    before = office.everything()
    again = done(context, which, WHO, "2026-01-12", "surat 7/2026")
    assert again.is_new is False
    assert again.effects == (
        "it is report submitted on 2026-01-12; to correct its day or evidence, record it once "
        "more with reminder report",
    )
    assert office.everything() == before


def test_report_handed_in_before_its_period_ends_counts_and_is_doubted(database: Database) -> None:
    office = Office(database, EXPIRY, REPORT)
    office.run("UPDATE agreements SET report_cycle = 'quarter', replan_on = '2000-01-01'")
    office.scan("2026-01-05")
    which = Named("A-0", "report:2026-Q1")
    responded = done(office.context(now("2026-01-12")), which, WHO, "2026-01-12", "surat 7/2026")
    assert responded.deadline.status == "met"
    assert responded.effects[0].startswith(
        "2026-Q1 ends on 2026-03-31: a report of 2026-01-12 can cover only a part of it; "
    )


def test_step_is_done_today_with_its_document(database: Database) -> None:
    office = Office(database, EXPIRY, STEP)
    office.put(make_step(agreement="A-0", started_on="2026-03-02"))
    office.scan("2026-03-12")
    done(office.context(now()), Named("A-0", "step:surat_konfirmasi"), WHO, "", "surat 9/2026")
    assert office.rows(tables.steps, "started_on", "done_on", "document")[0] == (
        "2026-03-02", "2026-03-12", "surat 9/2026",
    )  # fmt: skip
    (event,) = events(office)
    assert (event["deadline"], event["key"], event["done_on"]) == (
        "step", "surat_konfirmasi", "2026-03-12",
    )  # fmt: skip
    assert [row[0] for row in office.rows(tables.events, "actor", "kind") if row[1] == "fact"] == [
        OFFICER
    ]


def test_follow_up_of_no_agreement_is_done(database: Database) -> None:
    office = Office(database, EXPIRY, FOLLOW_UP)
    office.put(make_follow_up("RTL-1", agreement=None, bureau="B-01"))
    office.scan("2026-03-12")
    responded = done(office.context(now()), Named("-", "follow_up:rtl-1"), WHO, "2026-03-10")
    assert responded.deadline.status == "met"
    assert office.rows(tables.follow_ups, "done_on") == [("2026-03-10",)]
    assert responses(office, "agreement", "action") == [("", "done")]


def test_day_still_to_come_is_refused_and_nothing_is_recorded(database: Database) -> None:
    office = Office(database, EXPIRY, FOLLOW_UP)
    office.put(make_follow_up("RTL-1", agreement="A-0"))
    office.scan("2026-03-12")
    which = Named("A-0", "follow_up:RTL-1")
    for day, error in (("2026-03-13", ResponseRefused), ("2062-03-13", ProblemsError)):
        with pytest.raises(error, match="still to come"):
            done(office.context(now(FIRST, "20:00")), which, WHO, day)
    assert office.rows(tables.follow_ups, "done_on") == [(None,)]
    assert responses(office) == []
    assert events(office) == []


def test_expiry_and_findings_cannot_be_called_done(database: Database) -> None:
    office = Office(database)
    office.run("UPDATE agreements SET expires_on = NULL, replan_on = '2000-01-01'")
    office.scan(FIRST)
    with pytest.raises(ResponseRefused, match="The finding UNKNOWN_EXPIRY ends by itself"):
        done(office.context(now()), Named("A-0", "finding:UNKNOWN_EXPIRY"), WHO)
    assert responses(office) == []


# --- hand over


def test_new_owner_is_told_and_has_all_his_days(database: Database) -> None:
    office = Office(database, staff=(*STAFF, NEWCOMER))
    office.live("2026-03-26")
    morning = office.context(now("2026-03-27", "08:00"))
    acknowledge(morning, expiry(), WHO)
    responded = hand_over(morning, expiry(), WHO, NEW.upper())
    assert responded.effects == (f"{NEW} is told of it by the next scan",)
    assert office.rows(tables.agreements, "officer") == [(NEW,)]
    assert office.deadline("level", "acknowledged_until") == (0, None)
    assert responses(office, "action", "to", "note")[1:] == [
        ("handover", NEW, f"from the officers of B-01 to {NEW}")
    ]
    office.live("2026-04-07", first="2026-03-27")
    assert office.told()[2:] == [("03-27", "H-90", 0, NEW), ("04-06", "H-90", 1, HEAD)]
    assert office.notices("recipient", "repeat_no")[-1] == (HEAD, 1)


def test_hand_over_tells_nobody_else_a_second_time(database: Database) -> None:
    copied = make_rule(lead_times="H-90 H-60 H-30", cc=("head",))
    office = Office(database, copied, staff=(*STAFF, NEWCOMER))
    office.live("2026-03-13")
    hand_over(office.context(now("2026-03-16", "08:00")), expiry(), WHO, NEW)
    office.live("2026-03-17", first="2026-03-16")
    assert office.told() == [
        ("03-12", "H-90", 0, OFFICER), ("03-12", "H-90", 0, HEAD), ("03-16", "H-90", 0, NEW),
    ]  # fmt: skip


def test_last_level_that_was_stopped_before_it_left_is_told_after_the_answer_lapses(
    database: Database,
) -> None:
    office = Office(database, make_rule(lead_times="H-90", escalate=STEPS))
    office.live("2026-04-01")
    office.day("2026-04-02", sends=False)
    assert office.deadline("level", "escalate_on") == (2, None)
    acknowledge(office.context(now("2026-04-02", "10:00")), expiry(), WHO)
    assert office.deadline("level") == 1
    office.live("2026-04-30", first="2026-04-03")
    assert (2, SECRETARY) in [(level, who) for _day, _code, level, who in office.told()]


def test_what_waits_for_the_old_owner_stops_with_all_other_matters_of_the_agreement(
    database: Database,
) -> None:
    office = Office(database, EXPIRY, FOLLOW_UP, staff=(*STAFF, NEWCOMER))
    office.put(
        make_follow_up("RTL-1", agreement="A-0", due_on="2026-03-19"),
        make_follow_up("RTL-2", agreement="A-0", due_on="2026-03-19", officer=HEAD),
    )
    office.scan(at(FIRST, "18:00"))
    responded = hand_over(office.context(now(FIRST, "19:00")), expiry(), WHO, NEW)
    assert responded.effects == (
        f"{NEW} is told of it by the next scan",
        "1 other matters that waited for the old owner are told anew as well",
    )
    office.day("2026-03-13")
    found = office.notices("recipient", "lead_time", "stop_reason")
    assert sorted(found) == sorted(
        [
            (OFFICER, "H-90", "handed_over"),
            (OFFICER, "H-7", "handed_over"),
            (HEAD, "H-7", ""),
            (NEW, "H-90", ""),
            (NEW, "H-7", ""),
        ]
    )


def test_follow_up_gets_an_owner_of_its_own(database: Database) -> None:
    office = Office(database, EXPIRY, FOLLOW_UP, staff=(*STAFF, NEWCOMER))
    office.put(make_follow_up("RTL-1", agreement="A-0", due_on="2026-03-19"))
    office.day(FIRST)
    hand_over(office.context(now()), Named("A-0", "follow_up:RTL-1"), WHO, NEW)
    office.day("2026-03-13")
    assert office.rows(tables.follow_ups, "officer") == [(NEW,)]
    assert office.rows(tables.agreements, "officer") == [(None,)]
    assert [row for row in office.told() if row[0] == "03-13"] == [("03-13", "H-7", 0, NEW)]


def test_owner_who_is_the_owner_already_changes_nothing(database: Database) -> None:
    office = Office(database, staff=(*STAFF, NEWCOMER))
    office.day(FIRST)
    hand_over(office.context(now()), expiry(), WHO, NEW)
    before = office.everything()
    again = hand_over(office.context(now()), expiry(), WHO, NEW)
    assert (again.is_new, again.effects) == (False, (f"{NEW} is the owner already",))
    assert office.everything() == before


def test_nothing_is_handed_over_to_a_dead_address(database: Database) -> None:
    office = Office(database, staff=(*STAFF, NEWCOMER))
    office.day(FIRST)
    with office.database.write() as connection:
        mark_dead(connection, NEW, "dead 5.1.1", now())
    before = office.everything()
    with pytest.raises(ResponseRefused, match="comes back") as refused:
        hand_over(office.context(now()), expiry(), WHO, NEW)
    assert refused.value.why == Refusal.NOT_TO_THEM
    assert office.everything() == before


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("kepal@biro.example.go.id", f"did you mean {HEAD}"),
        ("dahulu@biro.example.go.id", "dahulu@biro.example.go.id has left; hand it over"),
        ("besok@biro.example.go.id", "besok@biro.example.go.id is not active yet"),
    ],
)
def test_new_owner_is_an_active_contact(sqlite_database: Database, to: str, words: str) -> None:
    gone = make_contact("dahulu@biro.example.go.id", active_to="2026-01-31")
    later = make_contact("besok@biro.example.go.id", active_from="2026-12-01")
    office = Office(sqlite_database, staff=(*STAFF, gone, later))
    office.day(FIRST)
    with pytest.raises(NotFound) as refused:
        hand_over(office.context(now()), expiry(), WHO, to)
    assert words in str(refused.value)
    assert responses(office) == []


# --- decide


def test_decision_is_on_record_acknowledges_and_sets_things_going(database: Database) -> None:
    office = Office(database)
    office.live("2026-03-25")
    responded = decide(office.context(now("2026-03-25")), expiry(), WHO, Decision.RENEW)
    assert responses(office, "action", "decision", "until") == [
        ("decide", "renew", date(2026, 4, 8))
    ]
    assert responded.deadline.acknowledged_until == date(2026, 4, 8)
    assert any("A-0-PEMBARUAN" in line for line in responded.effects)
    office.live("2026-04-08", first="2026-03-26")
    assert [one for one in office.told() if one[2]] == []
    before = office.everything()
    again = decide(office.context(now("2026-04-08")), expiry(), Person(HEAD), Decision.RENEW)
    assert (again.is_new, again.effects) == (False, (f"{OFFICER} decided so on 2026-03-25",))
    assert office.everything() == before


def test_decision_to_let_it_end_ends_the_countdown_and_can_be_taken_back(
    database: Database,
) -> None:
    office = Office(database)
    office.day(FIRST)
    ended = decide(office.context(now()), expiry(), WHO, Decision.END)
    assert ended.deadline.status == "met"
    assert ended.effects[-1] == (
        f"expiry is met (decided to let it end on 2026-03-12 by {OFFICER}); nothing more is told "
        "about it"
    )
    back = decide(office.context(now("2026-03-13")), expiry(), WHO, Decision.REVITALISE)
    assert back.deadline.status == "open"
    assert responses(office, "decision") == [("end",), ("revitalise",)]


def test_only_the_end_of_an_agreement_is_decided(database: Database) -> None:
    office = Office(database, EXPIRY, FOLLOW_UP)
    office.put(make_follow_up("RTL-1", agreement="A-0", due_on="2026-03-19"))
    office.day(FIRST)
    with pytest.raises(ResponseRefused, match="asks for no decision"):
        decide(office.context(now()), Named("A-0", "follow_up:RTL-1"), WHO, Decision.END)


@pytest.mark.parametrize(
    "facts", ["expires_on = NULL", "expires_on = '2031-06-10'"], ids=["unknown", "far off"]
)
def test_end_that_nobody_knows_or_that_is_far_off_is_not_decided_on(
    sqlite_database: Database, facts: str
) -> None:
    office = Office(sqlite_database)
    office.run(f"UPDATE agreements SET {facts}, replan_on = '2000-01-01'")
    office.scan(FIRST)
    with pytest.raises(ResponseRefused, match=r"no end of that agreement within the horizon \(2 y"):
        decide(office.context(now()), expiry(), WHO, Decision.RENEW)


# --- what findings count


def test_notice_told_once_more_after_an_answer_counts_as_unanswered_again(
    database: Database,
) -> None:
    office = Office(database)

    def unanswered() -> list[date]:
        with database.read() as connection:
            return [one.on for one in load_unanswered(connection, ["A-0"]).get("A-0", ())]

    office.live("2026-03-26")
    assert unanswered() == [date(2026, 3, 12)], "the head was told of the same occurrence"
    snooze(office.context(now("2026-03-26")), expiry(), WHO, date(2026, 3, 30))
    assert unanswered() == []
    office.live("2026-03-30", first="2026-03-27")
    assert unanswered() == [date(2026, 3, 30)]


def test_answer_has_the_agreement_looked_at_again(database: Database) -> None:
    office = Office(database)
    office.day(FIRST)
    acknowledge(office.context(now()), expiry(), WHO)
    assert office.rows(tables.agreements, "replan_on") == [(date(2026, 3, 12),)]
