"""Taking back what counts at once: a hand-over, and that something is done; never by halves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jobs.facts import record_fact
from jobs.handover import hand_over
from jobs.offers import accept
from jobs.respond import decide, done
from jobs.undo import undo, undo_link
from reminder.agreements import Decision
from reminder.crash_points import CrashPoint
from reminder.errors import ResponseRefused
from reminder.responses import Linked, Person, Refusal, Via
from reminder.storage import tables
from tests.factories import make_follow_up, make_report, make_step
from tests.killed import killed_at
from tests.offered import NEW, OTHER, grant_of, holder, mails, make_site, now, offer
from tests.unanswered import FIRST, HEAD, OFFICER, WHO, Office, expiry

if TYPE_CHECKING:
    from reminder.storage.engine import Database

LATER, NEXT = "2026-03-13", "2026-03-16"
SOON = now(NEXT, "09:30")
"""Within the 72 hours after what was answered at ten on Friday."""


def answers(office: Office, *names: str) -> list[tuple[Any, ...]]:
    return office.rows(tables.responses, *(names or ("action", "actor", "undone_at")))


def events(office: Office) -> list[str]:
    rows = office.rows(tables.events, "kind", "data")
    return [json.loads(data)["action"] for kind, data in rows if kind == "response"]


def number_of(office: Office, action: str) -> int:
    return int(next(id_ for id_, what in answers(office, "id", "action") if what == action))


def handed_over(database: Database) -> Office:
    """The officer's agreement is the newcomer's, since Friday morning."""
    office = make_site(database)
    offered = offer(office)
    accept(office.context(now(LATER)), offered.offer.id, holder(office, NEW, "accept"))
    return office


def with_step(database: Database) -> Office:
    office = make_site(database)
    office.put(make_step("surat_konfirmasi", agreement="A-0", due_on=NEXT))
    office.day(LATER)
    return office


def call_done(office: Office, kind: str, on: str = LATER, evidence: str = "") -> Any:
    which = office.linked(kind=kind)
    who = holder(office, OFFICER, deadline_id=which.deadline_id)
    return done(office.context(now(LATER)), which, who, on, evidence)


# --- a hand-over


def test_hand_over_is_taken_back_with_all_that_it_changed(database: Database) -> None:
    office = handed_over(database)
    office.day(NEXT)
    assert office.told()[-1][3] == NEW
    link = grant_of(office, NEW)
    undone = undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    assert undone.is_new
    assert undone.record.undone_at == SOON
    assert office.deadline("officer") is None
    assert office.rows(tables.hand_overs, "state") == [("undone",)]
    assert events(office) == ["offer", "handover", "undo"]
    revoked = dict(office.rows(tables.action_grants, "id", "revoked_at"))
    assert revoked[link] == SOON, "the new owner has no say any more"
    office.day("2026-03-17")
    assert office.told()[-1][3] == OFFICER, "whoever owns it again is told of it again"


def test_mail_that_waits_for_the_new_owner_is_stopped_by_an_undo(database: Database) -> None:
    office = handed_over(database)
    office.day(NEXT, sends=False)
    undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    office.day("2026-03-17")
    assert NEW not in {recipient for *_rest, recipient in office.told()}


def test_undone_hand_over_is_told_to_everybody_it_concerned(database: Database) -> None:
    office = handed_over(database)
    before = len(mails(office))
    undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    told = mails(office, "recipient", "subject", "text")[before:]
    assert [recipient for recipient, _subject, _text in told] == [NEW, HEAD, OFFICER]
    assert all("dibatalkan" in subject for _recipient, subject, _text in told)
    assert "Tanggung jawabnya kembali pada Siti Rahma" in " ".join(told[0][2].split())


def test_days_of_the_old_owner_count_anew_after_an_undo(database: Database) -> None:
    office = handed_over(database)
    undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    office.live("2026-04-01", "2026-03-17")
    levels = [(day, who) for day, _code, level, who in office.told() if level]
    # Five working days after Tuesday the 17th, over the days off.
    assert levels == [("03-31", HEAD)]


def test_undo_given_again_by_whichever_link_changes_nothing(database: Database) -> None:
    office = handed_over(database)
    which = number_of(office, "handover")
    undo(office.context(now(LATER)), which, holder(office, HEAD, "undo"))
    before = office.everything()
    again = undo(office.context(SOON), which, holder(office, OFFICER, "undo"))
    assert not again.is_new
    assert office.everything() == before


def test_many_undos_at_once_are_one(database: Database) -> None:
    office = handed_over(database)
    which, context = number_of(office, "handover"), office.context(now(LATER))
    holders = [holder(office, HEAD, "undo"), holder(office, OFFICER, "undo")] * 4
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda who: undo(context, which, who).is_new, holders))
    assert sorted(found) == [False] * 7 + [True]
    assert events(office) == ["offer", "handover", "undo"]


def test_hand_over_that_another_one_followed_is_not_taken_back(database: Database) -> None:
    office = handed_over(database)
    hand_over(office.context(now(LATER)), expiry(), WHO, OTHER)
    before = office.everything()
    with pytest.raises(ResponseRefused) as refused:
        undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    assert refused.value.why == Refusal.CHANGED_SINCE
    assert office.everything() == before


def refused_as_changed(office: Office, number: int) -> None:
    """The head's undo of that answer is refused, and nothing is changed by it."""
    before, who = office.everything(), holder(office, HEAD, "undo", subject=str(number))
    with pytest.raises(ResponseRefused) as refused:
        undo(office.context(SOON), number, who)
    assert refused.value.why == Refusal.CHANGED_SINCE
    assert office.everything() == before


