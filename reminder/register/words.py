"""Cells that hold one of a few words, in English or Indonesian, and roles, zones and periods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from reminder.agreements import KINDS, AgreementStatus, ReportCycle
from reminder.near_names import near_name
from reminder.register.text import CellError, Check, clean, shown

_SURE = 0.8
"""How like a word must be to be offered alone, where all of them can be listed."""
_SEPARATORS = re.compile(r"[\s_\-./]+")


def _plain(value: str) -> str:
    return _SEPARATORS.sub(" ", value).strip().casefold()


def word_check(words: Mapping[str, str], special: Mapping[str, str] | None = None) -> Check:
    """A check for one of *words* (written form -> stored form).

    *special* holds words that people write and that need a hint of their own.
    """
    known = {_plain(stored): stored for stored in words.values()}
    known |= {_plain(written): stored for written, stored in words.items()}
    hints = {_plain(written): hint for written, hint in (special or {}).items()}

    @lru_cache(maxsize=1_024)
    def check(raw: str) -> str:
        value = _plain(clean(raw, 200))
        if value in known:
            return known[value]
        hint = hints.get(value)
        if hint is None:
            near = near_name(value, known, likeness=_SURE)
            choices = sorted({word for word in words.values() if word})
            hint = (
                f"write {known[near]}"
                if near is not None and known[near]
                else "write one of " + ", ".join(choices)
            )
        raise CellError(f"{shown(raw)} is not one of the words for this column", hint)

    return check


kind = word_check({name: name for name in KINDS})

_COMPUTED = "leave the cell empty: the service computes that from the dates"
status = word_check(
    {
        **{value: value for value in AgreementStatus},
        "active": "",
        "aktif": "",
        "berlaku": "",
        "tidak diperpanjang": "not_renewing",
        "dihentikan": "terminated",
        "diakhiri": "terminated",
        "diganti": "replaced",
        "digantikan": "replaced",
        "dorman": "dormant",
        "tidak aktif": "dormant",
    },
    {
        "akan berakhir": _COMPUTED,
        "berakhir": _COMPUTED,
        "sudah berakhir": _COMPUTED,
        "expired": _COMPUTED,
        "expiring": _COMPUTED,
        "kedaluwarsa": _COMPUTED,
    },
)
report_cycle = word_check(
    {
        **{value: value for value in ReportCycle},
        "semesteran": "semester",
        "per semester": "semester",
        "enam bulanan": "semester",
        "tahunan": "annual",
        "per tahun": "annual",
        "yearly": "annual",
        "triwulan": "quarter",
        "triwulanan": "quarter",
        "per triwulan": "quarter",
        "quarterly": "quarter",
        "tidak ada": "none",
        "tanpa laporan": "none",
    }
)
language = word_check(
    {
        "id": "id",
        "indonesia": "id",
        "bahasa indonesia": "id",
        "indonesian": "id",
        "en": "en",
        "inggris": "en",
        "bahasa inggris": "en",
        "english": "en",
    }
)
activity_type = word_check(
    {
        "surat keluar": "letter_out",
        "surat masuk": "letter_in",
        "rapat": "meeting",
        "pertemuan": "meeting",
        "kunjungan": "visit",
        "pertukaran": "exchange",
        "seremoni": "ceremony",
        "upacara": "ceremony",
        "penandatanganan": "ceremony",
        "lainnya": "other",
        "lain lain": "other",
    }
)
answer = word_check(
    {
        "yes": "yes",
        "ya": "yes",
        "no": "no",
        "tidak": "no",
        "na": "na",
        "n/a": "na",
        "tidak berlaku": "na",
    }
)

INSTRUMENTS = ("LoI", "MoU", "MSP", "MoA", "LoA", "KB", "PKS")
_INSTRUMENTS = {name.casefold(): name for name in INSTRUMENTS}


def instrument(raw: str) -> str:
    """The well-known instruments in their usual spelling, any other as written."""
    value = clean(raw, 64)
    return _INSTRUMENTS.get(value.casefold(), value)


_ROLES = {
    "kepala": "head",
    "kepala_biro": "head",
    "kepala_bagian": "head",
    "pimpinan": "head",
    "petugas": "officer",
    "staf": "officer",
    "pengelola": "officer",
    "penanggung_jawab": "officer",
    "sekretaris": "secretary",
    "sekretaris_daerah": "secretary",
    "sekda": "secretary",
}
_ROLE = re.compile(r"[a-z]+(?:_[a-z]+)*", re.ASCII)


@lru_cache(maxsize=1_024)
def role(raw: str) -> str:
    """A role's name: small letters and underscores."""
    value = re.sub(r"[\s_-]+", "_", clean(raw, 64).lower()).strip("_")
    if not _ROLE.fullmatch(value):
        raise CellError(
            f"{shown(raw)} is not a role",
            "write letters only, for example officer, head, secretary",
        )
    return _ROLES.get(value, value)


