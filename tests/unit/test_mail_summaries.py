"""Digests as their readers see them: what stands in the mail, and that it stays small."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from PIL import Image

from reminder.calendars import Due
from reminder.figures import AgreementFigures, BureauFigures, ReportFigures
from reminder.mail.languages import words_for
from reminder.mail.letters import Letter
from reminder.mail.render import Rendered, Renderer
from reminder.mail.samples import sample_letters
from reminder.mail.summary_semester import images_of
from reminder.mail.trials import trial_letters
from reminder.resources import shipped
from reminder.summaries import (
    DailySummary,
    Delivered,
    SemesterSummary,
    ServiceFinding,
    WeeklySummary,
)
from tests.factories import make_agreement, make_letter, make_notice_facts

RENDERER = Renderer([shipped("templates")])
LANGUAGES = ("id", "en")
SUMMARIES = ("weekly", "semester", "daily")


def rendered(letter: Letter) -> Rendered:
    return RENDERER.render_strictly(letter)


def seen(html: str) -> str:
    """What a reader sees of HTML, on one line."""
    body = html.partition("<body")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def words_in(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SUMMARIES)
def test_digest_fits_into_a_mail_in_every_situation(name: str, language: str) -> None:
    for what, letter in trial_letters(name, language):
        mail = rendered(letter)
        assert len(mail.html.encode()) < 60_000, what
        assert len(mail.subject) <= 90, what
        lines = [line for line in mail.text.splitlines() if "reminder-link" not in line]
        assert max(map(len, lines)) <= 72, what
        assert not re.search(r"url\(|@import|https?:", mail.html), what
        assert set(re.findall(r'src="([^"]*)"', mail.html)) <= {
            f"cid:chart.{letter.message_id.strip('<>')}"
        }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SUMMARIES)
def test_text_and_html_say_the_same_in_the_same_order(name: str, language: str) -> None:
    mail = rendered(sample_letters(language)[name])
    # The link that stops a digest has its address behind it in HTML.
    text = re.sub("reminder-link:@\\w+", "", mail.text.replace("-" * 72, ""))
    html = seen(mail.html)
    for heading in re.findall(r"<h2[^>]*>([^<]+)</h2>", mail.html):
        assert unescape(heading).upper() in " ".join(text.split())
    # A table in columns breaks its lines elsewhere, so the words are compared as a bag.
    left = sorted(word for word in words_in(text) if not word.isdigit())
    right = sorted(word for word in words_in(html) if not word.isdigit())
    assert set(left) <= set(right)
    assert len(right) - len(left) < 25, "the preheader, and nothing else"


def semester(*lines: BureauFigures) -> Letter:
    summary = SemesterSummary("head", "2026-S1", lines)
    return make_letter(template="semester", notices=(), summary=summary, today="2026-08-03")


LINES = (
    BureauFigures("B-01", "Biro Kerja Sama", AgreementFigures(7, 2, 1), ReportFigures(4, 1, 2)),
    BureauFigures("B-02", "Dinas Kebudayaan", AgreementFigures(3, 0, 0), ReportFigures(0, 5, 0)),
)


def test_chart_says_its_figures_in_words_and_the_table_says_them_too() -> None:
    letter = semester(*LINES)
    mail = rendered(letter)
    (alt,) = re.findall(r'<img[^>]* alt="([^"]*)"', mail.html)
    assert alt == (
        "Diagram laporan Semester I Tahun 2026 per unit kerja. "
        "Biro Kerja Sama: 4 tepat waktu, 1 terlambat, 2 belum; "
        "Dinas Kebudayaan: 0 tepat waktu, 5 terlambat, 0 belum."
    )
    html = seen(mail.html)
    assert "Biro Kerja Sama 4 1 2 Dinas Kebudayaan 0 5 0 Jumlah 4 6 2" in html
    assert "Biro Kerja Sama 7 2 1 Dinas Kebudayaan 3 0 0 Jumlah 10 2 1" in html
    assert "Biro Kerja Sama                                4           1           2" in mail.text
    assert "Jumlah                                         4           6           2" in mail.text
    (image,) = images_of(letter, words_for("id"), mail.html)
    assert Image.open(BytesIO(image.data)).format == "PNG"
    assert f'src="cid:{image.content_id}"' in mail.html


def test_opening_counts_all_bureaus_together() -> None:
    assert (
        "aktif 10, akan berakhir dalam 12 bulan 2, berakhir tanpa pengganti 1, laporan tepat "
        "waktu 4, terlambat 6, belum disampaikan 2."
    ) in " ".join(rendered(semester(*LINES)).text.split())


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        pytest.param(LINES[0], "laporan yang belum disampaikan (2)", id="reports are missing"),
        pytest.param(
            replace(LINES[0], reports=ReportFigures(4, 1, 0)),
            "kerja sama yang berakhir tanpa pengganti (1)",
            id="none is, but an agreement ended",
        ),
        pytest.param(LINES[1], "dipergunakan sebagai bahan evaluasi", id="all is well"),
    ],
)
def test_one_thing_is_asked_for(line: BureauFigures, asked: str) -> None:
    text = " ".join(rendered(semester(line)).text.split())
    assert asked in text.partition("YANG DIMOHON")[2].partition("KEADAAN")[0]


def test_semester_without_reports_has_no_image_and_says_so() -> None:
    letter = semester(replace(LINES[0], reports=ReportFigures()))
    mail = rendered(letter)
    assert images_of(letter, words_for("id"), mail.html) == ()
    assert "<img" not in mail.html
    assert "Tidak ada laporan yang jatuh tempo" in mail.text


def weekly(**changes: object) -> Letter:
    notices = (
        make_notice_facts(due=Due.of(date(2026, 5, 1)), lead_time="H"),
        make_notice_facts(
            deadline="finding",
            key="NO_OWNER",
            lead_time="",
            finding_title="Penanggung jawab belum tercatat",
            notice_id=0,
            link="",
        ),
    )
    summary = WeeklySummary("officer", {"week": 1, "data": 1})
    return replace(make_letter(*notices, template="weekly"), summary=replace(summary, **changes))  # type: ignore[arg-type]


def test_matters_that_are_not_listed_are_counted() -> None:
    text = rendered(weekly(totals={"week": 1, "data": 41})).text
    assert "(41)" in text
    assert "dan 40 lainnya" in text


def test_finding_has_no_code_and_no_link_where_nobody_was_told_of_it() -> None:
    mail = rendered(weekly())
    assert "\nMoU Kerja Sama Sister Province Jawa Tengah dan Queensland\n" in mail.text
    assert "[]" not in mail.text
    assert "reminder-link" not in mail.html


def test_weekly_digest_of_cleared_findings_alone_asks_for_nothing() -> None:
    from reminder.summaries import Cleared

    cleared = (Cleared(make_agreement(), "NO_OWNER", "Penanggung jawab", date(2026, 4, 29)),)
    summary = WeeklySummary("officer", {}, cleared, 1)
    mail = rendered(make_letter(template="weekly", notices=(), summary=summary))
    assert mail.subject == "Pekan ini: 1 temuan telah selesai"
    assert "Tidak ada tindak lanjut yang dimohon" in mail.text
    assert "Yth. Penanggung Jawab Kerja Sama" in mail.text


def daily(**changes: object) -> Letter:
    letter = sample_letters("id")["daily"]
    assert isinstance(letter.summary, DailySummary)
    summary = DailySummary(letter.summary.number, letter.summary.since, letter.summary.until)
    return replace(letter, summary=replace(summary, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "subject", "asks"),
    [
        pytest.param({}, "[Harian 128] tidak ada kejadian", False, id="nothing happened"),
        pytest.param(
            {"delivered": Delivered(sent=5)}, "[Harian 128] 5 terkirim", False, id="mails left"
        ),
        pytest.param(
            {"delivered": Delivered(sent=5, failed=2)},
            "[Harian 128] 5 terkirim dan 2 perlu ditangani",
            True,
            id="some failed",
        ),
        pytest.param(
            {"waiting": {"held": 3, "pending": 1}},
            "[Harian 128] 3 perlu ditangani",
            True,
            id="some are held",
        ),
        pytest.param(
            {"findings": (ServiceFinding("holidays", 1, ("2027",)),)},
            "[Harian 128] 1 perlu ditangani",
            True,
            id="holidays are missing",
        ),
    ],
)
def test_subject_of_the_daily_digest_says_whether_it_needs_its_reader(
    changes: dict[str, object], subject: str, asks: bool
) -> None:
    mail = rendered(daily(**changes))
    assert mail.subject == subject
    assert ("Tidak ada yang perlu ditangani." in mail.text) is not asks


def test_gap_between_daily_digests_is_named() -> None:
    text = " ".join(rendered(daily()).text.split())
    assert "Sejak ringkasan sebelumnya pada hari Selasa, 7 Mei 2024, pukul 08.00 WIB" in text
    assert "Ini ringkasan yang pertama" in " ".join(rendered(daily(since=None)).text.split())
