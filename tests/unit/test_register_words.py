"""Terms, zones, roles, periods and the other cells that hold one of a few words."""

from __future__ import annotations

import pytest

from reminder.register import words
from reminder.register.lengths import lead_times, span
from reminder.register.text import CellError, Check


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("5 years", "5 years"),
        ("5 tahun", "5 years"),
        ("5 (lima) tahun", "5 years"),
        ("18 bulan", "18 months"),
        ("60 months", "5 years"),
        ("1 Tahun", "1 year"),
        ("30 hari", "30 days"),
    ],
)
def test_term_is_read(written: str, stored: str) -> None:
    assert span(written) == stored
    assert span(stored) == stored


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        pytest.param("-1", "5 years", id="X-15: negative"),
        pytest.param("1e9", "5 years", id="X-15: a power of ten"),
        pytest.param("3,5 tahun", "42 months", id="X-15: a fraction"),
        pytest.param("selamanya", "leave the cell empty", id="X-15: for ever"),
        pytest.param("5", "5 years", id="no unit"),
        pytest.param("0 years", "5 years", id="nothing"),
        pytest.param("9999 years", "5 years", id="longer than 200 years"),
    ],
)
def test_term_is_refused_with_what_to_write(written: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        span(written)
    assert hint in caught.value.hint


def test_lead_times_are_stored_with_one_space_between() -> None:
    assert lead_times("H-180   H-90 H HK+5") == "H-180 H-90 H HK+5"


@pytest.mark.parametrize("written", ["H-3 bulan", "H-90, H-30", "30", "H-90 H-90", "h-30"])
def test_lead_times_are_refused_with_an_example(written: str) -> None:
    with pytest.raises(CellError, match="H-180 H-90 H-30"):
        lead_times(written)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        pytest.param("WIB", "Asia/Jakarta", id="X-16: WIB"),
        pytest.param("wita", "Asia/Makassar", id="WITA"),
        pytest.param("WIT", "Asia/Jayapura", id="WIT"),
        pytest.param("asia/jayapura", "Asia/Jayapura", id="small letters"),
        pytest.param("Asia/Pontianak", "Asia/Pontianak", id="a zone like any other"),
    ],
)
def test_zone_is_read(written: str, stored: str) -> None:
    assert words.timezone(written) == stored


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        pytest.param("Asia/Jakrta", "write Asia/Jakarta", id="X-16: mistyped"),
        pytest.param("../../etc/passwd", "WIB", id="X-16: a path"),
        pytest.param("UTC+7", "write Asia/Jakarta", id="X-16: an offset"),
        pytest.param("GMT+9", "write Asia/Jayapura", id="an offset by another name"),
    ],
)
def test_zone_is_refused_with_what_to_write(written: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        words.timezone(written)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("check", "written", "stored"),
    [
        (words.kind, "ksdpl", "KSDPL"),
        (words.status, "dihentikan", "terminated"),
        (words.status, "aktif", ""),
        (words.status, "Not renewing", "not_renewing"),
        (words.report_cycle, "Tahunan", "annual"),
        (words.language, "Bahasa Indonesia", "id"),
        (words.role, "Kepala", "head"),
        (words.role, "Sekretaris", "secretary"),
        (words.role, "petugas", "officer"),
        (words.role, "Legal Counsel", "legal_counsel"),
        (words.instrument, "mou", "MoU"),
        (words.instrument, "Nota Kesepahaman", "Nota Kesepahaman"),
        (words.activity_type, "surat keluar", "letter_out"),
        (words.answer, "ya", "yes"),
        (words.answer, "n/a", "na"),
        (words.period, "2026-s1", "2026-S1"),
        (words.period, "2026Q3", "2026-Q3"),
        (words.period, "2026", "2026"),
        (words.budget_year, "2026", "2026"),
    ],
)
def test_word_is_brought_to_its_stored_form(check: Check, written: str, stored: str) -> None:
    assert check(written) == stored
    if stored:
        assert check(stored) == stored


@pytest.mark.parametrize(
    ("check", "written", "hint"),
    [
        (words.kind, "KSDP", "write KSDPL"),
        (words.status, "berakhir", "the service computes that"),
        (words.status, "terminatd", "write terminated"),
        (words.report_cycle, "mingguan", "annual"),
        (words.role, "head1", "letters only"),
        (words.period, "Semester I 2026", "write 2026-S1"),
        (words.period, "TW III 2026", "write 2026-Q3"),
        (words.period, "2026-S3", "2026-S1 for a half year"),
        (words.activity_type, "rapta", "write meeting"),
        (words.budget_year, "26", "four digits"),
    ],
)
def test_word_is_refused_with_what_to_write(check: Check, written: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        check(written)
    assert hint in caught.value.hint
