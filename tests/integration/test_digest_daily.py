"""The daily digest: numbered without a gap, and what the service tells of its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.digest import DigestReport
from jobs.seal import seal
from reminder.crash_points import CrashPoint
from reminder.policy import Limits, RateLimit, SendWindow, Storm
from reminder.storage import tables
from reminder.storage.events import add_event
from tests.digested import DAILY, DigestOffice
from tests.factories import (
    OFFICER,
    make_agreement,
    make_bureau,
    make_calendar,
    make_contact,
    make_rule,
)
from tests.fakes import GREYLISTED, NO_REPLY, RELAY_DOWN, SENT, UNKNOWN_USER
from tests.killed import killed_at
from tests.stored import ADMIN, at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

MONDAY, TUESDAY, WEDNESDAY = "2026-05-04", "2026-05-05", "2026-05-06"
FRIDAY = "2026-05-01"
"""The day on which the small office's agreements, which end on 31 May, are told at H-30."""


@pytest.fixture
def office(database: Database) -> DigestOffice:
    """An admin who is told every day, and three agreements that are told on Friday."""
    office = DigestOffice(database, digests=DAILY, digest_above=100)
    office.put(*(make_agreement(f"A-{number}") for number in range(3)))
    office.plan("2026-04-28")
    return office


def numbers(office: DigestOffice) -> list[str]:
    """The numbers in the subjects, in the order in which they were made."""
    return [subject.partition("]")[0] for _, subject in office.subjects("daily")]


def test_comes_every_working_day_also_when_nothing_happened(office: DigestOffice) -> None:
    days = ["2026-04-28", "2026-04-29", "2026-04-30", FRIDAY, "2026-05-02", "2026-05-03", MONDAY]
    made = [office.digest(day).made.get("daily", 0) for day in days]
    assert made == [1, 1, 1, 1, 0, 0, 1]
    assert numbers(office) == [f"[Harian {number}" for number in range(1, 6)]
    assert office.subjects("daily")[0] == (ADMIN, "[Harian 1] tidak ada kejadian")
    assert "nomor yang terlewat" in office.text("daily")


def test_days_without_a_working_day_have_one_where_mail_leaves_on_all_days(
    database: Database,
) -> None:
    window = SendWindow(time(8), time(15, 30), all_days=True)
    office = DigestOffice(database, digests=DAILY, send_window=window)
    assert office.digest("2026-05-02").made == {"daily": 1}


@pytest.mark.parametrize("clock", ["07:59", "15:30", "23:00"])
def test_comes_inside_the_window_of_the_service_s_zone(office: DigestOffice, clock: str) -> None:
    assert office.digest(f"{MONDAY} {clock}").made == {}


def test_is_made_once_a_day(office: DigestOffice) -> None:
    assert office.digest(MONDAY) == DigestReport(made={"daily": 1})
    for later in (MONDAY, f"{MONDAY} 09:05", f"{MONDAY} 15:29"):
        assert office.digest(later) == DigestReport(), later


def test_number_goes_on_where_a_process_ended(office: DigestOffice) -> None:
    """Killed before the commit nothing is made and no number is used up; after it, both are."""
    with killed_at(CrashPoint.BEFORE_DIGEST_COMMIT):
        office.digest(MONDAY)
    assert office.subjects("daily") == []
    with killed_at(CrashPoint.AFTER_DIGEST_COMMIT):
        office.digest(f"{MONDAY} 09:05")
    assert office.digest(f"{MONDAY} 09:10").made == {}
    assert office.digest(TUESDAY).made == {"daily": 1}
    assert numbers(office) == ["[Harian 1", "[Harian 2"]


def test_two_at_once_use_one_number(office: DigestOffice) -> None:
    office.digest_at_once(MONDAY, 4)
    office.digest(TUESDAY)
    assert numbers(office) == ["[Harian 1", "[Harian 2"]


def test_every_admin_gets_the_same_number(database: Database) -> None:
    office = DigestOffice(database, digests=DAILY)
    service = replace(office.policy.service, admin=(ADMIN, "dua@biro.example.go.id"))
    office.change_policy(service=service)
    office.digest(MONDAY)
    office.digest(TUESDAY)
    assert office.subjects("daily") == [
        (ADMIN, "[Harian 1] tidak ada kejadian"),
        (ADMIN, "[Harian 2] tidak ada kejadian"),
        ("dua@biro.example.go.id", "[Harian 1] tidak ada kejadian"),
        ("dua@biro.example.go.id", "[Harian 2] tidak ada kejadian"),
    ]


