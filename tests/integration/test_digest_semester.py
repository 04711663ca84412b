"""The semester's recapitulation: figures counted by hand, for whom, when, and as a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from email import message_from_bytes, policy
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from jobs.digest_preview import digest_letters
from reminder.agreements import Agreement, Report
from reminder.figures import AgreementFigures, ReportFigures
from reminder.storage import tables
from reminder.storage.attachments import load_attachments
from reminder.storage.dead_addresses import mark_dead
from reminder.storage.figures import load_agreement_figures, load_report_figures
from tests.digested import SEMESTER, DigestOffice
from tests.factories import (
    make_agreement,
    make_bureau,
    make_contact,
    make_opt_out,
    make_report,
    make_rule,
)
from tests.fakes import NO_REPLY
from tests.stored import at

if TYPE_CHECKING:
    from email.message import EmailMessage

    from reminder.mail.transport import OutgoingMail
    from reminder.storage.engine import Database

DUE = "2026-08-03"
"""The Monday after 31 July, a Friday."""
BEFORE = "2026-02-02"
HEAD, CULTURE = "kepala@biro.example.go.id", "kadis@dinas.example.go.id"
REPORT = make_rule("report", deadline="report", template="report", lead_times="H-14 H")


def agreement(ref: str, bureau: str = "B-01", **changes: object) -> Agreement:
    values: dict[str, object] = {"report_cycle": "semester", "expires_on": "2028-05-31"}
    return make_agreement(ref, bureau=bureau, **(values | changes))


def report(ref: str, on: str | None, evidence: str = "surat", period: str = "2026-S1") -> Report:
    return make_report(period, agreement=ref, submitted_on=on, evidence=evidence)


@pytest.fixture
def office(database: Database) -> DigestOffice:
    """A bureau with a head, another one below it with its own, and reports of every kind."""
    office = DigestOffice(database, digests=SEMESTER, rules=(make_rule(), REPORT))
    office.put(
        make_bureau("B-02", name="Dinas Kebudayaan", parent="B-01"),
        make_contact(HEAD, role="head", name="Budi"),
        make_contact(CULTURE, bureau="B-02", role="head", name="Ani"),
        # B-01: two reports in time, one late, one without evidence, one not at all.
        agreement("A-1"),
        agreement("A-2"),
        agreement("A-3", expires_on="2027-08-03"),
        agreement("A-4", expires_on="2026-05-31"),
        agreement("A-5", report_cycle="quarter"),
        report("A-1", "2026-07-31"),
        report("A-2", "2026-08-01"),
        report("A-3", "2026-07-20", evidence=""),
        report("A-5", "2026-04-15", period="2026-Q1"),
        # B-02: one whose report is excused, one that renews itself, one that is over.
        agreement("B-1", "B-02"),
        make_opt_out("report", agreement="B-1"),
        agreement("B-2", "B-02", auto_renew="1 year", expires_on="2026-12-31"),
        agreement("B-3", "B-02", status="terminated"),
        agreement("B-4", "B-02", expires_on=None, report_cycle="none"),
        agreement("B-5", "B-02", expires_on="2026-06-30", report_cycle="none"),
        agreement("B-6", "B-02", replaces="B-5", report_cycle="annual"),
        report("B-2", "2026-06-30"),
    )
    office.plan(BEFORE)
    office.digest(BEFORE)
    office.run("DELETE FROM attachments")
    office.run("DELETE FROM contents")
    office.run("DELETE FROM messages")
    office.plan(DUE)
    return office


REPORTS = {"B-01": ReportFigures(2, 1, 2), "B-02": ReportFigures(1, 0, 0)}
"""A-1 and A-5's first quarter in time, A-2 late, A-3 unproven, A-5's second quarter missing;
A-4 ended a month before the semester did. B-2 in time; B-1 is excused, B-3 over, B-6 annual."""
AGREEMENTS = {"B-01": AgreementFigures(4, 1, 1), "B-02": AgreementFigures(4, 0, 0)}
"""B-01: A-4 has ended, A-3 ends in twelve months. B-02: B-1, B-2, B-4, B-6; B-5 was replaced."""


def test_figures_are_those_counted_by_hand(office: DigestOffice) -> None:
    today = date.fromisoformat(DUE)
    with office.database.read() as connection:
        assert load_report_figures(connection, "2026-S1", today) == REPORTS
        assert load_agreement_figures(connection, today) == AGREEMENTS


@pytest.mark.parametrize(
    ("today", "ending", "ended"),
    [
        pytest.param("2026-05-31", 1, 0, id="the last day of an agreement"),
        pytest.param("2026-06-01", 0, 1, id="the day after it"),
        pytest.param("2026-08-02", 0, 1, id="a year and a day before the next one ends"),
        pytest.param("2026-08-03", 1, 1, id="a year before it"),
    ],
)
def test_agreement_ends_within_twelve_months_and_then_has_ended(
    office: DigestOffice, today: str, ending: int, ended: int
) -> None:
    with office.database.read() as connection:
        found = load_agreement_figures(connection, date.fromisoformat(today))["B-01"]
    assert (found.ending, found.ended) == (ending, ended)


def test_decided_end_is_none_without_a_successor(office: DigestOffice) -> None:
    office.run("UPDATE deadlines SET status = 'met' WHERE agreement = 'A-4' AND kind = 'expiry'")
    with office.database.read() as connection:
        found = load_agreement_figures(connection, date.fromisoformat(DUE))["B-01"]
    assert found == AgreementFigures(4, 1, 0)


def test_second_half_has_the_annual_reports_too(office: DigestOffice) -> None:
    office.put(report("B-6", "2027-01-30", period="2026"))
    office.plan("2027-02-01")
    with office.database.read() as connection:
        found = load_report_figures(connection, "2026-S2", date(2027, 2, 1))
    assert found["B-02"] == ReportFigures(on_time=1, late=0, missing=1), "B-6, and B-2's"


def test_head_sees_the_own_bureau_and_those_below(office: DigestOffice) -> None:
    assert office.digest(DUE).made == {"semester": 2}
    assert office.subjects("semester") == [
        (CULTURE, "Rekapitulasi kerja sama daerah Semester I Tahun 2026"),
        (HEAD, "Rekapitulasi kerja sama daerah Semester I Tahun 2026"),
    ]
    text = office.text("semester", HEAD)
    assert (
        "aktif 8, akan berakhir dalam 12 bulan 1, berakhir tanpa pengganti 1, laporan tepat waktu "
        "3, terlambat 1, belum disampaikan 2." in text
    )
    assert "Biro Kerja Sama 4 1 1 Dinas Kebudayaan 4 0 0 Jumlah 8 1 1" in text
    assert "Biro Kerja Sama 2 1 2 Dinas Kebudayaan 1 0 0 Jumlah 3 1 2" in text
    assert "TEMUAN YANG MASIH TERBUKA Unknown expiry 1" in text
    below = office.text("semester", CULTURE)
    assert "Dinas Kebudayaan 4 0 0 LAPORAN" in below, "no sum where there is one line"
    assert "Biro Kerja Sama" not in below.partition("YANG DIMOHON")[2].partition("Pesan ini")[0]


def test_comes_on_the_first_working_day_after_the_reports_were_due(office: DigestOffice) -> None:
    assert office.digest("2026-07-31").made == {}
    assert office.digest(f"{DUE} 07:59").made == {}
    assert office.digest(f"{DUE} 08:00").made == {"semester": 2}
    for later in (f"{DUE} 08:05", "2026-08-04", "2026-12-31"):
        assert office.digest(later).made == {}, later
    assert office.digest("2027-02-01").made == {"semester": 2}


def test_service_that_was_down_makes_up_for_it(office: DigestOffice) -> None:
    assert office.digest("2026-09-15").made == {"semester": 2}
    assert "15 September 2026" in office.text("semester", HEAD)


def test_service_installed_later_waits_for_the_next_semester(database: Database) -> None:
    office = DigestOffice(database, digests=SEMESTER)
    office.put(make_contact(HEAD, role="head"), agreement("A-1"))
    office.plan("2026-09-15")
    assert office.digest("2026-09-15").made == {}
    assert office.digest("2026-09-16").made == {}
    assert office.digest("2027-02-03").made == {"semester": 1}


def test_head_whose_address_is_dead_gets_none_and_the_next_in_line_does(
    office: DigestOffice,
) -> None:
    with office.database.write() as connection:
        mark_dead(connection, HEAD, "dead 5.1.1", at(DUE, "07:00"))
    assert office.digest(DUE).made == {"semester": 2}
    recipients = [recipient for recipient, _subject in office.subjects("semester")]
    assert recipients == ["admin@biro.example.go.id", CULTURE]


def test_bureau_without_a_head_is_seen_by_the_one_above(office: DigestOffice) -> None:
    office.put(make_contact(CULTURE, bureau="B-02", role="head", active_to="2026-08-01"))
    assert office.digest(DUE).made == {"semester": 1}
    assert "Dinas Kebudayaan 4 0 0" in office.text("semester", HEAD)


def test_where_there_is_no_head_at_all_the_admin_has_it(office: DigestOffice) -> None:
    for email, bureau in ((HEAD, "B-01"), (CULTURE, "B-02")):
        office.put(make_contact(email, bureau=bureau, role="head", active_to="2026-08-01"))
    assert office.digest(DUE).made == {"semester": 1}
    text = office.text("semester", "admin@biro.example.go.id")
    assert "Yth. Pengelola Pengingat" in text
    assert "Jumlah 8 1 1" in text


def test_person_who_heads_two_bureaus_gets_one_mail(office: DigestOffice) -> None:
    office.put(
        make_contact(CULTURE, bureau="B-02", role="head", active_to="2026-08-01"),
        make_contact(HEAD, bureau="B-02", role="head"),
    )
    assert office.digest(DUE).made == {"semester": 1}


def test_bureaus_above_that_form_a_ring_end_somewhere(office: DigestOffice) -> None:
    office.put(make_bureau(name="Biro Kerja Sama", parent="B-02"))
    assert office.digest(DUE).made == {"semester": 2}
    assert "Jumlah 8 1 1" in office.text("semester", CULTURE)


def test_reader_of_english_gets_english(office: DigestOffice) -> None:
    office.put(make_bureau("B-02", name="Department of Culture", parent="B-01", language="en"))
    office.digest(DUE)
    assert (CULTURE, "Cooperation agreements in the first half of 2026") in office.subjects(
        "semester"
    )
    assert "Department of Culture 1 0 0" in office.text("semester", CULTURE)


def test_ceremonial_agreements_are_listed(office: DigestOffice) -> None:
    office.run(
        "INSERT INTO deadlines (agreement, kind, key, bureau, timezone, due_on, due_last_on, "
        "derived_from, status, entered_on) VALUES ('A-2', 'finding', 'CEREMONIAL', 'B-01', "
        "'Asia/Jakarta', '2026-03-01', '2026-03-01', 'no plan', 'open', '2026-03-01')"
    )
    office.digest(DUE)
    text = office.text("semester", HEAD)
    assert "KERJA SAMA YANG BELUM ADA PELAKSANAANNYA (1) - MoU Kerja Sama Sister" in text


def test_hostile_date_of_a_report_stops_nobody(office: DigestOffice) -> None:
    office.run("UPDATE reports SET submitted_on = 'kemarin' WHERE agreement = 'A-1'")
    with office.database.read() as connection:
        found = load_report_figures(connection, "2026-S1", date.fromisoformat(DUE))
    assert found["B-01"] == ReportFigures(1, 1, 3)


# --- the mail ---


def read(mail: OutgoingMail) -> EmailMessage:
    return message_from_bytes(mail.data, policy=policy.default)


def chart_of(mail: EmailMessage) -> EmailMessage:
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    return image


def test_chart_arrives_in_the_mail_as_it_was_stored(office: DigestOffice) -> None:
    office.digest(DUE)
    assert office.deliver(DUE).sent == 2
    for mail in map(read, office.transport.delivered):
        image = chart_of(mail)
        raw = image.get_content()
        with office.database.read() as connection:
            stored = load_attachments(connection, [mail["Message-ID"]])
        (attachment,) = stored[mail["Message-ID"]]
        assert raw == attachment.data
        picture = Image.open(BytesIO(raw))
        assert (picture.format, picture.width) == ("PNG", 1104)
        html = mail.get_body(("html",))
        assert html is not None
        assert f'src="cid:{image["Content-ID"].strip("<>")}"' in html.get_content()


def test_repeat_brings_the_same_chart_byte_for_byte(office: DigestOffice) -> None:
    office.digest(DUE)
    office.deliver(DUE, NO_REPLY)
    first = {mail.message_id: mail.data for mail in office.transport.tried}
    assert len(first) == 2
    # Figures that changed meanwhile change nothing in what was frozen.
    office.put(report("A-3", "2026-07-20"))
    office.plan(DUE)
    office.run("UPDATE bureaus SET name = 'Biro Lain'")
    office.deliver("2026-08-04 10:00")
    for mail in office.transport.tried:
        mark = b"X-Possible-Duplicate: "
        lines = [line for line in mail.data.split(b"\r\n") if not line.startswith(mark)]
        assert b"\r\n".join(lines) == first[mail.message_id]
        assert mark in mail.data
    assert office.states() == ["sent", "sent"]


def test_template_that_fails_costs_nobody_the_figures(office: DigestOffice) -> None:
    own = office.home / "templates"
    (own / "email/semester/id").mkdir(parents=True)
    (own / "email/semester/id/body.txt.j2").write_text("{{ nothing_of_the_kind }}")
    office.settings = replace(office.settings, templates_dir=own)
    assert office.digest(DUE).made == {"semester": 2}
    assert "Biro Kerja Sama 4 1 1 Dinas Kebudayaan 4 0 0" in office.text("semester", HEAD)
    assert len(office.rows(tables.attachments, "name")) == 2
    assert {kind for kind, *_ in office.messages()} == {"summary", "admin"}, "the admin is told"


def test_template_of_the_admin_s_own_may_show_no_chart(office: DigestOffice) -> None:
    own = office.home / "templates"
    (own / "email/semester/id").mkdir(parents=True)
    (own / "email/semester/id/body.html.j2").write_text("<html><body>{{ opening }}</body></html>")
    office.settings = replace(office.settings, templates_dir=own)
    assert office.digest(DUE).made == {"semester": 2}
    assert office.rows(tables.attachments, "name") == []


def test_preview_shows_it_on_any_day(office: DigestOffice) -> None:
    letters = digest_letters(office.context(at("2026-11-24")), "semester")
    assert sorted(letter.recipient for letter in letters) == [CULTURE, HEAD]
    assert office.subjects("semester") == []