_ZONES = {
    "wib": "Asia/Jakarta",
    "wita": "Asia/Makassar",
    "wit": "Asia/Jayapura",
    "waktu indonesia barat": "Asia/Jakarta",
    "waktu indonesia tengah": "Asia/Makassar",
    "waktu indonesia timur": "Asia/Jayapura",
    "utc+7": "Asia/Jakarta",
    "utc+8": "Asia/Makassar",
    "utc+9": "Asia/Jayapura",
}
_OFFSETS = ("utc", "gmt")


@lru_cache(maxsize=1_024)
def timezone(raw: str) -> str:
    """An IANA zone; WIB, WITA and WIT stand for Jakarta, Makassar and Jayapura."""
    value = clean(raw, 64)
    folded = value.casefold()
    if folded in _ZONES and not folded.startswith(_OFFSETS):
        return _ZONES[folded]
    if value in _ZONES.values():
        return value  # without loading the list of all zones
    known = _zone_names()
    if folded in known:
        return known[folded]
    if folded.startswith(_OFFSETS):
        named = _ZONES.get(folded.replace("gmt", "utc").replace(" ", ""))
        hint = f"write {named}" if named else "write a place, for example Asia/Jakarta"
    else:
        near = near_name(value, known.values())
        hint = f"write {near}" if near else "write WIB, WITA, WIT or a place like Asia/Jakarta"
    raise CellError(f"{shown(raw)} is not a time zone", hint)


@lru_cache(maxsize=1)
def _zone_names() -> dict[str, str]:
    from zoneinfo import available_timezones

    names = sorted(available_timezones() - {"Factory", "localtime"})
    return {name.casefold(): name for name in names}


_PERIOD = re.compile(r"(?P<y>\d{4})(?:[ _-]?(?P<part>S[12]|Q[1-4]))?", re.ASCII)
_PERIOD_IN_WORDS = re.compile(
    r"(?P<unit>semester|smt|triwulan|tw|quarter)\.?\s*(?P<n>iv|i{1,3}|[1-4])\s*,?\s*(?:tahun\s*)?(?P<y>\d{4})",
    re.ASCII | re.IGNORECASE,
)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@lru_cache(maxsize=1_024)
def period(raw: str) -> str:
    """A report period: ``2026-S1``, ``2026-Q3`` or ``2026``."""
    value = clean(raw, 64)
    match = _PERIOD.fullmatch(value.upper())
    if match is not None and 1900 <= int(match["y"]) <= 2199:
        return match["y"] + (f"-{match['part']}" if match["part"] else "")
    hint = "write 2026-S1 for a half year, 2026-Q3 for a quarter, 2026 for a year"
    if words := _PERIOD_IN_WORDS.fullmatch(value):
        letter = "S" if words["unit"].lower().startswith("s") else "Q"
        number = _ROMAN.get(words["n"].lower()) or int(words["n"])
        if letter == "Q" or number <= 2:
            hint = f"write {words['y']}-{letter}{number}"
    raise CellError(f"{shown(raw)} is not a report period", hint)


_BUDGET_YEAR = re.compile(r"(?:19|20|21)\d\d", re.ASCII)


def budget_year(raw: str) -> str:
    """A calendar year."""
    value = clean(raw, 64)
    if not _BUDGET_YEAR.fullmatch(value):
        raise CellError(f"{shown(raw)} is not a year", "write four digits, for example 2026")
    return value
