"""The weekly digest: who gets it, when, and what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, update

from jobs.digest import DigestReport, digest
from jobs.digest_preview import digest_letters
from jobs.succession import succeed
from reminder.agreements import Agreement
from reminder.crash_points import CrashPoint
from reminder.storage import tables
from reminder.storage.dead_addresses import mark_dead
from reminder.storage.digests import read_state
from reminder.storage.events import add_event
from reminder.storage.link_keys import retire
from reminder.storage.storms import load_past_days
from tests.digested import WEEKLY, DigestOffice
from tests.factories import (
    OFFICER,
    make_agreement,
    make_bureau,
    make_calendar,
    make_contact,
    make_follow_up,
    make_opt_out,
    make_rule,
    make_step,
)
from tests.fakes import UNKNOWN_USER
from tests.installed import body_of
from tests.killed import killed_at
from tests.stored import at

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from reminder.storage.engine import Database

MONDAY, NEXT = "2026-11-23", "2026-11-30"
EXPIRY = make_rule(lead_times="H-30 H-7 H H+30")


def ending(ref: str, expires_on: str, **changes: object) -> Agreement:
    return make_agreement(ref, expires_on=expires_on, **changes)


@pytest.fixture
def office(database: Database) -> DigestOffice:
    """An officer who was told of everything, and one agreement that ends in December."""
    office = DigestOffice(database, digests=WEEKLY)
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    return office


def test_lists_what_is_late_this_week_and_within_a_month(office: DigestOffice) -> None:
    office.put(
        ending("A-2", "2026-11-10", title="MoU Sister City"),
        ending("A-3", "2026-11-27"),
        ending("A-4", "2026-12-23"),
        ending("A-5", "2026-12-24"),
        ending("A-6", "2027-11-24"),
    )
    office.put(make_agreement("A-7", expires_on=None, title="LoI Kota Kembar"))
    office.plan(MONDAY)
    assert office.digest(MONDAY) == DigestReport(made={"weekly": 1})
    assert office.subjects("weekly") == [
        (OFFICER, "Pekan ini: 5 hal, 1 terlambat, 1 dalam sepekan, 2 mendatang, dan 1 temuan")
    ]
    text = office.text("weekly")
    order = ["TERLAMBAT (1)", "[H+13] MoU Sister City", "DALAM SEPEKAN", "[H-4]", "MENDATANG (2)",
             "[H-17]", "[H-30]", "TEMUAN", "LoI Kota Kembar"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "Yth. Penanggung Jawab Kerja Sama Biro Kerja Sama u.p. Siti Rahma" in text


def test_nobody_gets_an_empty_one(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    office.put(make_bureau("B-02"), make_contact("lain@biro.example.go.id", bureau="B-02"))
    office.put(ending("A-1", "2028-12-10"), ending("A-2", "2026-12-10", bureau="B-02"))
    office.plan(MONDAY)
    assert office.digest(MONDAY).made == {"weekly": 1}
    assert [recipient for recipient, _ in office.subjects("weekly")] == ["lain@biro.example.go.id"]


def test_is_switched_by_the_policy(database: Database) -> None:
    office = DigestOffice(database, digests={})
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    assert office.digest(MONDAY) == DigestReport()
    assert office.messages() == []


# --- when ---


def test_comes_on_the_first_working_day_once_the_window_is_open(office: DigestOffice) -> None:
    assert office.digest(f"{MONDAY} 07:59").made == {}
    assert office.digest(f"{MONDAY} 08:00").made == {"weekly": 1}
    for later in (f"{MONDAY} 08:05", "2026-11-24", "2026-11-29", f"{NEXT} 07:59"):
        assert office.digest(later).made == {}, later
    assert office.digest(f"{NEXT} 08:00").made == {"weekly": 1}


def test_monday_that_is_a_holiday_makes_it_tuesday(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY, calendar=make_calendar(NEXT))
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert office.digest(NEXT).made == {}
    assert office.digest("2026-12-01").made == {"weekly": 1}
    assert office.digest("2026-12-02").made == {}


def test_missed_monday_is_made_up_for_in_its_week_and_once(office: DigestOffice) -> None:
    office.digest(MONDAY)
    assert office.digest("2026-12-03").made == {"weekly": 1}
    assert office.digest("2026-12-04").made == {}
    assert office.digest("2026-12-21").made == {"weekly": 1}, "two weeks of downtime: one mail"


def test_service_installed_in_midweek_waits_for_monday(office: DigestOffice) -> None:
    assert office.digest("2026-11-25").made == {}
    assert office.digest("2026-11-26").made == {}
    assert office.digest("2026-12-01").made == {"weekly": 1}, "also where it is down on Monday"


def test_each_zone_has_its_own_morning(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    east = "petugas@papua.example.go.id"
    office.put(
        make_bureau("B-02", name="Biro Papua", timezone="Asia/Jayapura"),
        make_contact(east, bureau="B-02"),
        ending("A-1", "2026-12-10"),
        ending("A-2", "2026-12-10", bureau="B-02"),
    )
    office.plan(MONDAY)
    office.digest(f"{MONDAY} 06:00")  # eight in Jayapura
    assert [recipient for recipient, _ in office.subjects("weekly")] == [east]
    office.digest(f"{MONDAY} 08:00")
    assert [recipient for recipient, _ in office.subjects("weekly")] == [OFFICER, east]


# --- who ---


def test_person_at_several_bureaus_gets_one_mail(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    office.put(
        make_bureau("B-02", name="Biro Papua", timezone="Asia/Jayapura", language="en"),
        make_contact(OFFICER.upper(), bureau="B-02"),
        ending("A-1", "2026-12-10"),
        ending("A-2", "2026-12-11", bureau="B-02"),
    )
    office.plan(MONDAY)
    assert office.digest(f"{MONDAY} 06:00").made == {}, "the bureau whose code comes first decides"
    assert office.digest(MONDAY).made == {"weekly": 1}
    assert office.subjects("weekly") == [(OFFICER, "Pekan ini: 2 hal, 2 mendatang")]


def test_own_officer_of_an_agreement_gets_it_instead(office: DigestOffice) -> None:
    office.put(ending("A-2", "2026-12-11", officer="khusus@biro.example.go.id"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert office.subjects("weekly") == [
        ("khusus@biro.example.go.id", "Pekan ini: 1 hal, 1 mendatang"),
        (OFFICER, "Pekan ini: 1 hal, 1 mendatang"),
    ]


def test_head_stands_in_where_nobody_is_officer_and_is_told_so(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    head = "kepala@dinas.example.go.id"
    office.put(
        make_bureau("B-02", name="Dinas Kebudayaan"),
        make_contact(head, bureau="B-02", role="head", name="Budi"),
        ending("A-2", "2026-12-11", bureau="B-02"),
    )
    office.plan(MONDAY)
    office.digest(MONDAY)
    text = office.text("weekly", head)
    assert "belum ada penanggung jawab kerja sama yang tercatat aktif" in text
    assert "Yth. Bapak/Ibu Budi Dinas Kebudayaan" in text


def test_next_in_line_gets_it_where_the_officers_address_is_dead(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    head = "kepala@biro.example.go.id"
    office.put(make_contact(head, role="head", name="Budi"), ending("A-1", "2026-12-10"))
    with office.database.write() as connection:
        mark_dead(connection, OFFICER, "dead 5.1.1", at(MONDAY, "07:00"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert [recipient for recipient, _subject in office.subjects("weekly")] == [head]


def test_other_roles_can_have_one_too(database: Database) -> None:
    office = DigestOffice(database, digests={"secretary": "weekly"})
    office.put(make_contact("sek@biro.example.go.id", role="secretary", name="Ani"))
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert [recipient for recipient, _ in office.subjects("weekly")] == ["sek@biro.example.go.id"]


# --- what ---


def test_matters_that_are_not_to_be_told_are_left_out(database: Database) -> None:
    follow_up = make_rule("follow_up", deadline="follow_up", template="follow_up")
    office = DigestOffice(database, digests=WEEKLY)
    office.change_policy(rules=(EXPIRY, follow_up))
    office.put(
        ending("A-1", "2026-12-10"),
        ending("A-2", "2026-12-11"),
        ending("A-3", "2026-12-12"),
        make_opt_out("expiry", agreement="A-2"),
        make_step("surat_konfirmasi", agreement="A-3"),
        make_step("rencana_kerja", agreement="A-3", due_on="2026-12-14"),
        make_follow_up("TL-1", agreement="A-1", due_on="2026-12-15"),
    )
    office.plan(MONDAY)
    with office.database.write() as connection:
        connection.execute(
            update(tables.deadlines)
            .where(tables.deadlines.c.agreement == "A-3", tables.deadlines.c.kind == "expiry")
            .values(snoozed_until=at("2026-11-30").date())
        )
    office.digest(MONDAY)
    text = office.text("weekly")
    assert office.subjects("weekly")[0][1] == "Pekan ini: 2 hal, 2 mendatang", "A-1 and its TL"
    assert "10 Desember 2026" in text
    assert "15 Desember 2026" in text


def test_matter_without_a_rule_is_due_all_the_same_but_not_the_service_s_finding(
    database: Database,
) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    office.change_policy(rules=(make_rule(kinds=("KSDD",)),))
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    assert ("finding", "NO_RULE", "open") in office.rows(tables.deadlines, "kind", "key", "status")
    office.digest(MONDAY)
    assert office.subjects("weekly") == [(OFFICER, "Pekan ini: 1 hal, 1 mendatang")]


def test_only_the_most_urgent_of_many_are_listed_and_all_are_counted(
    sqlite_database: Database,
) -> None:
    office = DigestOffice(sqlite_database, digests=WEEKLY)
    office.put(*(ending(f"A-{number:03}", "2026-12-10") for number in range(70)))
    office.put(ending("B-1", "2026-11-02", title="MoU yang terlambat"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    text = office.text("weekly")
    assert office.subjects("weekly")[0][1] == "Pekan ini: 71 hal, 1 terlambat dan 70 mendatang"
    assert "MoU yang terlambat" in text
    assert "dan 11 lainnya" in text
    (html,) = [row[0] for row in office.rows(tables.contents, "html")]
    assert len(html.encode()) < 60_000


# --- findings that were cleared ---


def clear(office: DigestOffice, day: str) -> None:
    """The missing expiry is recorded, and planned on that day."""
    office.put(make_agreement("A-9", expires_on="2029-01-31", title="LoI Kota Kembar"))
    office.plan(day)


@pytest.fixture
def troubled(office: DigestOffice) -> DigestOffice:
    """The officer was told on Monday that an expiry is missing."""
    office.put(make_agreement("A-9", expires_on=None, title="LoI Kota Kembar"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert "1 temuan" in office.subjects("weekly")[0][1]
    return office


def test_cleared_finding_is_named_in_the_next_digest_and_in_no_other(
    troubled: DigestOffice,
) -> None:
    clear(troubled, "2026-11-25")
    troubled.digest(NEXT)
    text = troubled.text("weekly")
    assert "1 temuan telah selesai" in text
    assert "TELAH SELESAI SEJAK RINGKASAN SEBELUMNYA (1) - LoI Kota Kembar" in text
    troubled.digest("2026-12-07")
    assert "telah selesai" not in troubled.text("weekly")


def test_finding_cleared_at_the_very_instant_of_a_digest_is_in_the_next(
    troubled: DigestOffice,
) -> None:
    clear(troubled, MONDAY)
    troubled.digest(NEXT)
    assert "1 temuan telah selesai" in troubled.text("weekly")


def test_cleared_finding_alone_is_worth_a_mail(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    office.put(make_agreement("A-9", expires_on=None, title="LoI Kota Kembar"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    clear(office, "2026-11-26")
    office.digest(NEXT)
    assert (OFFICER, "Pekan ini: 1 temuan telah selesai") in office.subjects("weekly")
    assert office.digest("2026-12-07").made == {}, "and after it there is nothing to say"


def test_finding_that_is_there_again_is_not_called_cleared(troubled: DigestOffice) -> None:
    clear(troubled, "2026-11-25")
    troubled.put(make_agreement("A-9", expires_on=None, title="LoI Kota Kembar"))
    troubled.plan("2026-11-26")
    troubled.digest(NEXT)
    assert "telah selesai" not in troubled.text("weekly")


def test_old_news_is_none_for_who_had_no_digest_yet(database: Database) -> None:
    office = DigestOffice(database, digests=WEEKLY)
    office.put(make_agreement("A-9", expires_on=None), ending("A-1", "2026-12-10"))
    office.plan("2026-10-01")
    clear(office, "2026-10-05")
    office.digest(MONDAY)
    assert "telah selesai" not in office.text("weekly")


# --- links ---


def test_links_to_the_page_that_the_reader_was_sent_before(office: DigestOffice) -> None:
    office.scan("2026-11-10")
    office.deliver("2026-11-10")
    (grant,) = [row[0] for row in office.rows(tables.action_grants, "id")]
    office.put(ending("A-2", "2026-12-12"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    office.deliver(MONDAY)
    (sent,) = office.transport.delivered
    body = body_of(message_from_bytes(sent.data, policy=policy.default))
    assert body.count("http://127.0.0.1:8025/a/") == 1
    assert f"http://127.0.0.1:8025/a/1.{grant}." in body


@pytest.mark.parametrize(
    "values", [{"revoked_at": at("2026-11-11")}, {"expires_at": at(MONDAY, "08:00")}], ids=str
)
def test_link_that_opens_nothing_any_more_is_left_out(
    office: DigestOffice, values: dict[str, datetime]
) -> None:
    office.scan("2026-11-10")
    office.deliver("2026-11-10")
    with office.database.write() as connection:
        connection.execute(update(tables.action_grants).values(values))
    office.digest(MONDAY)
    assert "reminder-link" not in office.text("weekly")


def test_link_of_a_retired_key_is_left_out(office: DigestOffice) -> None:
    office.scan("2026-11-10")
    office.deliver("2026-11-10")
    with office.database.write() as connection:
        retire(connection, "1", at("2026-11-11"), "admin")
    office.digest(MONDAY)
    assert "reminder-link:1" not in office.text("weekly")


def test_link_of_another_person_is_not_handed_on(office: DigestOffice) -> None:
    office.scan("2026-11-10")
    office.deliver("2026-11-10")
    office.put(make_contact(active_to="2026-11-15"), make_contact("baru@biro.example.go.id"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    assert "reminder-link" not in office.text("weekly", "baru@biro.example.go.id")


# --- once, whatever happens ---


def test_two_that_make_it_at_once_make_one(office: DigestOffice) -> None:
    office.put(
        *(make_contact(f"p-{number}@biro.example.go.id") for number in range(20)),
    )
    office.plan(MONDAY)
    office.digest_at_once(MONDAY, 3)
    assert len(office.subjects("weekly")) == 21
    assert office.digest(MONDAY).made == {}


@pytest.mark.parametrize(
    ("point", "again"),
    [(CrashPoint.BEFORE_DIGEST_COMMIT, 1), (CrashPoint.AFTER_DIGEST_COMMIT, 0)],
    ids=["before the commit", "after it, the week not yet marked"],
)
def test_crash_costs_no_mail_and_repeats_none(
    office: DigestOffice, point: CrashPoint, again: int
) -> None:
    with killed_at(point):
        office.digest(MONDAY)
    assert office.digest(f"{MONDAY} 10:00").made == ({"weekly": 1} if again else {})
    assert len(office.subjects("weekly")) == 1
    with office.database.read() as connection:
        assert read_state(connection).last("weekly", "Asia/Jakarta") == "2026-W48"


def test_crash_between_two_people_tells_the_second_later(office: DigestOffice) -> None:
    """What the first one is told is told once, though the rest is made again."""
    office.put(make_agreement("A-9", expires_on=None))
    office.put(*(make_contact(f"p-{number:02}@biro.example.go.id") for number in range(60)))
    office.plan(MONDAY)
    with killed_at(CrashPoint.AFTER_DIGEST_COMMIT):
        office.digest(MONDAY)
    made = len(office.subjects("weekly"))
    assert 0 < made < 61
    office.digest(f"{MONDAY} 10:00")
    assert len(office.subjects("weekly")) == 61
    assert len({recipient for recipient, _ in office.subjects("weekly")}) == 61


def test_bad_record_costs_one_reader_the_digest_and_no_other(office: DigestOffice) -> None:
    office.put(
        make_bureau("B-02"),
        make_contact("lain@biro.example.go.id", bureau="B-02"),
        ending("A-2", "2026-12-10", bureau="B-02"),
    )
    office.plan(MONDAY)
    office.run("UPDATE deadlines SET gaps = 'kein JSON' WHERE agreement = 'A-1'")
    report = office.digest(MONDAY)
    assert (report.made, report.failed) == ({"weekly": 1}, 1)
    assert [recipient for recipient, _ in office.subjects("weekly")] == ["lain@biro.example.go.id"]
    assert office.digest(f"{MONDAY} 09:30").failed == 0, "left alone for an hour"
    office.run("UPDATE deadlines SET gaps = '' WHERE agreement = 'A-1'")
    assert office.digest(f"{MONDAY} 10:00").made == {"weekly": 1}
    assert len(office.subjects("weekly")) == 2


def test_agreement_that_cannot_be_read_is_shown_as_far_as_it_can(office: DigestOffice) -> None:
    office.run("UPDATE agreements SET signed_on = 'tahun lalu' WHERE ref = 'A-1'")
    assert office.digest(MONDAY).made == {"weekly": 1}


def test_idle_tick_costs_one_read(sqlite_database: Database) -> None:
    office = DigestOffice(sqlite_database, digests=WEEKLY)
    office.put(ending("A-1", "2026-12-10"))
    office.plan(MONDAY)
    office.digest(MONDAY)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":
            statements.append(statement)

    engines: list[Engine] = [sqlite_database._reader, sqlite_database._writer]
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    office.digest(f"{MONDAY} 09:05")
    assert len(statements) == 1


def test_changed_policy_is_looked_at_at_once(office: DigestOffice) -> None:
    office.change_policy(digests={})
    office.digest(MONDAY)
    office.change_policy(digests=WEEKLY)
    assert office.digest(f"{MONDAY} 09:05").made == {"weekly": 1}


def test_nothing_is_made_while_the_service_stands_still(office: DigestOffice) -> None:
    full = replace(office.context(at(MONDAY)), free_bytes=lambda _path: 0)
    assert "less than 64 MiB are free" in digest(full).refused
    assert office.subjects("weekly") == []
    assert office.digest(MONDAY).made == {"weekly": 1}


def test_digest_that_a_restored_database_may_repeat_says_so(office: DigestOffice) -> None:
    office.digest("2026-11-16")
    with office.database.write() as connection:
        add_event(connection, at(MONDAY, "08:30"), "restored", {})
    office.digest(MONDAY)
    marks = office.rows(tables.messages, "planned_on", "possible_duplicate")
    assert [mark for day, mark in sorted(marks)] == [False, True]


# --- how it leaves ---


def test_refused_digest_has_no_successor_and_is_no_untold_matter(office: DigestOffice) -> None:
    office.put(make_contact("kepala@biro.example.go.id", role="head"))
    office.digest(MONDAY)
    office.deliver(MONDAY, UNKNOWN_USER)
    assert office.messages("kind", "state", "untold") == [("summary", "failed", False)]
    assert succeed(office.context(at(MONDAY))) == 0


def test_digest_waits_for_the_window_and_keeps_its_words(office: DigestOffice) -> None:
    office.digest(f"{MONDAY} 15:29")
    before = office.text("weekly")
    assert office.deliver(f"{MONDAY} 15:31").sent == 0
    assert office.deliver("2026-11-24 08:00").sent == 1
    assert office.text("weekly") == before
    assert office.messages("kind", "state", "revision") == [("summary", "sent", 0)]


def test_digest_does_not_count_towards_a_storm(office: DigestOffice) -> None:
    office.digest(MONDAY)
    with office.database.read() as connection:
        past = load_past_days(connection, at("2026-11-25").date(), at("2026-11-25"))
    assert past.messages == {}


def test_preview_shows_it_and_leaves_nothing(office: DigestOffice) -> None:
    office.digest(MONDAY)
    before = office.everything()
    letters = digest_letters(office.context(at("2026-11-25")), "weekly")
    assert [(letter.recipient, letter.template) for letter in letters] == [(OFFICER, "weekly")]
    assert office.everything() == before