def test_owner_that_the_register_has_got_since_stays_also_before_it_is_planned(
    database: Database,
) -> None:
    office = handed_over(database)
    office.run(f"UPDATE agreements SET officer = '{OTHER}'")
    refused_as_changed(office, number_of(office, "handover"))
    assert office.rows(tables.agreements, "officer") == [(OTHER,)]


def test_hand_over_is_taken_back_also_where_its_deadline_was_never_renewed(
    database: Database,
) -> None:
    office = handed_over(database)
    # As of a finding that has cleared, which no scan plans again.
    office.run("UPDATE deadlines SET officer = :officer, status = 'void'", officer=OFFICER)
    undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    assert office.rows(tables.agreements, "officer") == [(None,)]


def test_hand_over_that_came_back_by_others_is_not_taken_back(database: Database) -> None:
    office = handed_over(database)
    hand_over(office.context(now(LATER, "11:00")), expiry(), WHO, OTHER)
    hand_over(office.context(now(LATER, "12:00")), expiry(), WHO, NEW)
    refused_as_changed(office, number_of(office, "handover"))
    assert office.deadline("officer") == NEW


def test_hand_over_is_taken_back_once_the_one_after_it_was(database: Database) -> None:
    office = handed_over(database)
    first = number_of(office, "handover")
    asked = offer(office, OTHER, who=Person(NEW, Via.WEB), at=now(LATER, "11:00"))
    later = now(LATER, "12:00")
    accept(office.context(later), asked.offer.id, holder(office, OTHER, "accept"))
    refused_as_changed(office, first)
    rows = office.rows(tables.responses, "id", "action")
    second = max(id_ for id_, action in rows if action == "handover")
    for which in (second, first):
        undo(office.context(SOON), which, holder(office, HEAD, "undo", subject=str(which)))
    assert office.deadline("officer") is None
    states = [state for (state,) in office.rows(tables.hand_overs, "state")]
    assert states == ["undone", "undone"]


def test_hand_over_of_a_follow_up_does_not_keep_that_of_the_agreement(database: Database) -> None:
    office = make_site(database)
    office.put(make_follow_up("RTL-1", agreement="A-0", due_on=NEXT))
    office.day(LATER)
    asked = offer(office, at=now(LATER, "10:00"))
    accept(office.context(now(LATER)), asked.offer.id, holder(office, NEW, "accept"))
    follow_up = office.linked(kind="follow_up")
    other = offer(office, OTHER, which=follow_up, who=Person(NEW, Via.WEB), at=now(LATER))
    accept(office.context(now(LATER)), other.offer.id, holder(office, OTHER, "accept"))
    first = number_of(office, "handover")
    undo(office.context(SOON), first, holder(office, HEAD, "undo", subject=str(first)))
    assert office.deadline("officer") is None
    assert office.deadline("officer", kind="follow_up") == OTHER


