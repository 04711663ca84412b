"""Digests as their readers get them: ``once`` from cron over some weeks, into a Maildir."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from reminder.cli.home import make_home
from tests.installed import body_of, done, mails_of, reminder, rows_of, shown, tables_of
from tests.registers import write_files

if TYPE_CHECKING:
    from email.message import EmailMessage

ADMIN, OFFICER = "admin@biro.example.go.id", "petugas@biro.example.go.id"
HEAD, CULTURE = "kepala@biro.example.go.id", "budaya@biro.example.go.id"
REGISTER = {
    "bureaus": (
        "code,name,timezone,language,parent\n"
        "B-01,Biro Kerja Sama,Asia/Jakarta,id,\n"
        "B-02,Dinas Kebudayaan,Asia/Jakarta,id,B-01\n"
    ),
    "contacts": (
        "email,bureau,role,name\n"
        f"{OFFICER},B-01,officer,Siti Rahma\n{HEAD},B-01,head,Budi\n{CULTURE},B-02,officer,Ani\n"
    ),
    "agreements": (
        "ref,title,kind,bureau,partner,signed_on,expires_on,report_cycle\n"
        "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-05-31,2026-05-31,semester\n"
        "KSD-2,Kerja sama seni,KSDPL,B-02,Kyoto,2022-05-31,2027-03-31,semester\n"
        "KSD-3,Kerja sama kopi,KSDPL,B-02,Jeonbuk,2022-05-31,,semester\n"
    ),
    "reports": "agreement,period,submitted_on,evidence\nKSD-1,2025-S2,2026-01-20,surat 1\n",
}


def on(day: str, clock: str = "09:00:00") -> str:
    return f"{day}T{clock}+07:00"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A home as ``init`` makes it, with two bureaus and three agreements."""
    home = tmp_path / "home"
    make_home(home)
    done(home, "import", write_files(tmp_path / "register", REGISTER), at=on("2026-01-02"))
    return home


def digests(home: Path, start: str) -> list[EmailMessage]:
    """The digests whose subject begins so, the first one first."""
    found = [mail for mail in mails_of(home) if mail["Subject"].startswith(start)]
    return sorted(found, key=lambda mail: (mail["Date"].datetime, mail["To"]))


def test_weeks_of_once_bring_each_digest_on_its_day(office: Path) -> None:
    made: dict[str, str] = {}
    for day in ("2026-01-02", "2026-01-05", "2026-01-06", "2026-01-10", "2026-01-12", "2026-02-02"):
        said = done(office, "once", at=on(day))
        made[day] = next((x for x in said.splitlines() if x.startswith("Digests: ")), "")
    assert made == {
        "2026-01-02": "Digests: 1 daily.",
        "2026-01-05": "Digests: 1 daily, 2 weekly.",
        "2026-01-06": "Digests: 1 daily.",
        "2026-01-10": "",
        "2026-01-12": "Digests: 1 daily, 2 weekly.",
        "2026-02-02": "Digests: 1 daily, 2 weekly, 1 semester.",
    }
    numbers = [mail["Subject"].partition("]")[0] for mail in digests(office, "[Harian")]
    assert numbers == [f"[Harian {number}" for number in range(1, 6)]
    assert Counter(mail["To"].addresses[0].addr_spec for mail in digests(office, "Pekan")) == {
        OFFICER: 3,
        CULTURE: 3,
    }
    (semester,) = digests(office, "Rekapitulasi")
    assert semester["To"].addresses[0].addr_spec == HEAD
    assert semester["Subject"] == "Rekapitulasi kerja sama daerah Semester II Tahun 2025"