def test_one_covers_a_gap_and_says_since_when(office: DigestOffice) -> None:
    office.digest("2026-04-28")
    office.scan(FRIDAY)
    office.deliver(FRIDAY)
    office.digest("2026-05-20")
    text = office.text("daily")
    assert "ringkasan harian nomor 2" in text
    assert "pada hari Selasa, 28 April 2026, pukul 09.00 WIB" in text
    assert "4 terkirim" in text, "three notices, and the first digest itself"


# --- what happened ---


def test_tells_what_became_of_the_mails_since_the_last_one(office: DigestOffice) -> None:
    office.digest("2026-04-30")
    office.deliver("2026-04-30")
    office.scan(FRIDAY)
    office.deliver(FRIDAY, SENT, UNKNOWN_USER, GREYLISTED)
    assert office.digest(MONDAY).made == {"daily": 1}
    assert office.subjects("daily")[1][1] == "[Harian 2] 2 terkirim dan 1 perlu ditangani"
    text = office.text("daily")
    assert (
        "PESAN SEJAK RINGKASAN SEBELUMNYA Terkirim 2 Tertunda 1 Gagal 1 Belum pasti 0 Ditahan 0 "
        "Dikembalikan setelah terkirim 0 Gangguan server surel 0" in text
    )
    assert "ANTREAN SAAT INI Tertunda 1 TEMUAN" in text
    office.digest(TUESDAY)
    assert "Terkirim 0 Tertunda 0 Gagal 0" in office.text("daily"), "each is told once"


def test_message_that_was_deferred_twice_counts_once(office: DigestOffice) -> None:
    office.scan(FRIDAY)
    office.deliver(FRIDAY, GREYLISTED)
    office.deliver(f"{FRIDAY} 10:00", GREYLISTED)
    office.digest(MONDAY)
    assert "Tertunda 3 Gagal 0" in office.text("daily")


def test_uncertain_and_relay_faults_are_told(office: DigestOffice) -> None:
    office.scan(FRIDAY)
    office.deliver(FRIDAY, NO_REPLY, RELAY_DOWN)
    office.digest(f"{FRIDAY} 09:30")
    text = office.text("daily")
    assert "Belum pasti 1 Ditahan 0 Dikembalikan setelah terkirim 0 Gangguan server surel 2" in text
    assert "ANTREAN SAAT INI Menunggu 2 Belum pasti 1 TEMUAN" in text


def test_what_happens_at_the_very_instant_of_a_digest_is_in_the_next(office: DigestOffice) -> None:
    office.scan(FRIDAY)
    office.digest(FRIDAY)
    office.deliver(FRIDAY)
    office.digest(MONDAY)
    assert "4 terkirim" in office.text("daily")


def test_findings_of_the_service_are_told_until_they_are_mended(office: DigestOffice) -> None:
    office.change_policy(rules=(make_rule(kinds=("KSDD",)),))
    office.put(make_bureau("B-02"), make_agreement("Z-1", bureau="B-02", kind="KSDD"))
    office.plan("2026-04-28")
    office.digest(MONDAY)
    text = office.text("daily")
    assert "Tanpa aturan pengingat 3: A-0, A-1, A-2" in text
    assert "Tanpa penerima 1: Z-1" in text
    assert "Mohon yang gagal, yang ditahan, dan temuan layanan di bawah ini ditangani." in text
    office.change_policy(rules=(make_rule(),))
    office.put(make_contact("lain@biro.example.go.id", bureau="B-02"))
    office.plan(MONDAY)
    office.digest(TUESDAY)
    assert "TEMUAN LAYANAN Tidak ada." in office.text("daily")


def test_year_without_holidays_is_told_from_november_on(database: Database) -> None:
    office = DigestOffice(database, digests=DAILY, calendar=make_calendar())
    office.digest("2028-10-31")
    assert "TEMUAN LAYANAN Tidak ada." in office.text("daily")
    office.digest("2028-11-01")
    assert "Hari libur belum diisi 1: 2029" in office.text("daily")


