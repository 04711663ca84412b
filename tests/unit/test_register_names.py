"""Names of files, sheets and headers, in English and Indonesian."""

from __future__ import annotations

import pytest

from reminder.register.agreements_table import AGREEMENTS
from reminder.register.names import plain, read_header, table_of
from reminder.register.tables import CONTACTS, TABLES
from reminder.storage.tables import metadata


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("agreements", "agreements"),
        ("Agreements", "agreements"),
        ("kerja_sama", "agreements"),
        ("Kerja Sama", "agreements"),
        ("perjanjian", "agreements"),
        ("agreements-2026", "agreements"),
        ("Kerja Sama (lama)", "agreements"),
        ("follow_ups", "follow_ups"),
        ("follow-ups", "follow_ups"),
        ("Tindak Lanjut", "follow_ups"),
        ("biro", "bureaus"),
        ("kontak", "contacts"),
        ("laporan", "reports"),
        ("opt_outs", "opt_outs"),
    ],
)
def test_file_name_says_the_table(name: str, table: str) -> None:
    found = table_of(name)
    assert found is not None
    assert found.name == table


@pytest.mark.parametrize("name", ["data", "Sheet1", "", "my agreements"])
def test_other_file_name_says_no_table(name: str) -> None:
    assert table_of(name) is None


def test_headers_are_read_in_both_languages_whatever_case_and_spaces() -> None:
    cells = ["Nomor", "JUDUL", "Jenis Kerja Sama", "biro", "Tanggal Penandatanganan", "expires on"]
    header, problems = read_header(AGREEMENTS, cells)
    assert [column.name for _, column, _ in header] == [
        "ref", "title", "kind", "bureau", "signed_on", "expires_on",
    ]  # fmt: skip
    assert not problems


def test_every_mistake_of_a_header_is_named() -> None:
    _, problems = read_header(CONTACTS, ["email", "surel", "bureua", "jabatan", "zzz"])
    told = {problem.column: f"{problem.message}; {problem.hint}" for problem in problems}
    assert "twice" in told["email"]
    assert "write bureau" in told["bureua"]
    assert "delete the column" in told["zzz"]
    assert "lacks" in told["bureau"]


def test_no_alias_means_two_columns_of_one_table() -> None:
    for table in TABLES.values():
        names = [
            name
            for column in table.columns
            for name in {plain(alias) for alias in (column.name, *column.aliases)}
        ]
        assert sorted(set(names)) == sorted(names), table.name


def test_no_name_means_two_tables() -> None:
    names = [plain(name) for table in TABLES.values() for name in (table.name, *table.aliases)]
    assert sorted(set(names)) == sorted(names)


def test_columns_are_those_of_the_database() -> None:
    own = {"ref_key", "code_key", "entered_on", "replan_on"}
    for table in TABLES.values():
        stored = metadata.tables[table.name]
        assert set(table.names) == {column.name for column in stored.columns} - own
        assert table.key == tuple(column.name for column in stored.primary_key)
        for column in table.columns:
            assert (column.empty is None) == bool(stored.c[column.name].nullable) or column.required


def test_checks_keep_to_the_length_of_the_database_columns() -> None:
    for table in TABLES.values():
        for column in table.columns:
            length = getattr(metadata.tables[table.name].c[column.name].type, "length", None)
            if length is not None and not column.is_address and not column.is_day:
                with pytest.raises(ValueError, match=";"):
                    column.check("x" * (length + 1))
