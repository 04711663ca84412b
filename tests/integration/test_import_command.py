"""``reminder import`` and ``export`` as a process: what they print and how they end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.registers import AGREEMENTS, SMALL, write_files

INSTANT = "2026-03-02T09:00:00+07:00"


def _reminder(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reminder", "--home", home, "--as-of", INSTANT, *arguments]
    return subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )


def test_import_shows_what_changes_first_and_then_changes_it(home: Path, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "register", SMALL)
    trial = _reminder(home, "import", "--dry-run", folder)
    assert (trial.returncode, trial.stderr) == (0, "")
    assert trial.stdout.splitlines() == [
        "                 added   changed unchanged   missing",
        "bureaus              1         0         0         0",
        "contacts             1         0         0         0",
        "agreements           1         0         0         0",
        "It would cause 1 mail today.",
        "Dry run: nothing was changed.",
    ]
    done = _reminder(home, "import", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Imported." in done.stdout
    again = _reminder(home, "import", folder)
    assert again.stdout.splitlines()[-1] == (
        "Nothing to change: the register has all of this already."
    )
    assert "H-90" in _reminder(home, "plan", "--json").stdout


def test_refused_import_names_every_mistake_on_standard_error(home: Path, tmp_path: Path) -> None:
    bad = AGREEMENTS.replace("KSDPL", "KSDX").replace("2021-05-31", "02/03/2026")
    told = _reminder(home, "import", write_files(tmp_path / "in", {**SMALL, "agreements": bad}))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.splitlines() == [
        'agreements.csv:2: KSD-1: kind: "KSDX" is not one of the words for this column; '
        "write one of KSDD, KSDLL, KSDPK, KSDPL",
        'agreements.csv:2: KSD-1: signed_on: "02/03/2026" is ambiguous; '
        "write 2026-03-02 if 2 is the day, or 2026-02-03 if 2 is the month",
        "2 mistakes found: nothing was imported.",
    ]


def test_missing_rows_are_said_to_be_kept(home: Path, tmp_path: Path) -> None:
    _reminder(home, "import", write_files(tmp_path / "register", SMALL))
    header = AGREEMENTS.splitlines()[0] + "\n"
    told = _reminder(home, "import", write_files(tmp_path / "in", {"agreements": header}))
    assert told.returncode == 0
    assert "missing from the files, kept in agreements: KSD-1" in told.stdout


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "ics"])
def test_export_writes_a_file(home: Path, tmp_path: Path, ending: str) -> None:
    _reminder(home, "import", write_files(tmp_path / "register", SMALL))
    file = tmp_path / f"agreements.{ending}"
    told = _reminder(home, "export", "agreements", file)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == f"{file}: 1 row of agreements.\n"
    assert file.stat().st_size > 20


def test_export_of_an_unknown_table_is_refused(home: Path, tmp_path: Path) -> None:
    told = _reminder(home, "export", "agremeents", tmp_path / "x.csv")
    assert told.returncode == 1
    assert told.stderr == 'There is no table "agremeents"; did you mean agreements?\n'


def test_import_without_a_path_is_wrong_usage(home: Path) -> None:
    assert _reminder(home, "import").returncode == 2
