"""Columns of the register: what a cell may hold, and what else people call the column.

``aliases`` are Indonesian headers and other spellings; headers are compared without case,
spaces and underscores.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from reminder.register import addresses, days
from reminder.register.keys import key_check
from reminder.register.text import LONGEST_TITLE, Check, text_check


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``empty`` is what the database holds for an empty cell."""

    name: str
    check: Check
    aliases: tuple[str, ...] = ()
    required: bool = False
    empty: str | None = ""
    refers_to: str = ""
    """The table whose key this column names."""

    @property
    def is_day(self) -> bool:
        """Whether a number from a spreadsheet can be a year or a day here."""
        return self.check in (days.partial_date, days.full_date)

    @property
    def is_address(self) -> bool:
        """Whether the column holds a mail address."""
        return self.check is addresses.email


@dataclass(frozen=True)
class TableSpec:
    """One table of the register: its columns, key first, and names of files and sheets for it."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """The columns by their name."""
        return {column.name: column for column in self.columns}


TEXT = text_check()
LINES = text_check(lines=True)
"""Text that may run over several lines."""
TITLE = text_check(LONGEST_TITLE)


def key_column(name: str, *aliases: str) -> Column:
    """A record's own key, or part of it."""
    return Column(name, key_check(), aliases, required=True)


def day_column(name: str, *aliases: str) -> Column:
    """A day that may be known in part only: ``2024``, ``2024-05``."""
    return Column(name, days.partial_date, aliases, empty=None)


def full_day_column(name: str, *aliases: str) -> Column:
    """A day that must be known whole."""
    return Column(name, days.full_date, aliases, empty=None)


def bureau_column(*, required: bool) -> Column:
    """The code of the bureau that a record belongs to."""
    aliases = ("biro", "kode_biro", "unit", "unit_kerja", "bagian", "biro_penanggung_jawab")
    return Column("bureau", key_check(), aliases, required, None, refers_to="bureaus")


def agreement_column(*, required: bool = True) -> Column:
    """The ref of the agreement that a record belongs to."""
    aliases = (
        "perjanjian",
        "kerja_sama",
        "ref",
        "nomor_perjanjian",
        "nomor_kerja_sama",
        "kode_kerja_sama",
        "kode_perjanjian",
    )
    return Column("agreement", key_check(), aliases, required, None, refers_to="agreements")


def officer_column() -> Column:
    """The address of the person in charge of just this record."""
    aliases = ("petugas", "email_petugas", "pic", "penanggung_jawab", "surel_petugas")
    return Column("officer", addresses.email, aliases, empty=None)


def evidence_column() -> Column:
    return Column("evidence", TEXT, ("bukti", "bukti_dukung", "tanda_terima", "bukti_laporan"))


def due_on_column() -> Column:
    return day_column(
        "due_on", "tenggat", "batas_waktu", "jatuh_tempo", "tanggal_tenggat", "tgl_tenggat"
    )


def done_on_column() -> Column:
    return day_column("done_on", "selesai", "tanggal_selesai", "tgl_selesai", "diselesaikan")
