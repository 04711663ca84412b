"""``check`` and ``status`` show what the register lacks, by gravity, and what ends it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registers import BUREAUS, CONTACTS, write_files

ROOT = Path(__file__).parents[2]
AS_OF = "2026-03-02T09:00:00+07:00"
AGREEMENTS = (
    "ref,title,kind,instrument,bureau,local_party,partner,signed_on,expires_on,legal_basis\n"
    "KSD-1,Kerja sama pendidikan,KSDPL,MoU,B-01,Jateng,Queensland,2021-05-31,2027-05-31,\n"
    "KSD-2,Kerja sama kesehatan,KSDPL,MoU,B-01,Jateng,Queensland,2017-05-31,2027-05-31,PP 50/2007\n"
)
DOCUMENTS = (
    "agreement,type,number,date\n"
    "KSD-2,naskah,119/12/KSD/2017,2017-05-31\n"
    "KSD-2,penyerahan_naskah_asli,,2017-06-30\n"
)


def reminder(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(home), "--as-of", AS_OF, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
        cwd=ROOT,
    )
    return done.stdout


@pytest.fixture
def filled(home: Path, tmp_path: Path) -> Path:
    """A home with two agreements, one of which lacks its papers."""
    tables = {
        "bureaus": BUREAUS, "contacts": CONTACTS, "agreements": AGREEMENTS, "documents": DOCUMENTS,
    }  # fmt: skip
    reminder(home, "import", str(write_files(tmp_path / "register", tables)))
    return home


def test_open_findings_stand_in_check_the_gravest_first_with_what_ends_them(filled: Path) -> None:
    problems = json.loads(reminder(filled, "check", "--json"))
    told = [one for one in problems if one["file"] == "register" and one["key"]]
    gravity = [one["message"].partition(",")[0] for one in told]

    assert gravity == sorted(gravity, key=["urgent", "action", "info"].index)
    assert {one["level"] for one in told} == {"warning"}
    papers = next(one for one in told if one["key"] == "ADMIN_INCOMPLETE")
    assert papers == {
        "file": "register",
        "line": None,
        "key": "ADMIN_INCOMPLETE",
        "level": "warning",
        "message": "action, on 1 agreement (KSD-1): Papers are missing or contradict each other",
        "hint": "Please complete or correct these items and record them. See reminder why REF",
    }
    basis = next(one for one in told if one["key"] == "LEGACY_BASIS")
    assert basis["message"].startswith("info, on 1 agreement (KSD-2): ")


def test_records_of_one_agreement_stand_in_check(filled: Path) -> None:
    text = reminder(filled, "check")
    assert "same parties, kind and instrument twice: 1 case (KSD-1 = KSD-2)" in text


def test_status_counts_findings_by_code_and_gravity(filled: Path) -> None:
    shown = json.loads(reminder(filled, "status", "--json"))
    assert shown["findings"]["ADMIN_INCOMPLETE"] == 1
    assert shown["findings"]["LEGACY_BASIS"] == 1
    assert sum(shown["severities"].values()) == sum(shown["findings"].values())
    assert set(shown["severities"]) == {"urgent", "action", "info"}

    text = reminder(filled, "status")
    line = next(line for line in text.splitlines() if line.startswith("open findings"))
    assert "1 ADMIN_INCOMPLETE" in line
    assert "info" in line.partition("(")[2]
