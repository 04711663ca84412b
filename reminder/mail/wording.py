"""Days, lengths, people and names as a mail writes them. Values in, phrases out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from reminder.agreements import RENEWAL_OF, Agreement
from reminder.calendars import Due, PartialDate, Span
from reminder.clock import zone
from reminder.mail.languages import words_for
from reminder.mail.plain_text import clean
from reminder.mail.words import Words

_ZONE_NAMES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
_UNITS = (
    "nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan",
    "sepuluh", "sebelas",
)  # fmt: skip
_INSTRUMENTS = (
    "loi", "mou", "msp", "moa", "kb", "pks", "loa", "letter of", "memorandum", "nota kesepahaman",
    "pernyataan kehendak", "kesepakatan bersama", "perjanjian", "piagam", "surat", "agreement",
)  # fmt: skip


@lru_cache(maxsize=4096)
def long_day(day: date, language: str) -> str:
    """``Selasa, 6 Agustus 2024``"""
    from babel.dates import format_date

    return format_date(day, "EEEE, d MMMM y", locale=language)


@lru_cache(maxsize=4096)
def short_day(day: date, language: str) -> str:
    """``6 Agustus 2024``"""
    from babel.dates import format_date

    return format_date(day, "d MMMM y", locale=language)


@lru_cache(maxsize=1024)
def month(day: date, language: str) -> str:
    """``Agustus 2024``"""
    from babel.dates import format_date

    return format_date(day, words_for(language).month_pattern, locale=language)


def clock_time(at: datetime, zone_name: str, words: Words) -> str:
    """``Selasa, 6 Agustus 2024, pukul 08.00 WIB``"""
    local = at.astimezone(zone(zone_name))
    name = _ZONE_NAMES.get(zone_name) or local.tzname() or ""
    day = long_day(local.date(), words.language)
    return f"{day}, {words.clock.format(local)} {name}".rstrip()


def partial_day(day: PartialDate, words: Words) -> str:
    """As much as is known, and no more: ``6 Agustus 2019``, ``Mei 2017``, ``2003``."""
    if day.day is not None:
        return short_day(day.first, words.language)
    return month(day.first, words.language) if day.month is not None else f"{day.year}"


def when_partial(day: PartialDate, words: Words) -> str:
    """``pada tanggal 6 Agustus 2019``, ``pada bulan Mei 2017``, ``pada tahun 2003``"""
    if day.day is not None:
        return words.when_date.format(short_day(day.first, words.language))
    if day.month is not None:
        return words.when_month.format(month(day.first, words.language))
    return words.when_year.format(words.year.format(day.year))


@dataclass(frozen=True, slots=True)
class DueWords:
    """One due date in the forms that sentences need."""

    short: str
    """``6 Agustus 2024``, ``Mei 2024``, ``tahun 2024``"""
    when_short: str
    """The same with its preposition: ``pada 6 Agustus 2024``, ``in May 2024``"""
    day: str
    """With the weekday: ``Selasa, 6 Agustus 2024``"""
    when: str
    """``pada hari Selasa, 6 Agustus 2024``, ``pada bulan Mei 2024``"""
    by: str
    """As it follows "at the latest": ``hari Selasa, 6 Agustus 2024``, ``bulan Mei 2024``"""


@lru_cache(maxsize=4096)
def due_words(due: Due, language: str) -> DueWords:
    """How a due date is written, full, partial, or an interval."""
    words = words_for(language)
    if due.first == due.last:
        short, day = short_day(due.first, language), long_day(due.first, language)
        return DueWords(
            short=short,
            when_short=words.when_day_short.format(short),
            day=day,
            when=words.when_day.format(day),
            by=words.by_weekday.format(day),
        )
    try:
        partial = PartialDate.parse(due.text)
    except ValueError:
        between = words.between.format(
            short_day(due.first, language), short_day(due.last, language)
        )
        return DueWords(between, between, between, between, between)
    if partial.month is not None:
        short = month(due.first, language)
        when, by = words.when_month.format(short), words.by_month.format(short)
    else:
        short = by = words.year.format(partial.year)
        when = words.when_year.format(short)
    return DueWords(short, when, short, when, by)


def days_between(due: Due, today: date, words: Words) -> str:
    """``90 hari kalender lagi``, ``hari ini``, ``5 hari kalender yang lalu``.

    Empty within a month or year of which no more is known than that the day lies in it.
    """
    exact = due.first == due.last
    if today < due.first:
        left = counted(words.days_left, (due.first - today).days)
        if exact:
            return left
        return words.counted_from.format(left, short_day(due.first, words.language))
    if today > due.last:
        ago = counted(words.days_ago, (today - due.last).days)
        if exact:
            return ago
        return words.counted_since.format(ago, short_day(due.last, words.language))
    return words.today if exact else ""


def act_by(due: Due, today: date, words: Words) -> str:
    """By when the one action is asked for."""
    exact = due.first == due.last
    if today < due.first:
        if exact:
            return words.by_day.format(long_day(due.first, words.language))
        return words.before_day.format(short_day(due.first, words.language))
    if exact and today == due.first:
        return words.by_today.format(long_day(due.first, words.language))
    return words.at_once


def counted(forms: tuple[str, str], number: int) -> str:
    """*number* with the singular or plural that belongs to it."""
    return forms[0 if number == 1 else 1].format(number)


def listed(parts: Sequence[str], words: Words) -> str:
    """``a, b, dan c`` · ``a, b and c``"""
    if len(parts) < 2:
        return "".join(parts)
    comma = "," if words.serial_comma and len(parts) > 2 else ""
    return f"{', '.join(parts[:-1])}{comma} {words.conjunction} {parts[-1]}"


def length(span: Span, words: Words) -> str:
    """``5 (lima) tahun``, ``6 months``; Indonesian offices write numbers twice."""
    if span.months and span.months % 12 == 0:
        count, unit = span.months // 12, "year"
    elif span.months:
        count, unit = span.months, "month"
    else:
        count, unit = span.days, "day"
    return f"{number(count, words)} {words.spans[unit][0 if count == 1 else 1]}"


def number(count: int, words: Words) -> str:
    """``5 (lima)`` in Indonesian, ``5`` in English."""
    return f"{count} ({spelled(count)})" if words.language == "id" and count < 1000 else f"{count}"


def spelled(number: int) -> str:
    """A number from 0 to 999 in Indonesian words."""
    if number < 12:
        return _UNITS[number]
    if number < 20:
        return f"{spelled(number - 10)} belas"
    if number < 100:
        tens, rest = f"{spelled(number // 10)} puluh", number % 10
    else:
        tens = "seratus" if number < 200 else f"{spelled(number // 100)} ratus"
        rest = number % 100
    return f"{tens} {spelled(rest)}" if rest else tens


def agreement_name(agreement: Agreement) -> str:
    """The title, with its instrument in front where the title does not name one itself.

    What a renewal on its way is called by stays before both: ``Pembaruan: MoU Sister Province``.
    """
    title, instrument = clean(agreement.title), clean(agreement.instrument, 60)
    known = (*_INSTRUMENTS, instrument.casefold()) if instrument else _INSTRUMENTS
    name = title.removeprefix(RENEWAL_OF)
    if not instrument or name.casefold().startswith(known):
        return title
    return f"{title[: len(title) - len(name)]}{instrument} {name}"


def parties(agreement: Agreement, words: Words) -> str:
    """`` antara A dan B``, as much of it as is known; begins with a space or is empty."""
    own, partner = clean(agreement.local_party, 200), clean(agreement.partner, 200)
    if own and partner:
        return words.from_to.format(own, partner)
    if partner:
        # "MoU dengan Kota Kyoto dengan Kota Kyoto" would name the partner twice.
        is_in_title = partner.casefold() in clean(agreement.title).casefold()
        return "" if is_in_title else words.with_partner.format(partner)
    return words.own_party.format(own) if own else ""


def period_words(key: str, words: Words) -> tuple[str, str]:
    """A report period, long and short: ``Semester I Tahun 2026``, ``Semester I 2026``."""
    year, _, part = key.partition("-")
    forms = words.periods.get(part or "year")
    if forms is None:
        return clean(key), clean(key)
    return forms[0].format(clean(year)), forms[1].format(clean(year))


def role_name(role: str, words: Words) -> str:
    """A role within a sentence; one without words of its own as the policy names it."""
    return words.roles.get(role) or clean(role).replace("_", " ")


def head_title(office: str, words: Words) -> str:
    """``Kepala Biro Pemerintahan``, ``Pimpinan Sekretariat Daerah``; empty without an office."""
    if not office:
        return ""
    is_unit = office.casefold().split(" ", 1)[0] in words.unit_words
    return (words.head_of if is_unit else words.head_of_unit).format(office)


def holder_of(role: str, office: str, words: Words) -> str:
    """Whoever has a role, within a sentence; *office* is theirs where it is one above."""
    above = clean(office, 160)
    if not above:
        return role_name(role, words)
    if role in ("head", "parent"):
        return words.of_parent.format(head_title(above, words))
    held = words.role_at.format(role=role_name(role, words), office=above)
    return words.of_parent.format(held)
