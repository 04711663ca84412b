"""``import`` as a command: every kind of bad row named in one run, and nothing changed by it."""

from __future__ import annotations

from pathlib import Path

from tests.installed import ROOT, done, files_of, reminder, shown, tables_of
from tests.registers import SMALL, csv_text, write_files

HEADER = ["ref", "title", "kind", "bureau", "signed_on", "expires_on", "term", "lead_times"]
BAD = {
    "bureaus": "code,name,timezone\nB-02,Biro Dua,Asia/Jakrta\n",
    "contacts": "email,bureau,role\npetugas@biro@example.go.id,B-01,officer\na@x.id,B-07,officer\n",
    "agreements": csv_text(
        HEADER,
        [
            ["KSD-2", "", "KSDPL", "B-01", "", "", "", ""],
            ["KSD-3", "Tiga", "KSDPX", "B-01", "", "", "", ""],
            ["KSD-4", "Empat", "KSDPL", "B-01", "02/03/2026", "", "", ""],
            ["KSD-5", "Lima", "KSDPL", "B-01", "2026-05-31", "2025-05-31", "", ""],
            ["ksd-3", "Enam", "KSDPL", "B-01", "", "", "", ""],
            ["KSD-7", "Tujuh", "KSDPL", "B-01", "", "", "selamanya", ""],
            ["KSD-8", "Delapan", "KSDPL", "B-01", "", "31/02/2026", "", ""],
            ["KSD-9", "Sembilan", "KSDPL", "B-01", "", "", "", "H-90 H-3 bulan"],
        ],
    ),
    "reports": "agreement,period\nKSD-1,2026-S3\nKSD-99,2026-S1\n",
}
PLACES = [
    ("bureaus.csv:2", "timezone", "write Asia/Jakarta"),
    ("contacts.csv:2", "email", "petugas@biro@example.go.id"),
    ("contacts.csv:3", "bureau", '"B-07" is not in the register; import it first'),
    ("agreements.csv:2", "title", "is empty"),
    ("agreements.csv:3", "kind", "write KSDPL"),
    ("agreements.csv:4", "signed_on", "ambiguous"),
    ("agreements.csv:5", "expires_on", "before the signing"),
    ("agreements.csv:6", "ref", "agreements.csv:3"),
    ("agreements.csv:7", "term", "leave the cell empty"),
    ("agreements.csv:8", "expires_on", "31/02/2026"),
    ("agreements.csv:9", "lead_times", "H-90"),
    ("reports.csv:2", "period", "2026-S1"),
    ("reports.csv:3", "agreement", "KSD-99"),
]


def test_thirteen_kinds_of_bad_rows_are_named_in_one_run_and_nothing_changes(
    home: Path, tmp_path: Path
) -> None:
    done(home, "import", write_files(tmp_path / "good", SMALL))
    before = tables_of(home)
    bad = write_files(tmp_path / "bad", BAD)
    for options in ([], ["--dry-run"]):
        ended = reminder(home, "import", *options, bad)
        assert (ended.returncode, ended.stdout) == (1, "")
        *lines, summary = ended.stderr.splitlines()
        found = {
            place: line for place, _, _ in PLACES for line in lines if line.startswith(f"{place}: ")
        }
        assert len(lines) == len(found) == len(PLACES), ended.stderr
        for place, column, words in PLACES:
            assert f"{column}: " in found[place]
            assert words in found[place], found[place]
            assert "; " in found[place], "it says what to write instead"
        assert summary == "13 mistakes found: nothing was imported."
        assert tables_of(home) == before


def test_one_bad_row_among_the_sample_keeps_all_of_it_out(home: Path, tmp_path: Path) -> None:
    sample = ROOT / "reminder" / "sample" / "register"
    files = {path.stem: path.read_text(encoding="utf-8") for path in sample.glob("*.csv")}
    files["opt_outs"] += "NO-SUCH-AGREEMENT,report,x,\n"
    ended = reminder(home, "import", write_files(tmp_path / "in", files))
    assert ended.returncode == 1
    assert (
        'opt_outs.csv:3: NO-SUCH-AGREEMENT report: agreement: "NO-SUCH-AGREEMENT"' in ended.stderr
    )
    assert tables_of(home)["agreements"] == []


def test_same_import_twice_leaves_the_database_byte_for_byte(home: Path, tmp_path: Path) -> None:
    sample = ROOT / "reminder" / "sample" / "register"
    done(home, "import", sample)
    before = files_of(home)
    assert "Nothing to change" in done(home, "import", sample)
    assert files_of(home) == before


def test_trial_import_writes_nothing_and_counts_the_mails_of_today(
    home: Path, tmp_path: Path
) -> None:
    done(home, "db", "upgrade")
    before = files_of(home)
    told = done(home, "import", "--dry-run", write_files(tmp_path / "in", SMALL))
    assert files_of(home) == before
    assert "It would cause 1 mail today." in told
    done(home, "import", tmp_path / "in")
    done(home, "once")
    assert len(shown(home, "log")) == 1