def test_semester_s_chart_and_table_say_what_the_register_says(office: Path) -> None:
    for day in ("2026-01-30", "2026-02-02"):
        done(office, "once", at=on(day))
    (mail,) = digests(office, "Rekapitulasi")
    text = " ".join(body_of(mail).split())
    assert "laporan tepat waktu 1, terlambat 0, belum disampaikan 2." in text
    assert "Dinas Kebudayaan 0 0 2 Biro Kerja Sama 1 0 0 Jumlah 1 0 2" in text
    html = body_of(mail, "html")
    assert "Dinas Kebudayaan: 0 tepat waktu, 0 terlambat, 2 belum" in html
    (image,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert f"cid:{image['Content-ID'].strip('<>')}" in html
    assert Image.open(BytesIO(image.get_content())).format == "PNG"
    reports = shown(office, "status", at=on("2026-02-02"))["reports"]
    assert reports == {
        "semester": "2025-S2",
        "on_time": 1,
        "late": 0,
        "missing": 2,
        "by_bureau": {
            "B-01": {"on_time": 1, "late": 0, "missing": 0},
            "B-02": {"on_time": 0, "late": 0, "missing": 2},
        },
    }
    assert "reports          2025-S2: 1 on time, 0 late, 2 missing" in done(
        office, "status", at=on("2026-02-02")
    )


def test_late_report_is_late_for_ever_and_no_longer_missing(office: Path) -> None:
    done(office, "once", at=on("2026-02-02"))
    done(
        office, "report", "KSD-2", "2025-S2", "--on", "2026-02-03", "--evidence", "surat 2",
        at=on("2026-02-03"),
    )  # fmt: skip
    reports = shown(office, "status", at=on("2026-06-30"))["reports"]
    assert (reports["on_time"], reports["late"], reports["missing"]) == (1, 1, 1)


def test_second_run_of_a_day_makes_and_sends_nothing(office: Path) -> None:
    done(office, "once", at=on("2026-01-05"))
    before = tables_of(office)
    again = done(office, "once", at=on("2026-01-05"))
    assert "Digests" not in again
    assert "Delivered: nothing to send now." in again
    assert tables_of(office) == before


def test_cron_before_the_window_makes_none_and_the_run_inside_it_does(office: Path) -> None:
    assert "Digests" not in done(office, "once", at=on("2026-01-05", "06:00:00"))
    assert "Digests: 1 daily, 2 weekly." in done(office, "once", at=on("2026-01-05"))


def test_daily_digest_tells_the_day_before_and_names_the_chain_s_head(office: Path) -> None:
    done(office, "once", at=on("2026-01-05"))
    sent = shown(office, "status", at=on("2026-01-05"))["messages"]["sent"]
    head = shown(office, "status", at=on("2026-01-05"))["chain"]
    done(office, "once", at=on("2026-01-06"))
    text = " ".join(body_of(digests(office, "[Harian 2]")[0]).split())
    assert f"{sent} terkirim" in text
    assert f"UJUNG RANTAI CATATAN TERSEGEL {head['number']}:{head['hash']}" in text


def test_finding_that_was_mended_is_named_in_the_next_week_s_digest(
    office: Path, tmp_path: Path
) -> None:
    done(office, "once", at=on("2026-01-05"))
    mended = REGISTER["agreements"].replace("2022-05-31,,", "2022-05-31,2028-05-31,")
    folder = write_files(tmp_path / "mended", {"agreements": mended})
    done(office, "import", folder, at=on("2026-01-07"))
    for day in ("2026-01-07", "2026-01-12", "2026-01-19"):
        done(office, "once", at=on(day))
    texts = [" ".join(body_of(mail).split()) for mail in digests(office, "Pekan")]
    named = [text for text in texts if "TELAH SELESAI SEJAK RINGKASAN SEBELUMNYA" in text]
    assert len(named) == 1
    assert "Kerja sama kopi: Tanggal berakhir kerja sama belum tercatat" in named[0]


def test_digests_can_be_switched_off(office: Path) -> None:
    with (office / "config/reminder.yaml").open("a") as file:
        file.write("digests: {officer: none, admin: none}\n")
    said = done(office, "once", at=on("2026-02-02"))
    assert "Digests: 1 semester." in said


def test_preview_shows_a_digest_without_recording_it(office: Path, tmp_path: Path) -> None:
    done(office, "once", at=on("2026-02-02"))
    before = tables_of(office)
    page = tmp_path / "semester.html"
    at = on("2026-02-03")
    said = done(office, "preview", "--digest", "semester", "--html", page, at=at)
    assert said.startswith(f"To: {HEAD}\nSubject: Rekapitulasi kerja sama daerah Semester II")
    assert 'src="data:image/png;base64,' in page.read_text()
    weekly = done(office, "preview", "--digest", "weekly", "--to", CULTURE, at=at)
    assert weekly.startswith(f"To: {CULTURE}\nSubject: Pekan ini: ")
    assert done(office, "preview", "--digest", "daily", at=at).startswith(f"To: {ADMIN}\n")
    assert tables_of(office) == before
    nobody = reminder(office, "preview", "--digest", "weekly", "--to", "x@y.go.id", at=at)
    assert nobody.returncode == 1
    assert f"others are: {CULTURE}, {OFFICER}" in nobody.stderr
    assert reminder(office, "preview", "--digest", "weekly", "RULE", at=at).returncode == 2


def test_backup_of_the_database_holds_the_chart(office: Path, tmp_path: Path) -> None:
    for day in ("2026-01-30", "2026-02-02"):
        done(office, "once", at=on(day))
    file = tmp_path / "backup.db"
    done(office, "db", "backup", file, at=on("2026-02-02"))
    kept = rows_of(office, "SELECT message_id, data FROM attachments")
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("SELECT message_id, data FROM attachments").fetchall() == kept
    assert len(kept) == 1
