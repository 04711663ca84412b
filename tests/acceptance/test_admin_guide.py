"""The blocks of text in the guides for admins are what the program prints."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.installed import PROGRAM, ROOT

GUIDE = (ROOT / "docs" / "admin-guide.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.M | re.S)
COMMANDS = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
FIRST_DAY = "2026-11-25"

SERVICE = """\
service:
  name: Pengingat Kerja Sama Kota Contoh
  admin: [admin.kerjasama@contoh.example.go.id]
"""
BUREAUS = "code,name\nKOTA,Bagian Kerja Sama Setda Kota Contoh\n"
CONTACTS = """\
email,bureau,role,name
pengelola@contoh.example.go.id,KOTA,officer,Pengelola Kerja Sama
kabag@contoh.example.go.id,KOTA,head,Kepala Bagian Kerja Sama
sekda@contoh.example.go.id,KOTA,secretary,Sekretaris Daerah
"""
AGREEMENTS = """\
ref,title,kind,instrument,bureau,partner,country,signed_on,term,expires_on,notice_period,\
report_cycle,leading_unit
MITRA-2022,MoU Kota Contoh - Kota Mitra,KSDPL,MoU,KOTA,Kota Mitra,Jepang,2022-06-01,5 years,,\
6 months,semester,Dinas Pendidikan
RS-2025,PKS layanan kesehatan,KSDPK,PKS,KOTA,RS Contoh,Indonesia,2025-03-31,,2027-03-31,,,\
Dinas Kesehatan
BARU-2026,MoU Kota Contoh - Kota Baru,KSDPL,MoU,KOTA,Kota Baru,Jepang,,,,,,
"""
STEPS = """\
agreement,step,started_on,done_on,document
BARU-2026,prakarsa,2026-02-02,2026-02-20,surat prakarsa
BARU-2026,penjajakan,2026-03-02,2026-04-10,laporan penjajakan
BARU-2026,konsultasi_pusat,2026-04-13,2026-06-05,surat konsultasi
BARU-2026,pernyataan_kehendak,2026-06-08,2026-07-01,LoI
BARU-2026,rencana_kerja_sama,2026-07-06,2026-10-30,RKS
"""
REPORT_DAYS = "[H-30, H-14, H-7, H-1, H, HK+1, HK+5, HK+10]"
FEWER_DAYS = "[H-45, H-14, H-1, H, HK+1, HK+5, HK+10]"


def texts() -> list[str]:
    return [block for language, block in BLOCKS if language == "text"]


def run(home: Path, command: str, day: str = FIRST_DAY) -> str:
    """What a command prints at nine in the morning of *day*, typed in the home."""
    ended = subprocess.run(
        [*PROGRAM, "--as-of", f"{day}T09:00:00+07:00", *shlex.split(command)[1:]],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        cwd=home,
        timeout=120,
    )
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout


def typed(home: Path, command: str, day: str = FIRST_DAY) -> str:
    """The same, for a command that stands in the guide."""
    assert command in COMMANDS
    return run(home, command, day)


def new_home(folder: Path, **tables: str) -> Path:
    """A home with these tables in its register."""
    register, home = folder / "register", folder / "home"
    register.mkdir(parents=True)
    home.mkdir()
    run(home, "reminder init")
    (home / "config" / "reminder.yaml").write_text(SERVICE, encoding="utf-8")
    for name, text in tables.items():
        (register / f"{name}.csv").write_text(text, encoding="utf-8")
    run(home, f"reminder import {register}")
    return home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the examples, with what the guide says about one agreement imported."""
    folder = tmp_path_factory.mktemp("guide")
    home = new_home(folder, bureaus=BUREAUS, contacts=CONTACTS, agreements=AGREEMENTS, steps=STEPS)
    own_days, opt_out = (block for language, block in BLOCKS if language == "csv")
    more = folder / "more"
    more.mkdir()
    (more / "agreements.csv").write_text(own_days, encoding="utf-8")
    (more / "opt_outs.csv").write_text(opt_out, encoding="utf-8")
    run(home, f"reminder import {more}")
    return home


def test_change_of_a_lead_time_shows_these_mails(home: Path) -> None:
    rules = (ROOT / "config" / "rules.yaml").read_text(encoding="utf-8")
    assert rules.count(REPORT_DAYS) == 1
    assert f"`lead_times: {FEWER_DAYS}`" in GUIDE
    (home / "config.new").mkdir()
    changed = rules.replace(REPORT_DAYS, FEWER_DAYS)
    (home / "config.new" / "rules.yaml").write_text(changed, encoding="utf-8")
    (home / "config.new" / "reminder.yaml").write_text(SERVICE, encoding="utf-8")
    assert typed(home, "reminder plan --against config.new") in texts()


def test_story_of_the_home_is_the_one_in_the_guide(home: Path) -> None:
    """From the import to the secretary: each line of these blocks is printed."""
    printed = run(home, "reminder why RS-2025")
    typed(home, "reminder step BARU-2026 persetujuan_dprd --started 2026-11-16")
    printed += typed(home, "reminder why BARU-2026")
    for day in (FIRST_DAY, "2026-11-30", "2026-12-02", "2026-12-03", "2026-12-09"):
        run(home, "reminder once", day)
    printed += run(home, "reminder why MITRA-2022", "2026-12-09")
    story = [
        block
        for block in texts()
        if not block.startswith(("With config.new", "MITRA-2022 expiry", "storm:"))
    ]
    assert len(story) == 3
    known = set(printed.splitlines())
    missing = [line for block in story for line in block.splitlines() if line not in known]
    assert missing == []


def test_answers_of_the_guide_can_be_given(tmp_path: Path) -> None:
    home = new_home(tmp_path, bureaus=BUREAUS, contacts=CONTACTS, agreements=AGREEMENTS)
    run(home, "reminder once")
    decision = "reminder decide MITRA-2022 renew --by kabag@contoh.example.go.id"
    assert typed(home, decision) in texts()
    answers = [line for line in COMMANDS if re.match("reminder (ack|snooze|done|handover) ", line)]
    assert len(answers) == 4
    for line in answers:
        day = "2027-01-20" if line.startswith("reminder done") else FIRST_DAY
        assert typed(home, line, day).startswith("MITRA-2022 ")


def test_storm_is_held_and_answered_like_this(tmp_path: Path) -> None:
    number = range(60)
    home = new_home(
        tmp_path,
        bureaus="code,name\n" + "".join(f"B-{n},Biro {n}\n" for n in number),
        contacts="email,bureau,role\n"
        + "".join(f"pengelola@b{n}.example.go.id,B-{n},officer\n" for n in number),
        agreements="ref,title,kind,bureau,partner,signed_on,expires_on,leading_unit\n"
        + "".join(
            f"PKS-{n},PKS {n},KSDPK,B-{n},Mitra {n},2026-11-02,2026-12-{1 + n % 28:02},Dinas\n"
            for n in number
        ),
        documents="agreement,type,number,date\n"
        + "".join(f"PKS-{n},naskah,119/{n}/2026,2026-11-02\n" for n in number),
    )
    run(home, "reminder once")
    assert run(home, "reminder held") in texts()