def test_agreement_that_is_put_off_is_named(office: DigestOffice) -> None:
    office.run("UPDATE agreements SET signed_on = 'tahun lalu', replan_on = '2026-01-01'")
    office.scan(MONDAY)
    office.digest(MONDAY)
    assert "Gagal diproses 3: A-" in office.text("daily")


def test_template_that_failed_is_named_once(office: DigestOffice) -> None:
    data = {"template": "expiry", "error": "expiry/id/body.txt.j2:3: 'titel' is undefined"}
    with office.database.write() as connection:
        add_event(connection, at(FRIDAY), "template_failed", data)
    office.digest(MONDAY)
    assert "Templat gagal 1: expiry/id/body.txt.j2:3" in office.text("daily")
    office.digest(TUESDAY)
    assert "Templat gagal" not in office.text("daily")


def test_held_storm_is_told(office: DigestOffice) -> None:
    office.change_policy(storm=Storm(1, 1.0))
    office.scan(FRIDAY)
    office.digest(FRIDAY)
    text = office.text("daily")
    assert "Ditahan 3" in text
    assert "Ditahan karena jumlahnya tidak wajar 3" in text


def test_overdue_without_an_answer_is_listed_longest_first(office: DigestOffice) -> None:
    office.put(
        make_agreement("Z-1", expires_on="2026-04-15", title="MoU Kyoto"),
        make_agreement("Z-2", expires_on="2026-05-03", title="MoU Jeonbuk"),
        make_agreement("Z-3", expires_on="2026-04-16", title="MoU Fujian"),
    )
    office.plan(MONDAY)
    office.run("UPDATE deadlines SET acknowledged_until = '2026-05-05' WHERE agreement = 'Z-3'")
    office.digest(MONDAY)
    text = office.text("daily")
    assert (
        "LEWAT BATAS WAKTU DAN BELUM DITANGGAPI (2) - [Z-1] MoU Kyoto: Masa berlaku sampai dengan "
        "15 April 2026 - [Z-2] MoU Jeonbuk: Masa berlaku sampai dengan 3 Mei 2026 TUJUH" in text
    )
    office.digest(TUESDAY)
    assert "[Z-3] MoU Fujian" in office.text("daily"), "the acknowledgement has lapsed"


def test_next_seven_days_are_counted_by_day(office: DigestOffice) -> None:
    office.scan(FRIDAY)
    office.put(
        make_agreement("Z-1", expires_on="2026-06-24"),
        make_agreement("Z-2", expires_on="2026-07-31"),
    )
    office.plan("2026-05-18")
    office.scan("2026-05-18")
    office.digest("2026-05-18")
    text = office.text("daily")
    assert "TUJUH HARI KE DEPAN Jumat, 22 Mei 2026 3 hal Senin, 25 Mei 2026 1 hal UJUNG" in text


def test_head_of_the_sealed_chain_is_told(office: DigestOffice) -> None:
    office.digest(FRIDAY)
    assert "Belum ada catatan yang disegel." in office.text("daily")
    seal(office.context(at(FRIDAY, "10:00")))
    office.digest(MONDAY)
    number, hash_ = office.rows(tables.seals, "number", "hash")[-1]
    assert f"UJUNG RANTAI CATATAN TERSEGEL {number}:{hash_}" in office.text("daily")


# --- how it leaves ---


def test_leaves_at_once_and_is_not_counted_against_its_reader(office: DigestOffice) -> None:
    office.change_policy(limits=Limits(RateLimit(1, timedelta(days=1)), None))
    office.put(make_contact(ADMIN))
    office.scan(FRIDAY)
    office.digest(FRIDAY)
    report = office.deliver(FRIDAY)
    assert report.sent == 3, "one notice to each of the two, and the digest"
    assert ("admin", "sent", ADMIN) in office.messages()


def test_refused_one_is_told_of_in_the_next(office: DigestOffice) -> None:
    office.digest(FRIDAY)
    office.deliver(FRIDAY, UNKNOWN_USER)
    assert office.messages("kind", "state", "untold") == [("admin", "failed", False)]
    office.digest(MONDAY)
    assert "Gagal 1" in office.text("daily")
    assert numbers(office) == ["[Harian 1", "[Harian 2"]


def test_officer_gets_none(office: DigestOffice) -> None:
    office.digest(MONDAY)
    assert OFFICER not in {recipient for recipient, _ in office.subjects("daily")}