def test_hand_over_can_be_taken_back_also_once_the_date_has_changed(database: Database) -> None:
    office = handed_over(database)
    office.run("UPDATE agreements SET expires_on = '2027-06-10', replan_on = '2000-01-01'")
    office.scan(NEXT)
    undo(office.context(SOON), number_of(office, "handover"), holder(office, HEAD, "undo"))
    assert office.deadline("officer") is None


def test_hand_over_at_the_shell_has_no_undo(database: Database) -> None:
    office = make_site(database)
    hand_over(office.context(now()), expiry(), WHO, NEW)
    assert mails(office) == []
    with pytest.raises(ResponseRefused) as refused:
        undo(office.context(now()), number_of(office, "handover"), Person(HEAD, Via.WEB))
    assert refused.value.why == Refusal.NO_UNDO


# --- done


def test_step_called_done_is_open_again_as_it_was(database: Database) -> None:
    office = with_step(database)
    before = (office.rows(tables.steps, "step", "done_on", "document"), office.deadline("status"))
    call_done(office, "step", evidence="Surat 12")
    assert office.deadline("status", kind="step") == "met"
    undone = undo(office.context(SOON), number_of(office, "done"), holder(office, HEAD, "undo"))
    assert undone.is_new
    after = (office.rows(tables.steps, "step", "done_on", "document"), office.deadline("status"))
    assert after == before
    assert office.deadline("status", kind="step") == "open"
    assert events(office) == ["done", "undo"]
    assert answers(office)[0] == ("done", OFFICER, SOON)
    assert answers(office)[1][:2] == ("undo", HEAD)


def test_report_that_was_not_in_the_register_is_gone_again(database: Database) -> None:
    office = make_site(database)
    office.run("UPDATE agreements SET report_cycle = 'semester', replan_on = '2000-01-01'")
    office.run("UPDATE agreements SET expires_on = '2027-06-10'")
    office.scan(LATER)
    [(deadline_id, epoch)] = [
        row[1:]
        for row in office.rows(tables.deadlines, "key", "id", "epoch")
        if row[0] == "2026-S1"
    ]
    who = Person(OFFICER, Via.WEB)
    done(office.context(now(LATER)), Linked(deadline_id, epoch), who, LATER, "Surat 12")
    assert office.rows(tables.reports, "period", "evidence") == [("2026-S1", "Surat 12")]
    undo(office.context(SOON), number_of(office, "done"), holder(office, HEAD, "undo"))
    assert office.rows(tables.reports, "period") == []
    statuses = dict(office.rows(tables.deadlines, "key", "status"))
    assert statuses["2026-S1"] == "open"
    facts = [json.loads(d) for k, d in office.rows(tables.events, "kind", "data") if k == "fact"]
    assert facts[-1] == {
        "table": "reports",
        "key": ["A-0", "2026-S1"],
        "removed": facts[-2]["added"],
    }


def test_follow_up_without_an_agreement_is_open_again(database: Database) -> None:
    office = make_site(database)
    office.put(make_follow_up("RTL-9", agreement=None, bureau="B-01", due_on=NEXT))
    office.day(LATER)
    [which] = [
        row[1:] for row in office.rows(tables.deadlines, "kind", "id", "epoch")
        if row[0] == "follow_up"
    ]  # fmt: skip
    who = Person(OFFICER, Via.WEB, grant_id=grant_of(office, OFFICER, deadline_id=which[0]))
    done(office.context(now(LATER)), Linked(*which), who, LATER)
    assert ("follow_up", "met") in office.rows(tables.deadlines, "kind", "status")
    undo(office.context(SOON), number_of(office, "done"), holder(office, HEAD, "undo"))
    assert ("follow_up", "open") in office.rows(tables.deadlines, "kind", "status")
    assert office.rows(tables.follow_ups, "done_on") == [(None,)]


def test_fact_that_somebody_changed_since_stays_as_they_left_it(database: Database) -> None:
    office = with_step(database)
    call_done(office, "step")
    cells = {"agreement": "A-0", "step": "surat_konfirmasi", "done_on": "2026-03-11"}
    record_fact(office.context(now(LATER)), "steps", cells)
    before = office.everything()
    with pytest.raises(ResponseRefused) as refused:
        undo(office.context(SOON), number_of(office, "done"), holder(office, HEAD, "undo"))
    assert refused.value.why == Refusal.CHANGED_SINCE
    assert office.everything() == before


