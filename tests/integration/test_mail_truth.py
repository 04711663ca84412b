"""From the register to the mail: nothing is said that the register does not hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from jobs.deliver import deliver
from jobs.importing import import_files
from jobs.scan import scan
from jobs.touched import plan_touched
from reminder.storage import tables
from tests.registers import context_for, without_findings, write_files

if TYPE_CHECKING:
    from reminder.storage.engine import Database

REGISTER = {
    "bureaus": (
        "code,name,timezone,language,parent\n"
        "INDUK,Sekretariat Daerah,Asia/Jakarta,id,\n"
        "ANAK,Bagian Kerja Sama,Asia/Jakarta,id,INDUK\n"
        "JAUH,Bureau of the East,Asia/Jayapura,en,\n"
    ),
    "contacts": "email,bureau,role,name\nsri@example.go.id,INDUK,officer,Ibu Sri\n",
    "agreements": (
        "ref,title,kind,bureau,partner,signed_on,expires_on,report_cycle\n"
        "KSD-1,MoU dengan Kota Kyoto,KSDPL,ANAK,Kota Kyoto,2021-05-31,2026-05-31,\n"
        "KSD-2,Pendidikan,KSDPL,JAUH,Perth,2021-05-31,2026-05-31,\n"
        "KSD-3,Kesehatan,KSDPL,INDUK,Oslo,2021-05-31,2029-05-31,annual\n"
    ),
    "reports": "agreement,period,submitted_on,evidence\nKSD-3,2025,2026-02-20,\n",
}


def mail_about(database: Database, folder: Path, ref: str) -> tuple[str, str, str, str]:
    """Recipient, zone, subject and text of the mail of the morning of 2 March 2026."""
    context = without_findings(context_for(database, folder))
    import_files(context, [write_files(folder / "register", REGISTER)])
    plan_touched(context)
    scan(context)
    deliver(context)
    messages, contents, notices = tables.messages, tables.contents, tables.notices
    query = (
        select(messages.c.recipient, messages.c.timezone, contents.c.subject, contents.c.text)
        .join(contents, contents.c.message_id == messages.c.message_id)
        .join(notices, notices.c.message_id == messages.c.message_id)
        .where(notices.c.agreement == ref)
    )
    with database.read() as connection:
        recipient, zone, subject, text = connection.execute(query).one()
    return recipient, zone, subject, " ".join(text.split())


def test_who_stands_in_is_told_whose_agreement_it_is(database: Database, tmp_path: Path) -> None:
    recipient, _zone, _subject, text = mail_about(database, tmp_path, "KSD-1")
    assert recipient == "sri@example.go.id"
    assert "karena pada Bagian Kerja Sama belum ada penanggung jawab" in text
    assert "Yth. Ibu Sri Sekretariat Daerah" in text
    assert "bahwa MoU dengan Kota Kyoto, yang ditandatangani" in text


def test_admin_is_told_in_the_language_and_zone_of_the_service(
    database: Database, tmp_path: Path
) -> None:
    recipient, zone, _subject, text = mail_about(database, tmp_path, "KSD-2")
    assert (recipient, zone) == ("admin@biro.example.go.id", "Asia/Jakarta")
    assert "Yth. Pengelola Pengingat Kerja Sama Daerah" in text
    assert "karena pada Bureau of the East belum ada penanggung jawab" in text


def test_report_without_evidence_is_asked_for_its_evidence(
    database: Database, tmp_path: Path
) -> None:
    _recipient, _zone, subject, text = mail_about(database, tmp_path, "KSD-3")
    assert "Laporan Tahun 2025 belum disertai bukti" in subject
    assert "telah tercatat disampaikan pada tanggal 20 Februari 2026" in text
    assert "Mohon bukti penyampaian laporan tersebut dicatat" in text
    assert "belum tercatat disampaikan" not in text
