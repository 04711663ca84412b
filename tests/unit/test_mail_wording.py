"""Days, lengths, people and names as mails write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reminder.calendars import Due, PartialDate, Span
from reminder.mail.languages import words_for
from reminder.mail.plain_text import WIDTH, clean, columns, shorten, tidy, wrap
from reminder.mail.wording import (
    act_by,
    agreement_name,
    clock_time,
    days_between,
    due_words,
    length,
    listed,
    partial_day,
    parties,
    period_words,
    spelled,
    when_partial,
)
from tests.factories import make_agreement

ID, EN = words_for("id"), words_for("en")
TUESDAY = Due.of(date(2024, 8, 6))


def _partial(text: str) -> Due:
    return Due.of(PartialDate.parse(text))


@pytest.mark.parametrize(
    ("due", "language", "when"),
    [
        (TUESDAY, "id", "pada hari Selasa, 6 Agustus 2024"),
        (TUESDAY, "en", "on Tuesday, 6 August 2024"),
        (Due.of(date(2024, 5, 10)), "id", "pada hari Jumat, 10 Mei 2024"),
        (Due.of(date(2024, 2, 4)), "id", "pada hari Minggu, 4 Februari 2024"),
        (_partial("2024-05"), "id", "pada bulan Mei 2024"),
        (_partial("2024"), "id", "pada tahun 2024"),
        (_partial("2024-05"), "en", "in May 2024"),
        (_partial("2024"), "en", "in 2024"),
        (
            Due.between(date(2024, 5, 15), date(2024, 6, 14)),
            "id",
            "antara 15 Mei 2024 dan 14 Juni 2024",
        ),
    ],
)
def test_due_date_says_as_much_as_is_known(due: Due, language: str, when: str) -> None:
    assert due_words(due, language).when == when


@pytest.mark.parametrize(
    ("due", "today", "indonesian", "english"),
    [
        (TUESDAY, date(2024, 5, 8), "90 hari kalender lagi", "90 days from today"),
        (TUESDAY, date(2024, 8, 5), "1 hari kalender lagi", "1 day from today"),
        (TUESDAY, date(2024, 8, 6), "hari ini", "today"),
        (TUESDAY, date(2024, 8, 7), "1 hari kalender yang lalu", "1 day ago"),
        (
            _partial("2024-09"),
            date(2024, 8, 30),
            "2 hari kalender lagi, dihitung dari 1 September 2024",
            "2 days from today, counted to 1 September 2024",
        ),
        (_partial("2024"), date(2024, 8, 6), "", ""),
        (
            _partial("2023"),
            date(2024, 1, 10),
            "10 hari kalender yang lalu, dihitung sejak 31 Desember 2023",
            "10 days ago, counted from 31 December 2023",
        ),
    ],
)
def test_days_count_from_the_first_and_since_the_last_day(
    due: Due, today: date, indonesian: str, english: str
) -> None:
    assert days_between(due, today, ID) == indonesian
    assert days_between(due, today, EN) == english


@pytest.mark.parametrize(
    ("due", "today", "by"),
    [
        (TUESDAY, date(2024, 5, 8), "paling lambat hari Selasa, 6 Agustus 2024"),
        (TUESDAY, date(2024, 8, 6), "paling lambat hari ini, Selasa, 6 Agustus 2024"),
        (TUESDAY, date(2024, 8, 7), "pada kesempatan pertama"),
        (_partial("2025"), date(2024, 8, 7), "sebelum 1 Januari 2025"),
        (_partial("2024"), date(2024, 8, 7), "pada kesempatan pertama"),
    ],
)
def test_action_is_asked_for_by_one_day(due: Due, today: date, by: str) -> None:
    assert act_by(due, today, ID) == by


def test_partial_days_of_the_past() -> None:
    assert [partial_day(PartialDate.parse(t), ID) for t in ("2019-08-06", "2017-05", "2003")] == [
        "6 Agustus 2019",
        "Mei 2017",
        "2003",
    ]
    assert when_partial(PartialDate(2003), ID) == "pada tahun 2003"
    assert when_partial(PartialDate(2019, 8, 6), ID) == "pada tanggal 6 Agustus 2019"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "Rabu, 8 Mei 2024, pukul 08.00 WIB"),
        ("Asia/Makassar", "Rabu, 8 Mei 2024, pukul 09.00 WITA"),
        ("Asia/Jayapura", "Rabu, 8 Mei 2024, pukul 10.00 WIT"),
    ],
)
def test_times_have_a_dot_and_their_zone(zone: str, text: str) -> None:
    assert clock_time(datetime(2024, 5, 8, 1, 0, tzinfo=UTC), zone, ID) == text


def test_numbers_of_a_length_are_written_twice_in_indonesian() -> None:
    assert length(Span(months=60), ID) == "5 (lima) tahun"
    assert length(Span(months=18), ID) == "18 (delapan belas) bulan"
    assert length(Span(days=30), ID) == "30 (tiga puluh) hari"
    assert length(Span(months=12), EN) == "1 year"
    assert spelled(45) == "empat puluh lima"
    assert spelled(111) == "seratus sebelas"
    assert spelled(250) == "dua ratus lima puluh"


@pytest.mark.parametrize(
    ("title", "instrument", "name"),
    [
        ("Sister Province Jawa Tengah - Fujian", "MoU", "MoU Sister Province Jawa Tengah - Fujian"),
        ("MoU perpanjangan Jawa Tengah", "MoU", "MoU perpanjangan Jawa Tengah"),
        ("Pernyataan Kehendak Bali - Hainan", "LoI", "Pernyataan Kehendak Bali - Hainan"),
        ("Kesepakatan Bersama Air Bersih", "KB", "Kesepakatan Bersama Air Bersih"),
        ("Sister City Bandung - Braunschweig", "", "Sister City Bandung - Braunschweig"),
        ("Pembaruan: MoU Bali - Hainan", "MoU", "Pembaruan: MoU Bali - Hainan"),
        ("Pembaruan: Bali - Hainan", "MoU", "Pembaruan: MoU Bali - Hainan"),
    ],
)
def test_instrument_is_not_said_twice(title: str, instrument: str, name: str) -> None:
    assert agreement_name(make_agreement(title=title, instrument=instrument)) == name


def test_partner_in_the_title_is_not_named_twice() -> None:
    agreement = make_agreement(title="MoU dengan Kota Kyoto", local_party="", partner="Kota Kyoto")
    assert parties(agreement, ID) == ""


def test_parties_are_named_as_far_as_they_are_known() -> None:
    both = make_agreement(local_party="Kota Bandung", partner="Melbourne")
    assert parties(both, ID) == " antara Kota Bandung dan Melbourne"
    assert parties(make_agreement(local_party="", partner="Melbourne"), ID) == " dengan Melbourne"
    assert parties(make_agreement(local_party="", partner=""), ID) == ""


@pytest.mark.parametrize(
    ("key", "long", "short"),
    [
        ("2026-S1", "Semester I Tahun 2026", "Semester I 2026"),
        ("2026", "Tahun 2026", "Tahun 2026"),
        ("2026-Q3", "Triwulan III Tahun 2026", "Triwulan III 2026"),
    ],
)
def test_report_periods_have_their_names(key: str, long: str, short: str) -> None:
    assert period_words(key, ID) == (long, short)


def test_lists_end_with_and() -> None:
    assert listed(["a", "b", "c"], ID) == "a, b, dan c"
    assert listed(["a", "b", "c"], EN) == "a, b and c"
    assert listed(["a", "b"], ID) == "a dan b"
    assert listed([], ID) == ""


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Sister Province Jawa Tengah", 100, "Sister Province Jawa Tengah"),
        ("Sister Province Jawa Tengah", 20, "Sister Province…"),
        ("Sister Province - Queensland", 20, "Sister Province…"),
        ("Kesepakatan", 6, "Kesep…"),
    ],
)
def test_text_is_shortened_between_words(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
    assert len(shorten(text, limit)) <= limit


def test_register_values_become_one_harmless_line() -> None:
    assert clean("PT X\r\nBcc: all@example.org") == "PT X Bcc: all@example.org"
    assert clean("Biro\u2028Bcc:\x85x\x0by") == "Biro Bcc: x y"
    assert clean("a\x00b\x1b[31m") == "a b [31m"
    assert clean("abc\u202egnp.exe\u2066") == "abcgnp.exe"
    assert clean("half \ud800 character") == "half  character"
    assert clean("reminder-link:5") == "reminder-link :5"
    assert clean("x" * 5000, 100) == "x" * 99 + "…"
    assert clean("Festival 🎉👩‍👩‍👧") == "Festival 🎉👩‍👩‍👧"


def test_lines_are_at_most_72_columns_but_a_url_stays_whole() -> None:
    url = "https://pengingat.example.go.id/a/" + "x" * 90
    lines = wrap(f"Tautan {'kata ' * 40}{url} {'y' * 200}", 2).split("\n")
    assert f"  {url}" in lines
    assert all(len(line) <= WIDTH for line in lines if url not in line)
    assert "".join(lines).count("y") == 200


def test_no_line_begins_with_a_dash_and_no_date_is_torn() -> None:
    text = "MoU Sister Province Jawa Tengah - Queensland berakhir pada 6 Agustus 2024 " * 8
    for line in wrap(text).split("\n"):
        assert not line.startswith("- ")
        assert not line.startswith("Agustus")


def test_columns_hang_beside_their_labels() -> None:
    table = columns((("Mitra", "Queensland " * 9), ("Dasar hukum", "PP")))
    assert table.split("\n")[0].startswith("Mitra        Queensland")
    assert table.split("\n")[1].startswith("             Queensland")
    assert table.split("\n")[2] == "Dasar hukum  PP"
    assert columns(()) == ""


def test_tidy_leaves_one_empty_line_at_most() -> None:
    assert tidy("\n\na  \n\n\n\nb\n\n") == "a\n\nb\n"