def test_done_is_told_to_who_answered_and_to_the_head_with_an_undo(database: Database) -> None:
    office = with_step(database)
    call_done(office, "step", evidence="Surat 12")
    rows = mails(office, "template", "recipient", "subject", "text")
    assert [row[:2] for row in rows] == [("receipt", HEAD), ("receipt", OFFICER)]
    assert all("reminder-link:@" in text and "Surat 12" in text for *_rest, text in rows)
    assert len({text.partition("reminder-link:@")[2][:22] for *_rest, text in rows}) == 2
    assert all(subject.startswith("Tercatat selesai") for *_rest, subject, _text in rows)


def test_done_by_the_head_is_told_to_the_officer(database: Database) -> None:
    office = with_step(database)
    which = office.linked(kind="step")
    done(office.context(now(LATER)), which, Person(HEAD, Via.WEB), LATER)
    assert mails(office) == [("receipt", HEAD), ("receipt", OFFICER)]


def test_done_at_the_shell_sends_no_mail_about_it(database: Database) -> None:
    office = with_step(database)
    done(office.context(now(LATER)), office.linked(kind="step"), WHO, LATER)
    assert mails(office) == []
    assert answers(office, "undo") == [("",)]


def test_decision_is_told_without_an_undo(database: Database) -> None:
    office = make_site(database)
    decide(office.context(now()), office.linked(), holder(office), Decision.REVITALISE)
    rows = mails(office, "recipient", "subject", "text")
    assert [recipient for recipient, _subject, _text in rows] == [HEAD, OFFICER]
    assert all(subject.startswith("Sikap tercatat: direvitalisasi") for _who, subject, _t in rows)
    assert not any("reminder-link" in text for *_rest, text in rows)


# --- links


def test_undo_is_shown_to_who_has_its_link_and_for_72_hours(database: Database) -> None:
    office = with_step(database)
    record = call_done(office, "step").record
    last = now(LATER) + timedelta(hours=72) - timedelta(seconds=1)
    link = undo_link(office.context(last), record, OFFICER.upper())
    assert grant_of(office, OFFICER, "undo") in link
    assert undo_link(office.context(last), record, NEW) == ""
    assert undo_link(office.context(last + timedelta(seconds=1)), record, OFFICER) == ""
    assert undo_link(office.context(last), None, OFFICER) == ""
    undone = undo(office.context(SOON), record.id, holder(office, HEAD, "undo"))
    assert undo_link(office.context(SOON), undone.record, OFFICER) == ""


@pytest.mark.parametrize(
    ("point", "is_kept"),
    [(CrashPoint.BEFORE_RESPONSE_COMMIT, False), (CrashPoint.AFTER_RESPONSE_COMMIT, True)],
)
def test_end_at_either_side_of_the_commit_leaves_all_of_an_undo_or_nothing(
    database: Database, point: CrashPoint, is_kept: bool
) -> None:
    office = handed_over(database)
    which, who = number_of(office, "handover"), holder(office, HEAD, "undo")
    before = office.everything()
    with killed_at(point):
        undo(office.context(SOON), which, who)
    assert (office.everything() != before) is is_kept
    assert undo(office.context(SOON), which, who).is_new is not is_kept
    assert events(office) == ["offer", "handover", "undo"]


def test_answer_that_is_not_stored_cannot_be_taken_back(database: Database) -> None:
    office = make_site(database)
    with pytest.raises(ResponseRefused) as refused:
        undo(office.context(now()), 4711, Person(HEAD, Via.WEB))
    assert refused.value.why == Refusal.GONE


def test_report_with_evidence_before_keeps_what_it_had(database: Database) -> None:
    office = make_site(database)
    office.put(make_report("2026-S1", agreement="A-0", submitted_on="2026-03-10"))
    office.run("UPDATE agreements SET report_cycle = 'semester', expires_on = '2027-06-10'")
    office.run("UPDATE agreements SET replan_on = '2000-01-01'")
    office.scan(FIRST)
    [which] = [
        row[1:] for row in office.rows(tables.deadlines, "key", "id", "epoch")
        if row[0] == "2026-S1"
    ]  # fmt: skip
    who = Person(OFFICER, Via.WEB)
    done(office.context(now(LATER)), Linked(*which), who, LATER, "Surat 12")
    undo(office.context(SOON), number_of(office, "done"), holder(office, HEAD, "undo"))
    assert office.rows(tables.reports, "submitted_on", "evidence") == [("2026-03-10", "")]
